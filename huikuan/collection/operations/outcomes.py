"""What became of a policy's messages: money is looked at again before one leaves, and what was sent is evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.collection.claim_facts import claim_facts
from huikuan.collection.models import CollectionAction, PolicyStep
from huikuan.collection.operations.carrying import items_of, said_of
from huikuan.collection.operations.contacts import NewContact, record_contacts
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.rules import Channel, NextStep, Result, follow_up
from huikuan.collection.stepping import GROUPS, ActionState
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.messaging.models import Message
from huikuan.messaging.registry import Outcome
from huikuan.messaging.rules import MessageState
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

STATES = {
    MessageState.SENT: ActionState.SENT,
    MessageState.FAILED: ActionState.FAILED,
    MessageState.UNKNOWN: ActionState.UNKNOWN,
    MessageState.CANCELLED: ActionState.CANCELLED,
}
HELD_BACK = "held_back"
STANDING = (ActionState.SENT, ActionState.UNKNOWN, ActionState.FAILED, ActionState.CANCELLED)
"""What an action with several recipients has come to: the first of these that one of them has."""
TEXT = 3000


def guard(action_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Which messages are no longer to be sent: what they claim was paid, disputed, promised or paused since."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"organization": current_organization_id(), "actions": list(action_ids)})
        rows = cursor.fetchall()
    said = {
        "cancelled": _("已取消"),
        "paused": _("已暂停催收"),
        "promised": _("客户已承诺付款"),
        "disputed": _("客户提出了异议"),
        "money_came": _("客户已付款，或金额有变"),
    }
    return {key: str(said[reason]) for key, reason in rows if reason}


# What is chased of the customers as of their actions' days, as known now, beside what it was when they were planned.
LEFT = """
    WITH action AS MATERIALIZED (
        SELECT a.id, coalesce(a.lead_id, a.id) AS lead_id, a.customer_id, a."on" AS on_day, a.amount, a.state
        FROM collection_action a WHERE a.organization_id = %(organization)s AND a.id = ANY(%(actions)s::uuid[])
    ),
    about AS MATERIALIZED (
        SELECT a.id, i.id AS item_id, i.open_amount, i.open_base,
               coalesce((SELECT sum(x.amount) FROM disputes_dispute x
                         WHERE x.organization_id = %(organization)s AND x.item_id = i.id AND x.state = 'open'), 0)
                   AS disputed,
               EXISTS (SELECT FROM collection_promised_item q
                       JOIN collection_promise p ON p.organization_id = %(organization)s AND p.id = q.promise_id
                       WHERE q.organization_id = %(organization)s AND q.item_id = i.id AND p.state = 'open')
               OR EXISTS (SELECT FROM collection_planned_item q
                       WHERE q.organization_id = %(organization)s AND q.item_id = i.id AND q.live) AS promised,
               EXISTS (SELECT FROM collection_pause s
                       WHERE s.organization_id = %(organization)s AND s.customer_id = a.customer_id
                         AND (s.item_id IS NULL OR s.item_id = i.id) AND s.ended_on IS NULL
                         AND (SELECT (now() AT TIME ZONE o.time_zone)::date FROM organizations_organization o
                              WHERE o.id = %(organization)s) BETWEEN s.starts_on AND s.until_on) AS paused
        FROM action a
        JOIN ledger_open_item i
          ON i.organization_id = %(organization)s AND i.customer_id = a.customer_id AND i.side = 1
         AND i.open_amount > 0 AND i.document_on <= a.on_day
        WHERE i.effective_due_on < a.on_day OR EXISTS (
            SELECT FROM collection_action_item t
            WHERE t.organization_id = %(organization)s AND t.action_id = a.lead_id AND t.item_id = i.id)
    ),
    left_now AS (
        SELECT id, bool_or(paused) AS paused, bool_or(promised) AS promised, bool_or(disputed > 0) AS disputed,
               sum(open_base) AS open,
               sum(round(open_base * greatest(open_amount - disputed, 0) / open_amount, 4))
                   FILTER (WHERE NOT promised AND NOT paused) AS amount
        FROM about GROUP BY id
    ),
    received AS (
        SELECT a.id, sum(i.open_base) AS amount
        FROM action a
        JOIN ledger_open_item i
          ON i.organization_id = %(organization)s AND i.customer_id = a.customer_id AND i.side = -1
         AND i.open_amount > 0
        JOIN ledger_document d
          ON d.organization_id = %(organization)s AND d.id = i.document_id AND d.kind = 'receipt'
        GROUP BY a.id
    )
    SELECT a.id, CASE
        WHEN a.state NOT IN ('queued', 'planned', 'waiting_approval', 'unknown', 'failed', 'sent') THEN 'cancelled'
        WHEN r.amount >= a.amount THEN 'money_came'
        WHEN coalesce(l.amount, 0) >= a.amount THEN NULL
        WHEN l.paused THEN 'paused'
        WHEN coalesce(l.open, 0) < a.amount THEN 'money_came'
        WHEN l.promised THEN 'promised'
        WHEN l.disputed THEN 'disputed'
        ELSE 'money_came' END
    FROM action a LEFT JOIN left_now l ON l.id = a.id LEFT JOIN received r ON r.id = a.id
"""


def told(outcomes: Sequence[Outcome]) -> None:
    """Record what became of messages: the action's state, and for each that was sent the contact as evidence.

    An action that was held back because of money falls away: what is still owed of its items is planned again.
    """
    known = {each.about_id for each in outcomes if each.about_id}
    actions = {row.pk: row for row in CollectionAction.objects.filter(pk__in=known)}
    before = {key: row.state for key, row in actions.items()}
    zone = ZoneInfo(
        Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id())
    )
    sent: dict[UUID, Outcome] = {}
    for each in outcomes:
        action = actions.get(each.about_id) if each.about_id else None
        if action is None:
            continue
        _come_to(action, each, zone)
        fresh = each.state == MessageState.SENT and action.contact_id is None and action.channel not in GROUPS
        if fresh and action.pk not in sent:
            sent[action.pk] = each
    _record(sent, actions, zone)
    changed = [row for row in actions.values() if row.contact_id or row.state != before[row.pk]]
    CollectionAction.objects.bulk_update(
        changed, ["state", "reason", "contact", "fell_away_on"], batch_size=1000
    )


def _come_to(action: CollectionAction, outcome: Outcome, zone: ZoneInfo) -> None:
    state = STATES.get(outcome.state)
    if state is None:
        return
    order = [each.value for each in STANDING]
    if action.state in order and order.index(action.state) <= order.index(state.value):
        return
    action.state, action.reason = state.value, (outcome.said or outcome.reason)[:500]
    held = state is ActionState.CANCELLED and outcome.reason == HELD_BACK
    action.fell_away_on = outcome.at.astimezone(zone).date() if held else None


def _record(sent: Mapping[UUID, Outcome], actions: Mapping[UUID, CollectionAction], zone: ZoneInfo) -> None:
    if not sent:
        return
    rows = [actions[key] for key in sent]
    items = items_of(rows)
    texts = {
        row.pk: row for row in Message.objects.filter(pk__in={each.message_id for each in sent.values()})
    }
    steps = dict(PolicyStep.objects.filter(pk__in={row.step_id for row in rows}).values_list("pk", "name"))
    facts = {
        day: claim_facts([row.customer_id for row in rows if row.on == day], day=day)
        for day in {row.on for row in rows}
    }
    calendar = work_calendar()
    news, today = [], max(each.at.astimezone(zone).date() for each in sent.values())
    for row in rows:
        outcome = sent[row.pk]
        said = said_of(facts[row.on][row.customer_id], items.get(row.lead_id or row.pk, ()))
        message = texts.get(outcome.message_id)
        day = outcome.at.astimezone(zone).date()
        step, next_on = follow_up(Result.SENT, on=day, calendar=calendar)
        news.append(
            NewContact(
                customer_id=row.customer_id,
                channel=Channel(row.channel),
                result=Result.SENT,
                made_at=outcome.at,
                person_id=outcome.person_id,
                text=f"{steps[row.step_id]}\n{message.subject}\n{message.text}"[:TEXT] if message else "",
                next_step=NextStep(step),
                next_on=next_on,
                claims=said.claims(),
            )
        )
    made = record_contacts(news, actor=local_operator(), today=today)
    for row, contact in zip(rows, made, strict=True):
        row.contact_id = contact.pk

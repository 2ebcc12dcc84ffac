"""Running the policies for a day: what comes up is planned once, for each customer in one piece."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CollectionAction, CollectionRun
from huikuan.collection.operations.carrying import ABOUT, carry_out
from huikuan.collection.operations.charging import withdraw_charges
from huikuan.collection.operations.telling_ours import tell_ours
from huikuan.collection.operations.trail import CHARGE, Told, record_events
from huikuan.collection.planning import Span, find_candidates
from huikuan.collection.policy_queries import groups_set_up, versions_on
from huikuan.collection.stepping import CASES, GROUPS, MESSAGES, ActionState, Effect, Means
from huikuan.core.postgres.bulk import LARGE, analyse_grown_tables
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.messaging.rules import MessageState
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

RUN = "collection_run"
MAY_HAVE_LEFT = (MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to: customers to whom something is done (`planned`), steps of customers left out by reason,
    messages queued, and actions that wait for somebody's agreement.
    """

    planned: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    queued: int = 0
    waiting_approval: int = 0
    run_id: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "planned": self.planned,
            "skipped": dict(self.skipped),
            "queued": self.queued,
            "waiting_approval": self.waiting_approval,
        }


def run_collection(
    *,
    actor: Actor,
    day: date,
    now: datetime,
    dry_run: bool = False,
    only: Collection[UUID] | None = None,
) -> RunResult:
    """执行催收策略: plan what the policies in force want done on a day, each step of an item once.

    A step that was missed is made up for while its window lasts, of several of an item only the latest. What was held
    back, because its customer had paid meanwhile, comes up again for what is still owed: on its own day once, then on
    the next. The same day again plans what came up since, mostly nothing. `now`: the moment, in the organization's
    time zone. `dry_run` says what would be planned and writes nothing. `only`: none but these customers. Raises
    CollectionRefused for a day before the last run, or (but for `dry_run`) one that has not come.
    """
    actor.require("collection.read" if dry_run else "collection.write")
    if dry_run:
        _require_day(day, None)
        with transaction.atomic():
            _release(day)
            _plan(day, only)
            found = RunResult(_count(PLANNED), _skipped(), waiting_approval=_count(WAITING))
            transaction.set_rollback(True)
        return found
    with act("run_collection", actor=actor) as opened:
        Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())
        _require_day(day, now.date())
        withdrawn = _release(day)
        record_events(
            [Told("withdrawn", CHARGE, each, {"on": day.isoformat()}) for each in withdrawn], opened
        )
        _plan(day, only)
        return _written(day, opened, now)


def run_held_back(*, actor: Actor, day: date, now: datetime) -> RunResult | None:
    """Run the policies once more, for customers whose message was held back after the run of a day; None without any.

    Who paid a part before the message left is asked for the rest on the same day, not after the next holidays.
    """
    if not CollectionRun.objects.filter(on=day).exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT f.customer_id {FALLEN}", _fallen(day))
        found = [key for (key,) in cursor.fetchall()]
    return run_collection(actor=actor, day=day, now=now, only=found) if found else None


def _require_day(day: date, today: date | None) -> None:
    last = CollectionRun.objects.order_by("-on").values_list("on", flat=True).first()
    if last is not None and day < last:
        text = _("%(last)s 已经执行过，不能再执行更早的 %(day)s。")
        raise CollectionRefused(text % {"last": last, "day": day}, code="day_before_last_run")
    if today is not None and day > today:
        raise CollectionRefused(_("%s 还没有到。") % day, code="day_to_come")


def _release(day: date) -> list[UUID]:
    """Let the items of earlier actions go that fell away in all their ways before anything left.

    Returns the proposals to charge something that fell away with them.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, _fallen(day))
        return withdraw_charges(day) if cursor.rowcount else []


def _fallen(day: date) -> dict[str, Any]:
    return {
        "organization": current_organization_id(),
        "day": day,
        "over": [ActionState.CANCELLED.value, ActionState.SKIPPED.value],
        "gone": [each.value for each in MAY_HAVE_LEFT],
        "about": ABOUT,
    }


def _plan(day: date, only: Collection[UUID] | None) -> None:
    groups = groups_set_up()
    find_candidates(versions_on(day), Span(day, day), groups=groups, only=only)
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "all_groups": [each.value for each in GROUPS],
        "groups": sorted(groups),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS collection_wanted")
        cursor.execute(PLAN, values)
        cursor.execute("ANALYZE collection_wanted")


def _written(day: date, opened: OpenAct, now: datetime) -> RunResult:
    run_id, planned, skipped = new_id(), _count(PLANNED), _skipped()
    waiting = _count(WAITING)
    CollectionRun.objects.create(
        pk=run_id,
        organization_id=opened.organization_id,
        act_id=opened.id,
        on=day,
        planned=planned,
        waiting=waiting,
        skipped=skipped,
    )
    values = {"organization": opened.organization_id, "act": opened.id, "run": run_id, "day": day}
    values["key"] = str(new_id())[:24]
    with connection.cursor() as cursor:
        for statement in (ADD_ACTIONS, ADD_ITEMS, ADD_SKIPS):
            cursor.execute(statement, values)
    if planned >= LARGE:
        analyse_grown_tables()
    acting = Q(step__fee__gt=0)
    acting |= Q(channel__in=[each.value for each in (*MESSAGES, *CASES, Means.LETTER)])
    for effect in Effect:
        acting |= Q(step__effects__contains=[effect.value])
    actions = CollectionAction.objects.filter(acting, run_id=run_id, state=ActionState.PLANNED.value)
    queued = carry_out(list(actions.order_by("pk")), opened=opened, now=now)
    tell_ours((), run_id=run_id, opened=opened)
    content = {
        "on": day.isoformat(), "planned": planned, "waiting": waiting, "queued": queued, "skipped": skipped,
    }  # fmt: skip
    record_event(action="ran", record_kind=RUN, record_id=run_id, number=day.isoformat(), content=content)
    return RunResult(planned, skipped, queued, waiting, run_id)


def _count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def _skipped() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(SKIPPED)
        return dict(cursor.fetchall())


# What fell away in all its ways: on its own day once a customer, or payments dated ahead would make it fall away
# every few minutes.
FALLEN = """
    FROM collection_action f
    JOIN collection_action_item t
      ON t.organization_id = %(organization)s AND t.action_id = coalesce(f.lead_id, f.id) AND t.released_on IS NULL
    WHERE f.organization_id = %(organization)s AND f.fell_away_on IS NOT NULL
      AND (f."on" < %(day)s OR f."on" = %(day)s AND NOT EXISTS (
          SELECT FROM collection_action e
          WHERE e.organization_id = %(organization)s AND e.customer_id = f.customer_id AND e."on" = f."on"
            AND e.fell_away_on IS NOT NULL AND coalesce(e.lead_id, e.id) <> coalesce(f.lead_id, f.id)))
      AND NOT EXISTS (
          SELECT FROM collection_action w
          WHERE w.organization_id = %(organization)s AND w.customer_id = f.customer_id AND w."on" = f."on"
            AND w.step_id = f.step_id
            AND (w.state <> ALL(%(over)s) OR EXISTS (
                SELECT FROM messaging_message m
                WHERE m.organization_id = %(organization)s AND m.about_id = w.id AND m.about_kind = %(about)s
                  AND m.state = ANY(%(gone)s))))
"""
# A way by which nobody could be reached falls away with the others.
RELEASE = f"""
    WITH fallen AS MATERIALIZED (SELECT DISTINCT t.id, t.action_id {FALLEN}),
    released AS (
        UPDATE collection_action_item t SET released_on = %(day)s FROM fallen
        WHERE t.organization_id = %(organization)s AND t.id = fallen.id
    )
    UPDATE collection_action w SET fell_away_on = coalesce(w.fell_away_on, %(day)s)
    FROM (SELECT DISTINCT action_id FROM fallen) p
    WHERE w.organization_id = %(organization)s AND p.action_id = coalesce(w.lead_id, w.id)
"""
# A customer's items in one piece: the deepest step decides, the oldest item leads. A row for each way of that step
# by which the customer can be reached; the first is the lead of the others.
PLAN = """
    CREATE TEMP TABLE collection_wanted ON COMMIT DROP AS
    WITH piece AS (
        SELECT customer_id, version_id, max(position) AS position, count(*)::int AS items,
               (array_agg(item_id ORDER BY due_on, item_id))[1] AS oldest_id,
               max(owed) + coalesce(sum(open_base) FILTER (WHERE due_on >= on_day), 0) AS asked
        FROM collection_candidate WHERE reason IS NULL GROUP BY customer_id, version_id
    ),
    reached AS (
        SELECT customer_id, bool_or(email_encrypted <> '') AS by_mail, bool_or(phone_encrypted <> '') AS by_phone
        FROM customers_contact WHERE organization_id = %(organization)s GROUP BY customer_id
    ),
    way AS (
        SELECT p.customer_id, s.id AS step_id, p.asked, p.oldest_id, p.items, s.needs_approval, w.channel,
               row_number() OVER (PARTITION BY p.customer_id ORDER BY w.place) AS place
        FROM piece p
        JOIN collection_policy_step s
          ON s.organization_id = %(organization)s AND s.version_id = p.version_id AND s.position = p.position
        CROSS JOIN LATERAL jsonb_array_elements_text(s.channels) WITH ORDINALITY AS w (channel, place)
        LEFT JOIN reached r ON r.customer_id = p.customer_id
        WHERE CASE WHEN w.channel = 'email' THEN r.by_mail WHEN w.channel = 'sms' THEN r.by_phone
                   WHEN w.channel = ANY(%(all_groups)s) THEN w.channel = ANY(%(groups)s) ELSE true END
    ),
    keyed AS MATERIALIZED (SELECT uuidv7() AS id, w.* FROM way w)
    SELECT *, CASE WHEN place > 1 THEN first_value(id) OVER (PARTITION BY customer_id ORDER BY place) END AS lead_id
    FROM keyed
"""
PLANNED = "SELECT count(*) FROM collection_wanted WHERE place = 1"
WAITING = "SELECT count(*) FROM collection_wanted WHERE needs_approval"
SKIPPED = """
    SELECT reason, count(*) FROM (
        SELECT DISTINCT reason, customer_id, step_id FROM collection_candidate WHERE reason IS NOT NULL
    ) each
    GROUP BY reason ORDER BY reason
"""
ADD_ACTIONS = """
    INSERT INTO collection_action (organization_id, id, act_id, run_id, customer_id, step_id, lead_id, "on", channel,
        state, reason, oldest_id, items, amount, collector_id, decided_by)
    SELECT %(organization)s, p.id, %(act)s, %(run)s, p.customer_id, p.step_id, p.lead_id, %(day)s, p.channel,
        CASE WHEN p.needs_approval THEN 'waiting_approval' ELSE 'planned' END, '', p.oldest_id, p.items, p.asked,
        coalesce(g.collector_id, s.membership_id), ''
    FROM collection_wanted p
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = p.customer_id
    LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
    LEFT JOIN collection_assignment g
        ON g.organization_id = %(organization)s AND g.customer_id = k.id AND g.ends_on IS NULL
    ORDER BY p.place, p.id
"""
# Their keys count on from one drawn for the run: to draw as many takes longer than to write the rows.
ADD_ITEMS = """
    INSERT INTO collection_action_item (organization_id, id, action_id, item_id, step_key, cycle, event_on, due_on,
        currency, open_amount, open_base)
    SELECT %(organization)s, (%(key)s || lpad(to_hex(row_number() OVER ()), 12, '0'))::uuid, p.id, c.item_id,
        c.step_key, c.cycle, c.event_on, c.due_on, c.currency, c.open_amount, c.open_base
    FROM collection_candidate c
    JOIN collection_wanted p ON p.customer_id = c.customer_id AND p.place = 1
    WHERE c.reason IS NULL
    ORDER BY p.id
"""
ADD_SKIPS = """
    INSERT INTO collection_run_skip (organization_id, id, run_id, customer_id, step_id, reason, items, amount)
    SELECT %(organization)s, uuidv7(), %(run)s, customer_id, step_id, reason, count(*), sum(open_base)
    FROM collection_candidate WHERE reason IS NOT NULL AND reason <> 'done'
    GROUP BY customer_id, step_id, reason
"""

"""Carrying out what was planned: messages are queued, credit is stopped, charges are proposed; calls and visits wait on the worklist."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from huikuan.audit.operations import OpenAct
from huikuan.collection.addressing import Address, addresses_of, language_of
from huikuan.collection.claim_facts import ClaimFacts, claim_facts
from huikuan.collection.models import ActionItem, CollectionAction, PolicyStep, PolicyVersion
from huikuan.collection.operations.cases import NewCase, propose_cases
from huikuan.collection.operations.charging import propose_charges
from huikuan.collection.operations.letters import NewLetter, ask_letters
from huikuan.collection.policy_queries import group_senders, work_calendar
from huikuan.collection.stages import CaseKind
from huikuan.collection.stepping import GROUPS, MESSAGES, ActionState, Effect, Means
from huikuan.collection.templates import Template, chosen_template, rendered, templates_in_force
from huikuan.core.errors import HuikuanError
from huikuan.credit.models import Limit, LimitKind, LimitState, ManualHold
from huikuan.credit.operations import hold_customer, withdraw_limit
from huikuan.customers.models import Customer
from huikuan.messaging.operations.queueing import queue_messages
from huikuan.messaging.rules import MessageChannel, NewMessage, Purpose, QuietHours, leaves_at
from huikuan.organizations.actors import Actor

ABOUT = "collection_action"
CASE_KINDS: Mapping[str, CaseKind] = {Means.LAWYER: CaseKind.LETTER, Means.SUIT: CaseKind.SUIT}
AT_ONCE = 2000
"""How many customers' messages are written at a time."""


def said_of(facts: ClaimFacts, item_ids: Collection[UUID]) -> ClaimFacts:
    """What an action tells a customer: all that is overdue, and the items that it came up for."""
    overdue = {each.item_id for each in facts.overdue}
    return facts.only(overdue | set(item_ids))


def carry_out(actions: Sequence[CollectionAction], *, opened: OpenAct, now: datetime) -> int:
    """Do what planned actions are about; returns how many messages were queued.

    An action whose text cannot be written fails with the reason. `now`: in the organization's time zone.
    """
    steps = {
        row.pk: row
        for row in PolicyStep.objects.select_related("version").filter(
            pk__in={each.step_id for each in actions}
        )
    }
    _stop_credit(actions, steps, actor=opened.actor, today=now.date())
    propose_charges(actions, steps, opened=opened, today=now.date())
    _ask_letters([each for each in actions if each.channel == Means.LETTER], steps, opened, now.date())
    _propose_cases([each for each in actions if each.channel in CASE_KINDS], steps, opened, now.date())
    written = [each for each in actions if each.channel in MESSAGES]
    queued = 0
    for begin in range(0, len(written), AT_ONCE):
        queued += _queue(written[begin : begin + AT_ONCE], steps, opened, now)
    return queued


def _ask_letters(
    actions: Sequence[CollectionAction], steps: Mapping[UUID, PolicyStep], opened: OpenAct, today: date
) -> None:
    """Put letters into the print queue; one whose template is gone fails with that."""
    if not actions:
        return
    templates = templates_in_force()
    keys = {each.customer_id for each in actions}
    countries = dict(Customer.everyone.filter(pk__in=keys).values_list("pk", "country"))
    asked = []
    for each in actions:
        language, code = language_of(countries.get(each.customer_id, "")), steps[each.step_id].template
        if chosen_template(templates, code, Means.LETTER.value, language) is None:
            each.state, each.reason = ActionState.FAILED.value, f"{code}: {each.channel}"
            continue
        each.state = ActionState.QUEUED.value
        asked.append(
            NewLetter(
                customer_id=each.customer_id,
                template=code,
                language=language,
                about_kind=ABOUT,
                about_id=each.pk,
            )
        )
    by_policy = replace(opened.actor, permissions=opened.actor.permissions | {"collection.write"})
    ask_letters(asked, actor=by_policy, today=today)
    CollectionAction.objects.bulk_update(actions, ["state", "reason"], batch_size=1000)


def _propose_cases(
    actions: Sequence[CollectionAction], steps: Mapping[UUID, PolicyStep], opened: OpenAct, today: date
) -> None:
    """Prepare a case of each; what is in an open case of its kind already is not put into another."""
    if not actions:
        return
    by_policy = replace(opened.actor, permissions=opened.actor.permissions | {"collection.write"})
    news = [
        NewCase(
            customer_id=each.customer_id,
            kind=CASE_KINDS[each.channel],
            reason=steps[each.step_id].name,
            source=each.pk,
        )
        for each in actions
    ]
    propose_cases(news, actor=by_policy, today=today)
    for each in actions:
        each.state, each.ended_on = ActionState.DONE.value, today
    CollectionAction.objects.bulk_update(actions, ["state", "ended_on"], batch_size=1000)


def items_of(actions: Sequence[CollectionAction]) -> dict[UUID, list[UUID]]:
    """The items of actions by their leads."""
    found: dict[UUID, list[UUID]] = {}
    leads = {each.lead_id or each.pk for each in actions}
    for lead, item in ActionItem.objects.filter(action_id__in=leads).values_list("action_id", "item_id"):
        found.setdefault(lead, []).append(item)
    return found


def _queue(
    actions: Sequence[CollectionAction], steps: Mapping[UUID, PolicyStep], opened: OpenAct, now: datetime
) -> int:
    keys = sorted({each.customer_id for each in actions})
    days = {each.on for each in actions}
    facts = {day: claim_facts(keys, day=day) for day in days}
    people, templates, items = addresses_of(keys), templates_in_force(), items_of(actions)
    countries = dict(Customer.everyone.filter(pk__in=keys).values_list("pk", "country"))
    senders, leaving = group_senders(), _Leaving(now)
    messages: list[NewMessage] = []
    for action in actions:
        step = steps[action.step_id]
        language = language_of(countries.get(action.customer_id, ""))
        said = said_of(facts[action.on][action.customer_id], items.get(action.lead_id or action.pk, ()))
        if not step.with_interest:
            said = replace(said, interest_daily=None)
        to = (
            [Address(None, "", senders.get(action.channel, ""))]
            if action.channel in GROUPS
            else people.chosen(action.customer_id, action.channel, step.theirs)
        )
        try:
            made = [
                _message(action, step, each, replace(said, person=each.name), templates, language, leaving)
                for each in to
                if each.address
            ]
        except HuikuanError as error:
            action.state, action.reason = ActionState.FAILED.value, error.message[:500]
            continue
        action.state = ActionState.QUEUED.value if made else ActionState.SKIPPED.value
        action.reason = "" if made else "no_address"
        messages += made
    queue_messages(act=opened, messages=messages)
    CollectionAction.objects.bulk_update(actions, ["state", "reason"], batch_size=1000)
    return len(messages)


class _Leaving:
    """When messages of each version may leave."""

    def __init__(self, now: datetime) -> None:
        self.now, self.calendar = now, work_calendar()
        self.found: dict[UUID, datetime] = {}

    def of(self, version: PolicyVersion) -> datetime:
        if version.pk not in self.found:
            quiet = QuietHours(version.quiet_from, version.quiet_to, version.workdays_only)
            self.found[version.pk] = leaves_at(self.now, quiet, self.calendar)
        return self.found[version.pk]


def _message(
    action: CollectionAction,
    step: PolicyStep,
    to: Address,
    facts: ClaimFacts,
    templates: Mapping[tuple[str, str, str], Template],
    language: str,
    leaving: _Leaving,
) -> NewMessage:
    template = chosen_template(templates, step.template, action.channel, language)
    if template is None:
        raise HuikuanError(f"{step.template}: {action.channel}", code="unknown_template")
    text = rendered(template, facts, language=language)
    return NewMessage(
        key=f"collection:{action.pk}:{to.person_id or action.channel}",
        channel=MessageChannel(action.channel),
        customer_id=action.customer_id if to.person_id else None,
        person_id=to.person_id,
        membership_id=None,
        address=to.address,
        language=language,
        subject=text.subject,
        text=text.text,
        html=text.html,
        about_kind=ABOUT,
        about_id=action.pk,
        purpose=Purpose.NOTICE if Means.LETTER in step.channels else Purpose.REMINDER,
        not_before=leaving.of(step.version),
    )


def _stop_credit(
    actions: Sequence[CollectionAction], steps: Mapping[UUID, PolicyStep], *, actor: Actor, today: date
) -> None:
    """What steps do to credit, by the policy's authority: limits for a time end, or nothing is sold any more."""
    leads = [each for each in actions if each.lead_id is None]
    by_policy = replace(actor, permissions=actor.permissions | {"credit.write"})
    stopped = {each.customer_id: each for each in leads if Effect.STOP_CREDIT in steps[each.step_id].effects}
    limits = Limit.objects.filter(
        customer_id__in=stopped, kind=LimitKind.TEMPORARY, state=LimitState.ACTIVE, ends_on__gte=today
    )
    for limit in limits:
        withdraw_limit(limit.pk, actor=by_policy, reason=steps[stopped[limit.customer_id].step_id].name)
    held = {each.customer_id: each for each in leads if Effect.HOLD_ORDERS in steps[each.step_id].effects}
    already = set(
        ManualHold.objects.filter(customer_id__in=held, until_on=None).values_list("customer_id", flat=True)
    )
    for key in sorted(held.keys() - already):
        hold_customer(key, reason=steps[held[key].step_id].name, actor=by_policy, today=today)

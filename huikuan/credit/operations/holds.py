"""暂缓与放行: orders that do not pass wait with every reason, until facts change or somebody lets them go once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, Told, act, record_events
from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import HoldState, OrderHold
from huikuan.credit.operations.decisions import Asked, Decision
from huikuan.credit.operations.reservations import (
    force_reservation,
    lock_accounts,
    reserve_credit,
    weigh_order,
)
from huikuan.credit.operations.telling import tell_asked, tell_held, tell_released
from huikuan.credit.operations.using import keep_up, release_known
from huikuan.credit.queries import gate_rules, standings_under
from huikuan.credit.rules import Action, Gate, decide, rules_for
from huikuan.credit.terms import parties, read_terms
from huikuan.credit.wording import reason_data, reason_from, sentences
from huikuan.organizations.actors import Actor

RECORD_KIND = "credit_order_hold"
LONGEST_RELEASE_DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as credit sees it: `record_id` is its key, `reference` its number, `amount` what it comes to in all.

    `undelivered` of it is still to come; `sellers` are the memberships that may not release it. `term_days` and
    `prepaid` as in `Asked`.
    """

    record_id: UUID
    reference: str
    customer_id: UUID
    amount: Decimal
    undelivered: Decimal
    currency: str
    sellers: Sequence[UUID] = ()
    term_days: int | None = None
    prepaid: bool = False


def admit_orders(orders: Sequence[Order], *, actor: Actor, today: date) -> dict[str, Decision]:
    """Orders that were entered or changed: what passes is reserved, what does not waits with its reasons.

    An order that passes now waits no longer. One that comes to nothing any more gives back what it had. Returns the
    decisions by reference.
    """
    alive = [order for order in orders if order.amount > 0 and order.undelivered > 0]
    ended = [order.reference for order in orders if order not in alive]
    asked = [
        Asked(
            customer_id=order.customer_id,
            amount=order.amount,
            reference=order.reference,
            currency=order.currency,
            term_days=order.term_days,
            prepaid=order.prepaid,
        )
        for order in alive
    ]
    with act("admit_orders", actor=actor) as opened:
        decisions = dict(
            zip(
                [order.reference for order in alive],
                reserve_credit(asked, actor=actor, today=today, lasting=True),
                strict=True,
            )
        )
        if ended:
            forget_orders(ended, actor=actor, today=today)
        passed = [order for order in alive if decisions[order.reference].passes]
        keep_up({order.reference: order.undelivered for order in passed}, actor=actor, today=today)
        _end(_open(order.reference for order in passed), HoldState.CLEARED, actor, "", opened, today)
        held = [order for order in alive if not decisions[order.reference].passes]
        tell_held(_hold(held, decisions, opened, today), actor=actor)
    return decisions


def forget_orders(references: Collection[str], *, actor: Actor, today: date) -> None:
    """Orders of which nothing more comes: what is reserved for them is free, and they wait no longer."""
    with act("forget_orders", actor=actor) as opened:
        release_known(references, opened=opened, today=today)
        _end(_open(references), HoldState.ENDED, actor, "", opened, today)


def ask_release(hold_id: UUID, *, argument: str, actor: Actor) -> OrderHold:
    """申请放行: what speaks for letting the order go; whoever decides reads it beside the reasons."""
    actor.require("order.write")
    if not argument.strip():
        raise CreditRefused(_("请写明理由。"), code="reason_missing")
    with act("ask_credit_release", actor=actor, reason=argument) as opened:
        hold = _held(hold_id)
        hold.asked_by, hold.asked_for = actor.name, argument.strip()[:1000]
        hold.save(update_fields=["asked_by", "asked_for"])
        record_events(
            [Told("asked", RECORD_KIND, hold.pk, hold.reference, {"argument": hold.asked_for})], opened=opened
        )
        tell_asked(hold, actor=actor)
    return hold


def release_hold(
    hold_id: UUID, *, reason: str, actor: Actor, today: date, until: date | None = None
) -> OrderHold:
    """放行: this order may go ahead once, as it stands; changed, it is looked at again.

    `until`: the customer's other orders, and this one changed, pass as well up to that day where they would only need
    agreement; not longer than a month. Never by who sells it, and never where it is blocked: then the facts have to change first.
    """
    actor.require("credit.release")
    if not reason.strip():
        raise CreditRefused(_("放行必须写明原因。"), code="reason_missing")
    if until is not None and not today <= until <= today + timedelta(days=LONGEST_RELEASE_DAYS):
        raise CreditRefused(
            _("放行的截止日期从今天起最长 %d 天。") % LONGEST_RELEASE_DAYS, code="release_too_long"
        )
    with act("release_credit_hold", actor=actor, reason=reason) as opened:
        known = OrderHold.objects.filter(pk=hold_id).first()
        if known is not None:
            lock_accounts(parties([known.customer_id]).values())
        hold = _held(hold_id)
        if actor.membership_id is not None and str(actor.membership_id) in hold.sellers:
            raise CreditRefused(
                _("订单的业务员和录入人不能放行自己的订单，请由其他人放行。"), code="own_order"
            )
        asked = _asked(hold)
        decision = weigh_order(asked, today=today)
        if decision.decision == Action.BLOCK:
            raise CreditRefused(
                _("这张订单不能放行：%s") % " ".join(sentences(decision.reasons, decision.currency)),
                code="release_blocked",
            )
        if not asked.prepaid:
            force_reservation(asked, decision, opened=opened, today=today)
        hold.released_until = until
        _end([hold], HoldState.RELEASED, actor, reason.strip()[:1000], opened, today)
        tell_released([hold], actor=actor)
    return hold


def recheck_holds(*, actor: Actor, today: date, hold_ids: Collection[UUID] | None = None) -> int:
    """复查: orders that wait are looked at again, the oldest first; returns how many pass now and go ahead.

    What still does not pass shows the reasons of now. None: all that wait.
    """
    actor.require("credit.release")
    waiting = OrderHold.objects.filter(state=HoldState.OPEN).order_by("held_on", "id")
    if hold_ids is not None:
        waiting = waiting.filter(pk__in=list(hold_ids))
    rows = list(waiting)
    if not rows:
        return 0
    with act("recheck_credit_holds", actor=actor) as opened:
        lock_accounts(parties({row.customer_id for row in rows}).values())
        rows = list(
            OrderHold.objects.filter(pk__in=[row.pk for row in rows], state=HoldState.OPEN).order_by(
                "held_on", "id"
            )
        )
        decisions = reserve_credit(
            [_asked(row) for row in rows], actor=_seller(actor), today=today, lasting=True
        )
        passed = []
        for row, decision in zip(rows, decisions, strict=True):
            if decision.passes:
                passed.append(row)
            else:
                row.reasons = [reason_data(reason) for reason in decision.reasons]
                row.forced = decision.decision == Action.BLOCK
        OrderHold.objects.bulk_update([row for row in rows if row not in passed], ["reasons", "forced"])
        _end(passed, HoldState.CLEARED, actor, "", opened, today)
        tell_released(passed, actor=actor)
    return len(passed)


def would_pass(holds: Sequence[OrderHold], *, today: date) -> set[UUID]:
    """Of orders that wait, those that would pass if they were looked at again now, each by itself."""
    if not holds:
        return set()
    terms = read_terms({hold.customer_id for hold in holds}, day=today)
    standings = standings_under(terms, day=today, gate=Gate.ORDER, without=[hold.reference for hold in holds])
    rules = {key: rules_for(each, Gate.ORDER) for key, each in gate_rules(Gate.ORDER, terms).items()}
    passing = set()
    for hold in holds:
        standing = standings[hold.customer_id]
        verdict = decide(
            standing.position(),
            hold.base_amount,
            rules[hold.customer_id],
            term_days=hold.term_days,
            prepaid=hold.prepaid,
            let_go=standing.let_go,
        )
        if verdict.passes:
            passing.add(hold.pk)
    return passing


def hold_sentences(hold: OrderHold, currency: str) -> list[str]:
    """Why an order waits, in the reader's language."""
    return sentences((reason_from(each) for each in hold.reasons), currency)


def _seller(actor: Actor) -> Actor:
    """Whoever may release may also take the credit that an order passed for."""
    return replace(actor, permissions=actor.permissions | {"order.write"})


def _asked(hold: OrderHold) -> Asked:
    return Asked(
        customer_id=hold.customer_id,
        amount=hold.amount,
        reference=hold.reference,
        currency=hold.currency,
        term_days=hold.term_days,
        prepaid=hold.prepaid,
    )


def _held(hold_id: UUID) -> OrderHold:
    hold = OrderHold.objects.filter(pk=hold_id).select_for_update(no_key=True).first()
    if hold is None or hold.state != HoldState.OPEN:
        raise CreditRefused(_("这张订单没有被暂缓，或已经处理。"), code="unknown_hold")
    return hold


def _open(references: Iterable[str]) -> list[OrderHold]:
    found = OrderHold.objects.filter(reference__in=list(references), state=HoldState.OPEN)
    return list(found.order_by("pk").select_for_update(no_key=True))


def _hold(
    orders: Sequence[Order], decisions: dict[str, Decision], opened: OpenAct, today: date
) -> list[OrderHold]:
    """Let orders wait; one that waits already gets the amount and the reasons of now. Returns the new ones."""
    waiting = {row.reference: row for row in _open(order.reference for order in orders)}
    made: list[OrderHold] = []
    changed: list[OrderHold] = []
    for order in orders:
        decision = decisions[order.reference]
        row = waiting.get(order.reference) or OrderHold(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=order.customer_id,
            reference=order.reference,
            record_id=order.record_id,
            currency=order.currency,
            sellers=[str(each) for each in order.sellers],
            held_on=today,
        )
        row.amount, row.base_amount = order.amount, decision.base_amount
        row.term_days, row.prepaid = order.term_days, order.prepaid
        row.forced = decision.decision == Action.BLOCK
        row.reasons = [reason_data(reason) for reason in decision.reasons]
        (changed if order.reference in waiting else made).append(row)
    OrderHold.objects.bulk_create(made)
    OrderHold.objects.bulk_update(
        changed, ["amount", "base_amount", "forced", "reasons", "term_days", "prepaid"]
    )
    record_events(
        [Told("held", RECORD_KIND, row.pk, row.reference, _said(row)) for row in [*made, *changed]],
        opened=opened,
    )
    return made


def _end(
    rows: Sequence[OrderHold], state: HoldState, actor: Actor, reason: str, opened: OpenAct, today: date
) -> None:
    for row in rows:
        row.state, row.ended_by, row.ended_for = state, actor.name, reason
        row.ended_on, row.ended_act_id = today, opened.id
    if rows:
        OrderHold.objects.bulk_update(
            rows, ["state", "ended_by", "ended_for", "ended_on", "ended_act", "forced", "released_until"]
        )
        record_events(
            [Told(state.value, RECORD_KIND, row.pk, row.reference, _said(row)) for row in rows], opened=opened
        )


def _said(row: OrderHold) -> dict[str, Any]:
    return {
        "order": str(row.record_id),
        "customer": str(row.customer_id),
        "amount": f"{row.amount:.2f}",
        "state": str(row.state),
        "reasons": row.reasons,
        "reason": row.ended_for,
        **({"until": row.released_until.isoformat()} if row.released_until else {}),
    }

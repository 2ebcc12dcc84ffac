"""检查并预占: credit is checked and taken in one act, one after the other per customer and group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.money import convert, is_currency, quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import no_rate
from huikuan.credit.models import Reservation, ReservationState
from huikuan.credit.operations.decisions import Asked, Decision, answered_before, stored_answer
from huikuan.credit.operations.trail import Told, record_events
from huikuan.credit.queries import (
    Party,
    Standing,
    base_currency,
    gate_rules,
    parties,
    setting,
    standings,
)
from huikuan.credit.rules import Gate, Verdict, decide, rules_for
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor

RECORD_KIND = "credit_reservation"
LENGTHS = lengths_of(Reservation, "reference")


def check_credit(asked: Asked, *, gate: Gate = Gate.ORDER, actor: Actor, today: date) -> Decision:
    """What would be decided about an order now; nothing is reserved, nothing locked."""
    actor.require("credit.read")
    return weigh_order(asked, gate=gate, today=today)


def weigh_order(asked: Asked, *, gate: Gate = Gate.ORDER, today: date) -> Decision:
    """The decision itself; for operations that asked for their own permission."""
    base = base_currency()
    amount = _in_base([asked], base, today)[0]
    found = parties([asked.customer_id])
    standing = standings(found, day=today, base=base, without=[asked.reference])[asked.customer_id]
    former = _live([asked.reference]).get(asked.reference) if asked.reference else None
    rules = gate_rules(gate, found.values())[asked.customer_id]
    return _weighed(standing, amount, former, rules_for(rules, gate), base)


def reserve_credit(
    asked: Sequence[Asked], *, actor: Actor, today: date, lasting: bool = False
) -> list[Decision]:
    """Check and reserve: one act; a customer's orders, and a group's, are weighed one after the other.

    What passes is reserved, what does not is not, and each is told with its reasons. The same reference with the
    same amount gets the same answer again; with another amount it is checked again, and where that does not pass,
    what was reserved stays. `lasting`: without expiry, until released or consumed. Raises CreditRefused for an
    unknown customer, an amount that is not positive, a currency without a rate, a reference of another customer.
    """
    actor.require("order.write")
    if not asked:
        return []
    base = base_currency()
    amounts = _in_base(asked, base, today)
    found = parties({each.customer_id for each in asked})
    # Asked before anything is locked: who only asks again waits for nobody.
    repeated = _repeated(asked, _latest([each.reference for each in asked]), base, today)
    if len(repeated) == len(asked):
        return [repeated[each.reference] for each in asked]
    with act("reserve_credit", actor=actor) as opened:
        lock_accounts(found.values())
        if parties(found) != found:
            raise CreditRefused(_("客户的档案正在被修改，请重试。"), code="customer_changed")
        latest = _latest([each.reference for each in asked])
        repeated = _repeated(asked, latest, base, today)
        standing = standings(found, day=today, base=base, without=[each.reference for each in asked])
        rules = {
            key: rules_for(each, Gate.ORDER) for key, each in gate_rules(Gate.ORDER, found.values()).items()
        }
        expires = None if lasting else today + timedelta(days=setting().reservation_days)
        decisions: list[Decision] = []
        made: list[Reservation] = []
        changed: list[Reservation] = []
        for each, amount in zip(asked, amounts, strict=True):
            if each.reference in repeated:
                decisions.append(repeated[each.reference])
                continue
            former = latest.get(each.reference)
            live = former if former is not None and former.state == ReservationState.HELD else None
            if live is not None and live.expires_on is not None and live.expires_on < today:
                live.state, live.remaining = ReservationState.EXPIRED, Decimal(0)
                changed.append(live)
                live = None
            one = standing[each.customer_id]
            decision = _weighed(one, amount, live, rules[each.customer_id], base)
            if decision.passes:
                decision = _taken(decision)
                kept = live.remaining if live is not None else Decimal(0)
                row = _row(each, amount, base, decision, opened, today, expires, live)
                one.reserve(row.remaining - kept)
                (made if live is None else changed).append(row)
            decisions.append(decision)
        _write(made, changed, opened)
    return decisions


def force_reservation(asked: Asked, decision: Decision, *, opened: OpenAct, today: date) -> Reservation:
    """Reserve what somebody released although it does not pass; without expiry, inside an open act."""
    base = base_currency()
    amount = _in_base([asked], base, today)[0]
    live = _live([asked.reference]).get(asked.reference)
    row = _row(asked, amount, base, _taken(decision), opened, today, None, live)
    row.forced = True
    _write([] if live else [row], [row] if live else [], opened)
    return row


def lock_accounts(found: Iterable[Party]) -> None:
    """Hold the credit of customers until the transaction ends: heads of groups first, then members, in key order.

    A head is nobody's member, so that the two rounds never hold the same row, and no two callers can wait for
    each other.
    """
    known = list(found)
    heads = sorted({party.head for party in known})
    members = sorted({party.id for party in known} - set(heads))
    with connection.cursor() as cursor:
        for ids in (heads, members):
            if ids:
                values: dict[str, Any] = {"organization": current_organization_id(), "ids": ids}
                cursor.execute(LOCK_ACCOUNTS, values)
                if len(cursor.fetchall()) < len(ids):
                    cursor.execute(ADD_ACCOUNTS, values)
                    cursor.execute(LOCK_ACCOUNTS, values)
                    cursor.fetchall()


LOCK_ACCOUNTS = """
    SELECT id FROM credit_account
    WHERE organization_id = %(organization)s AND customer_id = ANY(%(ids)s)
    ORDER BY customer_id FOR NO KEY UPDATE
"""
ADD_ACCOUNTS = """
    INSERT INTO credit_account (organization_id, id, customer_id)
    SELECT %(organization)s, uuidv7(), key FROM unnest(%(ids)s::uuid[]) key ORDER BY key
    ON CONFLICT (organization_id, customer_id) DO NOTHING
"""


def _in_base(asked: Sequence[Asked], base: str, today: date) -> list[Decimal]:
    """The amounts in base currency; refused where one cannot be one."""
    rates = rates_on({(each.currency, today) for each in asked if each.currency not in ("", base)})
    amounts = []
    for each in asked:
        reference = each.reference
        if not each.amount.is_finite() or each.amount <= 0:
            raise CreditRefused(_("订单 %s 的金额必须大于零。") % reference, code="amount_not_positive")
        if len(reference) > LENGTHS["reference"]:
            raise CreditRefused(too_long(_("信用"), _("订单号"), LENGTHS["reference"]), code="text_too_long")
        currency = each.currency or base
        if not is_currency(currency):
            raise CreditRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
        if currency == base:
            amounts.append(quantize(each.amount, base))
        elif (currency, today) in rates:
            amounts.append(convert(each.amount, rates[currency, today], base))
        else:
            raise no_rate(currency, today)
    return amounts


def _live(references: Collection[str]) -> dict[str, Reservation]:
    rows = Reservation.objects.filter(reference__in=references, state=ReservationState.HELD)
    return {row.reference: row for row in rows}


def _latest(references: Collection[str]) -> dict[str, Reservation]:
    """The reservation of each reference that was made last."""
    if any(not reference.strip() for reference in references):
        raise CreditRefused(_("请写明订单号，以便识别重复的请求。"), code="reference_missing")
    if len(set(references)) < len(references):
        raise CreditRefused(_("同一个订单号出现了两次。"), code="reference_twice")
    rows = Reservation.objects.filter(reference__in=references).order_by("id")
    return {row.reference: row for row in rows}


def _repeated(
    asked: Sequence[Asked], latest: Mapping[str, Reservation], base: str, today: date
) -> dict[str, Decision]:
    """The answers of what was answered before: the same order, customer and amount."""
    found = {}
    for each in asked:
        row = latest.get(each.reference)
        if row is None or row.state not in (ReservationState.HELD, ReservationState.CONSUMED):
            continue
        if row.customer_id != each.customer_id:
            raise CreditRefused(
                _("订单号 %s 已经为另一位客户预占了额度。") % each.reference, code="reference_taken"
            )
        same = (row.amount, row.currency) == (each.amount, each.currency or base)
        if row.state == ReservationState.CONSUMED and not same:
            raise CreditRefused(_("订单 %s 的预占已全部使用。") % each.reference, code="reference_consumed")
        if same and (row.expires_on is None or row.expires_on >= today):
            found[each.reference] = answered_before(row, base)
    return found


def _weighed(
    standing: Standing, amount: Decimal, former: Reservation | None, rules: Sequence[Any], base: str
) -> Decision:
    """What is decided about an order of `amount`; `former`: what is reserved for it already."""
    used = former.base_amount - former.remaining if former is not None else Decimal(0)
    kept = former.remaining if former is not None else Decimal(0)
    position = standing.position(without=kept)
    verdict: Verdict = decide(
        position, max(amount - used, Decimal(0)), rules, lowers=former is not None and amount - used <= kept
    )
    return Decision(
        verdict.action,
        verdict.reasons,
        position.limit,
        position.group_limit,
        position.exposure,
        position.available,
        base,
        base_amount=amount,
    )


def _taken(decision: Decision) -> Decision:
    return Decision(
        decision.decision,
        decision.reasons,
        decision.limit,
        decision.group_limit,
        decision.exposure,
        decision.available,
        decision.currency,
        reserved=True,
        base_amount=decision.base_amount,
    )


def _row(
    asked: Asked,
    amount: Decimal,
    base: str,
    decision: Decision,
    opened: OpenAct,
    today: date,
    expires: date | None,
    live: Reservation | None,
) -> Reservation:
    """The reservation as it is from now on: a new one, or the live one with another amount."""
    if live is None:
        live = Reservation(
            organization_id=opened.organization_id,
            customer_id=asked.customer_id,
            reference=asked.reference,
            base_amount=Decimal(0),
            remaining=Decimal(0),
            reserved_on=today,
        )
    used = live.base_amount - live.remaining
    live.act_id = opened.id
    live.amount, live.currency = asked.amount, asked.currency or base
    live.base_amount, live.remaining = amount, max(amount - used, Decimal(0))
    live.state = ReservationState.HELD if live.remaining else ReservationState.CONSUMED
    live.forced = False
    live.expires_on = expires
    live.answer = stored_answer(decision)
    return live


CHANGED = ["act", "amount", "currency", "base_amount", "remaining", "state", "forced", "expires_on", "answer"]


def _write(made: list[Reservation], changed: list[Reservation], opened: OpenAct) -> None:
    try:
        if changed:
            Reservation.objects.bulk_update(changed, CHANGED)
        if made:
            Reservation.objects.bulk_create(made)
    except IntegrityError as error:
        if "one_live_reservation_per_reference" in str(error):
            raise CreditRefused(_("同一个订单号正在由别处预占，请重试。"), code="reference_taken") from error
        raise
    record_events(
        [
            *(Told("reserved", RECORD_KIND, row.pk, row.reference, content_of(row)) for row in made),
            *(Told("changed", RECORD_KIND, row.pk, row.reference, content_of(row)) for row in changed),
        ],
        opened=opened,
    )


def content_of(row: Reservation) -> dict[str, Any]:
    """What the trail says of a reservation."""
    return {
        "customer": str(row.customer_id),
        "amount": f"{row.amount:.2f}",
        "currency": row.currency,
        "base_amount": f"{row.base_amount:.2f}",
        "remaining": f"{row.remaining:.2f}",
        "state": str(row.state),
        "forced": row.forced,
    }

"""检查并预占: credit is checked and taken in one act, one after the other per customer and group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.money import convert, is_currency, quantize
from huikuan.core.postgres.prepared import ask, ask_all
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.assessment_queries import current_asked, current_from
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import exposures_asked, exposures_from, no_rate
from huikuan.credit.models import Reservation, ReservationState
from huikuan.credit.operations.decisions import Asked, Decision, answered_before, stored_answer
from huikuan.credit.operations.reservation_rows import save_reservations
from huikuan.credit.queries import Standing, gate_rules, standings_under
from huikuan.credit.rules import Gate, Rule, decide, rules_for
from huikuan.credit.terms import Party, Terms, read_terms, terms_asked, terms_from
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor

LENGTHS = lengths_of(Reservation, "reference")


def check_credit(asked: Asked, *, gate: Gate = Gate.ORDER, actor: Actor, today: date) -> Decision:
    """What would be decided about an order now; nothing is reserved, nothing locked."""
    actor.require("credit.read")
    return weigh_order(asked, gate=gate, today=today)


def weigh_order(asked: Asked, *, gate: Gate = Gate.ORDER, today: date) -> Decision:
    """The decision itself; for operations that asked for their own permission."""
    references = [asked.reference] if asked.reference else []
    terms = read_terms([asked.customer_id], day=today, references=references)
    amount = _in_base([asked], terms.base, today)[0]
    standing = standings_under(
        terms, day=today, gate=gate, without=references, contracts=_contracts([asked])
    )[asked.customer_id]
    former = terms.latest.get(asked.reference)
    live = former if former is not None and former.state == ReservationState.HELD else None
    rules = gate_rules(gate, terms)[asked.customer_id]
    return _weighed(standing, asked, amount, live, rules_for(rules, gate), terms.base)


def reserve_credit(
    asked: Sequence[Asked], *, actor: Actor, today: date, lasting: bool = False
) -> list[Decision]:
    """Check and reserve: one act; a customer's orders, and a group's, are weighed one after the other.

    What passes is reserved, what does not is not, and each is told with its reasons. The same reference with the
    same amount gets the same answer again; with another amount it is checked again, and where that does not pass,
    what was reserved stays. Prepaid orders pass and take nothing. `lasting`: without expiry, until released or consumed. Raises CreditRefused for an
    unknown customer, an amount that is not positive, a currency without a rate, a reference of another customer.
    """
    actor.require("order.write")
    if not asked:
        return []
    references = [each.reference for each in asked]
    _require_references(references)
    ids = {each.customer_id for each in asked}
    known = read_terms(ids, day=today, references=references, brief=True)
    amounts = _in_base(asked, known.base, today)
    # Asked before anything is locked: who only asks again waits for nobody.
    repeated = _repeated(asked, known, today)
    if len(repeated) == len(asked):
        return [repeated[each.reference] for each in asked]
    with act("reserve_credit", actor=actor) as opened:
        terms, standing = _hold_and_read(known, day=today, references=references, contracts=_contracts(asked))
        repeated = _repeated(asked, terms, today)
        latest, base = terms.latest, terms.base
        rules = {key: rules_for(each, Gate.ORDER) for key, each in gate_rules(Gate.ORDER, terms).items()}
        expires = None if lasting else today + timedelta(days=terms.setting.reservation_days)
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
            decision = _weighed(one, each, amount, live, rules[each.customer_id], base)
            if decision.passes and not each.prepaid:
                decision = _taken(decision)
                kept = live.remaining if live is not None else Decimal(0)
                row = _row(each, amount, base, decision, opened, today, expires, live)
                one.reserve(row.remaining - kept)
                if each.contract_id in one.contracts:
                    one.contracts[each.contract_id].used += row.remaining
                (made if live is None else changed).append(row)
            decisions.append(decision)
        save_reservations(made, changed, opened, today)
    return decisions


def _hold_and_read(
    known: Terms, *, day: date, references: Sequence[str], contracts: Collection[UUID]
) -> tuple[Terms, dict[UUID, Standing]]:
    """Hold the accounts, then read terms and standings as they are now; sent together, answered one after the other.

    Refused where a customer or its group changed meanwhile.
    """
    customers = list(known.parties)
    reading = (
        terms_asked(customers, day=day, references=references),
        exposures_asked(customers, day=day, without=references),
        current_asked(customers, as_of=day),
    )
    heads, members = _accounts(known.parties.values())
    held, *answers = ask_all((LOCK_ACCOUNTS, _keys([*heads, *members])), *reading)
    if len(held) < len(heads) + len(members):
        lock_accounts(known.parties.values())
        answers = ask_all(*reading)
    changed = CreditRefused(_("客户的档案正在被修改，请重试。"), code="customer_changed")
    try:
        terms = terms_from(answers[0], customers)
    except CreditRefused as error:
        raise changed from error
    if terms.parties != known.parties:
        raise changed
    owed = exposures_from(answers[1], customers, day=day, base=terms.base)
    assessed = current_from(answers[2])
    standing = standings_under(
        terms,
        day=day,
        gate=Gate.ORDER,
        without=references,
        owed=owed,
        assessed=assessed,
        contracts=contracts,
    )
    return terms, standing


def force_reservation(asked: Asked, decision: Decision, *, opened: OpenAct, today: date) -> Reservation:
    """Reserve what somebody released although it does not pass; without expiry, inside an open act."""
    terms = read_terms([asked.customer_id], day=today, references=[asked.reference])
    amount = _in_base([asked], terms.base, today)[0]
    former = terms.latest.get(asked.reference)
    live = former if former is not None and former.state == ReservationState.HELD else None
    row = _row(asked, amount, terms.base, _taken(decision), opened, today, None, live)
    row.forced = True
    save_reservations([] if live else [row], [row] if live else [], opened, today)
    return row


def lock_accounts(found: Iterable[Party]) -> None:
    """Hold the credit of customers until the transaction ends: heads of groups first, then members, in key order.

    A head is nobody's member, so that the two rounds never hold the same row, and no two callers can wait for
    each other.
    """
    heads, members = _accounts(found)
    values = _keys([*heads, *members])
    if len(ask(LOCK_ACCOUNTS, values)) < len(heads) + len(members):
        for ids in (heads, members):
            ask(ADD_ACCOUNTS, _keys(ids))
        ask(LOCK_ACCOUNTS, values)


def _accounts(found: Iterable[Party]) -> tuple[list[UUID], list[UUID]]:
    """Whose accounts are held: heads of groups, and members; each in key order."""
    known = list(found)
    heads = {party.head for party in known}
    return sorted(heads), sorted({party.id for party in known} - heads)


def _keys(ids: list[UUID]) -> dict[str, Any]:
    return {"organization": current_organization_id(), "ids": ids}


# Rows are locked in the order they are sorted in: that of the keys given.
LOCK_ACCOUNTS = """
    SELECT a.id FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY k(customer_id, place)
    JOIN credit_account a ON a.organization_id = %(organization)s AND a.customer_id = k.customer_id
    ORDER BY k.place FOR NO KEY UPDATE OF a
"""
ADD_ACCOUNTS = """
    INSERT INTO credit_account (organization_id, id, customer_id)
    SELECT %(organization)s, uuidv7(), key FROM unnest(%(ids)s::uuid[]) key ORDER BY key
    ON CONFLICT (organization_id, customer_id) DO NOTHING
"""


def _contracts(asked: Sequence[Asked]) -> set[UUID]:
    return {each.contract_id for each in asked if each.contract_id is not None}


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


def _require_references(references: Sequence[str]) -> None:
    if any(not reference.strip() for reference in references):
        raise CreditRefused(_("请写明订单号，以便识别重复的请求。"), code="reference_missing")
    if len(set(references)) < len(references):
        raise CreditRefused(_("同一个订单号出现了两次。"), code="reference_twice")


def _repeated(asked: Sequence[Asked], terms: Terms, today: date) -> dict[str, Decision]:
    """The answers of what was answered before: the same order, customer and amount."""
    found = {}
    for each in asked:
        row = terms.latest.get(each.reference)
        if row is None or row.state not in (ReservationState.HELD, ReservationState.CONSUMED):
            continue
        if row.customer_id != each.customer_id:
            raise CreditRefused(
                _("订单号 %s 已经为另一位客户预占了额度。") % each.reference, code="reference_taken"
            )
        same = (row.amount, row.currency) == (each.amount, each.currency or terms.base)
        if row.state == ReservationState.CONSUMED and not same:
            raise CreditRefused(_("订单 %s 的预占已全部使用。") % each.reference, code="reference_consumed")
        if same and (row.expires_on is None or row.expires_on >= today):
            found[each.reference] = answered_before(row, terms.base)
    return found


def _weighed(
    standing: Standing,
    asked: Asked,
    amount: Decimal,
    former: Reservation | None,
    rules: Sequence[Rule],
    base: str,
) -> Decision:
    """What is decided about an order of `amount`; `former`: what is reserved for it already."""
    used = former.base_amount - former.remaining if former is not None else Decimal(0)
    kept = former.remaining if former is not None else Decimal(0)
    position = standing.position(without=kept, contract_id=asked.contract_id)
    verdict = decide(
        position,
        max(amount - used, Decimal(0)),
        rules,
        lowers=former is not None and amount - used <= kept,
        term_days=asked.term_days,
        prepaid=asked.prepaid,
        let_go=standing.let_go,
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
            contract_id=asked.contract_id,
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

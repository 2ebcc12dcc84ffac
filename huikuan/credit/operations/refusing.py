"""What does not leave the house or is not invoiced: orders that wait, stopped customers, contracts beyond their limits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.sentences import one_after_another
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency, in_base
from huikuan.credit.models import GateRule, HoldState, Limit, LimitState, OrderHold
from huikuan.credit.operations.decisions import Asked
from huikuan.credit.operations.holds import Order, hold_sentences
from huikuan.credit.operations.reservations import lock_accounts, weigh_order
from huikuan.credit.queries import gate_rules, standings_under
from huikuan.credit.rules import Action, Check, Gate, decide, rules_for
from huikuan.credit.terms import parties, read_terms
from huikuan.credit.wording import sentences

ROOM = (Check.LIMIT, Check.GROUP_LIMIT, Check.NO_LIMIT)
REFUSED = (Action.APPROVE, Action.BLOCK)


@dataclass(frozen=True, slots=True)
class ContractSale:
    """A delivery (of which nothing is owed yet: 0) or an invoice of a contract, in its currency."""

    contract_id: UUID
    customer_id: UUID
    amount: Decimal
    currency: str


def contracts_beyond(sales: Sequence[ContractSale], *, gate: Gate, today: date) -> dict[UUID, str]:
    """Contracts of which more would be owed than their own limit allows, each with the reason in words.

    The sales of one contract count together. The accounts of the customers are held, so that two runs do not both
    find the same room.
    """
    wanted = {each.contract_id for each in sales}
    limits = Limit.objects.filter(contract_id__in=wanted, state=LimitState.ACTIVE)
    limited = wanted & set(limits.values_list("contract_id", flat=True)) if wanted else set()
    found = [each for each in sales if each.contract_id in limited]
    if not found:
        return {}
    customers = {each.customer_id for each in found}
    lock_accounts(parties(customers).values())
    terms = read_terms(customers, day=today)
    standings = standings_under(terms, day=today, contracts=limited)
    amounts: dict[tuple[UUID, str], Decimal] = {}
    for each in found:
        part = (each.contract_id, each.currency)
        amounts[part] = amounts.get(part, Decimal(0)) + each.amount
    asked = in_base(amounts, base=terms.base, day=today)
    rules = {
        key: [rule for rule in rules_for(every, gate) if rule.check == Check.CONTRACT_LIMIT]
        for key, every in gate_rules(gate, terms).items()
    }
    whose = {each.contract_id: each.customer_id for each in found}
    beyond = {}
    for contract, key in sorted(whose.items()):
        position = standings[key].position(contract_id=contract)
        verdict = decide(position, asked[contract], rules[key], let_go=standings[key].let_go)
        if not verdict.passes:
            beyond[contract] = one_after_another(sentences(verdict.reasons, terms.base))
    return beyond


def refuse_contracts(sales: Sequence[ContractSale], *, gate: Gate, today: date) -> None:
    """Raise CreditRefused where one of the contracts has no room, see `contracts_beyond`."""
    for reason in contracts_beyond(sales, gate=gate, today=today).values():
        raise CreditRefused(reason, code="contract_limit")


def refuse_deliveries(orders: Sequence[Order], *, today: date) -> None:
    """Raise CreditRefused where an order waits, a customer is stopped at the delivery gate, or money is missing.

    A prepaid order leaves when its money is there; else what leaves is credit, and has to fit as any order does.
    """
    keys = [order.record_id for order in orders]
    held = OrderHold.objects.filter(record_id__in=keys, state=HoldState.OPEN).first()
    if held is not None:
        raise CreditRefused(
            _("订单 %(number)s 因信用被暂缓，不能发货：%(reasons)s")
            % {"number": held.reference, "reasons": one_after_another(hold_sentences(held, base_currency()))},
            code="order_held",
        )
    _refuse_customers(
        Gate.DELIVERY,
        {order.customer_id for order in orders},
        today,
        sentence=_("客户 %(name)s 不能发货：%(reasons)s"),
        code="delivery_stopped",
    )
    for order in orders:
        if order.prepaid and order.undelivered > 0:
            _refuse_unpaid(order, today)


def refuse_invoices(customers: Collection[UUID], *, today: date) -> None:
    """Raise CreditRefused where a customer is stopped at the invoice gate: for what no delivery stands behind."""
    if not customers or not GateRule.objects.filter(gate=Gate.INVOICE).exists():
        return  # nothing is shipped for this gate
    _refuse_customers(
        Gate.INVOICE,
        customers,
        today,
        sentence=_("客户 %(name)s 不能开票：%(reasons)s"),
        code="invoice_stopped",
    )


def _refuse_customers(
    gate: Gate, customers: Collection[UUID], today: date, *, sentence: str, code: str
) -> None:
    terms = read_terms(customers, day=today)
    rules = {key: rules_for(each, gate) for key, each in gate_rules(gate, terms).items()}
    if not any(rules.values()):
        return
    for key, standing in standings_under(terms, day=today, gate=gate).items():
        verdict = decide(standing.position(), Decimal(0), rules[key], let_go=standing.let_go)
        if not verdict.passes:
            reasons = one_after_another(sentences(verdict.reasons, terms.base))
            raise CreditRefused(sentence % {"name": standing.party.name, "reasons": reasons}, code=code)


def _refuse_unpaid(order: Order, today: date) -> None:
    """The money of a prepaid order lowers what its customer owes: with it the order fits, without it it is credit."""
    asked = Asked(
        customer_id=order.customer_id,
        amount=order.undelivered,
        reference=order.reference,
        currency=order.currency,
    )
    decision = weigh_order(asked, today=today)
    short = [each for each in decision.reasons if each.code in ROOM and each.action in REFUSED]
    if short:
        raise CreditRefused(
            _("订单 %(number)s 是款到发货，款项还没有到齐：%(reasons)s")
            % {"number": order.reference, "reasons": one_after_another(sentences(short, decision.currency))},
            code="prepayment_missing",
        )

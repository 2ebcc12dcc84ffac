"""Contracts: signed with a plan that adds up, planned anew without touching what was billed, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.models import Event
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import UnusableAmount, amount_said, amount_text, is_currency, quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer, Salesperson
from huikuan.customers.rules import UnusableTerm
from huikuan.ledger.operations.numbers import take_numbers
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, ContractRevision, ContractState, PlanLine
from huikuan.sales.errors import SalesRefused, constraint_refusal
from huikuan.sales.operations.contract_orders import take_into_contracts
from huikuan.sales.operations.drafts import base_currency
from huikuan.sales.plan_queries import LineFacts, line_facts
from huikuan.sales.plan_rules import NewPlanLine, PlannedLine, UnusablePlan, planned
from huikuan.sales.queries import tax_rates
from huikuan.sales.shipped import USUAL_CODE, Rate

PREFIX = "HT"
MOST_PLAN_LINES = 200
LENGTHS = lengths_of(Contract, "number", "name", "memo")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """A contract as it is signed; `amount` has VAT inside. Without `number` the next HT… of its month is given.

    `rate`: base currency per unit of a foreign one, needed before the first billing.
    """

    customer_id: UUID
    name: str
    amount: Decimal
    signed_on: date
    plan: Sequence[NewPlanLine]
    number: str = ""
    currency: str = ""
    rate: Decimal | None = None
    tax_code: str = USUAL_CODE
    ends_on: date | None = None
    salesperson_id: UUID | None = None
    order_id: UUID | None = None
    memo: str = ""


def sign_contracts(contracts: Sequence[NewContract], *, actor: Actor) -> list[UUID]:
    """签订合同: write contracts with their plans, all of them or none; returns their keys in order."""
    actor.require("order.write")
    if not contracts:
        return []
    with act("sign_contracts", actor=actor) as opened:
        base, rates = base_currency(), tax_rates()
        customers = dict(
            Customer.objects.filter(pk__in={each.customer_id for each in contracts}).values_list(
                "pk", "salesperson_id"
            )
        )
        _require_known(contracts, actor)
        numbers = _numbers(contracts)
        rows, lines = [], []
        for new, number in zip(contracts, numbers, strict=True):
            if new.customer_id not in customers:
                raise SalesRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
            contract = _contract(new, number, base, rates, customers[new.customer_id], opened)
            rows.append(contract)
            lines += plan_rows(contract, plan_of(contract, new.plan, ZERO), opened, after=0)
        try:
            Contract.objects.bulk_create(rows, batch_size=1000)
            PlanLine.objects.bulk_create(lines, batch_size=2000)
        except IntegrityError as error:
            raise constraint_refusal(error) from error
        _write_down(rows, lines, opened)
    return [row.pk for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """A contract planned anew: what it comes to from now on, and the lines for what is not billed yet."""

    contract_id: UUID
    revision: int
    amount: Decimal
    plan: Sequence[NewPlanLine]
    reason: str
    ends_on: date | None = None


def change_contract(change: ContractChange, *, actor: Actor, today: date) -> Decimal:
    """变更合同: what was billed stays, the rest is planned anew; returns what the new lines come to.

    Billed is what was invoiced less what credit notes took back. Refused below it, and where somebody changed the
    contract since `revision` was read.
    """
    actor.require("order.write")
    with act("change_contract", actor=actor, reason=change.reason) as opened:
        contract = locked_contract(change.contract_id)
        _require_changeable(contract, change.revision, change.reason)
        facts = line_facts([contract.pk])
        billed = sum((fact.kept for fact in facts), ZERO)
        amount = _amount(change.amount, contract.currency)
        if amount < billed:
            raise SalesRefused(
                _("合同已开票 %(billed)s，变更后的金额不能低于它；要减少请先开红字。")
                % {"billed": amount_said(billed, contract.currency)},
                code="below_billed",
            )
        contract.amount = amount
        plan = plan_of(contract, change.plan, billed)
        _keep_revision(contract, facts, change.reason, today, opened)
        _end_lines(facts, opened)
        contract.revision += 1
        contract.ends_on = change.ends_on or contract.ends_on
        after = max((fact.line.position for fact in facts), default=0)
        after = max(after, PlanLine.objects.filter(contract=contract).order_by("-position")[0].position)
        PlanLine.objects.bulk_create(plan_rows(contract, plan, opened, after=after))
        contract.save(update_fields=["amount", "revision", "ends_on"])
        record_event(
            action="changed",
            record_kind="contract",
            record_id=contract.pk,
            number=contract.number,
            content={
                "amount": amount_text(amount, contract.currency),
                "billed": amount_text(billed, contract.currency),
                "plan": [_said(each) for each in plan],
                "revision": contract.revision,
            },
        )
    return amount - billed


def cancel_contract(contract_id: UUID, *, revision: int, reason: str, actor: Actor, today: date) -> Decimal:
    """终止合同: it comes down to what was billed of it; returns what is not to come any more."""
    actor.require("order.write")
    with act("cancel_contract", actor=actor, reason=reason) as opened:
        contract = locked_contract(contract_id)
        _require_changeable(contract, revision, reason)
        facts = line_facts([contract.pk])
        billed = sum((fact.kept for fact in facts), ZERO)
        dropped: Decimal = contract.amount - billed
        _keep_revision(contract, facts, reason, today, opened)
        _end_lines(facts, opened)
        contract.amount = billed
        contract.revision += 1
        contract.state = ContractState.CANCELLED
        contract.save(update_fields=["amount", "revision", "state"])
        record_event(
            action="cancelled",
            record_kind="contract",
            record_id=contract.pk,
            number=contract.number,
            content={"amount": str(billed), "dropped": str(dropped)},
        )
    return dropped


def locked_contract(contract_id: UUID) -> Contract:
    """The contract, held until the transaction ends."""
    found = Contract.objects.select_for_update(no_key=True).filter(pk=contract_id).first()
    if found is None:
        raise SalesRefused(_("没有这份合同。"), code="unknown_contract")
    return found


def plan_of(contract: Contract, plan: Sequence[NewPlanLine], billed: Decimal) -> list[PlannedLine]:
    """The lines that are planned for what is not billed; or SalesRefused, which says what does not fit."""
    if len(plan) > MOST_PLAN_LINES:
        raise SalesRefused(_("收款计划最多 %d 行。") % MOST_PLAN_LINES, code="too_many_plan_lines")
    try:
        return planned(plan, amount=contract.amount, currency=contract.currency, billed=billed)
    except UnusablePlan as error:
        raise plan_refusal(error, contract.currency) from error
    except UnusableTerm as error:
        raise SalesRefused(_("付款条件无法使用：%s") % error.field, code="term_unusable") from error
    except UnusableAmount as error:
        raise SalesRefused(_("金额太大。"), code="amount_too_large") from error


def plan_refusal(error: UnusablePlan, currency: str) -> SalesRefused:
    """The sentence about a plan that cannot stand."""
    if error.code in ("wrong_sum", "no_lines"):
        sentence = (
            _("收款计划还差 %s，才等于合同金额。") if error.difference > 0 else _("收款计划超出合同金额 %s。")
        )
        return SalesRefused(
            sentence % amount_said(abs(error.difference), currency), code="plan_does_not_add_up"
        )
    words = {
        "unknown_trigger": _("不认识的开票方式"),
        "name_missing": _("要写明名称"),
        "too_long": _("名称、里程碑或单位太长"),
        "size_missing": _("比例和金额只填一项"),
        "not_positive": _("比例或金额必须大于零"),
        "day_missing": _("要填日期"),
        "milestone_missing": _("要写明里程碑"),
        "quantity_missing": _("要填总数量"),
        "months_missing": _("要填起止月份"),
        "months_range": _("起止月份应先后相接，最多 120 个月"),
    }
    text = str(words.get(error.code, error.code))
    return SalesRefused(
        _("计划第 %(line)d 行：%(text)s。") % {"line": error.line or 0, "text": text},
        code=f"plan_{error.code}",
    )


def plan_rows(
    contract: Contract, plan: Sequence[PlannedLine], opened: OpenAct, *, after: int
) -> list[PlanLine]:
    """The rows of planned lines, behind the position `after`."""
    return [
        PlanLine(
            organization_id=opened.organization_id,
            contract=contract,
            position=position,
            name=each.line.name.strip(),
            trigger=each.line.trigger,
            percent=each.line.percent,
            amount=each.amount,
            bill_on=each.line.bill_on,
            milestone=each.line.milestone.strip(),
            quantity=each.line.quantity,
            unit=each.line.unit.strip(),
            rule=each.rule.to_data(),
            revision=contract.revision,
            act_id=opened.id,
        )
        for position, each in enumerate(plan, start=after + 1)
    ]


def _contract(
    new: NewContract, number: str, base: str, rates: dict[str, Rate], person: UUID | None, opened: OpenAct
) -> Contract:
    currency = new.currency or base
    if not is_currency(currency):
        raise SalesRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    if new.tax_code not in rates:
        raise SalesRefused(_("不认识的税率：%s") % new.tax_code, code="unknown_tax_rate")
    if new.rate is not None and not (new.rate.is_finite() and 0 < new.rate < 10**9):
        raise SalesRefused(_("汇率必须是大于零的数字。"), code="rate_unusable")
    if not new.name.strip():
        raise SalesRefused(_("合同要有名称。"), code="contract_unnamed")
    if new.ends_on is not None and new.ends_on < new.signed_on:
        raise SalesRefused(_("合同的结束日期不能早于签订日期。"), code="contract_ends_early")
    labels = {"number": _("合同号"), "name": _("名称"), "memo": _("备注")}
    name = first_too_long({"number": number, "name": new.name, "memo": new.memo}, LENGTHS)
    if name:
        raise SalesRefused(too_long(_("合同"), labels[name], LENGTHS[name]), code="text_too_long")
    amount = _amount(new.amount, currency)
    if amount <= 0:
        raise SalesRefused(_("合同金额必须大于零。"), code="contract_amount")
    return Contract(
        organization_id=opened.organization_id,
        number=number,
        name=new.name.strip(),
        customer_id=new.customer_id,
        salesperson_id=new.salesperson_id or person,
        order_id=new.order_id,
        signed_on=new.signed_on,
        ends_on=new.ends_on,
        currency=currency,
        rate=None if currency == base else new.rate,
        amount=amount,
        tax_code=new.tax_code,
        tax_rate=rates[new.tax_code].rate,
        memo=new.memo,
        act_id=opened.id,
    )


def _amount(amount: Decimal, currency: str) -> Decimal:
    if not amount.is_finite() or amount < 0:
        raise SalesRefused(_("合同金额必须大于零。"), code="contract_amount")
    try:
        exact = quantize(amount, currency)
    except UnusableAmount as error:
        raise SalesRefused(_("金额太大。"), code="amount_too_large") from error
    if exact != amount:
        raise SalesRefused(_("合同金额超出币种的小数位数。"), code="amount_precision")
    return exact


def _require_known(contracts: Sequence[NewContract], actor: Actor) -> None:
    people = {each.salesperson_id for each in contracts if each.salesperson_id}
    if people and Salesperson.objects.filter(pk__in=people).count() < len(people):
        raise SalesRefused(_("没有这位业务员。"), code="unknown_salesperson")
    orders = [(each.order_id, each.customer_id) for each in contracts if each.order_id]
    if len(dict(orders)) < len(orders):
        raise SalesRefused(_("一张订单只能属于一份合同。"), code="order_of_contract")
    take_into_contracts(dict(orders), actor=actor, on=max(each.signed_on for each in contracts))


def _numbers(contracts: Sequence[NewContract]) -> list[str]:
    """The numbers of contracts: their own, or the next of the month in which they are signed."""
    months: dict[date, int] = {}
    for each in contracts:
        if not each.number.strip():
            month = each.signed_on.replace(day=1)
            months[month] = months.get(month, 0) + 1
    taken = {month: take_numbers(PREFIX, month, count) for month, count in sorted(months.items())}
    return [each.number.strip() or next(taken[each.signed_on.replace(day=1)]) for each in contracts]


def _require_changeable(contract: Contract, revision: int, reason: str) -> None:
    if not reason.strip():
        raise SalesRefused(_("变更合同必须写明原因。"), code="reason_missing")
    if len(reason) > 500:
        raise SalesRefused(_("原因最多 500 个字。"), code="text_too_long")
    if contract.state != ContractState.ACTIVE:
        raise SalesRefused(_("合同 %s 已经终止。") % contract.number, code="contract_ended")
    if contract.revision != revision:
        raise SalesRefused(_("别人刚刚变更了这份合同，请重新打开后再改。"), code="contract_changed")


def _keep_revision(
    contract: Contract, facts: Sequence[LineFacts], reason: str, today: date, opened: OpenAct
) -> None:
    """What the contract said until now. The plan is that of the lines in force."""
    former = Contract.objects.values_list("amount", flat=True).get(pk=contract.pk)
    ContractRevision.objects.create(
        organization_id=opened.organization_id,
        contract=contract,
        revision=contract.revision,
        amount=former,
        lines=[
            {"name": fact.line.name, "amount": amount_text(fact.line.amount, contract.currency)}
            for fact in facts
        ],
        reason=reason.strip(),
        changed_on=today,
        by_name=opened.actor.name,
        act_id=opened.id,
    )


def _end_lines(facts: Sequence[LineFacts], opened: OpenAct) -> None:
    """Lines that nothing was billed of leave the plan; the others come down to what was."""
    ended = [fact.line for fact in facts if not fact.billed]
    for line in ended:
        line.ended_act_id = opened.id
    PlanLine.objects.bulk_update(ended, ["ended_act"])
    trimmed = [fact for fact in facts if fact.billed and fact.line.amount != fact.kept]
    for fact in trimmed:
        if fact.line.quantity is not None:
            fact.line.quantity = max(fact.delivered, Decimal("0.000001"))
        fact.line.amount = fact.kept
    PlanLine.objects.bulk_update([fact.line for fact in trimmed], ["amount", "quantity"])


def _said(line: PlannedLine) -> dict[str, Any]:
    return {"name": line.line.name, "amount": str(line.amount), "trigger": line.line.trigger}


def _write_down(rows: Sequence[Contract], lines: Sequence[PlanLine], opened: OpenAct) -> None:
    plans: dict[UUID, list[dict[str, str]]] = {}
    for line in lines:
        plans.setdefault(line.contract_id, []).append(
            {"name": line.name, "amount": str(line.amount), "trigger": line.trigger}
        )
    Event.objects.bulk_create(
        [
            Event(
                organization_id=current_organization_id(),
                id=uuid7(),
                act_id=opened.id,
                action="recorded",
                record_kind="contract",
                record_id=row.pk,
                number=row.number,
                content={
                    "name": row.name,
                    "customer": str(row.customer_id),
                    "amount": str(row.amount),
                    "currency": row.currency,
                    "on": row.signed_on.isoformat(),
                    "plan": plans.get(row.pk, []),
                },
            )
            for row in rows
        ],
        batch_size=1000,
    )

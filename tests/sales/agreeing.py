"""A small vocabulary for tests of contracts: plans in text amounts, contracts, runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.audit.operations import act
from huikuan.ledger.operations import Instalment, NewDocument
from huikuan.ledger.operations.documents import CONTRACT_ADVANCE, RecordedDocument, post_documents
from huikuan.sales.contracts import Contract, PlanLine
from huikuan.sales.operations import NewContract, PlanRun, bill_due, confirm_milestone, sign_contracts
from huikuan.sales.plan_rules import NewPlanLine
from tests.trade import Books, day


def plan_line(trigger: str, size: str, *, name: str = "款", **values: Any) -> NewPlanLine:
    """A line of "30%" or "1000.00"."""
    by: dict[str, Any] = {"percent": Decimal(size[:-1])} if size.endswith("%") else {"amount": Decimal(size)}
    for key in ("bill_on", "until"):
        if key in values:
            values[key] = day(values[key])
    if "quantity" in values:
        values["quantity"] = Decimal(values["quantity"])
    return NewPlanLine(name=name, trigger=trigger, **by, **values)


THREE = (
    plan_line("date", "30%", name="预付款", bill_on="2026-01-05"),
    plan_line("milestone", "65%", name="验收款", milestone="验收", days=30),
    plan_line("retention", "5%", name="质保金", milestone="验收", months=12),
)


def sign(
    books: Books, *plan: NewPlanLine, amount: str = "113000.00", on: str = "2026-01-05", **values: Any
) -> Contract:
    values.setdefault("name", "设备")
    new = NewContract(
        customer_id=books.customer(values.pop("customer", "C1")).pk,
        amount=Decimal(amount),
        signed_on=day(on),
        plan=plan or THREE,
        **values,
    )
    [key] = sign_contracts([new], actor=books.actor)
    return Contract.objects.get(pk=key)


def lines_of(contract: Contract) -> Sequence[tuple[str, str]]:
    found = PlanLine.objects.filter(contract=contract, ended_act=None).order_by("position")
    return [(line.name, f"{line.amount:.2f}") for line in found]


def happened(books: Books, contract: Contract, milestone: str, on: str) -> UUID:
    return confirm_milestone(
        contract.pk,
        milestone=milestone,
        happened_on=day(on),
        note="验收单 7 号",
        actor=books.actor,
        today=books.today,
    )


def bill(books: Books, on: str, **values: Any) -> PlanRun:
    return bill_due(on=day(on), actor=books.actor, today=books.today, **values)


def advance(books: Books, contract: Contract, on: str, net: str, vat: str) -> RecordedDocument:
    parts = (Instalment(Decimal(net), None), Instalment(Decimal(vat), None, account="deferred_vat"))
    new = NewDocument(
        customer_id=contract.customer_id,
        document_on=day(on),
        amount=Decimal(net) + Decimal(vat),
        instalments=parts,
        reference=contract.number,
    )
    with act("test", actor=books.actor) as opened:
        [recorded] = post_documents([new], posting=CONTRACT_ADVANCE, opened=opened)
    return recorded

"""Contracts billed by their plans: dates, milestones, months, deliveries, retentions, advances, changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import NotPermitted
from huikuan.sales.contracts import Contract, ContractRevision, PlanBilling, PlanEvent, PlanLine
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Invoice
from huikuan.sales.operations import (
    ContractChange,
    bill_due,
    cancel_contract,
    change_contract,
    release_retentions,
    report_delivery,
    reverse_invoices,
)
from huikuan.sales.plan_queries import due_contracts
from tests.ledger.checking import assert_nothing_broken
from tests.sales.agreeing import advance, bill, happened, lines_of, plan_line, sign
from tests.trade import day

pytestmark = pytest.mark.django_db


def items_of(run: Any, place: int = 0) -> list[tuple[str, str, str]]:
    found = OpenItem.objects.filter(document_id=run.invoices[place].document_id).order_by("line")
    return [(item.account.code, f"{item.amount:.2f}", str(item.due_on)) for item in found]


def test_a_contract_has_the_next_number_and_a_plan_that_adds_up(books: Any) -> None:
    first, second = sign(books), sign(books, number="CG-1")
    assert (first.number, second.number) == ("HT202601000001", "CG-1")
    assert lines_of(first) == [("预付款", "33900.00"), ("验收款", "73450.00"), ("质保金", "5650.00")]
    with pytest.raises(SalesRefused, match="合同号已存在"):
        sign(books, number="CG-1")


def test_a_plan_that_does_not_add_up_is_refused_whole(books: Any) -> None:
    with pytest.raises(SalesRefused, match=r"还差 3,390\.00") as refused:
        sign(books, plan_line("date", "97%", bill_on="2026-01-05"))
    assert refused.value.code == "plan_does_not_add_up"
    assert not Contract.objects.exists()
    assert not PlanLine.objects.exists()


def test_e18_milestone_and_retention_to_the_cent(books: Any) -> None:
    contract = sign(
        books,
        plan_line("milestone", "95%", name="验收款", milestone="验收", days=30),
        plan_line("retention", "5%", name="质保金", milestone="验收", months=3),
    )
    assert bill(books, "2026-01-31").invoices == ()
    happened(books, contract, "验收", "2026-01-31")
    run = bill(books, "2026-01-31")
    assert items_of(run) == [("1122", "107350.00", "2026-03-02"), ("1141", "5650.00", "2026-04-30")]
    assert books.entries("sale") == [
        "D1122 107350.00",
        "D1141 5650.00",
        "C6001 100000.00",
        "C22210105 13000.00",
    ]
    assert bill(books, "2026-02-28").invoices == ()
    assert release_retentions(None, on=day("2026-04-29"), actor=books.actor, today=books.today) == 0
    assert release_retentions(None, on=day("2026-04-30"), actor=books.actor, today=books.today) == 1
    assert release_retentions(None, on=day("2026-05-01"), actor=books.actor, today=books.today) == 0
    assert books.entries("retention_due") == ["D1122 5650.00", "C1141 5650.00"]
    assert_nothing_broken(books.organization)


def test_a_milestone_happens_once(books: Any) -> None:
    contract = sign(books)
    happened(books, contract, "验收", "2026-02-01")
    with pytest.raises(SalesRefused, match="没有重复确认") as refused:
        happened(books, contract, "验收", "2026-02-02")
    assert refused.value.code == "milestone_twice"
    assert PlanEvent.objects.count() == 1
    for milestone, on, code in (
        ("到货", "2026-02-01", "unknown_milestone"),
        ("验收", "2030-01-01", "in_future"),
        ("验收", "2025-01-01", "before_contract"),
    ):
        with pytest.raises(SalesRefused) as refused:
            happened(books, contract, milestone, on)
        assert refused.value.code == code


def test_a_run_bills_all_contracts_and_a_second_one_nothing(books: Any) -> None:
    for customer in ("A", "B", "C"):
        sign(books, customer=customer)
    previewed = due_contracts(day("2026-01-10"))
    run = bill(books, "2026-01-10")
    assert [each.amount for each in previewed] == [Decimal("33900.00")] * 3
    assert len(run.invoices) == 3
    assert bill(books, "2026-01-10").invoices == ()
    assert Invoice.objects.count() == 3
    assert_nothing_broken(books.organization)


def test_a_run_takes_as_many_queries_for_many_contracts_as_for_one(
    books: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        sign(books, customer=f"K{number % 3}")
    with django_assert_max_num_queries(60):
        assert len(bill(books, "2026-01-10").invoices) == 12


def test_months_are_billed_at_their_ends(books: Any) -> None:
    sign(
        books,
        plan_line("month", "100%", name="租金", bill_on="2026-01-01", until="2026-03-31"),
        amount="300.00",
    )
    assert len(bill(books, "2026-01-30").contracts) == 0
    run = bill(books, "2026-02-28")
    assert items_of(run) == [("1122", "100.00", "2026-02-28"), ("1122", "100.00", "2026-02-28")]


def test_deliveries_are_billed_by_quantity_and_never_above_the_plan(books: Any) -> None:
    contract = sign(books, plan_line("quantity", "100%", quantity="3", days=10), amount="100.00")
    line = PlanLine.objects.get(contract=contract)

    def deliver(quantity: str, on: str) -> None:
        report_delivery(
            line.pk,
            quantity=Decimal(quantity),
            happened_on=day(on),
            note="送货单",
            actor=books.actor,
            today=books.today,
        )

    deliver("1", "2026-02-01")
    assert items_of(bill(books, "2026-02-01")) == [("1122", "33.33", "2026-02-11")]
    deliver("2", "2026-02-05")
    with pytest.raises(SalesRefused, match="超过计划"):
        deliver("0.5", "2026-02-06")
    assert items_of(bill(books, "2026-02-06")) == [("1122", "66.67", "2026-02-16")]


def test_an_advance_settles_what_is_billed_but_not_the_retention(books: Any) -> None:
    contract = sign(books)
    advance(books, contract, "2026-01-06", "26548.67", "3451.33")
    happened(books, contract, "验收", "2026-01-31")
    run = bill(books, "2026-01-31")
    assert run.advances_applied == Decimal("30000.00")
    assert sorted(books.entries("apply_credit")) == [
        "C1122 26548.67",
        "C1122 3451.33",
        "D2205 26548.67",
        "D222109 3451.33",
    ]
    items = OpenItem.objects.filter(document_id=run.invoices[0].document_id).order_by("line")
    assert [f"{item.open_amount:.2f}" for item in items] == ["3900.00", "73450.00", "5650.00"]
    assert_nothing_broken(books.organization)


def test_a_change_never_goes_below_what_was_billed_and_keeps_the_history(books: Any) -> None:
    contract = sign(books)
    bill(books, "2026-01-10")
    lower = ContractChange(
        contract_id=contract.pk, revision=1, amount=Decimal("33899.99"), plan=(), reason="减少"
    )
    with pytest.raises(SalesRefused) as refused:
        change_contract(lower, actor=books.actor, today=books.today)
    assert refused.value.code == "below_billed"
    change = ContractChange(
        contract_id=contract.pk,
        revision=1,
        amount=Decimal("100000.00"),
        plan=(plan_line("milestone", "66100.00", name="尾款", milestone="验收"),),
        reason="减少一台",
    )
    assert change_contract(change, actor=books.actor, today=books.today) == Decimal("66100.00")
    assert lines_of(contract) == [("预付款", "33900.00"), ("尾款", "66100.00")]
    kept = ContractRevision.objects.get(contract=contract)
    assert (kept.amount, kept.reason, len(kept.lines)) == (Decimal("113000.00"), "减少一台", 3)
    with pytest.raises(SalesRefused, match="别人刚刚变更"):
        change_contract(change, actor=books.actor, today=books.today)


def test_a_cancelled_contract_comes_down_to_what_was_billed(books: Any) -> None:
    contract = sign(books)
    run = bill(books, "2026-01-10")
    dropped = cancel_contract(
        contract.pk, revision=1, reason="客户停产", actor=books.actor, today=books.today
    )
    contract.refresh_from_db()
    assert (dropped, contract.amount, contract.state) == (
        Decimal("79100.00"),
        Decimal("33900.00"),
        "cancelled",
    )
    reverse_invoices([run.invoices[0].id], actor=books.actor, reason="开错", today=books.today)
    assert bill(books, "2026-02-10").invoices == ()
    with pytest.raises(SalesRefused, match="已经终止"):
        happened(books, contract, "验收", "2026-02-01")


def test_what_was_billed_by_a_reversed_invoice_is_billed_again(books: Any) -> None:
    sign(books)
    run = bill(books, "2026-01-10")
    reverse_invoices([run.invoices[0].id], actor=books.actor, reason="开错", today=books.today)
    again = bill(books, "2026-01-11")
    assert [f"{each.amount:.2f}" for each in again.contracts] == ["33900.00"]
    assert PlanBilling.objects.count() == 2
    assert_nothing_broken(books.organization)


def test_who_may_not_bill(books: Any) -> None:
    sign(books)
    reader = type(books.actor)(name="r", permissions=frozenset({"ledger.read"}), scope="all")
    with pytest.raises(NotPermitted):
        bill_due(on=day("2026-01-10"), actor=reader, today=books.today)

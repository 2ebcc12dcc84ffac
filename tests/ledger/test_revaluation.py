"""月末调汇: restating open items, what is allocated across a closing, undoing, and the policy of the next day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import DayTotal, Document, OpenItem, Revaluation
from huikuan.ledger.operations import (
    AllocationRefused,
    Instalment,
    ItemFacts,
    RevaluationRefused,
    change_items,
    choose_reversing,
    close_period,
    void_documents,
)
from huikuan.ledger.revaluation_queries import items_to_revalue, revalued_months
from huikuan.organizations.actors import NotPermitted
from huikuan.reports.open_items import open_items_as_of, open_items_total
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db

USD = {"currency": "USD"}


@pytest.fixture
def dollars(books: Books) -> Books:
    """10,000 USD sold at 7.10 in June; 7.05 at the end of June, 7.00 at the end of July."""
    for on, rate in [("2026-06-05", "7.10"), ("2026-06-30", "7.05"), ("2026-07-31", "7.00")]:
        books.rate("USD", on, rate)
    books.invoice("I1", "2026-06-05", "10000.00", **USD)
    return books


def rows() -> list[str]:
    found = Revaluation.objects.order_by("effective_on", "pk").exclude(base_change=0)
    return [f"{row.effective_on} {row.kind} {row.base_change:.2f}" for row in found]


def carried_on(on: str) -> Decimal:
    return open_items_total(as_of=day(on)).base


def test_the_difference_of_the_closing_rate_is_posted(dollars: Books) -> None:
    done = dollars.revalue("2026-06")
    assert (done.closing_on, done.items, done.difference) == (day("2026-06-30"), 1, Decimal("-500"))
    assert dollars.entries("revaluation") == ["D6603 500.00", "C1122 500.00"]
    assert dollars.carried("I1") == Decimal("70500")
    assert (carried_on("2026-06-29"), carried_on("2026-06-30")) == (Decimal("71000"), Decimal("70500"))
    assert_nothing_broken(dollars.organization)


def test_a_higher_rate_is_a_gain_in_red_and_may_exceed_the_amount_recorded(dollars: Books) -> None:
    dollars.rate("USD", "2026-06-30", "7.20")
    dollars.revalue("2026-06")
    assert dollars.entries("revaluation") == ["D6603 -1000.00", "C1122 -1000.00"]
    assert dollars.carried("I1") == Decimal("72000") > dollars.item("I1").base_amount
    assert_nothing_broken(dollars.organization)


def test_a_receipt_not_yet_allocated_is_revalued_and_an_advance_is_not(dollars: Books) -> None:
    dollars.receipt("R1", "2026-06-10", "1000.00", **USD)
    dollars.advance("A1", "2026-06-10", "1000.00", **USD)
    dollars.invoice("I2", "2026-06-10", "1000.00")
    done = dollars.revalue("2026-06")
    assert done.items == 2
    assert done.difference == Decimal("-450")
    assert dollars.carried("R1") == Decimal("7050")
    assert dollars.carried("A1") == Decimal("7100")
    assert_nothing_broken(dollars.organization)


def test_only_what_was_open_at_the_end_of_the_month_is_revalued(dollars: Books) -> None:
    dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
    dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
    dollars.invoice("I2", "2026-07-01", "100.00", **USD)
    dollars.revalue("2026-06")
    assert rows() == ["2026-06-30 closing -300.00"]
    assert_nothing_broken(dollars.organization)


def test_an_allocation_dated_before_takes_the_closing_of_its_part_back(dollars: Books) -> None:
    """4,000 of 10,000: 28,400 leave on the 20th, 200 of the revaluation on the 30th, 42,300 stay."""
    dollars.revalue("2026-06")
    dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
    before = (dollars.item("I1").open_base, dollars.item("R1").open_base)
    dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
    allocation = dollars.item("I1")
    assert (carried_on("2026-06-20"), allocation.open_base) == (Decimal("42600"), Decimal("42300"))
    assert rows() == ["2026-06-30 closing -500.00", "2026-06-30 settled 200.00"]
    assert dollars.entries("revaluation")[2:] == ["D6603 -200.00", "C1122 -200.00"]
    assert_nothing_broken(dollars.organization)

    dollars.unallocate("R1", "I1", "2026-06-20")
    assert (dollars.item("I1").open_base, dollars.item("R1").open_base) == before
    assert carried_on("2026-06-30") == Decimal("70500") - Decimal("28400")
    assert_nothing_broken(dollars.organization)


def test_undoing_such_an_allocation_later_restores_both_items_from_then_on(dollars: Books) -> None:
    dollars.revalue("2026-06")
    dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
    before = (dollars.item("I1").open_base, dollars.item("R1").open_base)
    dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
    dollars.unallocate("R1", "I1", "2026-07-10")
    assert (dollars.item("I1").open_base, dollars.item("R1").open_base) == before
    assert rows()[-1] == "2026-07-10 settled -200.00"
    assert carried_on("2026-07-09") == Decimal("42300")
    assert_nothing_broken(dollars.organization)


def test_what_was_allocated_after_the_month_gives_its_share_back_on_its_own_day(dollars: Books) -> None:
    """Revaluing June when July is half over: the receipt of the 3rd took 28,400, and 28,200 was right."""
    dollars.receipt("R1", "2026-07-03", "4000.00", **USD)
    dollars.allocate("R1", "I1", "4000.00", "2026-07-03")
    dollars.revalue("2026-06")
    assert rows() == ["2026-06-30 closing -500.00", "2026-07-03 settled 200.00"]
    assert (carried_on("2026-06-30"), dollars.carried("I1")) == (Decimal("70500"), Decimal("42300"))
    assert_nothing_broken(dollars.organization)


def test_revaluing_again_posts_only_the_difference(dollars: Books) -> None:
    dollars.revalue("2026-06")
    assert dollars.revalue("2026-06").items == 0
    dollars.rate("USD", "2026-06-30", "7.06")
    dollars.invoice("I2", "2026-06-15", "100.00", rate=Decimal("7.10"), **USD)
    assert dollars.revalue("2026-06").difference == Decimal("96")
    assert sorted(rows()) == [
        "2026-06-30 closing -4.00",
        "2026-06-30 closing -500.00",
        "2026-06-30 closing 100.00",
    ]
    assert [month.difference for month in revalued_months()] == [Decimal("-404")]
    assert_nothing_broken(dollars.organization)


def test_an_earlier_month_revalued_late_ends_where_the_later_one_begins(dollars: Books) -> None:
    dollars.revalue("2026-07")
    dollars.revalue("2026-06")
    assert rows() == [
        "2026-06-30 closing -500.00",
        "2026-07-31 closing -1000.00",
        "2026-07-31 settled 500.00",
    ]
    assert carried_on("2026-07-30") == Decimal("70500")
    assert carried_on("2026-07-31") == Decimal("70000")
    assert_nothing_broken(dollars.organization)


def test_the_last_allocation_clears_the_residual(dollars: Books) -> None:
    dollars.rate("USD", "2026-06-30", "7.0333333")
    dollars.revalue("2026-06")
    dollars.receipt("R1", "2026-07-05", "10000.00", **USD)
    for part in ("3333.33", "3333.33", "0.01", "3333.33"):
        dollars.allocate("R1", "I1", part, "2026-07-05")
        assert_nothing_broken(dollars.organization)
    assert dollars.open("I1") == dollars.carried("I1") == 0


def test_a_back_dated_allocation_of_everything_leaves_nothing_on_any_day(dollars: Books) -> None:
    dollars.rate("USD", "2026-06-30", "7.20")
    dollars.receipt("R1", "2026-06-20", "10000.00", rate=Decimal("7.08"), **USD)
    dollars.revalue("2026-06")
    dollars.revalue("2026-07")
    dollars.allocate("R1", "I1", "10000.00", "2026-06-20")
    for on in ("2026-06-20", "2026-06-30", "2026-07-31", "2026-11-21"):
        assert carried_on(on) == 0
    assert dollars.entries("exchange_difference") == ["D6603 200.00", "C1122 200.00"]
    assert_nothing_broken(dollars.organization)


def test_undoing_a_month_carries_items_as_before(dollars: Books) -> None:
    dollars.revalue("2026-06")
    dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
    dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
    dollars.receipt("R2", "2026-07-03", "1000.00", **USD)
    dollars.allocate("R2", "I1", "1000.00", "2026-07-03")
    assert dollars.undo_revaluation("2026-06").difference == Decimal("300")
    assert dollars.carried("I1") == Decimal("5000") * Decimal("7.10")
    assert carried_on("2026-06-30") == Decimal("42600")
    assert revalued_months() == []
    assert_nothing_broken(dollars.organization)
    dollars.unallocate("R1", "I1", "2026-06-20")
    assert dollars.carried("I1") == Decimal("9000") * Decimal("7.10")
    assert_nothing_broken(dollars.organization)
    with pytest.raises(RevaluationRefused) as refused:
        dollars.undo_revaluation("2026-06")
    assert refused.value.code == "nothing_to_undo"


def test_undoing_both_months_in_either_order_comes_to_the_same(dollars: Books) -> None:
    for order in (("2026-06", "2026-07"), ("2026-07", "2026-06")):
        dollars.revalue("2026-06")
        dollars.revalue("2026-07")
        for month in order:
            dollars.undo_revaluation(month)
            assert_nothing_broken(dollars.organization)
        assert dollars.carried("I1") == carried_on("2026-06-30") == Decimal("71000")


def test_a_closed_month_is_neither_revalued_nor_undone(dollars: Books) -> None:
    dollars.revalue("2026-06")
    dollars.rate("USD", "2026-06-30", "7.06")
    close_period(month=day("2026-06-01"), actor=dollars.actor)
    for work in (dollars.revalue, dollars.undo_revaluation):
        with pytest.raises(RevaluationRefused) as refused:
            work("2026-06")
        assert refused.value.code == "period_closed"
    dollars.receipt("R1", "2026-07-03", "4000.00", rate=Decimal("7.05"), **USD)
    dollars.allocate("R1", "I1", "4000.00", "2026-07-03")
    assert dollars.carried("I1") == Decimal("42300")
    assert_nothing_broken(dollars.organization)


def test_an_allocation_before_a_revaluation_in_a_closed_month_is_refused(dollars: Books) -> None:
    dollars.revalue("2026-07")
    dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
    close_period(month=day("2026-07-01"), actor=dollars.actor)
    with pytest.raises(AllocationRefused) as refused:
        dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
    assert refused.value.code == "period_closed"


def test_a_voided_document_takes_its_revaluations_with_it(dollars: Books) -> None:
    dollars.revalue("2026-06")
    dollars.revalue("2026-07")
    document = Document.objects.get(number="I1")
    void_documents([document.pk], actor=dollars.actor, reason="开错", today=dollars.today)
    for on in ("2026-06-05", "2026-06-30", "2026-07-31"):
        assert carried_on(on) == 0
    assert_nothing_broken(dollars.organization)


def test_a_write_off_gives_up_what_the_books_hold(dollars: Books) -> None:
    dollars.revalue("2026-06")
    dollars.write_off("I1", "2026-07-05", "4000.00")
    assert dollars.entries("write_off") == ["D1231 28200.00", "C1122 28200.00"]
    assert dollars.entries("exchange_difference") == []
    assert_nothing_broken(dollars.organization)


def test_a_refund_is_paid_at_the_rate_of_its_day(dollars: Books) -> None:
    dollars.receipt("R1", "2026-06-20", "1000.00", **USD)
    dollars.revalue("2026-06")
    dollars.refund("R1", "2026-07-31")
    assert dollars.entries("refund") == ["D1122 7000.00", "C1002 7000.00"]
    assert dollars.entries("exchange_difference") == ["D6603 -50.00", "C1122 -50.00"]
    assert_nothing_broken(dollars.organization)


def test_what_fell_due_counts_with_its_revaluations(dollars: Books) -> None:
    def due(on: str) -> tuple[Decimal, Decimal]:
        return DayTotal.objects.values_list("due_amount", "due_open").get(day=day(on))

    dollars.revalue("2026-06")
    assert due("2026-06-05") == (Decimal("70500"), Decimal("70500"))
    dollars.receipt("R1", "2026-07-03", "4000.00", **USD)
    dollars.allocate("R1", "I1", "4000.00", "2026-07-03")
    assert due("2026-06-05") == (Decimal("70500"), Decimal("42300"))
    facts = ItemFacts(dollars.item("I1").pk, day("2026-09-01"), day("2026-09-01"), None)
    change_items([facts], actor=dollars.actor, reason="另行约定")
    assert due("2026-09-01") == (Decimal("70500"), Decimal("42300"))
    assert_nothing_broken(dollars.organization)
    dollars.undo_revaluation("2026-06")
    assert due("2026-09-01") == (Decimal("70800"), Decimal("42600"))
    assert_nothing_broken(dollars.organization)


def test_instalments_are_revalued_one_by_one(books: Books) -> None:
    books.rate("USD", "2026-06-30", "7.0333333")
    parts = tuple(Instalment(Decimal(part), day("2026-08-01")) for part in ("33.33", "33.33", "33.34"))
    books.invoice("I1", "2026-06-05", "100.00", instalments=parts, rate=Decimal("7.10"), **USD)
    assert books.revalue("2026-06").items == 3
    assert [item.open_base for item in OpenItem.objects.order_by("line")] == [
        Decimal("234.42"), Decimal("234.42"), Decimal("234.49"),
    ]  # fmt: skip
    assert_nothing_broken(books.organization)


def test_books_in_yen_are_restated_in_whole_yen(actor: Any, db: None) -> None:
    organization = make_organization(actor, currency="JPY")
    with tenant(organization.id):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.rate("USD", "2026-06-30", "151.236")
        books.invoice("I1", "2026-06-05", "10.01", rate=Decimal("150.55"), **USD)
        books.revalue("2026-06")
        assert books.carried("I1") == Decimal("1514")
        assert_nothing_broken(organization)


class TestReversingOnTheNextDay:
    @pytest.fixture(autouse=True)
    def policy(self, books: Books) -> None:
        choose_reversing(reverses=True, actor=books.actor)

    def test_the_closing_lasts_one_day(self, dollars: Books) -> None:
        dollars.revalue("2026-06")
        assert rows() == ["2026-06-30 closing -500.00", "2026-07-01 next_day 500.00"]
        assert carried_on("2026-06-30") == Decimal("70500")
        assert dollars.carried("I1") == carried_on("2026-07-01") == Decimal("71000")
        dollars.revalue("2026-07")
        assert rows()[2:] == ["2026-07-31 closing -1000.00", "2026-08-01 next_day 1000.00"]
        assert dollars.revalue("2026-07").items == 0
        assert_nothing_broken(dollars.organization)

    def test_an_allocation_dated_before_takes_its_part_out_of_both_days(self, dollars: Books) -> None:
        dollars.revalue("2026-06")
        dollars.receipt("R1", "2026-06-20", "4000.00", **USD)
        dollars.allocate("R1", "I1", "4000.00", "2026-06-20")
        assert rows()[1:3] == ["2026-06-30 settled 200.00", "2026-07-01 next_day 500.00"]
        assert rows()[3:] == ["2026-07-01 settled -200.00"]
        assert dollars.carried("I1") == Decimal("42600")
        assert_nothing_broken(dollars.organization)

    def test_undoing_takes_both_days_back(self, dollars: Books) -> None:
        dollars.revalue("2026-06")
        dollars.undo_revaluation("2026-06")
        assert carried_on("2026-06-30") == carried_on("2026-07-01") == Decimal("71000")
        assert_nothing_broken(dollars.organization)

    def test_a_month_that_ends_today_waits_for_tomorrow(self, dollars: Books) -> None:
        dollars.today = date(2026, 6, 30)
        with pytest.raises(RevaluationRefused) as refused:
            dollars.revalue("2026-06")
        assert refused.value.code == "month_not_over"

    def test_returning_to_the_usual_policy_leaves_what_was_posted(self, dollars: Books) -> None:
        dollars.revalue("2026-06")
        choose_reversing(reverses=False, actor=dollars.actor)
        dollars.revalue("2026-07")
        assert dollars.carried("I1") == Decimal("70000")
        assert_nothing_broken(dollars.organization)


def test_a_month_under_way_is_not_revalued(dollars: Books) -> None:
    dollars.today = date(2026, 6, 29)
    with pytest.raises(RevaluationRefused) as refused:
        dollars.revalue("2026-06")
    assert refused.value.code == "month_not_over"


def test_without_a_rate_nothing_is_revalued(dollars: Books) -> None:
    dollars.invoice("I2", "2026-06-05", "100.00", currency="EUR", rate=Decimal("7.8"))
    with pytest.raises(RevaluationRefused) as refused:
        dollars.revalue("2026-06")
    assert refused.value.code == "rate_missing"
    assert "EUR" in refused.value.message
    assert not Revaluation.objects.exists()


def test_the_preview_says_what_would_be_posted(dollars: Books) -> None:
    [item] = items_to_revalue(closing_on=day("2026-06-30"))
    assert (item.number, item.currency, item.rate, item.rated_on) == (
        "I1", "USD", Decimal("7.05"), day("2026-06-30"),
    )  # fmt: skip
    assert (item.open_amount, item.carrying, item.at_closing, item.difference) == (
        Decimal("10000"), Decimal("71000"), Decimal("70500"), Decimal("-500"),
    )  # fmt: skip
    assert item.is_due
    dollars.revalue("2026-06")
    [item] = items_to_revalue(closing_on=day("2026-06-30"))
    assert (item.is_due, item.difference) == (False, Decimal(0))


def test_it_needs_the_permission(dollars: Books) -> None:
    dollars.actor = replace(dollars.actor, permissions=frozenset({"ledger.read"}))
    with pytest.raises(NotPermitted):
        dollars.revalue("2026-06")


def test_a_report_known_earlier_does_not_know_of_it(dollars: Books) -> None:
    known_at = timezone.now()
    dollars.revalue("2026-06")
    page = open_items_as_of(as_of=day("2026-11-21"), known_at=known_at)
    assert [row.open_base for row in page.rows] == [Decimal("71000")]


def test_any_number_of_items_takes_the_same_number_of_queries(
    dollars: Books, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        dollars.invoice(f"N{number}", "2026-06-05", "100.00", **USD)
    with django_assert_max_num_queries(32):
        assert dollars.revalue("2026-06").items == 31

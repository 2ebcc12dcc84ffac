"""The figures of the first page, and that each opens to items with its total."""

from decimal import Decimal
from typing import Any

import pytest

from huikuan.customers.models import Salesperson
from huikuan.ledger.operations import Instalment, void_documents
from huikuan.reports.aging import By, aging
from huikuan.reports.dashboard import Dashboard, attention, collected_by_salesperson, dashboard
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import open_items_total
from tests.trade import day

pytestmark = pytest.mark.django_db

TODAY = day("2026-07-15")  # a Wednesday: the week is 13 to 19 July


@pytest.fixture
def trading(books: Any) -> Any:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="S1")
    books.customer("C1", name="甲公司", salesperson=seller)
    for number, due, amount in (
        ("OLD", "2026-04-15", "1000.00"),  # 91 days
        ("NEAR", "2026-04-16", "200.00"),  # 90 days
        ("JUST", "2026-07-08", "50.00"),  # 7 days
        ("WEEK1", "2026-07-13", "30.00"),  # Monday, overdue
        ("WEEK2", "2026-07-19", "7.00"),  # Sunday
        ("NEXT", "2026-07-20", "4.00"),
    ):
        books.invoice(number, "2026-03-01", amount, due=due, customer="C1")
    books.invoice(
        "WAIT", "2026-03-01", "0.50", customer="C2", instalments=(Instalment(Decimal("0.50"), None),)
    )
    books.invoice("OTHER", "2026-03-01", "60.00", due="2026-07-14", customer="C2")
    books.receipt("R1", "2026-07-01", "300.00", customer="C1")
    books.receipt("R2", "2026-06-30", "20.00", customer="C3")
    books.advance("A1", "2026-07-15", "5.00", customer="C3")
    books.allocate("R1", "OLD", "100.00", "2026-07-01")
    return books


def today(**options: Any) -> Dashboard:
    return dashboard(today=TODAY, **options)


def test_the_figures(trading: Any) -> None:
    found = today()
    assert found.receivable.amount == Decimal("1251.50")
    assert found.overdue.amount == Decimal("1240.00")
    assert found.unallocated.amount == Decimal("-225.00")
    assert found.due_this_week.amount == Decimal("97.00")
    assert found.received_this_month.amount == Decimal("305.00")
    assert (found.received_this_month.from_on, found.received_this_month.until_on) == (
        day("2026-07-01"),
        TODAY,
    )


def test_every_figure_opens_to_items_with_its_total(trading: Any) -> None:
    found = today()
    for figure in (found.receivable, found.overdue, found.unallocated, found.due_this_week):
        assert open_items_total(as_of=TODAY, where=figure.where).base == figure.amount
    for debtor in found.debtors:
        assert open_items_total(as_of=TODAY, where=debtor.where).base == debtor.receivable
    for figure in (found.newly_overdue, found.long_overdue):
        total = open_items_total(as_of=TODAY, where=figure.where)
        assert (total.base, total.count) == (figure.amount, figure.count)
    urgent = attention(today=TODAY)
    for items in (urgent.newly_overdue, urgent.long_overdue):
        assert open_items_total(as_of=TODAY, where=items.where) == items.total
        assert sum(row.open_base for row in items.rows) == items.total.base
    for customer in urgent.unapplied:
        where = customer.where
        assert (
            open_items_total(as_of=TODAY, where=where.with_cell("unallocated")).base == -customer.unallocated
        )
        assert open_items_total(as_of=TODAY, where=where.with_cell("overdue")).base == customer.overdue


def test_the_aging_is_that_of_the_report(trading: Any) -> None:
    found = today()
    report = aging(as_of=TODAY, by=By.NONE)
    assert found.aging.rows == report.rows
    assert found.aging.total == report.total
    assert found.aging.buckets == report.buckets
    assert found.known_at == report.known_at


def test_debtors_by_size_with_their_share(trading: Any) -> None:
    first, second = today().debtors
    assert (first.code, first.name, first.receivable, first.overdue) == ("C1", "甲公司", 1191, 1180)
    assert (second.code, second.receivable) == ("C2", Decimal("60.50"))
    assert first.share is not None
    assert second.share is not None
    assert first.share + second.share == 1
    assert round(second.share, 4) == Decimal("0.0483")


def test_ten_debtors_at_most(books: Any) -> None:
    for position in range(12):
        books.invoice(f"I{position}", "2026-07-01", f"{position + 1}.00", customer=f"C{position:02}")
    debtors = today().debtors
    assert [debtor.code for debtor in debtors] == [f"C{position:02}" for position in range(11, 1, -1)]


def test_what_needs_attention(trading: Any) -> None:
    found = attention(today=TODAY)
    newly, long = found.newly_overdue, found.long_overdue
    assert [row.number for row in newly.rows] == ["OTHER", "JUST", "WEEK1"]
    assert (newly.total.count, newly.total.base) == (3, 140)
    assert [(row.number, row.open_base) for row in long.rows] == [("OLD", 900)]
    [customer] = found.unapplied
    assert (customer.code, customer.unallocated, customer.overdue) == ("C1", 200, 1180)
    assert found.unapplied_count == 1


def test_no_more_than_five_of_each(books: Any) -> None:
    for position in range(7):
        code = f"C{position}"
        books.invoice(f"I{position}", "2026-01-01", f"{position + 1}.00", due="2026-02-01", customer=code)
        books.receipt(f"R{position}", "2026-01-02", f"{8 - position}.00", customer=code)
    found = attention(today=TODAY)
    assert [row.number for row in found.long_overdue.rows] == ["I6", "I5", "I4", "I3", "I2"]
    assert found.long_overdue.total.count == 7
    # The smaller of what is held and what is overdue is what could be settled: 4 for C3 and C4.
    assert [customer.code for customer in found.unapplied] == ["C3", "C4", "C2", "C5", "C1"]
    assert found.unapplied_count == 7


def test_voided_receipts_were_not_received(trading: Any, actor: Any) -> None:
    wrong = trading.receipt("R9", "2026-07-10", "999.00", customer="C1")
    void_documents([wrong.pk], actor=actor, reason="重复", today=trading.today)
    assert today().received_this_month.amount == Decimal("305.00")


def test_only_customers_of_given_salespeople(trading: Any) -> None:
    seller = Salesperson.objects.get(code="S1")
    found = today(salesperson_ids=frozenset({seller.pk}))
    assert found.receivable.amount == 1191
    assert found.received_this_month.amount == 300
    assert [debtor.code for debtor in found.debtors] == ["C1"]
    urgent = attention(today=TODAY, salesperson_ids=frozenset({seller.pk}))
    assert [row.number for row in urgent.newly_overdue.rows] == ["JUST", "WEEK1"]
    nobody = today(salesperson_ids=frozenset())
    assert (nobody.receivable.amount, nobody.received_this_month.amount, nobody.debtors) == (0, 0, ())


def test_an_empty_organization(books: Any) -> None:
    found = today()
    amounts = [
        found.receivable,
        found.overdue,
        found.unallocated,
        found.due_this_week,
        found.received_this_month,
    ]
    assert [figure.amount for figure in amounts] == [0, 0, 0, 0, 0]
    assert found.debtors == ()
    assert found.aging.rows == ()
    assert attention(today=TODAY).unapplied_count == 0
    assert found.receivable.where == ItemFilter(cell="receivable")


def test_the_number_of_queries_does_not_grow(trading: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        today()


def test_collected_by_the_salesperson_customers_have_now(trading: Any) -> None:
    trading.receipt("R7", "2026-06-15", "8.00", customer="C1")
    trading.receipt("R8", "2026-06-16", "1.00", customer="C1")  # after the same day of last month
    own, nobody = collected_by_salesperson(today=TODAY)
    assert (own.code, own.name, own.amount, own.before) == ("S1", "S1", 300, 8)
    assert (nobody.code, nobody.amount, nobody.before) == ("", 5, 0)
    seller = Salesperson.objects.get(code="S1")
    assert collected_by_salesperson(today=TODAY, salesperson_ids=frozenset({seller.pk})) == (own,)
    assert collected_by_salesperson(today=TODAY, salesperson_ids=frozenset()) == ()

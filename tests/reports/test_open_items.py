"""The open items behind a number: what a row says, filters, pages."""

from decimal import Decimal
from typing import Any

import pytest

from huikuan.ledger.operations import Instalment
from huikuan.ledger.rules import Basis
from huikuan.reports.filters import FilterRefused, ItemFilter
from huikuan.reports.open_items import ItemRow, Order, every_open_item, open_items_as_of, open_items_total
from tests.reports.example import record_july, record_until_june
from tests.trade import day

pytestmark = pytest.mark.django_db

JUNE_30 = day("2026-06-30")


def numbers(where: ItemFilter = ItemFilter(), as_of: str = "2026-06-30", **options: Any) -> list[str]:  # noqa: B008
    return [row.number for row in open_items_as_of(as_of=day(as_of), where=where, **options).rows]


def test_a_row_says_what_was_open(books: Any) -> None:
    record_until_june(books)
    record_july(books)
    page = open_items_as_of(as_of=JUNE_30, where=ItemFilter(cell="1-30"))
    [i2, i6] = sorted(page.rows, key=lambda row: row.number)
    assert page.after is None
    assert (i2.number, i2.kind, i2.customer_code, i2.customer_name) == ("I2", "invoice", "C1", "客户C1")
    assert (i2.document_on, i2.due_on, i2.overdue_days) == (day("2026-04-30"), day("2026-06-15"), 15)
    assert (i2.currency, i2.amount, i2.open_amount, i2.open_base) == ("CNY", 20000, 15000, 15000)
    assert (i6.number, i6.open_amount, i6.overdue_days) == ("I6", 2000, 30)


def test_credits_are_negative_and_never_overdue(books: Any) -> None:
    record_until_june(books)
    rows = {
        row.number: row for row in open_items_as_of(as_of=JUNE_30, where=ItemFilter(cell="unallocated")).rows
    }
    assert {number: (row.amount, row.open_base) for number, row in rows.items()} == {
        "CN": (-1500, -1500),
        "R1": (-7000, -2000),
    }
    assert {row.overdue_days for row in rows.values()} == {None}


def test_days_overdue_start_after_the_due_day(books: Any) -> None:
    books.invoice("I1", "2026-06-01", "1.00", due="2026-06-30")
    waiting = (Instalment(Decimal("2.00"), None),)
    books.invoice("I2", "2026-06-01", "2.00", instalments=waiting)

    def days(as_of: str) -> dict[str, int | None]:
        return {row.number: row.overdue_days for row in open_items_as_of(as_of=day(as_of)).rows}

    assert days("2026-06-29") == {"I1": 0, "I2": None}
    assert days("2026-06-30") == {"I1": 0, "I2": None}
    assert days("2026-07-01") == {"I1": 1, "I2": None}


@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-12-31"])
def test_filters(books: Any, as_of: str) -> None:
    head = books.customer("C1", region="华东")
    books.customer("C2", parent=head)
    books.invoice("I1", "2026-05-01", "100.00", due="2026-06-01", customer="C1")
    books.invoice("I2", "2026-05-01", "20.00", due="2027-07-01", customer="C2")
    books.invoice(
        "I3", "2026-05-02", "3.00", due="2026-06-02", customer="C2", currency="USD", rate=Decimal(7)
    )
    books.receipt("R1", "2026-05-03", "1.00", customer="C2")
    # An allocation after 30 June sends that day's questions the long way round.
    books.receipt("R2", "2026-05-03", "1.00", customer="C1")
    books.allocate("R2", "I1", "1.00", "2026-07-01")
    credits = {"R1", "R2"} if as_of == "2026-06-30" else {"R1"}

    def found(**terms: Any) -> set[str]:
        return set(numbers(ItemFilter(**terms), as_of))

    assert found() == {"I1", "I2", "I3"} | credits
    assert found(customer="C2") == {"I2", "I3", "R1"}
    assert found(customer="C2", cell="receivable") == {"I2", "I3"}
    assert found(group="C1") == found()
    assert found(group="C2") == set()
    assert found(customer="NOBODY") == set()
    assert found(region="华东") == {"I1"} | (credits & {"R2"})
    assert found(region="") == {"I2", "I3", "R1"}
    assert found(salesperson="") == found()
    assert found(salesperson="S1") == set()
    assert found(currency="USD") == {"I3"}
    assert found(cell="overdue") == {"I1", "I3"}
    assert found(cell="not_due") == {"I2"}
    assert found(cell="<=1y", basis=Basis.DOCUMENT) == {"I1", "I2", "I3"}
    assert found(due_from=day("2026-06-02")) == {"I2", "I3"}
    assert found(due_from=day("2026-06-01"), due_until=day("2026-06-01")) == {"I1"}


def test_an_item_settled_later_is_found_on_earlier_days_by_its_customer(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00", due="2026-06-01")
    books.receipt("R1", "2026-06-10", "100.00")
    books.allocate("R1", "I1", "100.00", "2026-06-10")
    for where in (ItemFilter(), ItemFilter(customer="C1")):
        assert numbers(where, "2026-06-09") == ["I1"]
        assert numbers(where, "2026-06-10") == []
        assert open_items_total(as_of=day("2026-06-09"), where=where).base == 100


def test_orders(books: Any) -> None:
    books.invoice("I1", "2026-05-03", "1.00", due="2026-06-01")
    books.invoice("I2", "2026-05-02", "3.00", due="2026-06-03")
    books.invoice("I3", "2026-05-01", "2.00", due="2026-06-02")
    books.invoice("I4", "2026-05-04", "0.50", instalments=(Instalment(Decimal("0.50"), None),))
    assert numbers(order=Order.DUE) == ["I1", "I3", "I2", "I4"]
    assert numbers(order=Order.LARGEST) == ["I2", "I3", "I1", "I4"]
    assert numbers(order=Order.DOCUMENT) == ["I3", "I2", "I1", "I4"]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_follow_each_other_without_gap_or_repetition(books: Any, order: Order, limit: int) -> None:
    for position in range(5):
        books.invoice(f"I{position}", "2026-05-01", "2.00", due="2026-06-01")
    for position in range(2):
        books.invoice(f"W{position}", "2026-05-01", "2.00", instalments=(Instalment(Decimal("2.00"), None),))
    books.receipt("R1", "2026-05-01", "2.00")
    seen: list[ItemRow] = []
    after = None
    while True:
        page = open_items_as_of(as_of=JUNE_30, order=order, after=after, limit=limit)
        seen += page.rows
        after = page.after
        if after is None:
            break
        assert len(page.rows) == limit
    assert len(seen) == len({row.item_id for row in seen}) == 8


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-07-31", "2026-12-31"])
def test_all_at_once_are_the_rows_of_the_pages(books: Any, order: Order, reverse: bool, as_of: str) -> None:
    record_until_june(books)
    record_july(books)
    books.invoice("W1", "2026-05-01", "2.00", instalments=(Instalment(Decimal("2.00"), None),), customer="C2")
    for where in (ItemFilter(), ItemFilter(customer="C1"), ItemFilter(cell="overdue")):
        said = {"as_of": day(as_of), "where": where, "order": order, "reverse": reverse}
        batches = list(every_open_item(**said, size=2))
        assert [row for rows in batches for row in rows] == list(open_items_as_of(**said, limit=100).rows)
        assert max(map(len, batches)) <= 2


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("after", ["", "x", "~", "2026-02-30~nothing", "1~", "-~-"])
def test_a_mark_that_is_none(books: Any, order: Order, after: str) -> None:
    with pytest.raises(FilterRefused):
        open_items_as_of(as_of=JUNE_30, order=order, after=after)


def test_totals_by_currency(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00")
    books.invoice("U1", "2026-05-01", "10.00", currency="USD", rate=Decimal(7))
    books.receipt("R1", "2026-05-02", "30.00")
    total = open_items_total(as_of=JUNE_30)
    assert (total.count, total.base) == (3, 140)
    assert total.amounts == {"CNY": 70, "USD": 10}
    nothing = open_items_total(as_of=JUNE_30, where=ItemFilter(region="火星"))
    assert (nothing.count, nothing.base, nothing.amounts) == (0, 0, {})


def test_only_customers_of_given_salespeople(books: Any) -> None:
    from huikuan.customers.models import Salesperson

    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="S1")
    books.customer("C1", salesperson=seller)
    books.invoice("I1", "2026-05-01", "1.00", customer="C1")
    books.invoice("I2", "2026-05-01", "1.00", customer="C2")
    assert numbers(salesperson_ids=frozenset({seller.pk})) == ["I1"]
    assert numbers(salesperson_ids=frozenset()) == []
    assert numbers(ItemFilter(customer="C2"), salesperson_ids=frozenset({seller.pk})) == []


@pytest.mark.parametrize(
    "where",
    [
        ItemFilter(),
        ItemFilter(customer="C 1&2", cell=">365"),
        ItemFilter(salesperson="", region="", currency="USD"),
        ItemFilter(group="集团", basis=Basis.DOCUMENT, bounds=(30, 60), cell="31-60"),
        ItemFilter(due_from=day("2026-06-01"), due_until=day("2026-06-07"), cell="receivable"),
    ],
)
def test_a_filter_survives_an_address(where: ItemFilter) -> None:
    parameters = where.as_parameters()
    assert all(isinstance(value, str) for value in parameters.values())
    assert ItemFilter.from_parameters({**parameters, "page": "2"}) == where


def test_an_empty_filter_has_no_parameters() -> None:
    assert ItemFilter().as_parameters() == {}
    assert ItemFilter(cell="overdue").as_parameters() == {"cell": "overdue"}


@pytest.mark.parametrize(
    "parameters", [{"due_from": "1 June"}, {"basis": "age"}, {"bounds": "30,x"}, {"bounds": "60,30"}]
)
def test_an_address_that_says_nothing_known(parameters: dict[str, str]) -> None:
    with pytest.raises(FilterRefused):
        ItemFilter.from_parameters(parameters)

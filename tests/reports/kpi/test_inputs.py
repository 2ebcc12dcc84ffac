"""The inputs of the key figures: the example quarter, what is undone, and the same by dimension and from kept totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.customers.models import Salesperson
from huikuan.ledger.operations import void_documents
from huikuan.reports.aging import By, aging
from huikuan.reports.filters import ItemFilter
from huikuan.reports.kpi.figures import Facts, read_figures
from huikuan.reports.kpi.inputs import Inputs, inputs_of, months_until, sales_by_month
from huikuan.reports.moments import moment
from tests.reports.kpi.quarter import EVE, UNTIL, record_quarter

pytestmark = pytest.mark.django_db

QUARTER = (EVE, UNTIL)


def thousands(amount: int) -> Decimal:
    return Decimal(amount) * 1000


def total(*ends: Any, **options: Any) -> Inputs:
    return inputs_of(ends, **options).total.periods[-1].inputs


EXPECTED = Inputs(
    opening=thousands(400),
    opening_overdue=thousands(60),
    opening_matured=thousands(60),
    closing=thousands(450),
    closing_overdue=thousands(120),
    closing_matured=thousands(160),
    sold=thousands(890),
    collected=thousands(840),
    due=thousands(800),
    in_time=thousands(620),
    on_due=thousands(700),
    paid=thousands(840),
    late=thousands(340 * -1 + 20 * 48 + 20 * 10 + 40 * 5 + 140 * -62),
    floored=thousands(20 * 48 + 20 * 10 + 40 * 5),
)


def test_the_quarter(books: Any) -> None:
    record_quarter(books)
    assert total(*QUARTER) == EXPECTED
    # The same by adding up items: with a filter nothing kept is used.
    assert total(*QUARTER, where=ItemFilter(currency="CNY")) == EXPECTED
    assert total(*QUARTER, by=("customer",)) == EXPECTED
    assert total(*QUARTER, where=ItemFilter(customer="C1")) == EXPECTED
    assert total(*QUARTER, where=ItemFilter(customer="C2")) == Inputs()
    assert total(*QUARTER, salesperson_ids=frozenset()) == Inputs()


def test_months_add_up_to_the_quarter(books: Any) -> None:
    record_quarter(books)
    for options in ({}, {"by": ("customer",)}):
        [line] = inputs_of(months_until(UNTIL, 3), **options).lines
        assert [each.inputs.sold for each in line.periods] == [thousands(each) for each in (300, 280, 310)]
        assert [each.days for each in line.periods] == [31, 28, 31]
        assert sum(each.inputs.collected for each in line.periods) == EXPECTED.collected
        assert sum(each.inputs.due for each in line.periods) == EXPECTED.due
        assert line.periods[0].inputs.opening == EXPECTED.opening
        assert line.periods[-1].inputs.closing == EXPECTED.closing
        assert line.periods[0].inputs.closing_matured == thousands(60)


def test_sales_by_month_latest_first(books: Any) -> None:
    record_quarter(books)
    [months] = sales_by_month(UNTIL, 5).values()
    assert [each.sales for each in months] == [thousands(each) for each in (310, 280, 300, 340, 60)]


def test_what_was_known_before_stays(books: Any) -> None:
    record_quarter(books)
    known = moment(UNTIL).known_at
    books.receipt("LATE", "2026-03-15", "80000.00")
    books.allocate("LATE", "F1", "80000.00", "2026-03-16")
    void_documents([books.item("F3").document_id], actor=books.actor, reason="开错", today=books.today)
    assert total(*QUARTER, known_at=known) == EXPECTED
    now = total(*QUARTER)
    assert (now.in_time, now.collected) == (thousands(700), thousands(920))
    assert (now.sold, now.closing) == (thousands(770), thousands(250))
    assert now == total(*QUARTER, by=("customer",))


def test_what_is_no_money_and_what_is_undone(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", due="2026-02-10")
    books.credit_note("CN", "2026-01-08", "10.00")
    books.allocate("CN", "I1", "10.00", "2026-01-09")
    books.receipt("R1", "2026-02-01", "50.00")
    books.allocate("R1", "I1", "50.00", "2026-02-01")
    books.unallocate("R1", "I1", "2026-02-20")
    books.refund("R1", "2026-03-01", "50.00")
    books.write_off("I1", "2026-03-15")
    found = total(*QUARTER)
    assert (found.sold, found.collected, found.written_off) == (Decimal(90), Decimal(0), Decimal(90))
    assert (found.due, found.in_time, found.on_due, found.paid) == (
        Decimal(90),
        Decimal(50),
        Decimal(0),
        Decimal(0),
    )
    assert (found.late, found.floored) == (0, 0)
    assert (found.closing, found.closing_credit) == (0, 0)


def test_by_dimension_standings_are_those_of_aging(books: Any) -> None:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="王")
    books.customer("C1", region="华东", salesperson=seller)
    books.customer("C2", region="华北")
    record_quarter(books)
    books.invoice("X", "2026-02-01", "77.00", due="2026-02-28", customer="C2")
    books.invoice(
        "USD", "2026-02-01", "10.00", due="2026-02-28", customer="C2", currency="USD", rate=Decimal(7)
    )
    books.advance("A", "2026-03-01", "5.00", customer="C2")
    for by in (By.CUSTOMER, By.REGION, By.SALESPERSON, By.CURRENCY):
        lines = inputs_of(QUARTER, by=(by.value,)).lines
        aged = {row.key: (row.gross, row.net) for row in aging(as_of=UNTIL, by=by).rows}
        found = {line.key[0]: line.periods[-1].inputs for line in lines}
        assert {key: (each.closing, each.closing_net) for key, each in found.items()} == aged
    assert total(*QUARTER, by=("region",)) == total(*QUARTER)


def test_the_figures_of_the_quarter(books: Any) -> None:
    record_quarter(books)
    [months] = sales_by_month(UNTIL, 24).values()
    found = read_figures(Facts(total(*QUARTER), 90, months))
    assert {name: str(value) for name, value in found.items() if value is not None} == {
        "dso": "45.51",
        "count_back_dso": "45.00",
        "best_dso": "33.37",
        "add": "12.13",
        "cei": "0.8750",
        "collection_rate": "0.6512",
        "due_collection_rate": "0.8140",
        "on_time_rate": "0.7750",
        "turnover": "2.094",
        "turnover_days": "42.98",
        "overdue_rate": "0.2667",
        "bad_debt_ratio": "0.0000",
        "days_late": "-9.12",
        "days_late_floored": "1.62",
    }
    assert found["promise_kept"] is None

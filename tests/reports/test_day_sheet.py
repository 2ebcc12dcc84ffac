"""The totals by day and by customer equal the reports, on every day and after every kind of act."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huikuan.customers.models import Customer, Salesperson
from huikuan.ledger.models import CustomerTotal, DayTotal, Document, OverdueDay
from huikuan.ledger.operations import ItemFacts, change_items, void_documents
from huikuan.ledger.operations.totals import count_overdue
from huikuan.reports.aging import By, aging
from huikuan.reports.customer_totals import customer_totals_sql
from huikuan.reports.dashboard import dashboard
from huikuan.reports.day_sheet import day_sheet
from huikuan.reports.moments import moment
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db

TODAY = day("2026-07-15")


@pytest.fixture
def trading(books: Any, actor: Any) -> Any:
    """Part payments, a correction, an allocation taken back, a moved due date and a voided receipt."""
    books.customer(
        "C1",
        salesperson=Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="甲"),
    )
    books.invoice("I1", "2026-01-10", "100.00", due="2026-02-10", customer="C1")
    books.invoice("I2", "2026-02-10", "70.00", due="2026-05-31", customer="C1")
    books.invoice("I3", "2026-03-05", "40.00", due="2026-08-31", customer="C2")
    books.receipt("R1", "2026-04-30", "60.00", customer="C1")
    books.allocate("R1", "I1", "60.00", "2026-05-02")
    books.unallocate("R1", "I1", "2026-06-03")
    books.allocate("R1", "I2", "35.00", "2026-06-04")
    void_documents(
        [books.receipt("R2", "2026-06-06", "9.00", customer="C2").pk],
        actor=actor,
        reason="错",
        today=books.today,
    )
    item = books.item("I1")
    moved = day("2026-06-15")
    change_items([ItemFacts(item.pk, moved, moved, item.salesperson_id)], actor=actor, reason="展期")
    return books


def each_day() -> list[date]:
    return [day("2026-01-01") + timedelta(days=number) for number in range(260)]


def test_every_day_stands_as_the_aging_says(trading: Any) -> None:
    sheet = day_sheet()
    for on in each_day():
        total = aging(as_of=on, by=By.NONE).total
        assert total is not None
        standing = sheet.standing(on)
        assert standing.receivable == total.gross + total.untriggered, on
        assert standing.overdue == sum(total.amounts[1:]), on
        assert standing.credit == -total.unallocated, on


def test_some_customers_have_the_sheet_of_their_items(trading: Any) -> None:
    seller = Salesperson.objects.get(code="S1")
    own, whole = day_sheet(frozenset({seller.pk})), day_sheet()
    for on in each_day():
        total = aging(as_of=on, by=By.NONE, salesperson_ids=frozenset({seller.pk})).total
        assert total is not None
        assert own.standing(on).receivable == total.gross
    assert own.received(day("2026-01-01"), TODAY) == 60
    assert whole.received(day("2026-01-01"), TODAY) == 60
    assert day_sheet(frozenset()).standing(TODAY).receivable == 0


def test_the_sheet_of_some_customers_stands_until_an_act_touches_one_of_them(trading: Any) -> None:
    reach = frozenset({Salesperson.objects.get(code="S1").pk})
    before = day_sheet(reach)
    trading.invoice("J1", "2026-07-01", "11.00", due="2026-07-10", customer="C2")
    assert day_sheet(reach) is before
    item = trading.item("I2")
    moved = day("2026-07-20")
    acts = (
        lambda: trading.invoice("J2", "2026-07-02", "12.00", due="2026-07-11", customer="C1"),
        lambda: trading.receipt("J3", "2026-07-03", "5.00", customer="C1"),
        lambda: trading.allocate("J3", "J2", "5.00", "2026-07-04"),
        lambda: change_items(
            [ItemFacts(item.pk, moved, moved, item.salesperson_id)], actor=trading.actor, reason="展期"
        ),
        lambda: void_documents(
            [Document.objects.get(number="I1").pk], actor=trading.actor, reason="错", today=trading.today
        ),
    )
    for act in acts:
        act()
        later = day_sheet(reach)
        assert later is not before
        before = later


def test_the_kept_totals_are_those_of_the_items(trading: Any) -> None:
    assert_nothing_broken(trading.organization)
    assert CustomerTotal.objects.count() == 2


def test_overdue_follows_the_calendar(trading: Any) -> None:
    customer = Customer.objects.get(code="C2").pk
    counted = OverdueDay.objects.get().counted_until
    later = max(counted, day("2026-09-01"))
    for today, overdue in ((day("2026-08-31"), 0), (day("2026-09-01"), 40)):
        sql, parameters = customer_totals_sql(today=today)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT overdue FROM ({sql}) t WHERE id = %(customer)s", {**parameters, "customer": customer}
            )
            assert cursor.fetchone() == (overdue,)
    count_overdue(until=later)
    assert CustomerTotal.objects.get(pk=customer).overdue == 40
    count_overdue(until=day("2026-01-01"))  # a clock that goes back takes nothing away
    assert OverdueDay.objects.get().counted_until == later
    assert_nothing_broken(trading.organization)


def test_what_is_dated_later_does_not_count_yet(trading: Any) -> None:
    trading.today = day("2026-08-20")
    trading.invoice("I9", "2026-08-01", "5.00", due="2026-07-01", customer="C1")
    trading.allocate("R1", "I2", "10.00", "2026-08-02")
    assert not moment(TODAY).is_now
    assert moment(trading.today).is_now
    found = dashboard(today=TODAY)
    assert found.aging.total == aging(as_of=TODAY, by=By.NONE).total
    assert found.receivable.amount == sum(found.aging.total.amounts) if found.aging.total else False


def test_the_web_role_cannot_write_totals(trading: Any) -> None:
    for table in ("ledger_day_total", "ledger_customer_total", "ledger_overdue_day"):
        for statement in (
            f"DELETE FROM {table} WHERE organization_id IS NOT NULL",
            f"INSERT INTO {table} (organization_id, id) SELECT organization_id, id FROM {table}",
        ):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_the_trend_and_the_weeks(trading: Any) -> None:
    found = dashboard(today=TODAY)
    assert [each.on for each in found.trend[-3:]] == [day("2026-05-31"), day("2026-06-30"), TODAY]
    assert len(found.trend) == 24
    assert found.trend[-1].standing.receivable == found.receivable.amount
    assert found.receivable.before == found.trend[-2].standing.receivable
    of_week = {week.since: week for week in found.weeks}
    assert (of_week[day("2026-06-15")].due, of_week[day("2026-06-15")].still_open) == (100, 100)
    assert of_week[day("2026-05-25")].due == 70
    assert of_week[day("2026-05-25")].still_open == Decimal(35)
    assert len(found.weeks) == 12
    assert DayTotal.objects.exists()


def test_the_sheet_of_some_customers_is_summed_once_until_the_next_act(trading: Any) -> None:
    seller = Salesperson.objects.create(organization_id=trading.organization.pk, code="S9", name="业务员")
    other = Salesperson.objects.create(organization_id=trading.organization.pk, code="S8", name="另一位")
    Customer.objects.update(salesperson=seller)
    reach = frozenset({seller.pk})

    def asked() -> tuple[Any, int]:
        with CaptureQueriesContext(connection) as queries:
            sheet = day_sheet(reach)
        sums = sum("ledger_day_totals" in query["sql"] for query in queries)
        return sheet.standing(date.max), sums

    before, sums = asked()
    assert sums == 1
    assert asked() == (before, 0)
    assert before == day_sheet(None).standing(date.max)
    trading.invoice("LATER", "2026-01-05", "77", customer="C1")
    after, sums = asked()
    assert sums == 1, "an act makes it anew"
    assert after.receivable == before.receivable + 77
    assert after == day_sheet(None).standing(date.max)
    Customer.objects.filter(code="C1").update(salesperson=other)
    assert asked()[1] == 1, "other customers, another sheet"
    assert day_sheet(frozenset()).standing(date.max).receivable == 0
    assert asked()[1] == 0

"""What was known when: changed due dates, salespeople, groups and regions, and imported history."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.reports.aging import By, aging
from tests.conftest import TODAY, make_organization
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def now_known() -> datetime:
    known_at = aging(as_of=TODAY).known_at
    assert known_at is not None
    return known_at


def keys(by: By, as_of: str = "2026-06-30", known_at: datetime | None = None) -> list[str]:
    return [row.key for row in aging(as_of=day(as_of), by=by, known_at=known_at).rows]


def buckets(as_of: str = "2026-06-30", known_at: datetime | None = None) -> list[str]:
    found = aging(as_of=day(as_of), by=By.NONE, known_at=known_at)
    return [
        bucket.name
        for row in found.rows
        for bucket, amount in zip(found.buckets, row.amounts, strict=True)
        if amount
    ]


def change_item(books: Any, number: str, *, due: str, salesperson: Any = None) -> None:
    item = books.item(number)
    facts = ItemFacts(item.pk, day(due), day(due), salesperson.pk if salesperson else None)
    change_items([facts], actor=books.actor, reason="客户来函展期")


def test_a_due_date_agreed_later_was_not_known_before(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00", due="2026-05-31")
    first = now_known()
    change_item(books, "I1", due="2026-07-31")
    second = now_known()
    change_item(books, "I1", due="2026-03-31")
    assert buckets() == ["91-180"]
    assert buckets(known_at=second) == ["not_due"]
    assert buckets(known_at=first) == ["1-30"]


def test_an_item_handed_over_was_with_the_former_salesperson(books: Any) -> None:
    one, two = (
        Salesperson.objects.create(organization_id=books.organization.pk, code=code, name=code)
        for code in ("S1", "S2")
    )
    books.invoice("I1", "2026-05-01", "100.00", due="2026-05-31", salesperson_id=one.pk)
    first = now_known()
    change_item(books, "I1", due="2026-05-31", salesperson=two)
    second = now_known()
    change_item(books, "I1", due="2026-05-31")
    assert keys(By.SALESPERSON) == [""]
    assert keys(By.SALESPERSON, known_at=second) == ["S2"]
    assert keys(By.SALESPERSON, known_at=first) == ["S1"]


def change_customer(books: Any, code: str, effective_on: str, **said: Any) -> None:
    customer = Customer.objects.get(code=code)
    change_customers(
        [(customer, CustomerFacts(code, **said))], actor=books.actor, effective_on=day(effective_on)
    )


def test_a_region_holds_from_its_day_and_was_known_from_its_recording(books: Any) -> None:
    books.customer("C1", region="华东")
    books.invoice("I1", "2026-05-01", "100.00")
    first = now_known()
    change_customer(books, "C1", "2026-06-15", region="华南")
    second = now_known()
    change_customer(books, "C1", "2026-07-01", region="华北")
    for as_of, region in (
        ("2026-06-14", "华东"),
        ("2026-06-15", "华南"),
        ("2026-06-30", "华南"),
        ("2026-07-01", "华北"),
    ):
        assert keys(By.REGION, as_of) == [region]
    assert keys(By.REGION, "2026-07-01", second) == ["华南"]
    assert keys(By.REGION, "2026-07-01", first) == ["华东"]


def test_a_customer_joins_a_group(books: Any) -> None:
    head = books.customer("G1")
    books.customer("C1")
    books.invoice("I1", "2026-05-01", "100.00", customer="C1")
    first = now_known()
    change_customer(books, "C1", "2026-06-01", parent_id=head.pk)
    assert keys(By.GROUP, "2026-05-31") == ["C1"]
    assert keys(By.GROUP, "2026-06-01") == ["G1"]
    assert keys(By.GROUP, "2026-06-01", first) == ["C1"]


def test_nothing_was_known_before_the_first_recording(books: Any) -> None:
    before = now_known()
    books.invoice("I1", "2026-05-01", "100.00")
    assert keys(By.CUSTOMER, known_at=before) == []
    assert keys(By.CUSTOMER, known_at=now_known()) == ["C1"]


def test_knowledge_of_allocations_and_their_reversals(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00", due="2026-05-31")
    books.receipt("R1", "2026-05-01", "100.00")
    unsettled = now_known()
    books.allocate("R1", "I1", "100.00", "2026-06-01")
    settled = now_known()
    books.unallocate("R1", "I1", "2026-06-02")

    def gross(known_at: datetime | None, as_of: str) -> list[int]:
        return [int(row.gross) for row in aging(as_of=day(as_of), known_at=known_at, by=By.NONE).rows]

    assert gross(unsettled, "2026-06-01") == [100]
    assert gross(settled, "2026-06-01") == []
    assert gross(settled, "2026-06-30") == []
    assert gross(None, "2026-06-01") == []
    assert gross(None, "2026-06-30") == [100]


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def imported(db: None, actor: Any) -> Any:
    """An organization that went live on 1 July 2026, with its history recorded afterwards."""
    organization = make_organization(actor, live_on=day("2026-07-01"))
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-05-01", "100.00", due="2026-05-31")
        books.invoice("I2", "2026-06-20", "20.00", due="2026-07-20")
        books.receipt("R1", "2026-06-10", "40.00")
        books.allocate("R1", "I1", "40.00", "2026-06-12")
        books.invoice("I3", "2026-07-01", "3.00", due="2026-07-31")
        yield books


def gross_known(known_at: datetime, as_of: str = "2026-12-31") -> str:
    found = aging(as_of=day(as_of), known_at=known_at, by=By.NONE)
    assert found.total is not None
    return f"{found.total.gross} {found.total.unallocated}".replace(".0000", "")


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [
        (datetime(2026, 4, 30, 23, 59, 59, tzinfo=SHANGHAI), "0 0"),
        (datetime(2026, 5, 1, 0, 0, 0, tzinfo=SHANGHAI), "100 0"),
        (datetime(2026, 4, 30, 16, 0, 0, tzinfo=ZoneInfo("UTC")), "100 0"),  # midnight in Shanghai
        (datetime(2026, 6, 11, 12, 0, 0, tzinfo=SHANGHAI), "100 -40"),
        (datetime(2026, 6, 12, 0, 0, 0, tzinfo=SHANGHAI), "60 0"),
        (datetime(2026, 6, 30, 12, 0, 0, tzinfo=SHANGHAI), "80 0"),
    ],
)
def test_history_was_known_from_its_own_dates(imported: Any, known_at: datetime, expected: str) -> None:
    assert gross_known(known_at) == expected


def test_after_going_live_rows_are_known_from_their_recording(imported: Any) -> None:
    before_recording = aging(as_of=day("2026-12-31")).known_at
    assert before_recording is not None
    assert gross_known(before_recording) == "83 0"
    assert gross_known(datetime(2026, 7, 2, tzinfo=SHANGHAI)) == "80 0"
    imported.invoice("LATE", "2026-07-01", "7.00")
    assert gross_known(before_recording) == "83 0"
    assert gross_known(now_known()) == "90 0"


def test_a_late_posting_into_history_counts_as_known_from_its_own_date(imported: Any) -> None:
    then = now_known()
    imported.invoice("OLD", "2026-06-01", "7.00", due="2026-06-02")
    assert gross_known(then) == "90 0"
    assert gross_known(datetime(2026, 5, 31, 12, 0, 0, tzinfo=SHANGHAI)) == "100 0"


def test_without_a_live_date_history_is_known_from_its_recording(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00")
    assert gross_known(datetime(2026, 6, 30, tzinfo=SHANGHAI)) == "0 0"


def test_history_dated_after_the_last_recording_is_known_only_from_its_date(db: None, actor: Any) -> None:
    organization = make_organization(actor, live_on=day("2099-01-01"))
    with tenant(organization.pk):
        Books(organization=organization, actor=actor, today=TODAY).invoice("I1", "2098-06-01", "100.00")
        assert gross_known(now_known(), "2098-12-31") == "0 0"
        assert gross_known(datetime(2098, 6, 1, tzinfo=SHANGHAI), "2098-12-31") == "100 0"

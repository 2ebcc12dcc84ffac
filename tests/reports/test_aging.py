"""Rows of the aging: what they are called, what is in them, and what is left out."""

from decimal import Decimal
from typing import Any

import pytest

from huikuan.customers.models import Salesperson
from huikuan.ledger.operations import Instalment
from huikuan.ledger.rules import Basis
from huikuan.reports.aging import Aging, By, aging
from huikuan.reports.filters import FilterRefused, ItemFilter
from tests.trade import day

pytestmark = pytest.mark.django_db


def sell(books: Any, code: str) -> Salesperson:
    person: Salesperson = Salesperson.objects.create(
        organization_id=books.organization.pk, code=code, name=f"业务员{code}"
    )
    return person


def report(by: By = By.CUSTOMER, as_of: str = "2026-06-30", **options: Any) -> Aging:
    return aging(as_of=day(as_of), by=by, **options)


def nets(found: Aging) -> dict[tuple[str, str], str]:
    return {(row.key, row.name): f"{row.net:.2f}" for row in found.rows}


@pytest.fixture
def group(books: Any) -> Any:
    """C2 belongs to C1's group; C3 stands alone. C1 and C3 are in 华东, C2 nowhere."""
    seller = sell(books, "S1")
    head = books.customer("C1", name="甲公司", region="华东", salesperson=seller)
    books.customer("C2", name="乙公司", parent=head)
    books.customer("C3", name="丙公司", region="华东")
    books.invoice("I1", "2026-05-01", "100.00", due="2026-06-01", customer="C1")
    books.invoice("I2", "2026-05-01", "20.00", due="2026-07-01", customer="C2")
    books.invoice("I3", "2026-05-01", "3.00", due="2026-01-01", customer="C3")
    books.receipt("R1", "2026-06-01", "0.50", customer="C3")
    return books


def test_by_customer_in_order_of_code(group: Any) -> None:
    found = report()
    assert nets(found) == {("C1", "甲公司"): "100.00", ("C2", "乙公司"): "20.00", ("C3", "丙公司"): "2.50"}
    assert [row.key for row in found.rows] == ["C1", "C2", "C3"]


def test_by_group(group: Any) -> None:
    assert nets(report(By.GROUP)) == {("C1", "甲公司"): "120.00", ("C3", "丙公司"): "2.50"}


def test_by_region_with_the_empty_key_for_none(group: Any) -> None:
    assert nets(report(By.REGION)) == {("", ""): "20.00", ("华东", "华东"): "102.50"}


def test_by_salesperson_of_the_items(group: Any) -> None:
    group.invoice("I4", "2026-06-01", "7.00", customer="C3", salesperson_id=sell(group, "S2").pk)
    assert nets(report(By.SALESPERSON)) == {
        ("", ""): "22.50",
        ("S1", "业务员S1"): "100.00",
        ("S2", "业务员S2"): "7.00",
    }


def test_in_one_row(group: Any) -> None:
    found = report(By.NONE)
    assert nets(found) == {("", ""): "122.50"}
    assert found.total is not None
    assert found.total.amounts == found.rows[0].amounts


def test_by_currency_in_the_documents_currencies_without_total(group: Any) -> None:
    group.invoice(
        "U1", "2026-06-01", "10.00", due="2026-06-15", customer="C1", currency="USD", rate=Decimal("7.1")
    )
    group.invoice(
        "J1", "2026-06-01", "500", due="2026-07-15", customer="C1", currency="JPY", rate=Decimal("0.05")
    )
    data = report(By.CURRENCY).as_json()
    assert data["total"] is None
    assert data["currency"] is None
    gross = {row["key"]: (row["1-30"], row["not_due"], row["gross"]) for row in data["rows"]}
    assert gross == {
        "CNY": ("100.00", "20.00", "123.00"),
        "JPY": ("0", "500", "500"),
        "USD": ("10.00", "0.00", "10.00"),
    }
    assert nets(report())[("C1", "甲公司")] == "196.00"  # 100 + 71 + 25 in base currency


def test_the_json_has_the_agreed_shape(group: Any) -> None:
    data = report().as_json()
    assert data.pop("known_at") == report().known_at.isoformat()  # type: ignore[union-attr]
    assert data == {
        "as_of": "2026-06-30",
        "currency": "CNY",
        "basis": "due",
        "buckets": ["not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365"],
        "rows": [
            row("C1", "甲公司", {"1-30": "100.00"}, "100.00", "0.00", "100.00"),
            row("C2", "乙公司", {"not_due": "20.00"}, "20.00", "0.00", "20.00"),
            row("C3", "丙公司", {"91-180": "3.00"}, "3.00", "-0.50", "2.50"),
        ],
        "total": figures(
            {"not_due": "20.00", "1-30": "100.00", "91-180": "3.00"}, "123.00", "-0.50", "122.50"
        ),
    }


def row(
    key: str, name: str, buckets: dict[str, str], gross: str, unallocated: str, net: str
) -> dict[str, str]:
    return {"key": key, "name": name, **figures(buckets, gross, unallocated, net)}


def figures(buckets: dict[str, str], gross: str, unallocated: str, net: str) -> dict[str, str]:
    zeros = dict.fromkeys(("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365"), "0.00")
    return {**zeros, **buckets, "gross": gross, "unallocated": unallocated, "net": net}


def test_known_at_is_shown_in_the_organizations_time(group: Any) -> None:
    known_at = report().known_at
    assert known_at is not None
    assert str(known_at.tzinfo) == "Asia/Shanghai"


def test_what_waits_for_an_event_is_apart(books: Any) -> None:
    parts = (Instalment(Decimal("70.00"), day("2026-06-30")), Instalment(Decimal("30.00"), None))
    books.invoice("I1", "2026-06-01", "100.00", instalments=parts)
    for basis in Basis:
        [line] = report(basis=basis).as_json()["rows"]
        assert (line["gross"], line["net"], line["untriggered"]) == ("70.00", "70.00", "30.00")
    assert "untriggered" not in report(where=ItemFilter(cell="gross")).as_json()["total"]


def test_customers_with_nothing_open_are_left_out(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00", customer="C1")
    books.receipt("R1", "2026-05-02", "100.00", customer="C1")
    books.allocate("R1", "I1", "100.00", "2026-05-10")
    books.customer("C2")
    books.invoice("I3", "2026-07-01", "5.00", customer="C3")
    assert nets(report()) == {}
    assert [row.net for row in report(as_of="2026-05-09").rows] == [0]  # settled only tomorrow
    assert [(row.key, row.gross) for row in report(as_of="2026-07-01").rows] == [("C3", 5)]


def test_a_customer_that_was_settled_and_unsettled_later_is_left_out_in_between(books: Any) -> None:
    books.invoice("I1", "2026-05-01", "100.00")
    books.receipt("R1", "2026-05-01", "100.00")
    books.allocate("R1", "I1", "100.00", "2026-05-10")
    books.unallocate("R1", "I1", "2026-07-01")
    assert report(as_of="2026-06-30").rows == ()
    assert [row.gross for row in report(as_of="2026-07-01").rows] == [100]


def test_an_organization_without_documents(books: Any) -> None:
    found = report()
    assert found.rows == ()
    assert found.total is not None
    assert (found.total.gross, found.total.net) == (0, 0)
    assert report(By.CURRENCY).rows == ()


def test_another_organizations_documents_are_not_in_it(group: Any, actor: Any) -> None:
    from huikuan.core.postgres.tenancy import tenant
    from tests.conftest import make_organization

    with tenant(make_organization(actor).pk):
        assert report(By.NONE).rows == ()


def test_own_buckets(group: Any) -> None:
    data = report(By.NONE, bounds=(10, 29, 179)).as_json()
    assert data["buckets"] == ["not_due", "1-10", "11-29", "30-179", ">179"]
    total = data["total"]
    # I1 is 29 days overdue, I3 180.
    assert (total["11-29"], total["30-179"], total[">179"]) == ("100.00", "0.00", "3.00")


def test_only_customers_of_given_salespeople(group: Any) -> None:
    person = Salesperson.objects.get(code="S1")
    assert nets(report(salesperson_ids=frozenset({person.pk}))) == {("C1", "甲公司"): "100.00"}
    nobody = report(salesperson_ids=frozenset())
    assert nobody.rows == ()
    assert nobody.total is not None
    assert nobody.total.gross == 0


def test_only_some_items(group: Any) -> None:
    found = report(By.NONE, where=ItemFilter(group="C1", cell="overdue"))
    assert [row.gross for row in found.rows] == [100]
    assert report(where=ItemFilter(customer="UNKNOWN")).rows == ()


def test_a_bucket_that_is_none(group: Any) -> None:
    with pytest.raises(FilterRefused):
        report(where=ItemFilter(cell="1-31"))


@pytest.mark.parametrize("basis", list(Basis))
def test_the_ends_of_the_calendar(group: Any, basis: Basis) -> None:
    assert report(as_of="0001-01-01", basis=basis).rows == ()
    assert [row.key for row in report(as_of="9999-12-31", basis=basis).rows] == ["C1", "C2", "C3"]

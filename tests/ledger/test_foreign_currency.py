"""Documents in another currency: what leaves an item in the books, and the realised difference."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, OpenItem
from huikuan.ledger.operations import DocumentRefused, Instalment, NewAllocation, allocate
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def _dollars(rate: str) -> dict[str, Any]:
    return {"currency": "USD", "rate": Decimal(rate)}


def _open_base(number: str) -> Decimal:
    return sum(
        OpenItem.objects.filter(document__number=number).values_list("open_base", flat=True), Decimal(0)
    )


def test_a_sale_is_booked_at_its_rate(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "10000.00", tax="1150.44", **_dollars("7.10"))
    assert books.entries("sale") == ["D1122 71000.00", "C6001 62831.88", "C22210105 8168.12"]
    assert_nothing_broken(books.organization)


def test_a_lower_rate_on_receipt_is_a_loss(books: Any) -> None:
    """10,000 USD sold at 7.10 and received at 7.08: 200 lost, without a revaluation between."""
    books.invoice("I1", "2026-01-05", "10000.00", **_dollars("7.10"))
    books.receipt("R1", "2026-02-05", "10000.00", **_dollars("7.08"))
    books.allocate("R1", "I1", "10000.00", "2026-02-05")
    assert books.entries("receipt") == ["D1002 70800.00", "C1122 70800.00"]
    assert books.entries("exchange_difference") == ["D6603 200.00", "C1122 200.00"]
    assert _open_base("I1") == _open_base("R1") == 0
    assert_nothing_broken(books.organization)


def test_a_higher_rate_on_receipt_is_a_gain_in_red(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "10000.00", **_dollars("7.08"))
    books.receipt("R1", "2026-02-05", "10000.00", **_dollars("7.10"))
    books.allocate("R1", "I1", "10000.00", "2026-02-05")
    assert books.entries("exchange_difference") == ["D6603 -200.00", "C1122 -200.00"]
    assert_nothing_broken(books.organization)


def test_the_last_part_clears_the_cents(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", **_dollars("7.1234567"))
    books.receipt("R1", "2026-02-05", "100.00", **_dollars("7.1234567"))
    for amount in ("33.33", "33.33", "0.01", "33.33"):
        books.allocate("R1", "I1", amount, "2026-02-05")
        assert _open_base("I1") > 0 or books.open("I1") == 0
        assert_nothing_broken(books.organization)
    assert books.open("I1") == _open_base("I1") == books.open("R1") == _open_base("R1") == 0


def test_parts_of_one_set_clear_the_cents_too(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "0.03", **_dollars("7.15"))
    for number in ("R1", "R2", "R3"):
        books.receipt(number, "2026-02-05", "0.01", **_dollars("7.15"))
    debit = books.item("I1").pk
    allocate(
        [
            NewAllocation(debit, books.item(n).pk, Decimal("0.01"), day("2026-02-05"))
            for n in ("R1", "R2", "R3")
        ],
        actor=books.actor,
        today=books.today,
    )
    assert _open_base("I1") == 0
    assert_nothing_broken(books.organization)


def test_an_advance_moves_at_its_own_rate(books: Any) -> None:
    books.advance("A1", "2026-01-02", "1000.00", **_dollars("7.00"))
    books.invoice("I1", "2026-01-05", "1000.00", **_dollars("7.10"))
    books.allocate("A1", "I1", "1000.00", "2026-01-05")
    assert books.entries("apply_credit") == ["D2203 7000.00", "C1122 7000.00"]
    assert books.entries("exchange_difference") == ["D6603 100.00", "C1122 100.00"]
    assert_nothing_broken(books.organization)


def test_what_is_worth_nothing_in_the_books_makes_no_entry(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "1", currency="KRW", rate=Decimal("0.0049"))
    books.receipt("R1", "2026-01-05", "1", currency="KRW", rate=Decimal("0.0049"))
    assert books.entries("sale") == []
    books.allocate("R1", "I1", "1", "2026-01-05")
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_instalments_share_the_base_amount_without_rest(books: Any) -> None:
    """Ten times 1.00 at 0.005: rounded one by one they would be worth twice the whole."""
    parts = tuple(Instalment(Decimal("1.00"), day("2026-02-01")) for _ in range(10))
    books.invoice("I1", "2026-01-05", "10.00", currency="THB", rate=Decimal("0.005"), instalments=parts)
    bases = list(OpenItem.objects.order_by("line").values_list("base_amount", flat=True))
    assert sum(bases) == Decimal("0.05")
    assert min(bases) >= 0
    assert_nothing_broken(books.organization)


def test_a_write_off_of_a_rest_clears_it(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", **_dollars("7.1234567"))
    books.receipt("R1", "2026-02-05", "66.67", **_dollars("7.20"))
    books.allocate("R1", "I1", "66.67", "2026-02-05")
    books.write_off("I1", "2026-06-25")
    assert _open_base("I1") == 0
    assert_nothing_broken(books.organization)


def test_a_rate_is_kept_with_eight_decimals(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "1000000.00", **_dollars("7.1234567891"))
    document = Document.objects.get()
    assert (document.rate, document.base_amount) == (Decimal("7.12345679"), Decimal("7123456.79"))
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize("rate", [None, Decimal(0), Decimal(-7), Decimal("0.000000001")])
def test_without_a_rate_it_is_refused(books: Any, rate: Decimal | None) -> None:
    with pytest.raises(DocumentRefused) as refused:
        books.invoice("I1", "2026-01-05", "1.00", currency="USD", rate=rate)
    assert refused.value.code == "rate_missing"


def test_a_company_that_keeps_its_books_in_yen(actor: Any, db: None) -> None:
    organization = make_organization(actor, currency="JPY")
    with tenant(organization.id):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-01-05", "10.00", tax="1.00", currency="USD", rate=Decimal("150.55"))
        books.receipt("R1", "2026-02-05", "1500")
        assert books.entries("sale") == ["D1122 1506.00", "C6001 1355.00", "C22210105 151.00"]
        assert_nothing_broken(organization)

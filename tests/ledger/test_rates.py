"""The table of rates: recording, replacing, removing, and documents that take the rate of their date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, Rate
from huikuan.ledger.operations import (
    DocumentRefused,
    NewRate,
    RateRefused,
    record_invoices,
    record_rates,
    remove_rates,
)
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def table() -> list[tuple[str, str, Decimal]]:
    found = Rate.objects.order_by("currency", "rated_on").values_list("currency", "rated_on", "rate")
    return [(currency, str(on), rate.normalize()) for currency, on, rate in found]


def new(currency: str, on: str, rate: str, source: str = "") -> NewRate:
    return NewRate(currency, day(on), Decimal(rate), source)


def test_a_document_takes_the_latest_rate_up_to_its_date(books: Books) -> None:
    books.rate("USD", "2026-01-01", "7.00")
    books.rate("USD", "2026-01-10", "7.10")
    books.rate("EUR", "2026-01-01", "8.00")
    taken = {}
    for number, on in [
        ("I1", "2026-01-01"),
        ("I2", "2026-01-09"),
        ("I3", "2026-01-10"),
        ("I4", "2026-03-01"),
    ]:
        taken[number] = books.invoice(number, on, "100.00", currency="USD").rate
    assert list(taken.values()) == [Decimal("7.00"), Decimal("7.00"), Decimal("7.10"), Decimal("7.10")]
    assert_nothing_broken(books.organization)


def test_the_rate_of_the_document_itself_goes_before_the_table(books: Books) -> None:
    books.rate("USD", "2026-01-01", "7.00")
    assert books.invoice("I1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.3")).rate == Decimal(
        "7.3"
    )


def test_before_the_first_rate_a_document_is_refused(books: Books) -> None:
    books.rate("USD", "2026-01-02", "7.00")
    with pytest.raises(DocumentRefused) as refused:
        books.invoice("I1", "2026-01-01", "100.00", currency="USD")
    assert refused.value.code == "rate_missing"


def test_a_set_of_documents_asks_the_table_once(books: Books, django_assert_num_queries: Any) -> None:
    books.rate("USD", "2026-01-01", "7.00")
    from huikuan.ledger.operations import NewDocument

    def record(count: int, **values: Any) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        documents = [
            NewDocument(
                customer_id=books.customer("C1").pk,
                document_on=date(2026, 1, 5 + n),
                amount=Decimal(1),
                **values,
            )
            for n in range(count)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            record_invoices(documents, actor=books.actor)
        return len(queries)

    record(1)
    plain = record(1)
    assert record(9, currency="USD") == plain + 1
    assert record(9, currency="USD", rate=Decimal("7.1")) == plain


def test_recording_again_replaces_what_differs(books: Books) -> None:
    first = record_rates([new("USD", "2026-01-01", "7.00"), new("EUR", "2026-01-01", "8")], actor=books.actor)
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    again = record_rates(
        [new("USD", "2026-01-01", "7.01"), new("EUR", "2026-01-01", "8.00"), new("EUR", "2026-01-02", "8.1")],
        actor=books.actor,
    )
    assert (again.added, again.changed, again.unchanged) == (1, 1, 1)
    assert table() == [
        ("EUR", "2026-01-01", Decimal(8)),
        ("EUR", "2026-01-02", Decimal("8.1")),
        ("USD", "2026-01-01", Decimal("7.01")),
    ]
    assert_nothing_broken(books.organization)


def test_a_removed_rate_leaves_the_documents_alone(books: Books) -> None:
    books.rate("USD", "2026-01-01", "7.00")
    books.invoice("I1", "2026-01-05", "100.00", currency="USD")
    assert remove_rates(Rate.objects.values_list("pk", flat=True), actor=books.actor) == 1
    assert table() == []
    assert Document.objects.get().rate == Decimal("7.00")
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("rate", "code"),
    [
        (("XYZ", "2026-01-01", "7"), "currency_unknown"),
        (("CNY", "2026-01-01", "1"), "currency_is_base"),
        (("USD", "2026-01-01", "0"), "rate_not_positive"),
        (("USD", "2026-01-01", "-7"), "rate_not_positive"),
        (("USD", "2026-01-01", "0.000000001"), "rate_not_positive"),
        (("USD", "2026-01-01", "NaN"), "rate_not_positive"),
        (("USD", "2026-01-01", "12345678901"), "rate_not_positive"),
        (("USD", "2026-01-01", "7", "x" * 101), "text_too_long"),
    ],
)
def test_what_is_no_rate_is_refused(books: Books, rate: tuple[str, ...], code: str) -> None:
    with pytest.raises(RateRefused) as refused:
        record_rates([new("EUR", "2026-01-01", "8"), new(*rate)], actor=books.actor)
    assert refused.value.code == code
    assert table() == []


def test_each_organization_has_rates_of_its_own(books: Books, actor: Any) -> None:
    books.rate("USD", "2026-01-01", "7.00")
    other = make_organization(actor)
    with tenant(other.id):
        assert table() == []


def test_a_rate_changed_behind_the_trail_is_found(books: Books) -> None:
    from tests.ledger.checking import check

    books.rate("USD", "2026-01-01", "7.00")
    Rate.objects.update(rate=Decimal("6"))
    assert [row.validation for row in check(books.organization)] == ["rate_is_as_recorded"]

"""Periods: what is closed takes no postings."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from huikuan.audit.models import Act
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, Period
from huikuan.ledger.operations import close_period, reopen_period
from huikuan.ledger.operations.books import PeriodRefused
from huikuan.organizations.actors import Actor, NotPermitted
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(HuikuanError, check=lambda error: getattr(error, "code", "") == code)


def test_a_period_appears_with_its_first_posting(books: Any) -> None:
    assert not Period.objects.exists()
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-02-28", "100.00")
    books.allocate("R1", "I1", "10.00", "2026-03-01")
    months = Period.objects.order_by("month").values_list("month", flat=True)
    assert [f"{month:%Y-%m-%d}" for month in months] == ["2026-01-01", "2026-02-01", "2026-03-01"]


@pytest.mark.parametrize("kind", ["invoice", "credit_note", "receipt", "advance"])
@pytest.mark.parametrize("on", ["2026-01-01", "2026-01-31"])
def test_a_closed_period_takes_no_document(books: Any, kind: str, on: str) -> None:
    close_period(month=day("2026-01-15"), actor=books.actor)
    with refused("period_closed"):
        getattr(books, kind)("X1", on, "100.00")
    assert not Document.objects.exists()
    getattr(books, kind)("X1", "2026-02-01", "100.00")
    getattr(books, kind)("X2", "2025-12-31", "100.00")
    assert_nothing_broken(books.organization)


def test_a_set_with_one_document_in_a_closed_period_is_refused_whole(books: Any) -> None:
    from decimal import Decimal

    from huikuan.ledger.operations import NewDocument, record_invoices

    close_period(month=day("2026-01-15"), actor=books.actor)
    documents = [
        NewDocument(customer_id=books.customer().pk, document_on=day(on), amount=Decimal(1))
        for on in ("2026-02-01", "2026-01-31")
    ]
    with refused("period_closed"):
        record_invoices(documents, actor=books.actor)
    assert not Document.objects.exists()


def test_closing_twice_and_opening_what_is_open_are_refused(books: Any) -> None:
    with pytest.raises(PeriodRefused):
        reopen_period(month=day("2026-01-15"), actor=books.actor, reason="x")
    close_period(month=day("2026-01-15"), actor=books.actor)
    with pytest.raises(PeriodRefused):
        close_period(month=day("2026-01-20"), actor=books.actor)
    assert Act.objects.filter(kind__endswith="_period").count() == 1


def test_reopening_needs_a_reason_and_keeps_it(books: Any) -> None:
    close_period(month=day("2026-01-15"), actor=books.actor)
    with pytest.raises(PeriodRefused):
        reopen_period(month=day("2026-01-15"), actor=books.actor, reason="  ")
    reopen_period(month=day("2026-01-15"), actor=books.actor, reason="补记")
    assert Act.objects.get(kind="reopen_period").reason == "补记"
    books.invoice("I1", "2026-01-31", "100.00")
    close_period(month=day("2026-01-15"), actor=books.actor)
    with refused("period_closed"):
        books.invoice("I2", "2026-01-31", "100.00")
    assert_nothing_broken(books.organization)


def test_it_needs_the_permission(books: Any) -> None:
    clerk = Actor(name="c", permissions=frozenset({"invoice.record"}), scope="all")
    with pytest.raises(NotPermitted):
        close_period(month=day("2026-01-15"), actor=clerk)
    with pytest.raises(NotPermitted):
        reopen_period(month=day("2026-01-15"), actor=clerk, reason="x")


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_posting_under_way(actor: Any) -> None:
    """The posting took the period first: it is inside, and the next one is not."""
    from huikuan.core.postgres.tenancy import tenant
    from tests.conftest import TODAY, make_organization
    from tests.trade import Books

    organization = make_organization(actor)
    posted, closed = threading.Event(), threading.Event()

    def close() -> None:
        try:
            posted.wait(10)
            with tenant(organization.id):
                close_period(month=day("2026-01-01"), actor=actor)
            closed.set()
        finally:
            connection.close()

    closer = threading.Thread(target=close)
    closer.start()
    with tenant(organization.id):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-01-05", "100.00")
        posted.set()
        assert not closed.wait(0.5)
    closer.join(10)
    assert closed.is_set()
    with tenant(organization.id):
        with refused("period_closed"):
            books.invoice("I2", "2026-01-05", "100.00")
        assert Document.objects.count() == 1
        assert_nothing_broken(organization)

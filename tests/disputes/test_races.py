"""Several people dispute one item at once: together never more than it has open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.ledger.operations import NewAllocation, allocate
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import at_once, books_of
from tests.trade import day

pytestmark = pytest.mark.django_db(transaction=True)


def test_never_more_than_the_item_is_disputed_whoever_comes_first(actor: Any) -> None:
    company = make_organization(actor)
    with books_of(company, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        key = books.item("I1").pk
    refusals: list[str] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                new = NewDispute(key, "price", Decimal("30.00"))
                open_dispute(new, actor=actor, today=TODAY)
        except HuikuanError as error:
            refusals.append(error.code)

    at_once(work, threads=5)
    with tenant(company.id):
        assert list(Dispute.objects.values_list("amount", flat=True)) == [30, 30, 30]
        assert_nothing_broken(company)
    assert set(refusals) == {"beyond_item"}


def test_one_ends_it_while_the_item_is_settled(actor: Any) -> None:
    company = make_organization(actor)
    with books_of(company, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        books.receipt("R1", "2026-01-06", "100.00")
        debit, credit = books.item("I1").pk, books.item("R1").pk
        row = open_dispute(NewDispute(debit, "price"), actor=actor, today=TODAY)
    refusals: list[str] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                if number % 2:
                    resolve_dispute(
                        row.pk, state=DisputeState.REJECTED, outcome="无据", actor=actor, today=TODAY
                    )
                else:
                    new = NewAllocation(debit, credit, Decimal("100.00"), day("2026-01-06"))
                    allocate([new], actor=actor, today=TODAY)
        except HuikuanError as error:
            refusals.append(error.code)

    at_once(work, threads=4)
    with tenant(company.id):
        assert Dispute.objects.get().state in ("rejected", "settled")
        assert_nothing_broken(company)
    assert len(refusals) >= 2

"""One change of one row of lines and their uses by an intruder: the check names the line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huikuan.cash.operations import Choice, apply_matches, book_directly, undo_uses
from huikuan.core.postgres.tenancy import tenant
from tests.cash.lines import line, option
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import check
from tests.ledger.test_races import books_of
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        row = line(books, "2026-02-01", "99.00", reference="L1")
        fee = line(books, "2026-02-01", "-5.00", reference="L2")
        freed = line(books, "2026-02-01", "-6.00", reference="L3")
        apply_matches([Choice(row.pk, option(books, ("I1", "100.00"), fee="1.00"))], actor=actor, today=TODAY)
        book_directly([fee.pk], actor=actor, today=TODAY)
        [use] = book_directly([freed.pk], actor=actor, today=TODAY)
        undo_uses([use.pk], actor=actor, today=TODAY)
    yield organization


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE cash_statement_line SET used = used - 1 WHERE reference = 'L1'", "L1"),
        ("UPDATE cash_line_use SET amount = 98 WHERE amount = 99", "L1"),
        ("UPDATE cash_line_use SET memo = 'x' WHERE amount = 5", "L2"),
        ("UPDATE cash_line_use SET automatic = true WHERE amount = 99", "L1"),
        ("DELETE FROM cash_line_use WHERE amount = 5", "L2"),
        ("DELETE FROM cash_line_use WHERE amount = -6", "L3"),
        ("UPDATE ledger_document SET amount = 98, net = 98 WHERE reference = 'L1'", "L1"),
        ("UPDATE ledger_journal_line SET debit = 98 WHERE debit = 99", "L1"),
        ("UPDATE ledger_journal_line SET credit = 4 WHERE credit = 5", "L2"),
    ],
)
def test_the_check_names_the_line(company: Any, change: str, named: str) -> None:
    with tenant(company.id):
        assert check(company) == []
    with superuser() as intruder:
        done = intruder.execute(f"{change} AND organization_id = %s", [company.pk])
        assert done.rowcount == 1
        intruder.commit()
    with tenant(company.id):
        broken = check(company)
    assert named in {row.number for row in broken if row.record_kind == "statement_line"}

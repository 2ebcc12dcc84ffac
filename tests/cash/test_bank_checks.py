"""One change of one row of accounts, statements and lines by an intruder: the check names the row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.operations import confirm_reconciliation
from huikuan.core.postgres.tenancy import tenant
from tests.cash.statement_files import account, bring, line, statement
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import check
from tests.ledger.test_races import books_of
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        row = account(books)
        account(books, "second", number="888888")
        bring(
            books,
            statement(
                line("2026-03-02", "500.00", reference="L1", counterparty_account="31001234567"),
                line("2026-03-03", "-5.50", kind="fee", reference="L2"),
                opening="10.00",
            ),
        )
        confirm_reconciliation(
            bank_account_id=row.pk, month=date(2026, 3, 1), seen=Decimal("504.50"), actor=actor, today=TODAY
        )
    yield organization


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE cash_statement SET net = net - 1, closing = closing - 1 WHERE count = 2", "bank_statement"),
        ("UPDATE cash_statement SET file_sha256 = 'x' WHERE count = 2", "bank_statement"),
        ("UPDATE cash_statement SET ends_on = '2026-03-04' WHERE count = 2", "bank_statement"),
        ("DELETE FROM cash_statement WHERE count = 2", "bank_statement"),
        ("UPDATE cash_statement_line SET amount = 501 WHERE reference = 'L1'", "bank_statement"),
        ("UPDATE cash_statement_line SET counterparty = 'x' WHERE reference = 'L1'", "bank_statement"),
        ("UPDATE cash_statement_line SET kind = 'other' WHERE reference = 'L2'", "bank_statement"),
        ("UPDATE cash_statement_line SET text = 'x' WHERE reference = 'L2'", "bank_statement"),
        ("UPDATE cash_statement_line SET fingerprint = 'x' WHERE reference = 'L2'", "bank_statement"),
        ("DELETE FROM cash_statement_line WHERE reference = 'L2'", "bank_statement"),
        ("UPDATE cash_statement_line SET booked_on = '2026-04-01' WHERE reference = 'L2'", "statement_line"),
        (
            "UPDATE cash_statement_line SET bank_account_id = (SELECT id FROM cash_bank_account"
            " WHERE code = 'second' ORDER BY id DESC LIMIT 1) WHERE reference = 'L2'",
            "statement_line",
        ),
        ("UPDATE cash_bank_account SET opening_balance = 0 WHERE code = 'icbc'", "bank_account"),
        ("UPDATE cash_bank_account SET name = 'x' WHERE code = 'second'", "bank_account"),
        ("UPDATE cash_bank_reconciliation SET book_balance = 1 WHERE memo = ''", "bank_reconciliation"),
        ("DELETE FROM cash_bank_reconciliation WHERE memo = ''", "bank_reconciliation"),
    ],
)
def test_the_check_names_the_row(company: Any, change: str, named: str) -> None:
    with tenant(company.id):
        assert check(company) == []
    with superuser() as intruder:
        done = intruder.execute(f"{change} AND organization_id = %s", [company.pk])
        assert done.rowcount == 1
        intruder.commit()
    with tenant(company.id):
        assert named in {row.record_kind for row in check(company)}

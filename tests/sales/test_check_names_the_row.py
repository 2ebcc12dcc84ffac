"""One change of one row by a superuser, past every trigger and key: the check names the row."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.ledger.test_races import books_of
from tests.sales.selling import Selling, line
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True)

INVOICE = "(SELECT id FROM sales_invoice WHERE organization_id = o AND kind = 'invoice')"
CHANGES = [
    (
        "sales_invoice",
        "kind = 'invoice'",
        "net = net + 1, amount = amount + 1",
        "invoice_lines_make_the_invoice",
    ),
    ("sales_invoice", "kind = 'invoice'", "invoice_on = invoice_on + 1", "posted_invoice_is_its_document"),
    ("sales_invoice", "kind = 'invoice'", "state = 'void'", "posted_invoice_is_its_document"),
    ("sales_invoice", "kind = 'invoice'", "number = 'YS1'", "posted_invoice_is_as_recorded"),
    (
        "sales_invoice_line",
        f"invoice_id = {INVOICE} AND position = 1",
        "quantity = quantity + 1",
        "posted_invoice_is_as_recorded",
    ),
    (
        "sales_invoice_line",
        f"invoice_id = {INVOICE} AND position = 1",
        "tax = tax + 1, gross = gross + 1",
        "line_tax_follows_its_rate",
    ),
    (
        "sales_invoice_line",
        f"invoice_id = {INVOICE} AND position = 1",
        "credited_gross = credited_gross + 1, credited_net = credited_net + 1",
        "credited_is_what_credit_notes_took",
    ),
    (
        "sales_invoice_line",
        f"invoice_id <> {INVOICE}",
        "credited_line_id = NULL",
        "credit_note_is_of_its_original",
    ),
]


@pytest.fixture
def company(actor: Any) -> Any:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        selling = Selling(books)
        invoice = selling.invoice(line("10", "10"), line("1", "20"))
        selling.post(selling.credit(invoice, (1, {"quantity": "3"})))
    return organization


@pytest.mark.parametrize(("table", "where", "values", "name"), CHANGES, ids=lambda value: str(value)[:40])
def test_the_row_is_named(company: Any, table: str, where: str, values: str, name: str) -> None:
    with tenant(company.id):
        assert_nothing_broken(company)
    with superuser() as connection:
        sql = f"UPDATE {table} SET {values} WHERE organization_id = o AND {where}"
        sql = sql.replace("organization_id = o", f"organization_id = '{company.id}'::uuid")
        assert connection.execute(sql).rowcount == 1
    with tenant(company.id):
        assert name in {row.validation for row in check(company)}

"""The daily job bills and releases once; a superuser's change of one row is named; commands say what they did."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.core.postgres.tenancy import tenant
from huikuan.sales.jobs import bill_plans
from huikuan.sales.models import Invoice
from huikuan.sales.operations.tax_invoices import NewLink, link_tax_invoices, upload_tax_invoice
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.ledger.test_races import books_of
from tests.sales.agreeing import bill, sign
from tests.sales.tax_invoice_samples import xml
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

CHANGES = [
    ("sales_contract", "true", "amount = amount + 1", "plan_makes_the_contract"),
    ("sales_plan_line", "position = 1", "amount = amount - 1", "plan_line_is_not_billed_beyond_itself"),
    ("sales_plan_billing", "true", "amount = amount - 1", "plan_billing_is_its_invoice_line"),
    ("sales_tax_invoice", "true", "linked = linked + 1", "tax_invoice_links_make_what_is_linked"),
    ("sales_tax_invoice_link", "true", "amount = amount + 1", "document_is_not_linked_beyond_itself"),
]


@pytest.fixture
def company(actor: Any, settings: Any, tmp_path: Any) -> Any:
    settings.FILES_FOLDER = str(tmp_path)
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        sign(books)
        run = bill(books, "2026-01-10")
        made = upload_tax_invoice(
            name="a.xml", content=xml(), actor=actor, now=datetime(2026, 6, 1, tzinfo=UTC)
        )
        link = NewLink(made.id, run.invoices[0].document_id, run.contracts[0].amount)
        link_tax_invoices([link], actor=actor)
    return organization


@pytest.mark.parametrize(("table", "where", "values", "name"), CHANGES, ids=lambda value: str(value)[:40])
def test_the_row_is_named(company: Any, table: str, where: str, values: str, name: str) -> None:
    with tenant(company.id):
        assert_nothing_broken(company)
    with superuser() as connection:
        sql = f"UPDATE {table} SET {values} WHERE organization_id = '{company.id}'::uuid AND {where}"
        assert connection.execute(sql).rowcount == 1
    with tenant(company.id):
        assert name in {row.validation for row in check(company)}


def test_the_job_bills_what_is_due_from_the_morning_on_and_once(actor: Any) -> None:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        sign(books)
    night = int(datetime(2026, 6, 1, 20, tzinfo=UTC).timestamp())  # four in the morning in Shanghai
    morning = int(datetime(2026, 6, 1, 22, tzinfo=UTC).timestamp())
    for moment, billed in ((night, 0), (morning, 1), (morning, 1)):
        bill_plans(timestamp=moment)
        with tenant(organization.pk):
            assert Invoice.objects.count() == billed
    with tenant(organization.pk):
        assert str(Invoice.objects.get().invoice_on) == "2026-06-02"


def test_commands_list_preview_and_bill(actor: Any) -> None:
    from huikuan.cli.commands import app

    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        contract = sign(books)

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(
            app, ["contracts", *arguments, "--org", organization.code, "--format", "json"]
        )
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    assert [row["number"] for row in run("list")] == [contract.number]
    previewed = run("bill", "--on", "2026-06-01", "--preview")
    assert [(row["amount"], row["invoice"]) for row in previewed] == [("33900.00", "")]
    assert run("bill", "--on", "2026-06-01")[0]["invoice"]
    assert run("bill", "--on", "2026-06-01") == []
    assert run("list")[0]["billed"] == "33900.00"

"""Files that nobody here wrote, agreed with computations straight from the file."""

import csv
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.catalogue import analyse_tables
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.integrations.operations import ImportOptions, import_file
from huikuan.ledger.models import OpenItem
from huikuan.reports.aging import By, aging
from tests.conftest import TODAY, make_organization

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def bring_in(path: Path, actor: Any, currency: str, **options: Any) -> tuple[Any, Any]:
    organization = make_organization(actor, currency=currency)
    report = import_file(
        path,
        kind="invoices",
        organization=organization,
        actor=actor,
        today=TODAY,
        options=ImportOptions(**options),
    )
    analyse_tables()
    return organization, report


def american(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


@pytest.mark.parametrize("as_of", [date(2013, 6, 30), date(2013, 12, 31)])
def test_late_payment_histories(shared_invoices: Path, actor: Any, as_of: date) -> None:
    path = shared_invoices / "ibm_receivables.csv"
    organization, report = bring_in(path, actor, "USD")
    assert (report.read, report.imported) == (2466, 2466)
    expected: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if american(row["InvoiceDate"]) <= as_of < american(row["SettledDate"]):
                expected[bucket((as_of - american(row["DueDate"])).days)] += Decimal(row["InvoiceAmount"])
    with tenant(organization.id):
        found = aging(as_of=as_of)
    assert found.total is not None
    amounts = zip((bucket.name for bucket in found.buckets), found.total.amounts, strict=True)
    assert {name: amount for name, amount in amounts if amount} == dict(expected)


def bucket(days: int) -> str:
    bounds = ((0, "not_due"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
    return next((name for bound, name in bounds if days <= bound), ">365")


def test_paid_lines_of_a_billing_system(shared_invoices: Path, actor: Any) -> None:
    path = shared_invoices / "datarisk_paid_lines.csv"
    fields = {
        "customer_code": "ID_CLIENTE",
        "document_on": "DATA_EMISSAO_DOCUMENTO",
        "due_on": "DATA_VENCIMENTO",
        "paid_on": "DATA_PAGAMENTO",
        "amount": "VALOR_A_PAGAR",
    }
    organization, report = bring_in(path, actor, "BRL", mapping=fields)
    assert report.read == 61504
    assert report.imported + report.set_aside + report.rejected == 61504
    left_out = {problem.row for problem in report.problems}
    for as_of in (date(2019, 3, 31), date(2020, 6, 30), date(2021, 6, 30)):
        expected = Decimal(0)
        with path.open(encoding="utf-8") as file:
            for line, row in enumerate(csv.DictReader(file, delimiter=";"), start=2):
                if line not in left_out and row[fields["document_on"]] <= str(as_of) < row[fields["paid_on"]]:
                    expected += Decimal(row[fields["amount"]])
        with tenant(organization.id):
            total = aging(as_of=as_of, by=By.NONE).total
        assert total is not None
        assert total.gross == expected


def test_name_variants_of_one_number_are_one_customer(shared_invoices: Path, actor: Any) -> None:
    path = shared_invoices / "highradius_open_items.csv"
    organization, report = bring_in(path, actor, "USD")
    assert report.read == 9681
    with path.open(encoding="utf-8") as file:
        numbers = {row["cust_number"] for row in csv.DictReader(file)}
    with tenant(organization.id):
        assert set(Customer.objects.values_list("code", flat=True)) <= numbers
        assert OpenItem.objects.count() == report.imported
    assert report.imported + report.set_aside == 9681

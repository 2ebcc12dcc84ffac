"""Importing invoices: what is taken, set aside, rejected, recognised again, and what it becomes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, CustomerName
from huikuan.integrations.models import Problem
from huikuan.integrations.operations import ImportRefused, correct_rows
from huikuan.ledger.models import Allocation, Document, JournalLine, Kind, OpenItem, Period
from tests.conftest import TODAY

pytestmark = pytest.mark.django_db

HEADER = "客户编码,客户名称,发票号,开票日期,到期日,含税金额,税额"


@pytest.fixture
def ledger(company: Any) -> Iterator[None]:
    """Look into the company's ledger."""
    with tenant(company.id):
        yield


def codes(report: Any) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in report.problems]


def test_rows_become_invoices_with_tax_and_due_date(imports: Any, company: Any) -> None:
    report = imports("invoices", f"{HEADER}\nC1,宁波甲,F001,2026-01-05,2026-02-04,113000.00,13000.00")
    assert (report.read, report.imported, report.customers_created) == (1, 1, 1)
    with tenant(company.id):
        document = Document.objects.get(number="F001")
        assert (document.kind, document.amount, document.net, document.tax) == (
            Kind.INVOICE,
            113000,
            100000,
            13000,
        )
        item = OpenItem.objects.get(document=document)
        assert (str(item.due_on), item.open_amount) == ("2026-02-04", 113000)
        revenue = JournalLine.objects.get(account__code="6001")
        assert revenue.credit == 100000


def test_the_same_file_twice_imports_nothing_twice(imports: Any, company: Any) -> None:
    text = f"{HEADER}\nC1,甲,F001,2026-01-05,2026-02-04,100,0\nC1,甲,,2026-01-06,2026-02-04,50,0"
    assert imports("invoices", text).imported == 2
    again = imports("invoices", text)
    assert (again.imported, again.unchanged, again.set_aside) == (0, 2, 0)
    with tenant(company.id):
        assert Document.objects.count() == 2


def test_a_taken_number_with_other_content_is_rejected(imports: Any) -> None:
    imports("invoices", f"{HEADER}\nC1,甲,F001,2026-01-05,2026-02-04,100,0")
    report = imports("invoices", f"{HEADER}\nC1,甲,F001,2026-01-05,2026-02-04,200,0")
    assert codes(report) == [(2, "number_taken")]


def test_suspicious_rows_are_set_aside_with_row_column_and_reason(imports: Any) -> None:
    report = imports(
        "invoices",
        "客户编码,发票号,开票日期,到期日,含税金额,付款日期\n"
        "C1,F1,2026-03-01,2026-02-01,100,\n"
        "C1,F2,2026-03-01,2026-04-01,100,2026-02-20\n"
        "C1,F3,2026-03-01,2026-04-01,100,\n"
        "C1,F3,2026-03-01,2026-04-01,100,\n",
    )
    assert codes(report) == [(2, "due_before_issue"), (3, "paid_before_issue"), (5, "duplicate")]
    assert (report.imported, report.set_aside) == (1, 3)
    assert [problem.column for problem in report.problems] == ["到期日", "付款日期", "发票号"]


def test_accepted_suspicions_are_imported_and_stay_idempotent(imports: Any, company: Any) -> None:
    text = (
        "客户编码,开票日期,到期日,含税金额,付款日期\n"
        "C1,2026-03-01,2026-02-01,100,\n"
        "C1,2026-03-01,2026-04-01,70,2026-02-20\n"
        "C1,2026-03-01,2026-04-01,50,\n"
        "C1,2026-03-01,2026-04-01,50,\n"
    )
    accept = ["due_before_issue", "paid_before_issue", "duplicate"]
    assert imports("invoices", text, accept=accept).imported == 4
    assert imports("invoices", text, accept=accept).imported == 0
    with tenant(company.id):
        allocation = Allocation.objects.get()
        # Money that came before the invoice is an open credit until the invoice is there.
        assert (str(allocation.effective_on), allocation.amount) == ("2026-03-01", 70)
        assert str(allocation.credit_item.document_on) == "2026-02-20"


def test_unreadable_rows_are_rejected_and_the_rest_imported(imports: Any) -> None:
    report = imports(
        "invoices",
        f"{HEADER}\nC1,甲,F1,2026-02-30,2026-04-01,100,0\nC1,甲,F2,2026-02-03,2026-04-01,NaN,0\n"
        "C1,甲,F3,2026-02-03,2026-04-01,1e400,0\nC1,甲,F4,2026-02-03,2026-04-01,٣,0\n"
        "C1,甲,F5,2026-02-03,2026-04-01,0x10,0\nC1,甲,F6,2026-02-03,2026-04-01,,0\n"
        "C1,甲,F7,2026-02-03,2026-04-01,88.50,0",
    )
    assert report.imported == 1
    assert report.rejected == 6
    assert {problem.row for problem in report.problems} == {2, 3, 4, 5, 6, 7}


def test_a_negative_amount_is_a_credit_note(imports: Any, company: Any) -> None:
    imports("invoices", f'{HEADER}\nC1,甲,F1,2026-02-03,2026-04-01,"(1,130.00)",-130')
    with tenant(company.id):
        document = Document.objects.get()
        assert (document.kind, document.amount, document.tax) == (Kind.CREDIT_NOTE, 1130, 130)
        assert OpenItem.objects.get().side == -1


def test_a_paid_row_becomes_receipt_and_allocation(imports: Any, company: Any) -> None:
    imports(
        "invoices",
        "客户编码,发票号,开票日期,到期日,含税金额,付款日期,付款金额\n"
        "C1,F1,2026-01-01,2026-02-01,100,2026-02-10,60\nC1,F2,2026-01-01,2026-02-01,100,2026-02-10,130",
    )
    with tenant(company.id):
        left = dict(OpenItem.objects.filter(side=1).values_list("document__number", "open_amount"))
        assert left == {"F1": Decimal(40), "F2": Decimal(0)}
        credits = OpenItem.objects.filter(side=-1).order_by("amount").values_list("amount", "open_amount")
        assert list(credits) == [(60, 0), (130, 30)]


def test_name_variants_of_one_code_make_one_customer(imports: Any, company: Any) -> None:
    imports("invoices", f"{HEADER}\nC1,WAL-MAR corp,F1,2026-02-03,,10,0\nC1,WAL-MAR llc,F2,2026-02-03,,10,0")
    with tenant(company.id):
        assert Customer.objects.get().name == "WAL-MAR corp"
        assert CustomerName.objects.get().name == "WAL-MAR llc"


def test_unknown_customers_are_set_aside_on_request(imports: Any, company: Any) -> None:
    report = imports("invoices", f"{HEADER}\nC9,新客户,F1,2026-02-03,,10,0", existing_customers_only=True)
    assert codes(report) == [(2, "unknown_customer")]
    with tenant(company.id):
        assert not Customer.objects.exists()


def test_a_dry_run_changes_nothing(imports: Any, company: Any) -> None:
    report = imports("invoices", f"{HEADER}\nC1,甲,F1,2026-02-03,,10,0\nC1,甲,F2,x,,10,0", dry_run=True)
    assert (report.imported, report.rejected, report.batch_id) == (1, 1, None)
    with tenant(company.id):
        assert not Document.objects.exists()
        assert not Customer.objects.exists()


def test_a_row_without_a_number_gets_one_of_its_month(imports: Any, company: Any) -> None:
    imports("invoices", f"{HEADER}\nC1,甲,,2026-02-03,,10,0\nC1,甲,,2026-03-03,,10,0")
    with tenant(company.id):
        assert set(Document.objects.values_list("number", flat=True)) == {"YS202602000001", "YS202603000001"}


def test_opening_balances_do_not_touch_revenue(imports: Any, company: Any) -> None:
    imports("invoices", f"{HEADER}\nC1,甲,F1,2025-12-03,,113,13", opening=True)
    with tenant(company.id):
        lines = JournalLine.objects.order_by("position").values_list("account__code", "debit", "credit")
        assert list(lines) == [("1122", 113, 0), ("4199", 0, 113)]


def test_terms_give_the_due_date_that_the_file_lacks(imports: Any, company: Any) -> None:
    imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-31,10", terms=30)
    with tenant(company.id):
        assert str(OpenItem.objects.get().due_on) == "2026-03-02"


def test_a_foreign_currency_needs_a_rate(imports: Any, company: Any) -> None:
    text = "客户编码,发票号,开票日期,含税金额,币种\nC1,F1,2026-01-31,10000,USD"
    assert codes(imports("invoices", text)) == [(2, "rate_missing")]
    with pytest.raises(ImportRefused):
        imports("invoices", "客户编码,发票号,开票日期,含税金额\nC1,F1,2026-01-31,10000", currency="USD")
    imports("invoices", text, rate=Decimal("7.10"))
    with tenant(company.id):
        item = OpenItem.objects.get()
        assert (item.currency, item.amount, item.base_amount) == ("USD", 10000, 71000)


def test_a_closed_period_rejects_its_rows_only(imports: Any, company: Any, actor: Any) -> None:
    from datetime import date

    from huikuan.ledger.operations import close_period

    with tenant(company.id):
        close_period(month=date(2026, 1, 1), actor=actor)
        assert Period.objects.count() == 1
    report = imports("invoices", f"{HEADER}\nC1,甲,F1,2026-01-03,,10,0\nC1,甲,F2,2026-02-03,,10,0")
    assert codes(report) == [(2, "period_closed")]
    assert report.imported == 1


def test_amounts_finer_than_the_currency_are_rounded_and_said(imports: Any, company: Any) -> None:
    report = imports("invoices", f"{HEADER}\nC1,甲,F1,2026-02-03,,10.005,0")
    assert report.imported == 1
    assert any("四舍五入" in notice for notice in report.notices)
    with tenant(company.id):
        assert Document.objects.get().amount == Decimal("10.01")


def test_formulas_html_and_sql_are_kept_as_text(imports: Any, company: Any) -> None:
    name = "=HYPERLINK(1)<script>'; DROP TABLE x;--"
    imports("invoices", f'{HEADER}\nC1,"{name}",F1,2026-02-03,,10,0')
    with tenant(company.id):
        assert Customer.objects.get().name == name


MARKED = "客户编码,发票号,开票日期,金额(USD)\nC1,F1,2026-01-05,100.00"


def test_the_currency_that_the_headers_show_is_that_of_the_file(imports: Any, company: Any) -> None:
    with pytest.raises(ImportRefused) as refused:
        imports("invoices", MARKED)
    assert refused.value.code == "rate_missing"
    assert imports("invoices", MARKED, rate=Decimal("7")).imported == 1
    with tenant(company.id):
        invoice = Document.objects.get()
        assert (invoice.currency, invoice.amount, invoice.base_amount) == ("USD", 100, 700)


def test_the_currency_asked_for_goes_before_that_of_the_headers(imports: Any, company: Any) -> None:
    assert imports("invoices", MARKED, currency="CNY").imported == 1
    with tenant(company.id):
        assert Document.objects.get().currency == "CNY"


def test_a_corrected_row_keeps_the_currency_that_the_headers_showed(
    imports: Any, company: Any, actor: Any
) -> None:
    text = MARKED + "\nC1,F2,2026-02-30,50.00"
    batch = imports("invoices", text, rate=Decimal("7")).batch_id
    with tenant(company.id):
        [problem] = Problem.objects.all()
    correct_rows(
        batch, {problem.pk: {"document_on": "2026-02-28"}}, organization=company, actor=actor, today=TODAY
    )
    with tenant(company.id):
        assert set(Document.objects.values_list("number", "currency")) == {("F1", "USD"), ("F2", "USD")}

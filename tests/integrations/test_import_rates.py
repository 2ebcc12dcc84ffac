"""Importing rates, and invoices in foreign currency that take them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.operations import undo_batch
from huikuan.ledger.models import Document, Rate
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken

pytestmark = pytest.mark.django_db

RATES = "币种,日期,汇率,来源\n美元,2026-01-05,7.0123,中国银行\nJPY,2026-01-05,0.045678,\n"


def table(company: Any) -> list[tuple[str, str, Decimal, str]]:
    with tenant(company.id):
        rates = Rate.objects.order_by("currency", "rated_on")
        return [(rate.currency, str(rate.rated_on), rate.rate, rate.source) for rate in rates]


def codes(report: Any) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in report.problems]


def test_rates_are_imported_once_with_all_their_decimals(imports: Any, company: Any) -> None:
    assert (imports("rates", RATES).imported, imports("rates", RATES).unchanged) == (2, 2)
    assert table(company) == [
        ("JPY", "2026-01-05", Decimal("0.045678"), ""),
        ("USD", "2026-01-05", Decimal("7.0123"), "中国银行"),
    ]
    with tenant(company.id):
        assert_nothing_broken(company)


def test_a_corrected_file_replaces_the_rate(imports: Any, company: Any) -> None:
    imports("rates", RATES)
    report = imports("rates", RATES.replace("7.0123", "7.02"))
    assert (report.imported, report.unchanged) == (1, 1)
    assert table(company)[1][2] == Decimal("7.02")


def test_numbers_of_a_spreadsheet_are_read_exactly(imports: Any, company: Any, tmp_path: Path) -> None:
    path = tmp_path / "rates.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Currency", "Date", "Exchange rate"])
    sheet.write_row(1, 0, ["USD", "2026-01-05", 7.0845])
    sheet.write_row(2, 0, ["EUR", "2026-01-05", 8])
    book.close()
    assert imports("rates", path).imported == 2
    assert [row[2] for row in table(company)] == [Decimal(8), Decimal("7.0845")]


def test_what_is_no_rate_is_left_out_with_its_reason(imports: Any, company: Any) -> None:
    text = "币种,日期,汇率\nUSD,2026-01-05,七\nUSD,2027-01-05,7\nCNY,2026-01-05,1\nUSD,2026-01-05,0\nEUR,2026-01-05,8"
    report = imports("rates", text)
    assert codes(report) == [
        (2, "rate_unreadable"),
        (3, "rated_in_future"),
        (4, "currency_is_base"),
        (5, "rate_not_positive"),
    ]
    assert report.imported == 1


def test_undoing_takes_the_new_rates_out_again(imports: Any, company: Any, actor: Any) -> None:
    report = imports("rates", RATES)
    with tenant(company.id):
        assert undo_batch(report.batch_id, actor=actor, today=TODAY) == 2
        assert not Rate.objects.exists()
        assert_nothing_broken(company)


def test_invoices_and_their_payments_take_the_rates_of_their_days(imports: Any, company: Any) -> None:
    imports("rates", "币种,日期,汇率\nUSD,2026-01-01,7.00\nUSD,2026-02-01,7.10")
    text = "客户编码,发票号,开票日期,含税金额,币种,付款日期\nC1,F1,2026-01-05,100,USD,2026-02-10\nC1,F2,2025-12-31,100,USD,"
    report = imports("invoices", text)
    assert codes(report) == [(3, "rate_missing")]
    with tenant(company.id):
        rates = dict(Document.objects.values_list("kind", "rate"))
        assert rates == {"invoice": Decimal("7.00"), "receipt": Decimal("7.10")}
        assert_nothing_broken(company)


def test_a_file_in_one_foreign_currency_needs_no_rate_where_the_table_has_one(
    imports: Any, company: Any
) -> None:
    imports("rates", "币种,日期,汇率\nUSD,2026-01-01,7.00")
    text = "客户编码,收款单号,收款日期,金额\nC1,R1,2026-01-05,100"
    assert imports("receipts", text, currency="USD").imported == 1
    assert imports("receipts", text.replace("R1", "R2"), currency="USD", rate=Decimal("7.5")).imported == 1
    with tenant(company.id):
        rates = dict(Document.objects.values_list("number", "rate"))
    assert rates == {"R1": Decimal("7.00"), "R2": Decimal("7.5")}

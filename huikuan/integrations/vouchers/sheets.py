"""Vouchers as a plain table, one row for each line: CSV and workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import xlsxwriter

from huikuan.core.spreadsheets import is_exact, unformulated
from huikuan.integrations.vouchers.month import VoucherMonth

HEADS = (
    "日期",
    "期间",
    "凭证字",
    "凭证号",
    "附件数",
    "摘要",
    "科目代码",
    "科目名称",
    "客户代码",
    "客户名称",
    "借方",
    "贷方",
    "币种",
    "制单",
    "审核",
    "记账",
)


def write_csv(month: VoucherMonth) -> bytes:
    """UTF-8 with the mark that spreadsheets look for."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for row in _rows(month):
        writer.writerow(
            [
                month.amount(value)
                if isinstance(value, Decimal)
                else unformulated(value)
                if isinstance(value, str)
                else value
                for value in row
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def write_workbook(month: VoucherMonth) -> bytes:
    """A workbook with frozen heads; amounts are numbers, or text where a number would lose digits."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(f"{month.month:%Y-%m}")
        bold = book.add_format({"bold": True, "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, head in enumerate(HEADS):
            sheet.write_string(0, place, head, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(5, 5, 42)
        sheet.set_column(6, 11, 16)
        for row, values in enumerate(_rows(month), start=1):
            for place, value in enumerate(values):
                if isinstance(value, Decimal) and is_exact(value):
                    sheet.write_number(row, place, float(value), money)
                elif isinstance(value, date):
                    sheet.write_datetime(row, place, value, day)
                elif isinstance(value, int):
                    sheet.write_number(row, place, value)
                else:
                    sheet.write_string(row, place, str(value))
    return out.getvalue()


def _rows(month: VoucherMonth) -> Iterator[list[object]]:
    for voucher in month.vouchers:
        for line in voucher.lines:
            yield [
                voucher.voucher_on,
                f"{voucher.month:%Y-%m}",
                voucher.word,
                voucher.number or 0,
                voucher.attachments,
                line.summary,
                line.account_code,
                line.account_name,
                line.customer_code,
                line.customer_name,
                line.debit,
                line.credit,
                month.currency,
                voucher.prepared_by,
                voucher.reviewed_by,
                voucher.posted_by,
            ]

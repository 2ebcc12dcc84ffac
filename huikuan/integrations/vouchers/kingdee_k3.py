"""金蝶 K3 voucher workbook: one sheet of 36 columns, and the sheet that describes them.

The columns and the description (t_Schema) are those of workbooks that public programs exchange with K3; the vendor
has not published a specification.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from huikuan.books.queries.vouchers import PrintedLine, PrintedVoucher
from huikuan.core.spreadsheets import is_exact, unformulated
from huikuan.integrations.vouchers.month import VoucherMonth

# Name, caption and type of each column, in order.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("FDate", "凭证日期", "DateTime"),
    ("FYear", "会计年度", "Double"),
    ("FPeriod", "会计期间", "Double"),
    ("FGroupID", "凭证字", "Text"),
    ("FNumber", "凭证号", "Double"),
    ("FAccountNum", "科目代码", "Text"),
    ("FAccountName", "科目名称", "Text"),
    ("FCurrencyNum", "币别代码", "Text"),
    ("FCurrencyName", "币别名称", "Text"),
    ("FAmountFor", "原币金额", "Double"),
    ("FDebit", "借方", "Double"),
    ("FCredit", "贷方", "Double"),
    ("FPreparerID", "制单", "Text"),
    ("FCheckerID", "审核", "Text"),
    ("FApproveID", "核准", "Text"),
    ("FCashierID", "出纳", "Text"),
    ("FHandler", "经办", "Text"),
    ("FSettleTypeID", "结算方式", "Text"),
    ("FSettleNo", "结算号", "Text"),
    ("FExplanation", "凭证摘要", "Text"),
    ("FQuantity", "数量", "Double"),
    ("FMeasureUnitID", "数量单位", "Text"),
    ("FUnitPrice", "单价", "Double"),
    ("FReference", "参考信息", "Text"),
    ("FTransDate", "业务日期", "DateTime"),
    ("FTransNo", "往来业务编号", "Text"),
    ("FAttachments", "附件数", "Double"),
    ("FSerialNum", "序号", "Double"),
    ("FObjectName", "系统模块", "Text"),
    ("FParameter", "业务描述", "Text"),
    ("FExchangeRate", "汇率", "Double"),
    ("FEntryID", "分录序号", "Double"),
    ("FItem", "核算项目", "Text"),
    ("FPosted", "过账", "Double"),
    ("FInternalInd", "机制凭证", "Text"),
    ("FCashFlow", "现金流量", "Text"),
)
_SCHEMA_NAMES = (
    "FType FKey FFieldName FCaption FValueType FNeedSave FColIndex FSrcTableName FSrcFieldName FExpFieldName "
    "FImpFieldName FDefaultVal FSearch FItemPageName FTrueType FPrecision FSearchName FIsShownList FViewMask FPage"
)
SCHEMA = _SCHEMA_NAMES.split()


def write(month: VoucherMonth) -> bytes:
    """The workbook as bytes."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Page1")
        for place, (name, _caption, _kind) in enumerate(COLUMNS):
            sheet.write_string(0, place, name)
        for row, values in enumerate(_rows(month), start=1):
            for place, (name, _caption, _kind) in enumerate(COLUMNS):
                _write(sheet, row, place, values.get(name, ""), day)
        schema = book.add_worksheet("t_Schema")
        for row, described in enumerate([SCHEMA, *_schema()]):
            for place, text in enumerate(described):
                schema.write_string(row, place, text)
    return out.getvalue()


def _rows(month: VoucherMonth) -> Iterator[dict[str, Any]]:
    for serial, voucher in enumerate(month.vouchers, start=1):
        for entry, line in enumerate(voucher.lines):
            yield _row(month, voucher, line, serial, entry)


def _row(
    month: VoucherMonth, voucher: PrintedVoucher, line: PrintedLine, serial: int, entry: int
) -> dict[str, Any]:
    number, name = month.currency_names
    return {
        "FDate": voucher.voucher_on,
        "FYear": voucher.month.year,
        "FPeriod": voucher.month.month,
        "FGroupID": voucher.word,
        "FNumber": voucher.number or 0,
        "FAccountNum": line.account_code,
        "FAccountName": line.account_name,
        "FCurrencyNum": number,
        "FCurrencyName": name,
        "FAmountFor": line.debit or line.credit,
        "FDebit": line.debit,
        "FCredit": line.credit,
        "FPreparerID": voucher.prepared_by,
        "FCheckerID": voucher.reviewed_by or "NONE",
        "FApproveID": "NONE",
        "FCashierID": "NONE",
        "FSettleTypeID": "*",
        "FExplanation": line.summary,
        "FQuantity": 0,
        "FMeasureUnitID": "*",
        "FUnitPrice": 0,
        "FTransDate": voucher.voucher_on,
        "FAttachments": voucher.attachments,
        "FSerialNum": serial,
        "FExchangeRate": 1,
        "FEntryID": entry,
        "FItem": f"客户---{line.customer_code}---{line.customer_name}" if line.customer_code else "",
        "FPosted": 0,
    }


def _write(sheet: Any, row: int, place: int, value: object, day: Any) -> None:
    if isinstance(value, Decimal) and not is_exact(value):
        sheet.write_string(row, place, f"{value:f}")
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, place, float(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, day)
    elif value:
        sheet.write_string(row, place, unformulated(str(value)))


def _schema() -> Iterator[list[str]]:
    """The sheet that tells K3 what the columns are."""

    def described(**values: str) -> list[str]:
        return [values.get(name, "") for name in SCHEMA]

    yield described(FType="ClassInfo", FKey="ClassType", FCaption="VoucherData")
    yield described(FType="ClassInfo", FKey="ClassTypeID", FCaption="123")
    yield described(FType="PageInfo", FKey="Page1", FCaption="Page1")
    for place, (name, caption, kind) in enumerate(COLUMNS, start=1):
        yield described(
            FType="FieldInfo",
            FKey=name,
            FFieldName=name,
            FCaption=caption,
            FValueType=kind,
            FColIndex=str(place),
            FExpFieldName=name,
            FImpFieldName=name,
            FSearch="0",
            FPrecision="0",
            FSearchName="0",
            FIsShownList="0",
            FViewMask="0",
            FPage="1",
        )

"""What is wrong with single rows, said in one sentence each, and the spreadsheet that hands them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from huikuan.core.said import Said
from huikuan.core.sentences import in_succession
from huikuan.tables.errors import _, gettext_noop
from huikuan.tables.layout import Layout

_SHEET_ROWS = 1_048_575
_CELL_LENGTH = 32_767

MESSAGES = {
    "amount_decimals": gettext_noop("金额“%(value)s”的小数超过 %(decimals)d 位"),
    "amount_is_date": gettext_noop("金额栏里是日期“%(value)s”"),
    "amount_missing": gettext_noop("没有金额"),
    "amount_scientific": gettext_noop("“%(value)s”是科学计数法，看不出准确金额"),
    "amount_too_large": gettext_noop("金额“%(value)s”的整数部分超过 %(digits)d 位"),
    "amount_unreadable": gettext_noop("看不懂金额“%(value)s”"),
    "cell_error": gettext_noop("单元格里是错误值“%(value)s”"),
    "control_characters": gettext_noop("“%(value)s”含有控制字符"),
    "currency_unknown": gettext_noop("不认识币种“%(value)s”"),
    "customer_missing": gettext_noop("没有客户编码，也没有客户名称"),
    "date_invalid": gettext_noop("“%(value)s”按 %(order)s 读，日历上没有这一天"),
    "date_missing": gettext_noop("没有日期"),
    "date_out_of_range": gettext_noop("日期“%(value)s”不在 %(first)d 年到 %(last)d 年之间"),
    "date_unreadable": gettext_noop("看不懂日期“%(value)s”"),
    "identifier_is_date": gettext_noop(
        "“%(value)s”是日期：编号可能被 Excel 改成了日期，请把该列设为文本后重填"
    ),
    "identifier_rounded": gettext_noop(
        "编号“%(value)s”第 15 位以后被 Excel 抹成了 0，请把该列设为文本后重填"
    ),
    "identifier_scientific": gettext_noop("编号“%(value)s”被 Excel 改成了科学计数法，请把该列设为文本后重填"),
    "invoice_missing": gettext_noop("没有发票号"),
    "order_missing": gettext_noop("没有订单号"),
    "price_missing": gettext_noop("没有单价"),
    "product_missing": gettext_noop("没有产品"),
    "quantity_missing": gettext_noop("没有数量"),
    "receipt_missing": gettext_noop("没有收款单号"),
    "row_too_wide": gettext_noop("这一行有 %(width)d 格，比表头多：值里的分隔符可能没有加引号"),
    "tax_mismatch": gettext_noop("含税金额 %(amount)s 不等于不含税金额 %(net)s 加税额 %(tax)s"),
    "text_damaged": gettext_noop("“%(value)s”中有无法识别的字符"),
    "too_long": gettext_noop("内容长 %(length)d 个字符，超过 %(limit)d 个"),
    "total_row": gettext_noop("这是合计行，不是明细"),
}
"""Code → sentence. The codes are stable: programs and saved choices refer to them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one row: `row` is its line in the file, `column` the header it concerns (empty
    for the whole row), `field` the field, `raw` the original cells of the row as text."""

    row: int
    column: str
    field: str
    code: str
    message: str
    raw: list[str]


def sentence(code: str, details: dict[str, Any]) -> str:
    """The message of a problem in the active language, which can be said again in another."""
    return Said(_(MESSAGES[code]), MESSAGES[code]) % details


def write_problems_xlsx(target: str | Path | IO[bytes], layout: Layout, problems: Iterable[Problem]) -> int:
    """Write the rows with problems under their original columns, with the line and the reasons behind.

    Problems of one row stand together, as `read` yields them. Cells are written as text, so that nothing in
    them is run as a formula or link. Returns the number of rows; past a sheet's limit another one begins.
    """
    destination = str(target) if isinstance(target, Path) else target
    book = xlsxwriter.Workbook(destination, {"constant_memory": True, "strings_to_urls": False})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    columns = list(layout.columns)
    sheet, written = None, 0
    for line, group in groupby(problems, key=lambda problem: problem.row):
        found = list(group)
        if written % _SHEET_ROWS == 0:
            sheet = _problem_sheet(book, columns, bold)
        assert sheet is not None
        row = written % _SHEET_ROWS + 1
        _write_texts(sheet, row, found[0].raw[: len(columns)])
        sheet.write_number(row, len(columns), line)
        sheet.write_string(row, len(columns) + 1, reasons(found)[:_CELL_LENGTH], wrapped)
        written += 1
    if sheet is None:
        _problem_sheet(book, columns, bold)
    book.close()
    return written


def reasons(problems: Sequence[Problem]) -> str:
    """All that is wrong with one row, each with its column, in one text."""
    return in_succession(
        _("%(column)s：%(message)s") % {"column": found.column, "message": found.message}
        if found.column
        else found.message
        for found in problems
    )


def _problem_sheet(book: Any, columns: list[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    _write_texts(sheet, 0, [*columns, _("原文件行号"), _("原因")], bold)
    sheet.set_column(len(columns) + 1, len(columns) + 1, 60)
    sheet.freeze_panes(1, 0)
    return sheet


def _write_texts(sheet: Any, row: int, texts: Iterable[str], style: Any = None) -> None:
    for column, text in enumerate(texts):
        if text:
            sheet.write_string(row, column, text[:_CELL_LENGTH], style)

"""The workbook of a comparison: a sheet to sign with both sides and what differs, all lines, what was left out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from huikuan.core.money import currency_exponent
from huikuan.core.workbooks import describe
from huikuan.statements.models import Difference, Reconciliation
from huikuan.statements.rules import Mode
from huikuan.statements.wording import LEFT_OUT, kind_words

HEAD = 8
"""The row (from 0) in which the table of differences begins."""
Line = dict[str, Any]


def workbook(found: Reconciliation, differences: Sequence[Difference], *, company: str) -> bytes:
    """A comparison as a workbook; sums are formulas, texts are never read as formulas."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    )
    describe(
        book, f"{_('双边核对表')} {found.customer.name}", made_at=datetime.combine(found.made_on, time(), UTC)
    )
    _Sheets(book, found, company).write(differences)
    book.close()
    return stream.getvalue()


class _Sheets:
    def __init__(self, book: Any, found: Reconciliation, company: str) -> None:
        self.book, self.found, self.company = book, found, company
        decimals = currency_exponent(found.currency)
        figure = "#,##0" + ("." + "0" * decimals if decimals else "")
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.money = book.add_format({"num_format": figure})
        self.sum = book.add_format({"num_format": figure, "bold": True, "top": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.line = book.add_format({"bottom": 1})

    def write(self, differences: Sequence[Difference]) -> None:
        self._signed(differences)
        self._all()
        self._left_out()

    def _page(self, name: str, *, repeat: int) -> Any:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(repeat)
        sheet.set_footer("&L&F&R&P / &N")
        return sheet

    def _signed(self, differences: Sequence[Difference]) -> None:
        sheet, found = self._page(_("核对表"), repeat=HEAD), self.found
        period = (
            f"{found.starts_on} – {found.ends_on}" if found.mode == Mode.MOVEMENTS else str(found.ends_on)
        )
        sheet.write_string(0, 0, _("双边核对表"), self.title)
        sheet.write_string(1, 0, f"{self.company} — {found.customer.name}", self.bold)
        sheet.write_string(2, 0, f"{period}  {found.currency}")
        last = HEAD + len(differences)
        sums = f"SUM(I{HEAD + 2}:I{last + 1})" if differences else "0"
        for row, (label, value) in enumerate(
            (
                (_("我方余额"), found.ours),
                (_("差异合计"), sums),
                (_("客户余额（我方加差异）"), "B4+B5"),
            ),
            start=3,
        ):
            sheet.write_string(row, 0, label, self.bold)
            if isinstance(value, str):
                cached = found.theirs - found.ours if row == 4 else found.theirs
                sheet.write_formula(row, 1, f"={value}", self.sum if row == 5 else self.money, float(cached))
            else:
                sheet.write_number(row, 1, value, self.money)
        heads = (
            _("差异"), _("我方日期"), _("我方单号"), _("我方金额"), _("客户日期"), _("客户单号"), _("客户金额"), _("客户行号"),
            _("客户减我方"), _("争议"), _("处理意见"),
        )  # fmt: skip
        for column, text in enumerate(heads):
            sheet.write_string(HEAD, column, text, self.head)
        for row, each in enumerate(differences, start=HEAD + 1):
            self._difference(sheet, row, each)
        self._signatures(sheet, last + 3)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 16)
        sheet.set_column(2, 2, 22)
        sheet.set_column(3, 4, 14)
        sheet.set_column(5, 5, 22)
        sheet.set_column(6, 9, 13)
        sheet.set_column(10, 10, 30)
        sheet.freeze_panes(HEAD + 1, 0)
        if differences:
            sheet.autofilter(HEAD, 0, last, len(heads) - 1)

    def _difference(self, sheet: Any, row: int, each: Difference) -> None:
        found = self.found
        sheet.write_string(row, 0, kind_words(each.kind))
        if each.position < 0:
            sheet.write_number(row, 3, found.opening, self.money)
            sheet.write_number(row, 6, found.opening_theirs, self.money)
        else:
            finding = found.findings[each.position]
            self._side(sheet, row, 1, finding["ours"])
            self._side(sheet, row, 4, finding["theirs"])
            lines = ", ".join(str(line["line"]) for line in finding["theirs"])
            sheet.write_string(row, 7, lines)
        sheet.write_number(row, 8, each.amount, self.money)
        sheet.write_string(row, 9, each.dispute.number if each.dispute is not None else "")

    def _side(self, sheet: Any, row: int, column: int, lines: Sequence[Line]) -> None:
        """Day, number and amount of one side as they are compared; several lines as their sum."""
        if not lines:
            return
        if lines[0]["on"]:
            sheet.write_datetime(row, column, date.fromisoformat(lines[0]["on"]), self.day)
        sheet.write_string(
            row, column + 1, " ".join(dict.fromkeys(each["number"] for each in lines if each["number"]))
        )
        first, second = ("open", "amount") if self.found.mode == Mode.OPEN else ("amount", "open")
        said = [each[second] if each[first] is None else each[first] for each in lines]
        amounts = [Decimal(each) for each in said if each is not None]
        if amounts:
            sheet.write_number(row, column + 2, sum(amounts), self.money)

    def _signatures(self, sheet: Any, row: int) -> None:
        for column, party in ((0, self.company), (5, self.found.customer.name)):
            sheet.write_string(row, column, party, self.bold)
            for step, label in enumerate((_("签章"), _("经办人"), _("日期")), start=1):
                sheet.write_string(row + step * 2, column, label)
                sheet.write_blank(row + step * 2, column + 1, None, self.line)

    def _all(self) -> None:
        sheet = self._page(_("全部明细"), repeat=0)
        heads = (
            _("结果"), _("我方日期"), _("我方单号"), _("我方金额"), _("客户日期"), _("客户单号"), _("客户金额"), _("客户行号"),
            _("客户减我方"),
        )  # fmt: skip
        for column, text in enumerate(heads):
            sheet.write_string(0, column, text, self.head)
        for row, finding in enumerate(self.found.findings, start=1):
            sheet.write_string(row, 0, kind_words(finding["kind"]))
            self._side(sheet, row, 1, finding["ours"])
            self._side(sheet, row, 4, finding["theirs"])
            sheet.write_string(row, 7, ", ".join(str(line["line"]) for line in finding["theirs"]))
            sheet.write_number(row, 8, Decimal(finding["difference"]), self.money)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 8, 16)
        sheet.freeze_panes(1, 0)

    def _left_out(self) -> None:
        if not self.found.left_out:
            return
        sheet = self._page(_("没有核对的行"), repeat=0)
        for column, text in enumerate((_("客户行号"), _("原因"), _("内容"))):
            sheet.write_string(0, column, text, self.head)
        for row, each in enumerate(self.found.left_out, start=1):
            why = str(LEFT_OUT.get(each["why"], each["why"]))
            sheet.write_number(row, 0, each["line"])
            sheet.write_string(row, 1, " ".join(part for part in (why, each["said"]) if part), self.wrapped)
            sheet.write_string(row, 2, each["text"], self.wrapped)
        sheet.set_column(1, 2, 50)
        sheet.freeze_panes(1, 0)

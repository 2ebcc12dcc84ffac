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
from huikuan.core.widths import lines_of
from huikuan.core.workbooks import (
    HEAD_LOOKS,
    LINE_HEIGHT,
    describe,
    head_height,
    set_for_paper,
    width_of,
)
from huikuan.statements.models import Difference, Reconciliation
from huikuan.statements.rules import Mode
from huikuan.statements.wording import LEFT_OUT, kind_words

HEAD = 8
"""The row (from 0) in which the table of differences begins."""
OURS, THEIRS, DIFFERENCE = 3, 6, 8
"""The columns of amounts."""
LEAST = (20, 12, 18, 15, 13, 20, 15, 8, 15, 12, 32)
"""How narrow columns get, in letters; those of numbers get WIDEST at most, and more of them go on in a line below."""
WIDEST = 26
INSET = 1
"""What texts keep from the figures before them, in letters."""
Line = dict[str, Any]
Cell = str | Decimal | date | None


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
        self.decimals = currency_exponent(found.currency)
        figure = "#,##0" + ("." + "0" * self.decimals if self.decimals else "")
        form = book.add_format
        self.bold = form({"bold": True})
        self.title = form({"bold": True, "font_size": 15})
        self.first_head = form({**HEAD_LOOKS, "align": "left"})
        self.head = form({**HEAD_LOOKS, "align": "left", "indent": 1})
        self.figure_head = form({**HEAD_LOOKS, "align": "right"})
        self.money = form({"num_format": figure, "valign": "top"})
        self.sum = form({"num_format": figure, "bold": True, "top": 1})
        self.day = form({"num_format": "yyyy-mm-dd", "align": "left", "indent": 1, "valign": "top"})
        self.wrapped = form({"text_wrap": True, "valign": "top"})
        self.inset = form({"text_wrap": True, "valign": "top", "align": "left", "indent": 1})
        self.line = form({"bottom": 1})

    def write(self, differences: Sequence[Difference]) -> None:
        self._signed(differences)
        self._all()
        self._left_out()

    def _signed(self, differences: Sequence[Difference]) -> None:
        sheet, found = self.book.add_worksheet(_("核对表")), self.found
        sheet.write_string(0, 0, _("双边核对表"), self.title)
        sheet.write_string(1, 0, f"{self.company} — {found.customer.name}", self.bold)
        made = f"{_('核对人')} {found.made_by_name} {found.made_on}"
        sheet.write_string(2, 0, f"{self._period()} · {_('币种')} {found.currency} · {made}")
        last = HEAD + len(differences)
        sums = f"SUM(I{HEAD + 2}:I{last + 1})" if differences else "0"
        difference = found.theirs - found.ours
        for row, label in enumerate((_("我方余额"), _("差异合计"), _("客户余额（我方加差异）")), start=3):
            sheet.write_string(row, 0, label, self.bold)
        sheet.write_number(3, OURS, found.ours, self.money)
        sheet.write_formula(4, OURS, f"={sums}", self.money, float(difference))
        sheet.write_formula(5, OURS, "=D4+D5", self.sum, float(found.theirs))
        rows = [
            [*self._difference(each), each.dispute.number if each.dispute is not None else "", ""]
            for each in differences
        ]
        heads = (_("差异"), *_heads(), _("争议"), _("处理意见"))
        self._table(sheet, HEAD, heads, rows, totals=(DIFFERENCE,))
        for row in range(HEAD + 1, last + 1):
            sheet.write_blank(row, len(heads) - 1, None, self.line)
        self._signatures(sheet, last + 4)
        if differences:
            sheet.autofilter(HEAD, 0, last, len(heads) - 1)

    def _period(self) -> str:
        found = self.found
        if found.mode == Mode.MOVEMENTS:
            return f"{_('期间')} {found.starts_on} – {found.ends_on}"
        return f"{_('截止日')} {found.ends_on}"

    def _table(
        self,
        sheet: Any,
        top: int,
        heads: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        totals: Sequence[int],
    ) -> None:
        """Heads in the row `top`, rows, and below them the sums of the columns `totals`."""
        widths = [
            width_of(head, [self._shown(row[at]) for row in rows], LEAST[at], max(LEAST[at], WIDEST)) + INSET
            for at, head in enumerate(heads)
        ]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        title = f"{_('双边核对表')} {self.found.customer.name}"
        set_for_paper(sheet, widths, head=top, title=title, moment=self._period())
        sheet.set_row(top, head_height(heads, widths))
        for at, head in enumerate(heads):
            left = self.head if at else self.first_head
            sheet.write_string(top, at, head, self.figure_head if at in (OURS, THEIRS, DIFFERENCE) else left)
        for line, row in enumerate(rows, start=top + 1):
            lines = max(
                lines_of(cell, width - 2 - INSET)
                for cell, width in zip(row, widths, strict=True)
                if isinstance(cell, str)
            )
            if lines > 1:
                sheet.set_row(line, LINE_HEIGHT * lines)
            for at, cell in enumerate(row):
                self._cell(sheet, line, at, cell)
        if rows:
            last = top + 1 + len(rows)
            sheet.write_string(last, 0, _("合计"), self.bold)
            for at in totals:
                letter = "ABCDEFGHI"[at]
                total = sum((cell for row in rows if isinstance(cell := row[at], Decimal)), Decimal(0))
                sheet.write_formula(
                    last, at, f"=SUM({letter}{top + 2}:{letter}{last})", self.sum, float(total)
                )
        sheet.freeze_panes(top + 1, 1)

    def _shown(self, cell: Cell) -> str:
        if isinstance(cell, Decimal):
            return f"{cell:,.{self.decimals}f}"
        return "" if cell is None else str(cell)

    def _cell(self, sheet: Any, row: int, at: int, cell: Cell) -> None:
        if isinstance(cell, Decimal):
            sheet.write_number(row, at, cell, self.money)
        elif isinstance(cell, date):
            sheet.write_datetime(row, at, cell, self.day)
        elif cell:
            sheet.write_string(row, at, cell, self.inset if at else self.wrapped)

    def _difference(self, each: Difference) -> list[Cell]:
        found = self.found
        if each.position < 0:
            sides: list[Cell] = [None, "", found.opening, None, "", found.opening_theirs, ""]
            return [kind_words(each.kind), *sides, each.amount]
        return [kind_words(each.kind), *self._sides(found.findings[each.position]), each.amount]

    def _sides(self, finding: dict[str, Any]) -> list[Cell]:
        lines = ", ".join(str(line["line"]) for line in finding["theirs"])
        return [*self._side(finding["ours"]), *self._side(finding["theirs"]), lines]

    def _side(self, lines: Sequence[Line]) -> tuple[Cell, Cell, Cell]:
        """Day, number and amount of one side as they are compared; several lines as their sum."""
        if not lines:
            return None, "", None
        on = date.fromisoformat(lines[0]["on"]) if lines[0]["on"] else None
        number = " ".join(dict.fromkeys(each["number"] for each in lines if each["number"]))
        first, second = ("open", "amount") if self.found.mode == Mode.OPEN else ("amount", "open")
        said = [each[second] if each[first] is None else each[first] for each in lines]
        amounts = [Decimal(each) for each in said if each is not None]
        return on, number, sum(amounts, Decimal(0)) if amounts else None

    def _signatures(self, sheet: Any, row: int) -> None:
        for column, party in ((0, self.company), (5, self.found.customer.name)):
            sheet.write_string(row, column, party, self.bold)
            for step, label in enumerate((_("签章"), _("经办人"), _("日期")), start=1):
                sheet.write_string(row + step * 2, column, label)
                for place in (1, 2):
                    sheet.write_blank(row + step * 2, column + place, None, self.line)

    def _all(self) -> None:
        rows = [
            [kind_words(finding["kind"]), *self._sides(finding), Decimal(finding["difference"])]
            for finding in self.found.findings
        ]
        sheet = self.book.add_worksheet(_("全部明细"))
        self._table(sheet, 0, (_("结果"), *_heads()), rows, totals=(OURS, THEIRS, DIFFERENCE))

    def _left_out(self) -> None:
        if not self.found.left_out:
            return
        sheet, widths = self.book.add_worksheet(_("没有核对的行")), (12, 50, 90)
        heads = (_("客户行号"), _("原因"), _("内容"))
        title = f"{_('双边核对表')} {self.found.customer.name}"
        set_for_paper(sheet, widths, head=0, title=title, moment=self._period())
        sheet.set_row(0, head_height(heads, widths))
        for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, text, self.first_head)
        for row, each in enumerate(self.found.left_out, start=1):
            why = str(LEFT_OUT.get(each["why"], each["why"]))
            texts = (str(each["line"]), " ".join(part for part in (why, each["said"]) if part), each["text"])
            lines = max(lines_of(text, width - 2) for text, width in zip(texts, widths, strict=True))
            if lines > 1:
                sheet.set_row(row, LINE_HEIGHT * lines)
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text, self.wrapped)
        sheet.freeze_panes(1, 0)


def _heads() -> tuple[str, ...]:
    """What stands over both sides and their difference."""
    return (
        _("我方日期"), _("我方单号"), _("我方金额"), _("客户日期"), _("客户单号"), _("客户金额"), _("客户行号"),
        _("客户减我方"),
    )  # fmt: skip

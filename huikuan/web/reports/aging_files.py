"""The aging report as CSV and as a workbook; nothing in them is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.core.money import amount_text, currency_exponent
from huikuan.core.spreadsheets import is_exact, unformulated
from huikuan.core.workbooks import HEAD_LOOKS, describe, head_height, set_for_paper, width_of
from huikuan.reports.aging import AgingRow, By
from huikuan.web.pages import Work
from huikuan.web.reports.aging_view import BASES, BY, AgingPage, figures, labels
from huikuan.web.reports.moments import moment_note


@dataclass(frozen=True)
class Amount:
    """A figure with its currency."""

    value: Decimal
    currency: str

    @property
    def text(self) -> str:
        return amount_text(self.value, self.currency)


Cell = str | Amount


@dataclass(frozen=True)
class Table:
    """A title, remarks (the first says of when it is), heads and rows: what every form of file is written from.

    `made_at`: when it was taken (aware).
    """

    title: str
    remarks: list[str]
    heads: list[str]
    rows: list[list[Cell]]
    total: list[Cell] | None
    made_at: datetime
    sheet: str = ""


def aging_table(asked: AgingPage, rows: Sequence[AgingRow], work: Work) -> Table:
    """The report as a table, with what it is of and who took it."""
    report = asked.report
    total: list[Cell] | None = None
    if report.total is not None:
        total = ["", _("合计"), report.currency, *_amounts(asked, report.total)]
    return Table(
        title=_("%s 账龄分析表") % work.organization.name,
        remarks=[
            moment_note(report.as_of, report.known_at),
            _("按%(by)s，账龄从%(basis)s起算") % {"by": BY[report.by], "basis": BASES[report.basis]},
            _("导出人 %s") % work.actor.name,
        ],
        heads=[_("代码"), _("名称"), _("币种"), *labels(report)],
        rows=[[row.key, _name(asked, row), row.currency, *_amounts(asked, row)] for row in rows],
        total=total,
        made_at=timezone.now(),
    )


def _name(asked: AgingPage, row: AgingRow) -> str:
    return _("合计") if asked.report.by is By.NONE else row.name or _("（未指定）")


def _amounts(asked: AgingPage, row: AgingRow) -> list[Cell]:
    return [Amount(value, row.currency) for value in figures(asked.report, row).values()]


def as_csv(table: Table) -> bytes:
    """Comma-separated, UTF-8 with the mark that spreadsheets look for.

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    lines: list[list[Cell]] = [[table.title]]
    lines += [[remark] for remark in table.remarks]
    lines += [[*table.heads]]
    lines += [*table.rows, *([table.total] if table.total else [])]
    for line in lines:
        writer.writerow([cell.text if isinstance(cell, Amount) else unformulated(cell) for cell in line])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table) -> bytes:
    """A workbook with frozen heads; text stays text, amounts are numbers with their currency's decimals."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False}) as book:
        describe(book, table.title, made_at=table.made_at)
        sheet = book.add_worksheet(table.sheet or _("账龄分析"))
        lines = [*table.rows, *([table.total] if table.total else [])]
        widths = [
            width_of(head, (_shown(line[at]) for line in lines), *((8, 18) if at == 0 else (8, 40)))
            for at, head in enumerate(table.heads)
        ]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        sheet.write_string(0, 0, table.title, book.add_format({"bold": True, "font_size": 13}))
        for row, remark in enumerate(table.remarks, start=1):
            sheet.write_string(row, 0, remark)
        top = len(table.remarks) + 2
        set_for_paper(sheet, widths, head=top, named=2, title=table.title, moment=table.remarks[0])
        sheet.set_row(top, head_height(table.heads, widths))
        head, figure = (book.add_format({**HEAD_LOOKS, "align": side}) for side in ("left", "right"))
        for column, label in enumerate(table.heads):
            figures = any(isinstance(line[column], Amount) for line in lines)
            sheet.write_string(top, column, label, figure if figures else head)
        sheet.freeze_panes(top + 1, 2)
        formats = _formats(book)
        for row, line in enumerate(table.rows, start=top + 1):
            _write(sheet, row, line, formats(False))
        if table.total:
            _write(sheet, top + 1 + len(table.rows), table.total, formats(True))
    return out.getvalue()


def _shown(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell.value:,.2f}"


Formats = Callable[[str], xlsxwriter.format.Format]


def _formats(book: xlsxwriter.Workbook) -> Callable[[bool], Formats]:
    """Formats by currency, made once each; of the total in bold."""
    made: dict[tuple[str, bool], xlsxwriter.format.Format] = {}

    def of(total: bool) -> Formats:
        def find(currency: str) -> xlsxwriter.format.Format:
            if (currency, total) not in made:
                style: dict[str, object] = {"bold": total, "top": 1 if total else 0}
                if currency:
                    places = currency_exponent(currency)
                    style["num_format"] = f"#,##0{'.' + '0' * places if places else ''}"
                made[currency, total] = book.add_format(style)
            return made[currency, total]

        return find

    return of


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, line: Sequence[Cell], formats: Formats) -> None:
    for column, cell in enumerate(line):
        if isinstance(cell, str):
            sheet.write_string(row, column, cell, formats(""))
        elif is_exact(cell.value):
            sheet.write_number(row, column, float(cell.value), formats(cell.currency))
        else:
            sheet.write_string(row, column, cell.text, formats(cell.currency))


WRITERS: dict[str, Callable[[Table], tuple[bytes, str]]] = {
    "csv": lambda table: (as_csv(table), "text/csv; charset=utf-8"),
    "xlsx": lambda table: (
        as_xlsx(table),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}

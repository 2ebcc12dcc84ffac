"""Plain sheets: a title, heads, rows of texts, numbers, days and amounts."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from huikuan.core.money import currency_exponent
from huikuan.core.spreadsheets import is_exact
from huikuan.core.workbooks import HEAD_LOOKS, describe, head_height, set_for_paper, width_of

Cell = str | int | Decimal | date | None
LEAST, MOST = 8, 40
"""How narrow and how wide a column gets."""


class Sheets:
    """Plain sheets of one workbook, amounts in one currency."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str) -> None:
        self.book = book
        places = currency_exponent(currency)
        self.places = places
        money = f"#,##0{'.' + '0' * places if places else ''}"
        self.head = book.add_format({**HEAD_LOOKS, "align": "left"})
        self.figure_head = book.add_format({**HEAD_LOOKS, "align": "right"})
        self.bold = book.add_format({"bold": True, "font_size": 13})
        self.bold_money = book.add_format({"num_format": money, "bold": True, "top": 1})
        self.money = book.add_format({"num_format": money})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})

    def table(
        self,
        name: str,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        totals: Sequence[int] = (),
        named: int = 1,
    ) -> None:
        """A sheet with frozen heads; amounts that are too long for a workbook's numbers are text. Texts never run.

        `totals`: columns that are summed below. `named`: how many columns name a row and so stay beside the others.
        """
        sheet = self.book.add_worksheet(name)
        widths = [
            width_of(head, [self._shown(row[at]) for row in rows], LEAST, MOST)
            for at, head in enumerate(heads)
        ]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        set_for_paper(sheet, widths, head=2, named=named, title=title)
        sheet.write_string(0, 0, title, self.bold)
        sheet.set_row(2, head_height(heads, widths))
        for column, head in enumerate(heads):
            figures = any(isinstance(row[column], Decimal | int) for row in rows)
            sheet.write_string(2, column, head, self.figure_head if figures else self.head)
        sheet.freeze_panes(3, named)
        for at, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, Decimal):
                    if is_exact(value):
                        sheet.write_number(at, column, float(value), self.money)
                    else:
                        sheet.write_string(at, column, f"{value:f}")
                elif isinstance(value, int):
                    sheet.write_number(at, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(at, column, value, self.day)
                elif value is not None:
                    sheet.write_string(at, column, value)
        last = 3 + len(rows)
        for column in totals if rows else ():
            letter = xl_col_to_name(column)
            values = [row[column] for row in rows]
            total = sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
            formula = f"=SUM({letter}4:{letter}{last})"
            sheet.write_formula(last, column, formula, self.bold_money, float(total))

    def _shown(self, value: Cell) -> str:
        if isinstance(value, Decimal):
            return f"{value:,.{self.places}f}"
        return "" if value is None else str(value)


def workbook(title: str, currency: str, write: Callable[[Sheets], None], *, on: date) -> bytes:
    """A workbook of the sheets that `write` writes, made of the day `on`; nothing in it runs or leads outside."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        describe(book, title, made_at=datetime.combine(on, time(), UTC))
        write(Sheets(book, currency))
    return out.getvalue()

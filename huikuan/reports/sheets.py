"""Plain sheets: a title, heads, rows of texts, numbers and amounts."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from decimal import Decimal

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from huikuan.core.money import currency_exponent
from huikuan.core.spreadsheets import is_exact

Cell = str | int | Decimal | None


class Sheets:
    """Plain sheets of one workbook, amounts in one currency."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str) -> None:
        self.book = book
        places = currency_exponent(currency)
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.bold = book.add_format({"bold": True})
        self.bold_money = book.add_format(
            {"num_format": f"#,##0{'.' + '0' * places if places else ''}", "bold": True, "top": 1}
        )
        self.money = book.add_format({"num_format": f"#,##0{'.' + '0' * places if places else ''}"})

    def table(
        self,
        name: str,
        title: str,
        heads: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        totals: Sequence[int] = (),
    ) -> None:
        """A sheet with frozen heads; amounts that are too long for a workbook's numbers are text. Texts never run.

        `totals`: columns that are summed below.
        """
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, len(heads) - 1, 18)
        sheet.write_string(0, 0, title, self.bold)
        for column, head in enumerate(heads):
            sheet.write_string(2, column, head, self.head)
        sheet.freeze_panes(3, 1)
        for at, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, Decimal):
                    if is_exact(value):
                        sheet.write_number(at, column, float(value), self.money)
                    else:
                        sheet.write_string(at, column, f"{value:f}")
                elif isinstance(value, int):
                    sheet.write_number(at, column, value)
                elif value is not None:
                    sheet.write_string(at, column, value)
        last = 3 + len(rows)
        for column in totals if rows else ():
            name = xl_col_to_name(column)
            values = [row[column] for row in rows]
            total = sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
            sheet.write_formula(last, column, f"=SUM({name}4:{name}{last})", self.bold_money, float(total))


def workbook(title: str, currency: str, write: Callable[[Sheets], None]) -> bytes:
    """A workbook of the sheets that `write` writes; nothing in it runs or leads outside."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title})
        write(Sheets(book, currency))
    return out.getvalue()

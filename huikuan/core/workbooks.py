"""What all workbooks that we write have in common: they say when they were made, and they can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any
from unicodedata import east_asian_width

A4 = 9
LETTERS_ACROSS = 260
"""How many letters go across a page of A4: more would be smaller than six points."""
FOOTER_WIDTH = 56
"""How much of a title is in the footer, in letters: the moment stands beside it."""


def describe(book: Any, title: str, *, made_at: datetime, author: str = "") -> None:
    """Title, author and moment (aware) in the properties; without the moment a file would be another one each second."""
    created = made_at.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": title, "author": author, "created": created})


def set_for_paper(
    sheet: Any, widths: Sequence[float], *, head: int, named: int = 1, title: str, moment: str = ""
) -> None:
    """A4 across, the row `head` (from 0) on every page, title, moment and page below.

    Columns of such `widths` that would be too small to read go on pages side by side, the first `named` on each.
    """
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(head)
    across = pages_across(widths, named)
    if across > 1:
        sheet.repeat_columns(0, named - 1)
    sheet.fit_to_pages(across, 0)
    # An ampersand begins a code in a footer, and digits behind a size would be read as part of it.
    words = f"&L&8 {_shortened(title).replace('&', '&&')}&C&8 {moment}&R&8 &P / &N"
    sheet.set_footer(words, {"scale_with_doc": False})


def pages_across(widths: Sequence[float], named: int) -> int:
    """On how many pages side by side columns are printed, the first `named` of them on each."""
    names = sum(widths[:named])
    return max(1, ceil((sum(widths) - names) / max(LETTERS_ACROSS - names, 60)))


def _shortened(title: str) -> str:
    while sum(2 if east_asian_width(letter) in "WF" else 1 for letter in title) > FOOTER_WIDTH:
        title = f"{title.removesuffix('…')[:-1]}…"
    return title

"""What all workbooks that we write have in common: they say when they were made, and they can be printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

from huikuan.core.widths import lines_of, text_width, word_width

A4 = 9
LETTERS_ACROSS = 260
"""How many letters go across a page of A4: more would be smaller than six points."""
FOOTER_WIDTH = 56
"""How much of a title is in the footer, in letters: the moment stands beside it."""


HEAD_LINES, SHORT_HEAD = 3, 10
"""Into how many lines heads go, and of how many letters they stay in one."""
LINE_HEIGHT = 15
BOLD = 1.15
"""How much wider the letters of heads are."""
HEAD_LOOKS = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "bg_color": "#eef2f6"}


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


def head_width(label: str) -> int:
    """As wide as the longest word of a head, and as wide as it takes to need few lines."""
    whole = text_width(label)
    return ceil(max(min(whole, SHORT_HEAD), word_width(label), whole / HEAD_LINES) * BOLD) + 2


def head_height(labels: Iterable[str], widths: Iterable[float]) -> float:
    """How high a row of heads is; spreadsheets do not find out by themselves."""
    heads = zip(labels, widths, strict=True)
    return LINE_HEIGHT * max(lines_of(label, int((width - 1) / BOLD)) for label, width in heads) + 2


def width_of(label: str, values: Iterable[str], least: int, most: int) -> int:
    """How wide a column is: as its head and its longest value, that one within reason."""
    return max(head_width(label), min(most, max([least, *(text_width(value) + 2 for value in values)])))


def _shortened(title: str) -> str:
    while text_width(title) > FOOTER_WIDTH:
        title = f"{title.removesuffix('…')[:-1]}…"
    return title

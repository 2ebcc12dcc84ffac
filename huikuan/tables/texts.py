"""Codes, numbers, names and free text; the damage that spreadsheets do to codes is named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from huikuan.tables import limits
from huikuan.tables.cells import BLANKS, Converter, is_excel_error, unprotected

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE = dict.fromkeys(
    (0xFEFF, 0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)), None
)
_NARROW = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,3}", re.ASCII)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATED = re.compile(
    rf"[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{2}}|[0-9]{{1,2}}月[0-9]{{1,2}}日", re.IGNORECASE
)
_LONGEST_DATED = 6
_EXACT_DIGITS = 15
_LONG_NUMBER = re.compile(r"^[0-9]{16,}$", re.MULTILINE | re.ASCII)
_EXACT_LIMIT = 10**_EXACT_DIGITS


class TextColumn(Converter):
    """Reads names and free text: ends trimmed, runs of white space one space, invisible characters gone."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def column(self, cells: Any) -> list[Any]:
        """As `Converter.column`; a block without anything to clean is handed on as it is."""
        try:
            text = "|".join(cells)
        except TypeError:
            return super().column(cells)
        if not self._clean(text, cells):
            return super().column(cells)
        return [cell or None for cell in cells] if "" in cells else list(cells)

    def _clean(self, text: str, cells: Sequence[str]) -> bool:
        return (
            text.isprintable()
            and "  " not in text
            and " |" not in text
            and "| " not in text
            and text[:1] != " "
            and text[-1:] != " "
            and "\ufffd" not in text
            and "#" not in text
            and max(map(len, cells)) <= self._limit
        )

    def convert(self, raw: Any) -> Any:
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, float):
            return repr(raw).removesuffix(".0")
        if isinstance(raw, (date, time)):
            return raw.isoformat()
        return str(raw)

    def _text(self, raw: str) -> Any:
        text = " ".join(raw.split())
        if "\ufffd" in text:
            return self.refuse("text_damaged", raw)
        if not text.isprintable():
            if _CONTROL.search(text):
                return self.refuse("control_characters", raw)
            text = " ".join(text.translate(_INVISIBLE).split())
        if len(text) > self._limit:
            return self.refuse("too_long", raw, limit=self._limit, length=len(text))
        if is_excel_error(text):
            return self.refuse("cell_error", raw)
        return text or None


class CodeColumn(TextColumn):
    """Reads codes and numbers. `rounded`: the column's long numbers were cut to 15 digits by a spreadsheet."""

    def __init__(self, limit: int, *, rounded: bool = False) -> None:
        super().__init__(limit)
        self._rounded = rounded

    def _clean(self, text: str, cells: Sequence[str]) -> bool:
        return (
            not self._rounded
            and text.isascii()
            and min(map(len, cells)) > _LONGEST_DATED
            and "E+" not in text
            and "e+" not in text
            and "'" not in text
            and "`" not in text
            and '="' not in text
            and super()._clean(text, cells)
        )

    def convert(self, raw: Any) -> Any:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return self._number(raw)
        if isinstance(raw, (date, time, timedelta)):
            return self.refuse("identifier_is_date", raw)
        return super().convert(raw)

    def _number(self, raw: float) -> Any:
        if abs(raw) >= _EXACT_LIMIT:
            return self.refuse("identifier_rounded", f"{raw:.0f}")
        return str(int(raw)) if raw == int(raw) else repr(raw)

    def _text(self, raw: str) -> Any:
        text = super()._text(raw)
        if not isinstance(text, str):
            return text
        text = unprotected(text.translate(_NARROW) if _WIDE.search(text) else text)
        if text.lower() in BLANKS:
            return None
        if _SCIENTIFIC.fullmatch(text):
            return self.refuse("identifier_scientific", raw)
        if len(text) <= _LONGEST_DATED and _DATED.fullmatch(text):
            return self.refuse("identifier_is_date", raw)
        if self._rounded and is_rounded(text):
            return self.refuse("identifier_rounded", raw)
        return text


def is_rounded(text: str) -> bool:
    """Whether a number has more than 15 digits with nothing but zeros from the 16th on."""
    return (
        len(text) > _EXACT_DIGITS
        and text.isascii()
        and text.isdigit()
        and not text[_EXACT_DIGITS:].strip("0")
    )


@dataclass
class CodeEvidence:
    """Tells whether a spreadsheet rounded the long numbers of a column: then all of them end in zeros.

    By chance a number of n digits looks rounded once in 10**(n - 15); all distinct ones together must make
    chance as unlikely as one in a thousand.
    """

    exact: bool = False
    sample: str = ""
    _unlikely: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, cells: Sequence[Any]) -> None:
        if self.exact:
            return
        texts = [cell for cell in cells if isinstance(cell, str)]
        if max(map(len, texts), default=0) <= _EXACT_DIGITS:
            return
        for number in _LONG_NUMBER.findall("\n".join(texts)):
            if not is_rounded(number):
                self.exact = True
                return
            if number not in self._seen and len(self._seen) < limits.MEMO_SIZE:
                self._seen.add(number)
                self._unlikely += len(number) - _EXACT_DIGITS
                self.sample = self.sample or number

    @property
    def rounded(self) -> bool:
        return not self.exact and self._unlikely >= 3

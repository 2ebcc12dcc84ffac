"""What the converters of single cells share: folding of full-width forms, blanks, damage marks."""

import re
from dataclasses import dataclass, field
from typing import Any

from huikuan.tables import limits

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x3000, 0xA0, 0x202F, 0x2009, 0x2007, 0x2008, 0x200A), " ")
_DASHES = dict.fromkeys((0x2212, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0xFE63), "-")
_FOLD = {**_WIDE, **_SPACES, **_DASHES, 0xFFE5: "¥", 0xFFE1: "£", 0x2019: "'", 0x200B: None, 0xFEFF: None}

BLANKS = frozenset(
    {"", "-", "--", "---", "——", "—", "/", "\\", "\\n", "null", "none", "n/a", "无", "空", "0000-00-00"}
    | {"0000-00-00 00:00:00"}
)
"""What systems write where there is nothing, in lower case (`\\N` is MySQL's and PostgreSQL's NULL)."""

EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_HASHES = re.compile(r"#{3,}")
_PROTECTED = re.compile(r'="([^"=]*)"')


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that cannot be used: `code` of the problem and what its message mentions."""

    code: str
    details: dict[str, Any] = field(default_factory=dict)


def fold(text: str) -> str:
    """Full-width letters, digits and signs become ordinary ones, odd spaces and dashes too."""
    return text.strip() if text.isascii() else text.translate(_FOLD).strip()


def unprotected(text: str) -> str:
    """The value inside ="…" and behind a leading ' or `, by which systems keep Excel from changing it."""
    if text[:2] == '="':
        match = _PROTECTED.fullmatch(text)
        return match[1].strip() if match else text
    return text[1:] if text[:1] in "'`" and text[1:2].isdigit() else text


def is_excel_error(text: str) -> bool:
    """Whether a cell shows an Excel error, or the hashes of a column too narrow for its number."""
    return text[:1] == "#" and (text.upper() in EXCEL_ERRORS or _HASHES.fullmatch(text) is not None)


class Memo(dict[Any, Any]):
    """Converts each distinct value once: a dict whose missing keys are converted; it forgets when full."""

    def __missing__(self, raw: Any) -> Any:
        value = self.convert(raw)
        if len(self) >= limits.MEMO_SIZE:
            self.clear()
        self[raw] = value
        return value

    def convert(self, raw: Any) -> Any:
        raise NotImplementedError


class Converter(Memo):
    """Reads the cells of one column; `bad` tells whether any of them could not be used so far."""

    bad = False

    def column(self, cells: Any) -> list[Any]:
        """The values of `cells` in order: None where empty, a `Bad` where unusable."""
        return list(map(self.__getitem__, cells))

    def refuse(self, code: str, raw: Any, **details: Any) -> Bad:
        self.bad = True
        return Bad(code, {"value": shown(raw), **details})


def shown(raw: Any) -> str:
    """A cell's content for a message, shortened."""
    text = " ".join(str(raw).split())
    return text if len(text) <= 40 else text[:39] + "…"

"""When two numbers of documents mean the same: prefixes, leading zeros, spaces and width do not matter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OTHER = re.compile(r"[\W_]+")
_TOKEN = re.compile(r"(?<![A-Za-z])[A-Za-z]*[0-9][0-9A-Za-z\-]{3,}")
_LAST_DIGITS = re.compile(r"[0-9]+$")
SHORTEST_TAIL = 3
"""How many digits somebody must have written for them to be taken for the end of a number."""


@lru_cache(maxsize=65_536)
def plain(number: str) -> str:
    """A number without width, case, spaces and punctuation: "ys-2026 01" is "YS202601"."""
    return _OTHER.sub("", unicodedata.normalize("NFKC", number)).upper()


def _digits(number: str) -> str:
    found = _LAST_DIGITS.search(plain(number))
    return found[0] if found else ""


@lru_cache(maxsize=65_536)
def core(number: str) -> str:
    """The digits at the end of a number without leading zeros: "YS000123" is "123"; without any, the number."""
    digits = _digits(number)
    return (digits.lstrip("0") or "0") if digits else plain(number)


@lru_cache(maxsize=65_536)
def tails(number: str) -> frozenset[str]:
    """The ends of a number's digits by which somebody may have written it, without leading zeros."""
    digits = _digits(number)
    return frozenset(digits[start:].lstrip("0") or "0" for start in range(1, len(digits) - SHORTEST_TAIL + 1))


def is_tail(number: str) -> bool:
    """Whether enough digits were written to be looked for at the end of longer numbers."""
    return len(_digits(number)) >= SHORTEST_TAIL


def tokens(text: str) -> tuple[str, ...]:
    """What in a text could be the number of a document."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text)))

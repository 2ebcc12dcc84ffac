"""What a debtor's own words seem to promise: a day and an amount, to be looked over by whoever records them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

AHEAD_DAYS = 183
"""A day farther away is no day of payment."""
READ = 20_000
"""Letters of an answer that are read; what anybody writes may be of any length."""
LONGEST_LINE = 200
"""Letters of a line by which an earlier message is told."""
TOO_MUCH = Decimal(10) ** 15
"""No amount that money is kept in."""


@dataclass(frozen=True, slots=True)
class Said:
    """The first day to come that a text names, and the largest amount; None where it names none."""

    day: date | None
    amount: Decimal | None


def said_in(text: str, *, on: date) -> Said:
    """What an answer written on a day says for itself; what it quotes of our message is not read."""
    own = own_words(text)
    days = [(place, day) for place, day in _days(own, on) if on <= day <= on + timedelta(days=AHEAD_DAYS)]
    amounts = [each for each in _amounts(own) if 0 < each < TOO_MUCH]
    return Said(min(days)[1] if days else None, max(amounts) if amounts else None)


def own_words(text: str) -> str:
    """An answer without what it quotes: cut where the earlier message begins."""
    kept = []
    for line in text[:READ].splitlines():
        if _EARLIER.match(line.strip()[:LONGEST_LINE]):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


_EARLIER = re.compile(
    r"(-{2,}.*(original|原始|forwarded|转发).*|_{10,}|(from|发件人|寄件者)\s*[:：].*|on .{5,90} wrote:|(在|于).{5,90}写道[:：]?)$",
    re.IGNORECASE,
)
_MONTHS = {
    name: place
    for place, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_FULL = re.compile(r"(?<!\d)(20\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)", re.ASCII)
_OF_YEAR = re.compile(r"(?<![\d年])(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]?", re.ASCII)
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}", re.ASCII | re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b", re.ASCII | re.IGNORECASE)
_OF_WEEK = re.compile(r"(本|这|下)?(?:个)?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天])")
_OF_MONTH = re.compile(r"(本|这|下)?(?:个)?月(底|末|(?:(?<!\d)(\d{1,2})\s?[日号]))")
_END_OF = re.compile(r"(?<!\d)(\d{1,2})\s?月\s?[底末]", re.ASCII)
_WEEKDAYS = {each: place for place, each in enumerate("一二三四五六日")} | {"天": 6}
_SOON = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2, "today": 0, "tomorrow": 1}
_AMOUNT = re.compile(
    r"(?:(¥|￥|RMB|CNY|人民币)\s?)?(?<![\d.,])(\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?)\s?(万元|万|萬|元|块)?",
    re.ASCII | re.IGNORECASE,
)


def _days(text: str, on: date) -> Iterator[tuple[int, date]]:
    """Each day that the text names, with where it stands."""
    for found in _FULL.finditer(text):
        yield from _at(found, int(found[1]), int(found[2]), int(found[3]))
    for pattern, month, day in ((_OF_YEAR, 1, 2), (_DAY_MONTH, 2, 1), (_MONTH_DAY, 1, 2)):
        for found in pattern.finditer(text):
            number = _MONTHS.get(found[month].lower()[:3]) or int(found[month])
            for year in (on.year, on.year + 1):
                yield from _at(found, year, number, int(found[day]))
    for found in _OF_WEEK.finditer(text):
        monday = on - timedelta(days=on.weekday()) + timedelta(days=7 if found[1] == "下" else 0)
        named = monday + timedelta(days=_WEEKDAYS[found[2]])
        yield found.start(), named if named >= on or found[1] else named + timedelta(days=7)
    for found in _OF_MONTH.finditer(text):
        first = (on.replace(day=1) + timedelta(days=32 if found[1] == "下" else 0)).replace(day=1)
        if found[3]:
            if found[1]:
                yield from _at(found, first.year, first.month, int(found[3]))
        elif found.start() == 0 or not text[found.start() - 1].isdigit():
            yield found.start(), _end_of(first)
    for found in _END_OF.finditer(text):
        for place, first in _at(found, on.year + (int(found[1]) < on.month), int(found[1]), 1):
            yield place, _end_of(first)
    for word, days in _SOON.items():
        place = text.lower().find(word)
        if place >= 0:
            yield place, on + timedelta(days=days)


def _end_of(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _at(found: re.Match[str], year: int, month: int, day: int) -> Iterator[tuple[int, date]]:
    try:
        yield found.start(), date(year, month, day)
    except ValueError:
        return


def _amounts(text: str) -> Iterator[Decimal]:
    """Each number that a currency or a unit of money stands at, or that is written with thousands set apart."""
    for found in _AMOUNT.finditer(text):
        sign, number, unit = found.groups()
        if sign or unit or "," in number:
            yield Decimal(number.replace(",", "")) * (10_000 if unit and unit[0] in "万萬" else 1)

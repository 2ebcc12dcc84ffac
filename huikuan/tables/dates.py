"""Dates of a column: which order its numbers stand in, and reading them.

A date whose year comes first or whose month is named can be read one way only. What remains are three
numbers with the year last, or with a year of two digits: their order is found from all values of the
column, and asked for when more than one order fits.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from huikuan.core.sentences import enumerated
from huikuan.tables import limits
from huikuan.tables.cells import BLANKS, Converter, fold, is_excel_error, unprotected
from huikuan.tables.errors import TableError, _

ORDERS = ("YMD", "DMY", "MDY")
_TIME = (
    r"(?:(?:\s+|T|(?<=日)|(?<=号))(?:(?:上午|下午|[AaPp][Mm])\s*)?\d{1,2}[:时点]\d{1,2}(?:[:分]\d{1,2}(?:[.,]\d+)?秒?|分)?"
    r"(?:\s*[AaPp]\.?[Mm]\.?)?(?:\s?(?:Z|UTC|[-+]\d{2}:?\d{2}))?)?"
)
_WEEKDAY = r"(?:\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
_NUMERIC = re.compile(
    rf"(\d{{1,4}})\s?([-/.年])\s?(\d{{1,2}})\s?([-/.月])\s?(\d{{1,4}})\s?[日号]?{_WEEKDAY}{_TIME}", re.ASCII
)
_COMPACT = re.compile(rf"(\d{{8}})(?:\.0|\d{{6}}|{_TIME})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
_MONTH_WORD = "(?:" + "|".join(_MONTHS) + ")[a-z]*"
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})[-/ .]*({_MONTH_WORD})[-/ .,]*(\d{{4}}|\d{{2}}){_TIME}", re.ASCII | re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"({_MONTH_WORD})[-/ .]*(\d{{1,2}})[-/ .,]+(\d{{4}}){_TIME}", re.ASCII | re.IGNORECASE
)
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")

_LONGEST_DAY = 12
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_FIRST_SERIAL, _LAST_SERIAL = (
    (date(limits.FIRST_YEAR, 1, 1) - _EPOCH).days,
    (date(2100, 12, 31) - _EPOCH).days,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A date taken apart. `kind`: "fixed" (year, month, day), "year_last" or "short" (two-digit year)."""

    kind: str
    a: int
    b: int
    c: int
    separator: str = ""
    year_first: bool = False

    def orders(self) -> tuple[str, ...]:
        """The orders in which month and day come out within 12 and 31."""
        a, b, c = self.a, self.b, self.c
        fits = []
        if self.kind == "short" and self.year_first and 0 < b <= 12 and 0 < c <= 31:
            fits.append("YMD")
        if 0 < a <= 31 and 0 < b <= 12:
            fits.append("DMY")
        if 0 < a <= 12 and 0 < b <= 31:
            fits.append("MDY")
        return tuple(fits)

    def in_order(self, order: str) -> tuple[int, int, int] | None:
        """Year, month, day when read in `order`; None when it cannot be read so."""
        a, b, c = self.a, self.b, self.c
        if self.kind == "fixed":
            return a, b, c
        if order == "YMD":
            return (full_year(a), b, c) if self.kind == "short" and self.year_first else None
        year = full_year(c) if self.kind == "short" else c
        return (year, b, a) if order == "DMY" else (year, a, b)


def full_year(short: int) -> int:
    """The year of two digits that lies within the years accepted: 90 is 1990, 24 is 2024."""
    return short + (1900 if short >= limits.FIRST_YEAR - 1900 else 2000)


def take_apart(text: str) -> Parts | None:
    """The numbers of a folded date text, None when it has not the form of a date."""
    if len(text) > limits.MAX_DATE_OR_AMOUNT:
        return None
    match = _NUMERIC.fullmatch(text)
    if match:
        return _numeric(*match.group(1, 2, 3, 4, 5))
    match = _COMPACT.fullmatch(text)
    if match:
        return _compact(match[1])
    match = _DAY_MONTH.fullmatch(text)
    if match:
        year = int(match[3]) if len(match[3]) == 4 else full_year(int(match[3]))
        return Parts("fixed", year, _MONTHS[match[2][:3].lower()], int(match[1]))
    match = _MONTH_DAY.fullmatch(text)
    if match:
        return Parts("fixed", int(match[3]), _MONTHS[match[1][:3].lower()], int(match[2]))
    return None


def _numeric(first: str, left: str, middle: str, right: str, last: str) -> Parts | None:
    if right != ("月" if left == "年" else left):
        return None
    a, b, c = int(first), int(middle), int(last)
    if len(first) == 4 and len(last) <= 2:
        return Parts("fixed", a, b, c)
    if left == "年":
        return Parts("fixed", full_year(a), b, c) if len(first) == 2 and len(last) <= 2 else None
    if len(first) <= 2 and len(last) == 4:
        return Parts("year_last", a, b, c, left)
    if (len(first) <= 2 and len(last) == 2) or (len(first) == 2 and len(last) == 1):
        return Parts("short", a, b, c, left, year_first=len(first) == 2)
    return None


def _compact(digits: str) -> Parts:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    last = int(digits[4:])
    if not limits.FIRST_YEAR <= year <= limits.LAST_YEAR and limits.FIRST_YEAR <= last <= limits.LAST_YEAR:
        return Parts("year_last", int(digits[:2]), int(digits[2:4]), last)
    return Parts("fixed", year, month, day)


def declared_format(text: str) -> str:
    """`--date-format` as one of ORDERS (DMY, d/m/y, dd.mm.yyyy …) or a strptime format that names a day."""
    if "%" not in text:
        letters = re.sub(r"(.)\1+", r"\1", re.sub(r"[^DMY]", "", text.upper()))
        if letters in ORDERS and not re.search(r"[^DMYdmy\s/.,_-]", text):
            return letters
    elif _names_a_day(text):
        return text
    raise TableError(
        _("日期格式“%(format)s”无法使用；请写 YMD、DMY、MDY，或 %%d/%%m/%%Y 这样的格式。")
        % {"format": text[:40]},
        code="date_format_invalid",
    )


def day_by(pattern: str, text: str) -> date:
    """The day that `text` names by a strptime format; raises ValueError."""
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day of business has no time zone


def _names_a_day(pattern: str) -> bool:
    day = date(2024, 11, 23)
    try:
        return day_by(pattern, day.strftime(pattern)) == day
    except (ValueError, re.error):
        return False


class DateColumn(Converter):
    """Reads the dates of one column in `order` (one of ORDERS) or by a strptime format."""

    def __init__(self, order: str, *, date1904: bool = False) -> None:
        super().__init__()
        self._order = order
        self._epoch = _EPOCH_1904 if date1904 else _EPOCH

    def convert(self, raw: Any) -> Any:
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, datetime):
            return self._within(raw.date(), raw)
        if isinstance(raw, date):
            return self._within(raw, raw)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return self._text(repr(raw).removesuffix(".0"))
        return self.refuse("date_unreadable", raw)

    def _text(self, raw: str) -> Any:
        text = unprotected(fold(raw))
        if text.lower() in BLANKS:
            return None
        if "%" in self._order:
            return self._by_format(text, raw)
        parts = take_apart(text)
        if parts is None:
            return self._serial(text, raw)
        numbers = parts.in_order(self._order)
        if numbers is None:
            return self.refuse("date_unreadable", raw)
        return self._day(*numbers, raw)

    def _day(self, year: int, month: int, day: int, raw: Any) -> Any:
        try:
            return self._within(date(year, month, day), raw)
        except ValueError:
            return self.refuse("date_invalid", raw, order=self._order)

    def _by_format(self, text: str, raw: str) -> Any:
        if _FOREIGN_DIGIT.search(text):
            return self.refuse("date_unreadable", raw)
        try:
            return self._within(day_by(self._order, text), raw)
        except ValueError:
            return self._serial(text, raw)

    def _serial(self, text: str, raw: Any) -> Any:
        if _SERIAL.fullmatch(text) and _FIRST_SERIAL - 1462 <= float(text) < _LAST_SERIAL + 1:
            return self._within(self._epoch + timedelta(days=int(float(text))), raw)
        return self.refuse("cell_error" if is_excel_error(text) else "date_unreadable", raw)

    def _within(self, day: date, raw: Any) -> Any:
        if limits.FIRST_YEAR <= day.year <= limits.LAST_YEAR:
            return day
        return self.refuse("date_out_of_range", raw, first=limits.FIRST_YEAR, last=limits.LAST_YEAR)


@dataclass
class DateEvidence:
    """What all values of one column say about the order of their numbers; fed in blocks of cells."""

    title: str
    override: str | None = None
    fits: Counter[tuple[str, ...]] = field(default_factory=Counter)
    separators: Counter[str] = field(default_factory=Counter)
    sample: str = ""
    serials: int = 0
    serial_sample: str = ""
    alike: bool = False
    override_fits: bool = False
    date_cells: bool = False
    _open_sample: bool = False
    _seen: set[Any] = field(default_factory=set)
    _firsts: set[int] = field(default_factory=set)
    _lasts: set[int] = field(default_factory=set)

    def add(self, cells: Sequence[Any]) -> None:
        distinct = set(cells)
        first = next(iter(distinct), None)
        if isinstance(first, str) and len(first) > _LONGEST_DAY:
            distinct = {_without_time(cell) for cell in distinct}
        new = distinct - self._seen
        if len(self._seen) > limits.MEMO_SIZE:
            self._seen.clear()
        self._seen |= new
        for cell in new:
            self._weigh(cell)

    def _weigh(self, cell: Any) -> None:
        if isinstance(cell, date):
            self.date_cells = True
            return
        text = unprotected(fold(cell)) if isinstance(cell, str) else repr(cell).removesuffix(".0")
        if self.override and "%" in self.override and not self.override_fits:
            self.override_fits = _fits_format(text, self.override)
        parts = take_apart(text)
        if parts is None:
            if _SERIAL.fullmatch(text) and _FIRST_SERIAL <= float(text) <= _LAST_SERIAL:
                self.serials += 1
                self.serial_sample = self.serial_sample or text
        elif parts.kind != "fixed":
            self._weigh_open(parts, text)

    def _weigh_open(self, parts: Parts, text: str) -> None:
        orders = parts.orders()
        if parts.a == parts.b and "YMD" not in orders:
            self.alike = True
            return
        self.fits[orders] += 1
        self.separators[parts.separator] += 1
        if not self.sample or (len(orders) > 1 and not self._open_sample):
            self.sample, self._open_sample = text, len(orders) > 1
        if parts.kind == "short" and len(self._firsts) < 64:
            self._firsts.add(parts.a)
            self._lasts.add(parts.c)

    def candidates(self) -> tuple[str, ...]:
        """The orders that remain possible: one when the column speaks clearly."""
        fit = {order: sum(n for orders, n in self.fits.items() if order in orders) for order in ORDERS}
        best = max(fit.values())
        if not best:
            return ("DMY",) if self.alike else ("YMD",)
        winners = tuple(order for order in ORDERS if fit[order] == best)
        if len(winners) > 1:
            return self._by_spread(winners)
        strays = {o: n for orders, n in self.fits.items() if winners[0] not in orders for o in orders}
        if sum(strays.values()) * 20 > best:
            return tuple(order for order in ORDERS if order in strays or order in winners)
        return winners

    def _by_spread(self, winners: tuple[str, ...]) -> tuple[str, ...]:
        """Days of a month take many values and years few: tells a two-digit year from a day."""
        if "YMD" in winners and len(self._lasts) > 12 and len(self._firsts) <= 6:
            return ("YMD",)
        if "YMD" in winners and len(self._firsts) > 12 and len(self._lasts) <= 6:
            return tuple(order for order in winners if order != "YMD")
        return winners

    @property
    def separator(self) -> str:
        return self.separators.most_common(1)[0][0] if self.separators else ""


def _without_time(cell: Any) -> Any:
    """Cuts the clock off 2026-01-05 09:30 so that a day counts once; leaves 05 January 2026 alone."""
    if isinstance(cell, str) and ":" in cell:
        return cell.partition(" ")[0].partition("T")[0]
    return cell


def _fits_format(text: str, pattern: str) -> bool:
    try:
        day_by(pattern, text)
    except ValueError:
        return False
    return True


def settle_orders(
    evidence: Mapping[str, DateEvidence], override: str | None
) -> tuple[dict[str, str], list[str]]:
    """The order of every date column, and the fields that took theirs over from another column.

    `override` (from `declared_format`) decides in the columns where it fits anything. Raises TableError
    `date_ambiguous` when a choice remains.
    """
    candidates = {name: column.candidates() for name, column in evidence.items()}
    orders = {name: found[0] for name, found in candidates.items() if len(found) == 1}
    adopted = []
    for name, column in evidence.items():
        if override and (column.override_fits or any(override in fitting for fitting in column.fits)):
            orders[name] = override
        elif name not in orders:
            order = _order_of_others(name, evidence, candidates)
            if order is None:
                raise ambiguous_dates(name, column, candidates[name])
            orders[name] = order
            adopted.append(name)
    return orders, adopted


def _order_of_others(
    name: str, evidence: Mapping[str, DateEvidence], candidates: Mapping[str, tuple[str, ...]]
) -> str | None:
    """The one order that the clear columns with the same separator agree on."""
    orders = {
        candidates[other][0]
        for other, column in evidence.items()
        if len(candidates[other]) == 1 and column.fits and column.separator == evidence[name].separator
    }
    return orders.pop() if len(orders) == 1 and orders <= set(candidates[name]) else None


def ambiguous_dates(name: str, column: DateEvidence, choices: Sequence[str]) -> TableError:
    """The error that shows a date of the column with its possible readings."""
    parts = take_apart(column.sample) if column.sample else None
    readings = []
    for order in choices:
        numbers = parts.in_order(order) if parts else None
        readings.append(f"{order}（{numbers[0]}-{numbers[1]:02}-{numbers[2]:02}）" if numbers else order)
    return TableError(
        _("“%(column)s”列的日期（如 %(sample)s）有几种读法：%(readings)s；请用 --date-format 指定其中一种。")
        % {"column": column.title, "sample": column.sample or "…", "readings": enumerated(readings)},
        code="date_ambiguous",
        field=name,
        column=column.title,
        sample=column.sample,
        choices=list(choices),
    )

"""Amounts of a column: whether point or comma marks the decimals, and reading them exactly."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from huikuan.tables import limits
from huikuan.tables.cells import BLANKS, Converter, fold, is_excel_error, unprotected
from huikuan.tables.currencies import currency_of

_WORD = r"[^0-9\s.,()+'-]{1,5}"
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<sign1>[-+])?\s*(?P<before>{_WORD})?\s*(?P<sign2>[-+])?\s*"
    rf"(?P<number>[0-9.,](?:[0-9., ']*[0-9.,])?)\s*(?P<after>{_WORD})?\s*(?P<sign3>[-+])?\s*(?P<close>\))?"
)
_ORDINARY = {
    ".": re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,4})?"),
    ",": re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?:\.[0-9]{3}){1,4})(?:,[0-9]{1,4})?"),
}
_SIGNS_BEFORE = frozenset("¥￥$€")
_SCIENTIFIC = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]*)?e[-+]?[0-9]+", re.IGNORECASE)
_PLAIN = r"[0-9]{1,15}"
_WHOLE_COLUMN = {
    mark: (
        re.compile(rf"(?:(?:[-+]?{_PLAIN}(?:\{mark}[0-9]{{1,4}})?)?\n)*+"),
        re.compile(
            rf"(?:(?:[-+]?(?:{_PLAIN}|[0-9]{{1,3}}(?:{group}[0-9]{{3}}){{1,4}})(?:\{mark}[0-9]{{1,4}})?)?\n)*+"
        ),
    )
    for mark, group in ((".", ","), (",", r"\."))
}
_NUMBER = {
    mark: re.compile(
        rf"([0-9]+|[0-9]{{1,3}}(?:(?P<group>[{other} '])[0-9]{{3}})(?:(?P=group)[0-9]{{3}})*)?(?:\{mark}([0-9]*))?"
    )
    for mark, other in ((".", ","), (",", "."))
}
_DECISIVE = {
    mark: re.compile(
        rf"\{mark}(?:[0-9]{{1,2}}|[0-9]{{4}})\n|{group}[0-9]{{3}}{group}|{group}[0-9]{{3}}\{mark}|[0-9]{{4}}\{mark}|\n0\{mark}"
    )
    for mark, group in ((".", ","), (",", r"\."))
}


class AmountColumn(Converter):
    """Reads the amounts of one column whose decimals follow `mark`, "." or ","."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self._mark = mark
        self._plain, self._grouped = _WHOLE_COLUMN[mark]
        self._ordinary, self._number = _ORDINARY[mark], _NUMBER[mark]
        self._group = "," if mark == "." else "."

    def column(self, cells: Any) -> list[Any]:
        """As `Converter.column`; a block of ordinary numbers is recognised and read as a whole."""
        try:
            text = "\n".join(cells) + "\n"
        except TypeError:
            return super().column(cells)
        if text.count("\n") == len(cells):
            if self._plain.fullmatch(text):
                text = text if self._mark == "." else text.replace(",", ".")
                return _decimals(text)
            if self._grouped.fullmatch(text):
                text = text.replace(self._group, "")
                return _decimals(text if self._mark == "." else text.replace(",", "."))
        return super().column(cells)

    def convert(self, raw: Any) -> Any:
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, (date, time, timedelta)):
            return self.refuse("amount_is_date", raw)
        if isinstance(raw, float):
            return self._float(raw)
        if isinstance(raw, int) and not isinstance(raw, bool):
            return self._measured(str(abs(raw)), "", raw < 0, raw)
        return self.refuse("amount_unreadable", raw)

    def _text(self, raw: str) -> Any:
        number = raw[1:].lstrip(" ") if raw[:1] in _SIGNS_BEFORE else raw
        if self._ordinary.fullmatch(number):
            text = number.replace(self._group, "")
            return Decimal(text if self._mark == "." else text.replace(",", "."))
        text = unprotected(fold(raw))
        if text.lower() in BLANKS:
            return None
        match = _AMOUNT.fullmatch(text) if len(text) <= limits.MAX_DATE_OR_AMOUNT else None
        if match is None:
            return self._unreadable(text, raw)
        signs = [sign for sign in match.group("sign1", "sign2", "sign3") if sign]
        brackets = match["open"] is not None
        if len(signs) + brackets > 1 or brackets != (match["close"] is not None):
            return self._unreadable(text, raw)
        if any(word and currency_of(word) is None for word in match.group("before", "after")):
            return self._unreadable(text, raw)
        digits = self._number.fullmatch(match["number"])
        if digits is None or not (digits[1] or digits[3]):
            return self._unreadable(text, raw)
        whole = re.sub(r"[^0-9]", "", digits[1] or "0")
        return self._measured(whole, digits[3] or "", brackets or signs == ["-"], raw)

    def _measured(self, whole: str, decimals: str, negative: bool, raw: Any) -> Any:
        if len(whole.lstrip("0")) > limits.MAX_INTEGER_DIGITS:
            return self.refuse("amount_too_large", raw, digits=limits.MAX_INTEGER_DIGITS)
        if len(decimals) > limits.MAX_DECIMALS:
            decimals = decimals[:4] + decimals[4:].rstrip("0")
            if len(decimals) > limits.MAX_DECIMALS:
                return self.refuse("amount_decimals", raw, decimals=limits.MAX_DECIMALS)
        value = Decimal(f"{whole}.{decimals}" if decimals else whole)
        return -value if negative and value else value

    def _float(self, raw: float) -> Any:
        text = repr(raw)
        whole, _point, decimals = text.partition(".")
        if (
            decimals.isdigit()
            and len(decimals) <= limits.MAX_DECIMALS
            and len(whole) <= limits.MAX_INTEGER_DIGITS
        ):
            return Decimal(whole if decimals == "0" else text)
        exact = Decimal(text)
        if not exact.is_finite():
            return self.refuse("amount_unreadable", raw)
        if exact.adjusted() >= limits.MAX_INTEGER_DIGITS:
            return self.refuse("amount_too_large", raw, digits=limits.MAX_INTEGER_DIGITS)
        rounded = exact.quantize(Decimal("0.0001"))
        noise = min(max(1e-9, abs(raw) * 4e-15), 1e-5)
        if abs(exact - rounded) > Decimal(noise):
            return self.refuse("amount_decimals", raw, decimals=limits.MAX_DECIMALS)
        value = exact if exact == rounded else rounded
        return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()

    def _unreadable(self, text: str, raw: Any) -> Any:
        if is_excel_error(text):
            return self.refuse("cell_error", raw)
        if text.isascii() and text.isdigit():
            return self.refuse("amount_too_large", raw, digits=limits.MAX_INTEGER_DIGITS)
        if _SCIENTIFIC.fullmatch(text):
            return self.refuse("amount_scientific", raw)
        return self.refuse("amount_unreadable", raw)


def _decimals(text: str) -> list[Any]:
    numbers = text.split("\n")
    numbers.pop()
    if "" in numbers:
        return [Decimal(number) if number else None for number in numbers]
    return list(map(Decimal, numbers))


@dataclass
class AmountEvidence:
    """What all values of one column say about its decimal mark; fed in blocks of cells."""

    votes: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})
    undecided: dict[str, int] = field(default_factory=lambda: {".": 0, ",": 0})
    signs: set[str] = field(default_factory=set)
    sample: str = ""

    def add(self, cells: Sequence[Any]) -> None:
        try:
            text = "\n".join(cells) + "\n"
        except TypeError:
            cells = [cell for cell in cells if isinstance(cell, str)]
            text = "\n".join(cells) + "\n"
        if "." not in text and "," not in text and _WHOLE_COLUMN["."][0].fullmatch(text):
            return
        for mark, (plain, grouped) in _WHOLE_COLUMN.items():
            pattern = grouped if ("," in text and "." in text) or mark == "," else plain
            if pattern.fullmatch(text) and _DECISIVE[mark].search(text):
                self.votes[mark] += len(cells)
                return
        for cell in set(cells):
            self._weigh(cell)

    def _weigh(self, cell: str) -> None:
        text = unprotected(fold(cell))
        match = _AMOUNT.fullmatch(text) if len(text) <= limits.MAX_DATE_OR_AMOUNT else None
        if match is None:
            return
        self.signs.update(word for word in match.group("before", "after") if word and currency_of(word))
        number = match["number"]
        points, commas = number.count("."), number.count(",")
        if points and commas:
            last = max(".,", key=number.rfind)
            if number.count(last) == 1:
                self.votes[last] += 1
        elif points > 1 or commas > 1:
            self.votes["," if points > 1 else "."] += 1
        elif points or commas:
            self._weigh_single("." if points else ",", number)

    def _weigh_single(self, mark: str, number: str) -> None:
        """One mark: a decimal mark, unless three digits follow it and one to three precede it."""
        before, _mark, after = number.partition(mark)
        before = before.strip()
        if len(after) == 3 and 1 <= len(before) <= 3 and before != "0":
            self.undecided[mark] += 1
            if mark == ".":
                self.sample = self.sample or number
        else:
            self.votes[mark] += 1

    def decided(self) -> str | None:
        """The decimal mark when any value shows it."""
        if self.votes["."] == self.votes[","]:
            return None
        return "." if self.votes["."] > self.votes[","] else ","


def settle_marks(evidence: Mapping[str, AmountEvidence]) -> tuple[dict[str, str], list[str]]:
    """The decimal mark of every amount column, and the fields where a point was read so without proof.

    Where a column shows nothing, a comma groups thousands; a point marks decimals unless all other columns
    use the comma for that.
    """
    decided = {name: mark for name, column in evidence.items() if (mark := column.decided())}
    common = set(decided.values())
    marks: dict[str, str] = {}
    doubtful = []
    for name, column in evidence.items():
        points_only = column.undecided["."] and not column.undecided[","]
        marks[name] = decided.get(name) or ("," if points_only and common == {","} else ".")
        if name not in decided and column.undecided["."] and len(common) != 1:
            doubtful.append(name)
    return marks, doubtful

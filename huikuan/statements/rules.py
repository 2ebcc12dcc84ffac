"""双边核对: a customer's list compared with our ledger, line by line; pure and deterministic.

Every line of either side ends up in exactly one finding, so that ours and all differences together are theirs.
Numbers mean the same whatever their prefix, leading zeros, spaces and width (`numbers.py`). What the number says comes
first; only lines that no number joins are joined by amount and day.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from huikuan.statements import numbers

ZERO = Decimal(0)
NEAR_DAYS = 31
"""How many days apart a payment without a common number may stand in both books."""
SURE_CORE = 3
"""How many digits two numbers must share for lines of different amounts to be taken for one."""


class Mode(StrEnum):
    """What is compared: everything of a period, or what is open at the end of a day."""

    MOVEMENTS = "movements"
    OPEN = "open"


class Kind(StrEnum):
    """What a finding is."""

    SAME = "same"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT = "amount"
    DATE = "date"
    DUPLICATE_HERE = "duplicate_here"
    DUPLICATE_THERE = "duplicate_there"
    ALLOCATED = "allocated"
    NUMBER = "number"
    SIGN = "sign"
    NET = "net"


DIFFERENT = tuple(kind for kind in Kind if kind is not Kind.SAME)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either side. `amount`: above zero, the customer owes more; None: only what is open is known.

    `key` names the line on its side; `others`: further numbers it is known by; `said`: numbers that its text may
    name. `net`: its amount without tax; `open`: what of it is not paid, with the same sign. `shared`: both sides know
    it by one number, as an invoice; a payment bears a number of its own on each side.
    """

    key: str
    on: date | None
    number: str
    amount: Decimal | None
    others: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    net: Decimal | None = None
    open: Decimal | None = None
    shared: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Lines that belong together and what of them differs. `difference`: theirs less ours, of what is compared.

    `also`: what differs besides.
    """

    kind: Kind
    ours: tuple[Line, ...]
    theirs: tuple[Line, ...]
    difference: Decimal
    also: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All findings, those of our lines in their order first. `ours` + the sum of the differences = `theirs`."""

    mode: Mode
    findings: tuple[Finding, ...]
    ours: Decimal
    theirs: Decimal

    @property
    def differences(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.kind is not Kind.SAME)

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(each.kind for each in self.findings)


def compare(ours: Sequence[Line], theirs: Sequence[Line], *, mode: Mode = Mode.MOVEMENTS) -> Comparison:
    """Compare two lists of one customer and currency. The order in which lines come does not matter."""
    desk = _Desk(_sorted(ours), _sorted(theirs), mode)
    findings = desk.findings()
    return Comparison(
        mode,
        tuple(sorted(findings, key=_place)),
        sum((desk.value(each) for each in ours), ZERO),
        sum((desk.value(each) for each in theirs), ZERO),
    )


def turned(lines: Iterable[Line]) -> list[Line]:
    """The same lines as the other side of the account writes them: debit is credit."""
    return [
        Line(
            each.key, each.on, each.number, _minus(each.amount), each.others, each.said, _minus(each.net),
            _minus(each.open), each.shared, each.text,
        )
        for each in lines
    ]  # fmt: skip


def likelier_turned(ours: Sequence[Line], theirs: Sequence[Line]) -> bool:
    """Whether their amounts fit ours better with the other sign, as in the customer's own account of payables."""
    known = Counter((numbers.core(each.number), each.amount) for each in ours)
    amounts = Counter(each.amount for each in ours)

    def fitting(lines: Iterable[Line]) -> tuple[int, int]:
        found = list(lines)
        joined = Counter((numbers.core(each.number), each.amount) for each in found)
        return (joined & known).total(), (Counter(each.amount for each in found) & amounts).total()

    return fitting(turned(theirs)) > fitting(theirs)


def _minus(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(
        lines,
        key=lambda each: (
            each.on or date.min, numbers.plain(each.number), each.amount or ZERO, each.open or ZERO, each.key,
        ),
    )  # fmt: skip


def _place(each: Finding) -> tuple[date, str, str]:
    line = (*each.ours, *each.theirs)[0]
    return line.on or date.min, numbers.plain(line.number), line.key


Forms = Callable[[Line, bool], Iterable[Hashable]]


class _Desk:
    """Both lists while lines are taken off them, a step at a time, the surest first."""

    def __init__(self, ours: list[Line], theirs: list[Line], mode: Mode) -> None:
        self.mode = mode
        self.ours, self.theirs = dict(enumerate(ours)), dict(enumerate(theirs))
        self.by_open = mode is Mode.OPEN and any(each.amount is None for each in theirs)
        self.made: list[Finding] = []

    def value(self, line: Line) -> Decimal:
        """What a line adds to what is compared."""
        if self.mode is Mode.OPEN and line.open is not None:
            return line.open
        return line.amount if line.amount is not None else line.open or ZERO

    def figure(self, line: Line) -> Decimal:
        """By what lines are recognised: the amount of the document, or what is open where nothing else is known."""
        return self.value(line) if self.by_open or line.amount is None else line.amount

    def findings(self) -> list[Finding]:
        same_day = self._same_day
        for forms in (_exact, _cores, _ends):
            self._join(forms, lambda o, t: self.figure(o) == self.figure(t) and same_day(o, t))
        for forms in (_exact, _cores, _ends):
            self._join(forms, lambda o, t: self.figure(o) == self.figure(t))
        for forms in (_exact, _sure_cores):
            self._split(forms)
        for forms in (_exact, _sure_cores):
            self._join(forms, lambda o, t: self.figure(o) == -self.figure(t))
            self._join(forms, lambda o, t: o.net is not None and self.figure(t) == o.net)
            self._join(forms, lambda o, t: self.figure(o) * self.figure(t) > 0)
        self._join(self._amount, lambda o, t: same_day(o, t) and bool(o.on))
        self._join(self._without_tax, lambda o, t: same_day(o, t) and bool(o.on))
        self._join(self._amount, self._near)
        self._leave()
        return self.made

    # Joining

    def _join(self, forms: Forms, fits: Callable[[Line, Line], bool]) -> None:
        """Pair what shares a form and fits, the nearest days first, of equal ones the first of ours and of theirs.

        Lines that look alike are tried together, so that many equal amounts are not each tried with each.
        """
        pairs = self._pairs(forms, fits)
        for days in sorted(pairs):
            waiting: dict[int, list[deque[int]]] = defaultdict(list)
            for alike, others in pairs[days]:
                for place in alike:
                    if place in self.ours:
                        waiting[place].append(others)
            for place in sorted(waiting):
                left = [found for each in waiting[place] if (found := self._first_left(each)) is not None]
                if left:
                    self._found((place,), (min(left),))

    def _pairs(
        self, forms: Forms, fits: Callable[[Line, Line], bool]
    ) -> dict[int, list[tuple[deque[int], deque[int]]]]:
        """By how many days they are apart: lines of ours that look alike, and of theirs, that share a form and fit."""
        mine, others = self._alike(self.ours, forms, own=True), self._alike(self.theirs, forms, own=False)
        found: dict[int, list[tuple[deque[int], deque[int]]]] = defaultdict(list)
        for form in mine.keys() & others.keys():
            for alike in mine[form].values():
                for like_them in others[form].values():
                    ours, theirs = self.ours[alike[0]], self.theirs[like_them[0]]
                    if fits(ours, theirs):
                        found[_apart(ours, theirs)].append((alike, like_them))
        return found

    def _alike(
        self, lines: Mapping[int, Line], forms: Forms, *, own: bool
    ) -> dict[Hashable, dict[Hashable, deque[int]]]:
        """Lines by form, and in each by all that decides whether they fit."""
        found: dict[Hashable, dict[Hashable, deque[int]]] = defaultdict(lambda: defaultdict(deque))
        for place, line in lines.items():
            look = line.on, self.figure(line), line.net, line.shared, bool(line.number or line.said)
            for form in set(forms(line, own)):
                found[form][look].append(place)
        return found

    def _first_left(self, places: deque[int]) -> int | None:
        """The first of theirs that nothing was paired with."""
        while places and places[0] not in self.theirs:
            places.popleft()
        return places[0] if places else None

    def _split(self, forms: Forms) -> None:
        """Lines of one number that come to the same, though one side has written them in parts."""
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, lines in enumerate((self.ours, self.theirs)):
            for place, line in lines.items():
                for form in set(forms(line, side == 0)):
                    groups[form][side].append(place)
        for mine, others in groups.values():
            whole = all(place in self.ours for place in mine) and all(
                place in self.theirs for place in others
            )
            if not whole or not mine or not others or len(mine) + len(others) < 3:
                continue
            if sum(self.figure(self.ours[each]) for each in mine) == sum(
                self.figure(self.theirs[each]) for each in others
            ):
                self._found(tuple(mine), tuple(others))

    def _amount(self, line: Line, own: bool) -> Iterable[Hashable]:
        return (self.figure(line),)

    def _without_tax(self, line: Line, own: bool) -> Iterable[Hashable]:
        if not own:
            return (self.figure(line),)
        return () if line.net is None else (line.net,)

    def _same_day(self, ours: Line, theirs: Line) -> bool:
        return ours.on == theirs.on or ours.on is None or theirs.on is None

    def _near(self, ours: Line, theirs: Line) -> bool:
        """A payment, or a line without a number, booked some days apart."""
        alone = not ours.shared or not (theirs.number or theirs.said)
        return alone and _apart(ours, theirs) <= NEAR_DAYS

    # Naming what was found

    def _found(self, mine: tuple[int, ...], others: tuple[int, ...]) -> None:
        ours = tuple(self.ours.pop(each) for each in mine)
        theirs = tuple(self.theirs.pop(each) for each in others)
        kinds = list(self._kinds(ours, theirs)) or [Kind.SAME]
        self._make(kinds[0], ours, theirs, tuple(kinds[1:]))

    def _kinds(self, ours: tuple[Line, ...], theirs: tuple[Line, ...]) -> Iterator[Kind]:
        """What differs between lines that belong together, the weightiest first."""
        mine, others = sum(map(self.figure, ours), ZERO), sum(map(self.figure, theirs), ZERO)
        if mine != others:
            yield self._about_amount(ours, theirs, mine, others)
        elif self._settled_otherwise(ours, theirs):
            yield Kind.ALLOCATED
        if len(ours) == len(theirs) == 1:
            if not self._same_day(ours[0], theirs[0]):
                yield Kind.DATE
            if ours[0].shared and not _related(ours[0], theirs[0]):
                yield Kind.NUMBER

    def _about_amount(
        self, ours: tuple[Line, ...], theirs: tuple[Line, ...], mine: Decimal, others: Decimal
    ) -> Kind:
        whole = sum((each.amount or ZERO for each in ours), ZERO)
        if self.by_open and others * whole > 0 and abs(others) <= abs(whole):
            return Kind.ALLOCATED
        if mine == -others:
            return Kind.SIGN
        if len(ours) == 1 and ours[0].net == others:
            return Kind.NET
        return Kind.AMOUNT

    def _settled_otherwise(self, ours: tuple[Line, ...], theirs: tuple[Line, ...]) -> bool:
        """Whether lines of one amount differ in what is left, or in what is paid where both say it."""
        if sum(map(self.value, ours), ZERO) != sum(map(self.value, theirs), ZERO):
            return True
        mine, others = self._settled(ours), self._settled(theirs)
        return None not in (mine, others) and mine != others

    def _settled(self, lines: tuple[Line, ...]) -> Decimal | None:
        """What of lines is paid; None where a line does not say."""
        if any(each.open is None or each.amount is None for each in lines):
            return None
        return sum(((each.amount or ZERO) - (each.open or ZERO) for each in lines), ZERO)

    def _make(
        self, kind: Kind, ours: tuple[Line, ...], theirs: tuple[Line, ...], also: tuple[Kind, ...] = ()
    ) -> None:
        difference = sum(map(self.value, theirs), ZERO) - sum(map(self.value, ours), ZERO)
        self.made.append(Finding(kind, ours, theirs, difference, also))

    # What is left

    def _leave(self) -> None:
        """What nothing on the other side belongs to: written twice, or missing there."""
        seen = {mark for each in self.made for line in each.ours for mark in self._marks(line, own=True)}
        for place in sorted(self.ours):
            line = self.ours.pop(place)
            marks = set(self._marks(line, own=True))
            self._make(Kind.DUPLICATE_HERE if marks & seen else Kind.MISSING_THERE, (line,), ())
            seen |= marks if line.shared else set()
        seen = {mark for each in self.made for line in each.theirs for mark in self._marks(line, own=False)}
        for place in sorted(self.theirs):
            line = self.theirs.pop(place)
            marks = set(self._marks(line, own=False))
            self._make(Kind.DUPLICATE_THERE if marks & seen else Kind.MISSING_HERE, (), (line,))
            seen |= marks

    def _marks(self, line: Line, *, own: bool) -> Iterator[Hashable]:
        """By what a line is recognised as written before on its own side."""
        figure = self.figure(line)
        if line.number and (line.shared or not own):
            yield figure, numbers.plain(line.number)
        if not line.number or (own and not line.shared):
            yield figure, line.on, line.text if not own else ""
        for other in line.others:
            yield figure, numbers.plain(other)


def _apart(ours: Line, theirs: Line) -> int:
    return abs((ours.on - theirs.on).days) if ours.on and theirs.on else 0


def _written(line: Line) -> tuple[str, ...]:
    return tuple(each for each in (line.number, *line.others) if each)


def _exact(line: Line, own: bool) -> Iterator[Hashable]:
    return (numbers.plain(each) for each in (*_written(line), *line.said))


def _cores(line: Line, own: bool) -> Iterator[Hashable]:
    return (numbers.core(each) for each in (*_written(line), *line.said))


def _sure_cores(line: Line, own: bool) -> Iterator[Hashable]:
    return (core for each in _written(line) if len(core := numbers.core(each)) >= SURE_CORE)


def _ends(line: Line, own: bool) -> Iterator[Hashable]:
    """A number that is the end of the other side's: what it ends in, and what it could be the end of."""
    for each in _written(line):
        if numbers.is_tail(each):
            yield not own, numbers.core(each)
        for tail in numbers.tails(each):
            yield own, tail


def _related(ours: Line, theirs: Line) -> bool:
    """Whether nothing speaks against one number: they share a form, or theirs has none."""
    if not theirs.number and not theirs.said:
        return True
    return any(set(forms(ours, True)) & set(forms(theirs, False)) for forms in (_exact, _cores, _ends))

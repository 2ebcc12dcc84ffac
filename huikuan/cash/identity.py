"""Which lines of a statement are already in the books: the rule, without a database.

A line comes in by whatever files bring it and must be kept once; two real equal payments of one day must both be
kept. Lines are only ever compared within one account, day and amount. Of the lines that stand there already,
an incoming one is

1. the one with the same bank reference;
2. else the one after which the account stood at the same balance (balances are those of the file, or follow from
   the opening balance and the order of the lines);
3. else, where both files have balances and a day begins and ends at the same balance with the same amounts in
   both, any of them: the files only list the day in another order;
4. else, one that says the same word for word: same counterparty, account, text and reference;
5. else, where one of the two files proves by opening and closing balance that it has the whole day, one whose
   account number does not differ: then the day cannot hold more lines of that amount than the fuller file.

References that differ prove two lines within one family of formats (banks number their CSV otherwise than their
MT940), balances that differ prove two in any; 4 and 5 respect that, and so no second equal payment is lost.
Whatever is left is a new line; if lines of its day and amount were left unmatched too, it is doubtful and said so.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_FAMILIES = (("mt94", "swift"), ("camt", "camt"), ("ofx", "ofx"))
_OF_WHOLE_DAYS = ("mt940", "camt.053")
_INTRADAY = ("mt942", "camt.052", "camt.054")


@dataclass(frozen=True, slots=True)
class Mark:
    """What identifies a line. `says`: a digest of its words; `account`: the other account, empty if not said.

    `family`: formats whose references can be compared. `whole`: its file proves to have the whole period.
    """

    day: date
    amount: Decimal
    reference: str = ""
    balance: Decimal | None = None
    account: str = ""
    says: str = ""
    family: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """Per incoming line the place of the known line it is, or None; `doubtful`: places of new lines to look at."""

    known: tuple[int | None, ...]
    doubtful: tuple[int, ...]


def family_of(format: str) -> str:
    """The formats whose references are of one kind."""
    return next((family for beginning, family in _FAMILIES if format.startswith(beginning)), format)


def is_whole(
    format: str, opening: Decimal | None, closing: Decimal | None, *, day: date, ends_on: date
) -> bool:
    """Whether a statement proves that it has every line of a day: balances at both ends, and the day was over.

    An export of a bank's pages may have been made in the middle of its last day; a statement is of whole days.
    """
    if opening is None or closing is None or format in _INTRADAY:
        return False
    return format in _OF_WHOLE_DAYS or day < ends_on


def recognise(incoming: Sequence[Mark], known: Sequence[Mark]) -> Recognised:
    """Match incoming lines to known ones, each known line at most once; deterministic in the given order."""
    groups: dict[tuple[date, Decimal], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place, mark in enumerate(incoming):
        groups[mark.day, mark.amount][0].append(place)
    for place, mark in enumerate(known):
        if (mark.day, mark.amount) in groups:
            groups[mark.day, mark.amount][1].append(place)
    same_days = _days_alike(incoming, known)
    found: list[int | None] = [None] * len(incoming)
    doubtful: list[int] = []
    for (on, _amount), (ours, theirs) in groups.items():
        rules: tuple[Callable[[Mark, Mark], bool], ...] = (
            _same_reference,
            _same_balance,
            lambda one, other, alike=on in same_days: alike and not _references_differ(one, other),  # type: ignore[misc]
            _says_the_same,
            _cannot_be_another,
        )
        for rule in rules:
            _pair(rule, incoming, known, ours, theirs, found)
        left = [place for place in ours if found[place] is None]
        if theirs:
            doubtful += [place for place in left if _looks_like_any(incoming[place], known, theirs)]
    return Recognised(tuple(found), tuple(sorted(doubtful)))


def _pair(
    rule: Callable[[Mark, Mark], bool],
    incoming: Sequence[Mark],
    known: Sequence[Mark],
    ours: Iterable[int],
    theirs: list[int],
    found: list[int | None],
) -> None:
    for place in ours:
        if found[place] is not None:
            continue
        match = next((other for other in theirs if rule(incoming[place], known[other])), None)
        if match is not None:
            found[place] = match
            theirs.remove(match)


def _same_reference(one: Mark, other: Mark) -> bool:
    return (
        bool(one.reference)
        and one.reference == other.reference
        and not _balances_differ_in_family(one, other)
    )


def _balances_differ_in_family(one: Mark, other: Mark) -> bool:
    """A reference that stands on several lines of one kind of file does not tell them apart; their balances do."""
    return one.family == other.family and _balances_differ(one, other)


def _same_balance(one: Mark, other: Mark) -> bool:
    return one.balance is not None and one.balance == other.balance and not _references_differ(one, other)


def _says_the_same(one: Mark, other: Mark) -> bool:
    if _balances_differ(one, other) or _references_differ(one, other):
        return False
    return one.says == other.says


def _cannot_be_another(one: Mark, other: Mark) -> bool:
    if not (one.whole or other.whole) or _balances_differ(one, other) or _references_differ(one, other):
        return False
    return not (one.account and other.account and one.account != other.account)


def _balances_differ(one: Mark, other: Mark) -> bool:
    return one.balance is not None and other.balance is not None and one.balance != other.balance


def _references_differ(one: Mark, other: Mark) -> bool:
    comparable = one.family == other.family and bool(one.reference) and bool(other.reference)
    return comparable and one.reference != other.reference


def _looks_like_any(one: Mark, known: Sequence[Mark], theirs: Iterable[int]) -> bool:
    """Whether some known line might be the same: nothing proves that it is another."""
    return any(
        not _references_differ(one, known[place]) and not _balances_differ(one, known[place])
        for place in theirs
    )


def _days_alike(incoming: Sequence[Mark], known: Sequence[Mark]) -> set[date]:
    """Days that both bring from the same to the same balance by the same amounts."""
    ours, theirs = _by_day(incoming), _by_day(known)
    return {on for on, shape in ours.items() if shape is not None and theirs.get(on) == shape}


Shape = tuple[frozenset[tuple[Decimal, int]], Decimal, Decimal]


def _by_day(marks: Sequence[Mark]) -> dict[date, Shape | None]:
    """Amounts of each day with the balances it begins and ends at; None where balances are missing or torn."""
    days: dict[date, list[Mark]] = defaultdict(list)
    for mark in marks:
        days[mark.day].append(mark)
    return {on: _shape(found) for on, found in days.items()}


def _shape(marks: list[Mark]) -> Shape | None:
    balances = [mark.balance for mark in marks if mark.balance is not None]
    if len(balances) < len(marks):
        return None
    after = Counter(balances)
    before = Counter(balance - mark.amount for balance, mark in zip(balances, marks, strict=True))
    begins, ends = list((before - after).elements()), list((after - before).elements())
    if len(begins) != 1 or len(ends) != 1:
        return None  # torn, or it ends where it began
    return frozenset(Counter(mark.amount for mark in marks).items()), begins[0], ends[0]


def words_of(reference: str, counterparty: str, account: str, text: str) -> str:
    """A digest of what a line says, for equal words in equal files."""
    joined = "\x1f".join(
        " ".join(part.split()).casefold() for part in (reference, counterparty, account, text)
    )
    return hashlib.sha256(joined.encode()).hexdigest()


def fingerprint(mark: Mark, occurrence: int) -> bytes:
    """What a stored line is unique by: day, amount and its words, or its reference, and which of its equals it is."""
    what = f"ref\x1f{mark.reference}" if mark.reference else f"says\x1f{mark.says}"
    text = f"{mark.day.isoformat()}\x1f{mark.amount:.4f}\x1f{what}\x1f{occurrence}"
    return hashlib.sha256(text.encode()).digest()


def equals_key(mark: Mark) -> tuple[date, Decimal, str]:
    """Lines that share it are told apart by their occurrence."""
    return mark.day, mark.amount.normalize(), f"ref {mark.reference}" if mark.reference else mark.says

"""Numbers of documents in free text: whole, without their separators, run together, cut to a tail, in ranges.

Whole numbers are looked up among all open documents; tails mean something only within one payer's. A line costs
a few dictionary lookups, whatever the number of documents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from huikuan.cash.matching.facts import Item
from huikuan.core.dates import add_months

WHOLE, RANGE, TAIL = "whole", "range", "tail"
SHORTEST_WHOLE = 6
SHORTEST_DIGITS = 4
SHORTEST_TAIL = 3
LONGEST_RANGE = 60
LONGEST_NUMBER = 64
MOST_JOINED = 6
CUT_KINDS = ("invoice", "tax_invoice", "credit")
"""Payers cut the numbers of what they pay; the tail of an order's number would too often be chance."""

_TOKEN = re.compile(r"[A-Z]+|[0-9]+")
_JOINER = re.compile(r"[\s\-_/.#:·—–]{0,3}")
_TO = re.compile(r"\s*(?:~|～|至|到|--|—|–|-)\s*(?:第)?")
_LIST = re.compile(r"\s*(?:[/、,，;；&+＋\\|.]|和|及|与|\s)\s*(?:第)?")
_AMOUNT = re.compile(
    r"(?<![0-9.,A-Z\-/])(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+\.[0-9]{1,2})(?![0-9.])(?=元|\s|$|[^0-9A-Z])"
)
_INCOMPLETE = re.compile(r"[0-9]\s*(?:等|ETC)")
_MONTHS = re.compile(
    r"(?:(?P<year>20[0-9]{2}\s*[年.\-/]|[0-9]{2}\s*年))?\s*(?<![0-9.])(?P<first>1[0-2]|0?[1-9])\s*(?:月份?)?(?:\s*[-~至到、,]\s*(?P<last>1[0-2]|0?[1-9]))?\s*月"
)
_MISREAD_ZERO = re.compile(r"(?<=[0-9])O(?=[0-9O])")
_MISREAD_ONE = re.compile(r"(?<=[0-9])[IL](?=[0-9])")
_LAST_DIGITS = re.compile(r"[0-9]+$")
_SPECIES = re.compile(r"[^0-9A-Z]")


def plain(text: str) -> str:
    """Text with full-width and compatibility forms unified, in capitals."""
    return unicodedata.normalize("NFKC", text).upper()


def bare_number(number: str) -> str:
    """A number without separators and other marks: YS-2025/00012 is YS202500012."""
    return _SPECIES.sub("", plain(number))


def possible_numbers(text: str) -> set[str]:
    """Everything in a text that could be a whole number of a document, as written and without separators."""
    unified = plain(text)
    tokens = list(_TOKEN.finditer(unified))
    found: set[str] = set()
    for place, first in enumerate(tokens):
        for other in range(place, min(len(tokens), place + MOST_JOINED)):
            last = tokens[other]
            if other > place and not _JOINER.fullmatch(unified, tokens[other - 1].end(), last.start()):
                break
            shown = unified[first.start() : last.end()]
            if _tells(bare_number(shown)) and len(shown) <= LONGEST_NUMBER:
                found |= {shown, bare_number(shown)}
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """What a number means: the open items of one customer that it stands for."""

    kind: str
    number: str
    bare: str
    customer_id: UUID
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A number found in a text. `quality`: whole, range or tail; `text`: what stood there."""

    target: Target
    quality: str
    text: str


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a text holds before a payer is known. `loose`: digits that may be tails; `incomplete`: "0012 and others"."""

    text: str
    tokens: tuple[_Token, ...]
    whole: tuple[Mention, ...] = ()
    taken: frozenset[int] = frozenset()
    months: tuple[date, ...] = ()
    incomplete: bool = False
    settled: tuple[str, ...] = ()


@dataclass(slots=True)
class References:
    """Open documents by their numbers, and per customer by the tails of their numbers."""

    settled: dict[str, UUID] = field(default_factory=dict)
    _whole: dict[str, list[Target]] = field(default_factory=dict)
    _of_customer: dict[UUID, list[Target]] = field(default_factory=dict)
    _tails: dict[UUID, dict[str, list[Target]]] = field(default_factory=dict)
    _lengths: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, items: Iterable[Item], settled: Iterable[tuple[str, UUID]] = ()) -> References:
        """Index the documents that items belong to, by every number they are known under."""
        grouped: dict[tuple[str, str, UUID], list[Item]] = {}
        for item in items:
            kind = "credit" if item.side < 0 else "invoice"
            grouped.setdefault((kind, item.number, item.customer_id), []).append(item)
            for other, number in item.also:
                grouped.setdefault((other, number, item.customer_id), []).append(item)
        made = cls(settled=dict(settled))
        for (kind, number, customer_id), found in grouped.items():
            bare = bare_number(number)
            if len(bare) < SHORTEST_TAIL or not any(each.isdigit() for each in bare):
                continue
            target = Target(kind, number, bare, customer_id, tuple(sorted(found, key=_by_due)))
            made._whole.setdefault(bare, []).append(target)
            made._of_customer.setdefault(customer_id, []).append(target)
        made._lengths = sorted({len(bare) for bare in made._whole}, reverse=True)
        return made

    def scan(self, text: str, booked_on: date) -> Scan:
        """Find the whole numbers of a text, and what else a payer could have meant."""
        unified = _MISREAD_ONE.sub("1", _MISREAD_ZERO.sub("0", plain(text)))
        tokens = tuple(_Token(hit[0], hit.start(), hit.end()) for hit in _TOKEN.finditer(unified))
        whole: list[Mention] = []
        settled: list[str] = []
        taken: set[int] = set()
        place = 0
        while place < len(tokens):
            count = self._whole_at(unified, tokens, place, whole, settled)
            taken.update(range(place, place + count))
            place += count or 1
        return Scan(
            unified,
            tokens,
            tuple(whole),
            frozenset(taken),
            _months(unified, booked_on),
            bool(_INCOMPLETE.search(unified)),
            tuple(settled),
        )

    def _whole_at(
        self, text: str, tokens: tuple[_Token, ...], place: int, whole: list[Mention], settled: list[str]
    ) -> int:
        """How many tokens from `place` on are a whole number, or several run together; adds what they mean."""
        bare, ends = "", []
        for other in range(place, min(len(tokens), place + MOST_JOINED)):
            if other > place and not _JOINER.fullmatch(text, tokens[other - 1].end, tokens[other].start):
                break
            bare += tokens[other].text
            ends.append(bare)
        for count in range(len(ends), 0, -1):
            shown = text[tokens[place].start : tokens[place + count - 1].end]
            if not _tells(ends[count - 1]):
                continue
            if targets := self._whole.get(ends[count - 1]):
                whole += [Mention(each, WHOLE, shown) for each in targets]
                return count
            if ends[count - 1] in self.settled:
                settled.append(ends[count - 1])
                return count
        for count in range(len(ends), 0, -1):
            if parts := self._run_together(ends[count - 1]):
                whole += [Mention(each, WHOLE, each.number) for part in parts for each in self._whole[part]]
                return count
        return 0

    def _run_together(self, bare: str) -> list[str]:
        """The whole numbers that a run is made of end to end, at least two; none where something is left."""
        parts: list[str] = []
        while bare:
            part = next((bare[:length] for length in self._lengths if bare[:length] in self._whole), "")
            if not _tells(part):
                return []
            parts.append(part)
            bare = bare[len(part) :]
        return parts if len(parts) > 1 else []

    def mentions(self, scan: Scan, customer_id: UUID) -> list[Mention]:
        """What a text names of one customer: whole numbers, then ranges and lists, then tails that are unambiguous."""
        mine = [each for each in scan.whole if each.target.customer_id == customer_id]
        found = {(each.target.kind, each.target.number): each for each in mine}
        ranged, used = self._ranged(scan, customer_id)
        for mention in (*ranged, *self._loose(scan, customer_id, used)):
            found.setdefault((mention.target.kind, mention.target.number), mention)
        return list(found.values())

    def _tail_index(self, customer_id: UUID) -> dict[str, list[Target]]:
        index = self._tails.get(customer_id)
        if index is None:
            index = self._tails[customer_id] = {}
            for target in self._of_customer.get(customer_id, ()):
                if target.kind not in CUT_KINDS:
                    continue
                digits = _last_digits(target.bare)
                for length in range(SHORTEST_TAIL, len(digits) + 1):
                    index.setdefault(digits[-length:], []).append(target)
        return index

    def _ranged(self, scan: Scan, customer_id: UUID) -> tuple[list[Mention], set[int]]:
        """Numbers between two ends (00012~15) and short ones after a full one (00012/13/15); the tokens used."""
        found: list[Mention] = []
        used = set(scan.taken)
        index = self._tail_index(customer_id)
        before: list[Mention] = []
        previous, at = "", -1
        for place, token in enumerate(scan.tokens if index else ()):
            if not token.text.isdigit():
                continue
            gap = scan.text[scan.tokens[place - 1].end : token.start] if place else ""
            named: list[Target] = []
            if previous and len(token.text) <= len(previous) and place not in scan.taken:
                named = _continued(index, previous, token.text, gap)
            if named:
                found += [*before, *(Mention(each, RANGE, f"{previous}…{token.text}") for each in named)]
                used.update({place, at} if before else {place})
                before = []
                continue
            previous, at = (token.text, place) if index.get(token.text) or place in scan.taken else ("", -1)
            starts = _only(index.get(previous)) if previous and place not in scan.taken else []
            before = [Mention(each, TAIL, previous) for each in starts]
        return found, used

    def _loose(self, scan: Scan, customer_id: UUID, used: set[int]) -> list[Mention]:
        """Tails, also such as a separator divides, that exactly one open document of the customer ends with."""
        index = self._tail_index(customer_id)
        if not index:
            return []
        found: list[Mention] = []
        amounts = [(hit.start(), hit.end()) for hit in _AMOUNT.finditer(scan.text)]
        place = 0
        while place < len(scan.tokens):
            count = self._tail_at(scan, place, used, index, amounts, found)
            place += count or 1
        return found

    def _tail_at(
        self,
        scan: Scan,
        place: int,
        used: set[int],
        index: dict[str, list[Target]],
        amounts: list[tuple[int, int]],
        found: list[Mention],
    ) -> int:
        joined = ""
        best: tuple[int, Target, str] | None = None
        for other in range(place, min(len(scan.tokens), place + 3)):
            token = scan.tokens[other]
            inside = any(start <= token.start < end for start, end in amounts)
            if other in used or inside or not token.text.isdigit():
                break
            gap = (scan.tokens[other - 1].end, token.start)
            if other > place and not _JOINER.fullmatch(scan.text, *gap):
                break
            joined += token.text
            targets = _only(index.get(joined))
            if targets and not _says_a_day(joined):
                best = (other - place + 1, targets[0], joined)
        if best is None:
            return 0
        found.append(Mention(best[1], TAIL, best[2]))
        return best[0]


def _by_due(item: Item) -> tuple[date, date, str, int]:
    return (item.due_on or date.max, item.document_on, item.number, item.position)


def _tells(bare: str) -> bool:
    """Whether a number is long enough, and unlike a day, to mean one document wherever it stands."""
    return (
        len(bare) >= SHORTEST_WHOLE
        and sum(each.isdigit() for each in bare) >= SHORTEST_DIGITS
        and not _says_a_day(bare)
    )


def _continued(index: dict[str, list[Target]], previous: str, short: str, gap: str) -> list[Target]:
    """What a short number after a full one adds: the documents up to it, or the one that ends with it."""
    if _TO.fullmatch(gap):
        numbers = _between(previous, short)
        if _only(index.get(numbers[-1])):
            return [target for number in numbers for target in _only(index.get(number))]
    if len(short) < len(previous) and _LIST.fullmatch(gap):
        return _only(index.get(previous[: -len(short)] + short))
    return []


def _only(targets: list[Target] | None) -> list[Target]:
    """The target, where there is one; several kinds of number for the same items are one."""
    if not targets:
        return []
    first = targets[0]
    return [first] if all(each.items == first.items for each in targets) else []


def _last_digits(bare: str) -> str:
    digits = _LAST_DIGITS.search(bare)
    return digits[0] if digits else ""


def _between(first: str, last: str) -> list[str]:
    """All numbers from the first to one whose tail is `last`, both ends counted; empty where they run backwards."""
    begin, end = int(first), int(first[: len(first) - len(last)] + last)
    if not 0 < end - begin <= LONGEST_RANGE:
        return [""]
    return [str(number).zfill(len(first)) for number in range(begin, end + 1)]


def _says_a_day(digits: str) -> bool:
    """Whether digits are rather a day, a month or a year than the tail of a number."""
    if not digits.isdigit():
        return False
    if len(digits) == 4:
        return digits.startswith("20")
    if len(digits) == 6:
        return (digits.startswith("20") and 1 <= int(digits[4:]) <= 12) or _is_day("20" + digits)
    return len(digits) == 8 and _is_day(digits)


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 2000 <= day.year <= 2099


def _months(text: str, booked_on: date) -> tuple[date, ...]:
    """Months that a text names, as their first days; without a year the last such month up to the booking."""
    found: dict[date, None] = {}
    for hit in _MONTHS.finditer(text):
        first, last = int(hit["first"]), int(hit["last"] or hit["first"])
        year = int(re.sub(r"\D", "", hit["year"])) if hit["year"] else booked_on.year
        year += 2000 if year < 100 else 0
        start = date(year, first, 1)
        if not hit["year"] and start > booked_on:
            start = date(year - 1, first, 1)
        for step in range((last - first) % 12 + 1):
            found[add_months(start, step)] = None
    return tuple(found)

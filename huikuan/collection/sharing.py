"""Joint work: in whose hands a customer is and how long, and who gets the next one: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

ZERO = Decimal(0)


class Hands(StrEnum):
    """Who leads the collection from a customer: 销售, 财务, 销售与财务共同, 法务."""

    SALES = "sales"
    FINANCE = "finance"
    JOINT = "joint"
    LEGAL = "legal"


class AskKind(StrEnum):
    """A question waits for an answer; feedback on a customer's behaviour is only read."""

    QUESTION = "question"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Stay:
    """In whose hands a customer was, from a day up to and without another (None: still)."""

    hands: Hands
    starts_on: date
    ends_on: date | None
    days: int


def stays(moves: Iterable[tuple[date, Hands]], *, since: date, today: date) -> list[Stay]:
    """How long whom had a customer: with sales `since` a day, then as handed over. Days in all sum to today - since.

    Moves of one day: the last counts; handing over to whoever has it already changes nothing.
    """
    marks: list[tuple[date, Hands]] = [(since, Hands.SALES)]
    for on, hands in sorted(moves, key=lambda each: each[0]):
        on = max(on, since)
        if marks[-1][0] == on:
            marks.pop()
        if not marks or marks[-1][1] != hands:
            marks.append((on, hands))
    ends: list[date | None] = [mark[0] for mark in marks[1:]]
    return [
        Stay(hands, on, end, ((end or today) - on).days)
        for (on, hands), end in zip(marks, [*ends, None], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """Who collects from customers like these; an empty condition takes in everybody.

    `least`, `most`: overdue in the organization's currency, from and up to and without. `least_days`: the oldest
    item is at least so many days late. Of several collectors the one with the least to do gets the next customer.
    """

    name: str
    collectors: tuple[UUID, ...]
    regions: frozenset[str] = field(default_factory=frozenset)
    segments: frozenset[str] = field(default_factory=frozenset)
    least: Decimal = ZERO
    most: Decimal | None = None
    least_days: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer without a collector of its own choice, with what the rules look at."""

    customer_id: UUID
    region: str
    segment: str
    overdue: Decimal
    days: int


def applies(rule: AssignmentRule, found: Candidate) -> bool:
    """Whether a rule takes a customer in."""
    return (
        (not rule.regions or found.region in rule.regions)
        and (not rule.segments or found.segment in rule.segments)
        and found.overdue >= rule.least
        and (rule.most is None or found.overdue < rule.most)
        and found.days >= rule.least_days
    )


def shared_out(
    candidates: Sequence[Candidate],
    rules: Sequence[AssignmentRule],
    *,
    load: Mapping[UUID, int],
    away: frozenset[UUID] = frozenset(),
) -> dict[UUID, UUID]:
    """Who gets which customer: the first rule that applies decides, the greatest debt is given first.

    `load`: how many customers each collector has now. Whoever is `away` gets none; where all of a rule are, nobody
    does. The same input gives the same answer.
    """
    given, loads = {}, dict(load)
    for each in sorted(candidates, key=lambda one: (-one.overdue, one.customer_id)):
        rule = next((one for one in rules if applies(one, each)), None)
        here = [key for key in rule.collectors if key not in away] if rule else []
        if not here:
            continue
        person = min(here, key=lambda key: (loads.get(key, 0), here.index(key)))
        loads[person] = loads.get(person, 0) + 1
        given[each.customer_id] = person
    return given

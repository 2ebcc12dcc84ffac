"""Scorecards as they are stored: JSON that reads as a `Card`, or says why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from huikuan.credit.fact_kinds import KINDS, Measure
from huikuan.credit.scoring import Dimension, Grade, Item, ScoreBand, Scorecard, UnusableCard, require_card

MOST_TERM_DAYS = 3650
MOST_REVIEW_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: the fact is true (`above` None), or its value lies above a threshold."""

    fact: str
    above: Decimal | None = None

    def holds(self, values: Mapping[str, Decimal]) -> bool:
        """Whether it is the case; what is not known is not."""
        value = values.get(self.fact)
        return value is not None and value > (self.above or Decimal(0))


@dataclass(frozen=True, slots=True)
class Card:
    """A card in full: dimensions, vetoes, grades (the best first), months between reviews by grade.

    `cap`: the best grade while a dimension is missing; "" for no cap.
    """

    scorecard: Scorecard
    vetoes: tuple[Veto, ...]
    grades: tuple[Grade, ...]
    review_months: Mapping[str, int]
    cap: str

    @property
    def item_codes(self) -> list[str]:
        """The facts that are scored, in the order of the card."""
        return [item.code for dimension in self.scorecard.dimensions for item in dimension.items]


def card_from(definition: Mapping[str, Any]) -> Card:
    """The card that JSON describes; raises UnusableCard for one that cannot score.

    `{"dimensions": [{"code", "weight", "items": [{"code", "weight", "bands": [[floor or null, points]]}]}],
    "vetoes": [{"fact", "above"}], "grades": [{"code", "floor", "factor", "term_days", "secured_only",
    "review_months"}], "cap"}`; numbers are strings.
    """
    try:
        dimensions = tuple(_dimension(each) for each in definition["dimensions"])
        vetoes = tuple(_veto(each) for each in definition.get("vetoes", []))
        grades = sorted((_grade(each) for each in definition["grades"]), key=lambda grade: -grade.floor)
        months = {str(each["code"]): int(each["review_months"]) for each in definition["grades"]}
        cap = str(definition.get("cap", ""))
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        if isinstance(error, UnusableCard):
            raise
        raise UnusableCard("not_a_card") from error
    card = Scorecard(dimensions, frozenset(veto.fact for veto in vetoes))
    require_card(card)
    _require_known(card, vetoes)
    _require_grades(grades, months, cap)
    return Card(card, vetoes, tuple(grades), months, cap)


def _dimension(data: Mapping[str, Any]) -> Dimension:
    items = tuple(
        Item(
            str(each["code"]),
            _number(each["weight"]),
            tuple(
                ScoreBand(None if floor in (None, "") else _number(floor), _number(points))
                for floor, points in each["bands"]
            ),
        )
        for each in data["items"]
    )
    return Dimension(str(data["code"]), _number(data["weight"]), items)


def _veto(data: Mapping[str, Any]) -> Veto:
    above = data.get("above")
    return Veto(str(data["fact"]), None if above in (None, "") else _number(above))


def _grade(data: Mapping[str, Any]) -> Grade:
    term = data.get("term_days")
    return Grade(
        str(data["code"]).strip(),
        _number(data["floor"]),
        _number(data["factor"]),
        None if term in (None, "") else int(str(term)),
        bool(data.get("secured_only", False)),
    )


def _number(text: Any) -> Decimal:
    number = Decimal(str(text))
    if not number.is_finite():
        raise UnusableCard("not_a_number")
    return number


def _require_known(card: Scorecard, vetoes: tuple[Veto, ...]) -> None:
    seen: set[str] = set()
    for dimension in card.dimensions:
        for item in dimension.items:
            place = f"{dimension.code}.{item.code}"
            if item.code not in KINDS:
                raise UnusableCard("unknown_fact", place)
            if item.code in seen:
                raise UnusableCard("item_twice", place)
            seen.add(item.code)
    for veto in vetoes:
        kind = KINDS.get(veto.fact)
        if kind is None:
            raise UnusableCard("unknown_fact", veto.fact)
        if veto.above is None and kind.measure != Measure.YES_NO:
            raise UnusableCard("veto_without_threshold", veto.fact)


def _require_grades(grades: list[Grade], months: Mapping[str, int], cap: str) -> None:
    if not grades:
        raise UnusableCard("no_grades")
    if len({grade.code for grade in grades}) < len(grades) or any(
        not grade.code or len(grade.code) > 10 for grade in grades
    ):
        raise UnusableCard("grade_code")
    if len({grade.floor for grade in grades}) < len(grades) or grades[-1].floor != 0 or grades[0].floor > 100:
        raise UnusableCard("grade_floors")
    for grade in grades:
        if grade.factor < 0 or not 0 <= (grade.term_days or 0) <= MOST_TERM_DAYS:
            raise UnusableCard("grade_out_of_range", grade.code)
        if not 1 <= months[grade.code] <= MOST_REVIEW_MONTHS:
            raise UnusableCard("review_months", grade.code)
    if cap and cap not in {grade.code for grade in grades}:
        raise UnusableCard("unknown_cap", cap)

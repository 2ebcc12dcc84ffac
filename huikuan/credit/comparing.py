"""Two versions of a card beside each other: what differs, and who moves grade. Pure decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from huikuan.credit.assessing import Judgement, judge
from huikuan.credit.card_data import Card
from huikuan.credit.scoring import Item

Securities = Mapping[UUID, Sequence[tuple[Decimal, Decimal]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a part of the card is in each of two versions; "" where it has none.

    `kind`: dimension | item | bands | veto | grade | cap; `place`: the dimension, fact or grade.
    """

    kind: str
    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Move:
    """A customer whose grade differs between two cards; "" where a card knows nothing of it."""

    customer_id: UUID
    before: str
    after: str
    points_before: Decimal | None
    points_after: Decimal | None
    limit_before: Decimal
    limit_after: Decimal


@dataclass
class Movements:
    """How a portfolio stands under two cards: customers by (grade before, grade after), and those who move."""

    table: Counter[tuple[str, str]] = field(default_factory=Counter)
    moves: list[Move] = field(default_factory=list)
    limits_before: Decimal = Decimal(0)
    limits_after: Decimal = Decimal(0)


def movements(
    before: Card,
    after: Card,
    facts: Mapping[UUID, Mapping[str, Decimal]],
    *,
    securities: Securities,
) -> Movements:
    """Judge every customer by both cards; the moves are in order of how far the score moves, the largest first."""
    found = Movements()
    for key, values in facts.items():
        backing = securities.get(key, ())
        one, other = judge(before, values, securities=backing), judge(after, values, securities=backing)
        former, latter = one.grade if one else "", other.grade if other else ""
        found.table[former, latter] += 1
        found.limits_before += _limit(one)
        found.limits_after += _limit(other)
        if former != latter:
            move = Move(key, former, latter, _points(one), _points(other), _limit(one), _limit(other))
            found.moves.append(move)
    found.moves.sort(key=lambda move: (-_distance(move), move.customer_id))
    return found


def _limit(judged: Judgement | None) -> Decimal:
    return judged.recommendation.limit if judged is not None else Decimal(0)


def _points(judged: Judgement | None) -> Decimal | None:
    return judged.score.points if judged is not None else None


def _distance(move: Move) -> Decimal:
    return abs((move.points_after or Decimal(0)) - (move.points_before or Decimal(0)))


def differences(before: Card, after: Card) -> list[Difference]:
    """What differs between two cards, part by part, in the order of the later card."""
    parts = [
        ("dimension", _dimensions(before), _dimensions(after)),
        ("item", _weights(before), _weights(after)),
        ("bands", _bands(before), _bands(after)),
        ("veto", _vetoes(before), _vetoes(after)),
        ("grade", _grades(before), _grades(after)),
        ("cap", {"": before.cap}, {"": after.cap}),
    ]
    return [
        Difference(kind, place, one.get(place, ""), other.get(place, ""))
        for kind, one, other in parts
        for place in [*other, *(place for place in one if place not in other)]
        if one.get(place, "") != other.get(place, "")
    ]


def _dimensions(card: Card) -> dict[str, str]:
    return {each.code: plain(each.weight) for each in card.scorecard.dimensions}


def _weights(card: Card) -> dict[str, str]:
    return {item.code: plain(item.weight) for each in card.scorecard.dimensions for item in each.items}


def _bands(card: Card) -> dict[str, str]:
    return {item.code: bands_text(item) for each in card.scorecard.dimensions for item in each.items}


def _vetoes(card: Card) -> dict[str, str]:
    return {veto.fact: ">" + plain(veto.above) if veto.above is not None else "✓" for veto in card.vetoes}


def _grades(card: Card) -> dict[str, str]:
    return {
        grade.code: f"≥{plain(grade.floor)} ×{plain(grade.factor)} "
        f"{grade.term_days or 0}d {card.review_months[grade.code]}m" + (" S" if grade.secured_only else "")
        for grade in card.grades
    }


def bands_text(item: Item) -> str:
    """Bands in one line, lowest first: "0, 0.5:30, 0.95:100" earns 0 below 0.5, 30 from there, 100 from 0.95 on."""
    ordered = sorted(item.bands, key=lambda band: Decimal("-Infinity") if band.floor is None else band.floor)
    return ", ".join(
        plain(band.points) if band.floor is None else f"{plain(band.floor)}:{plain(band.points)}"
        for band in ordered
    )


def plain(value: Decimal) -> str:
    """Digits without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""评级: what a card says of a customer, with every figure that it rests on. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from huikuan.credit.card_data import Card
from huikuan.credit.scoring import (
    HUNDRED,
    Contribution,
    Recommendation,
    Score,
    UnusableScore,
    recommend,
    score,
)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """What one item says: its value (None: not known), the points it earns, and what it adds to the score.

    `weight`: its share of the whole score in percent, renormalised where others are missing; `added` is
    points × weight ÷ 100, and all of them sum to the score (before its rounding).
    """

    dimension: str
    code: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal
    added: Decimal


@dataclass(frozen=True, slots=True)
class Judgement:
    """Score, grade, recommended limit and term of a customer by a card."""

    score: Score
    recommendation: Recommendation
    values: Mapping[str, Decimal]

    @property
    def grade(self) -> str:
        """The grade's code."""
        return self.score.grade.code


def judge(
    card: Card,
    values: Mapping[str, Decimal],
    *,
    securities: Sequence[tuple[Decimal, Decimal]] = (),
    requested: Decimal | None = None,
) -> Judgement | None:
    """Judge a customer by its facts; None where nothing that the card asks for is known.

    `securities`: amount and cover of each that is alive.
    """
    true = [veto.fact for veto in card.vetoes if veto.holds(values)]
    try:
        found = score(card.scorecard, values, facts=true, grades=card.grades, cap=card.cap, checked=True)
    except UnusableScore:
        return None
    recommended = recommend(
        found.grade,
        monthly_sales=values.get("monthly_sales"),
        net_assets=values.get("net_assets"),
        requested=requested,
        securities=securities,
    )
    return Judgement(found, recommended, values)


def item_lines(card: Card, found: Score, values: Mapping[str, Decimal]) -> list[ItemLine]:
    """Every item of the card with what it adds to the score, in the order of the card."""
    weights = {part.dimension: part.weight for part in found.contributions}
    lines = []
    for dimension in card.scorecard.dimensions:
        known = sum((item.weight for item in dimension.items if item.code in found.item_points), Decimal(0))
        for item in dimension.items:
            points = found.item_points.get(item.code)
            share = weights[dimension.code] * item.weight / known if points is not None else Decimal(0)
            added = share * points / HUNDRED if points is not None else Decimal(0)
            lines.append(ItemLine(dimension.code, item.code, values.get(item.code), points, share, added))
    return lines


def kept_lines(card: Card, inputs: Mapping[str, Any]) -> list[ItemLine]:
    """The items of an assessment as they were frozen; `card` is the version that it was made by."""
    values = {code: Decimal(text) for code, text in inputs["facts"].items()}
    parts = tuple(
        Contribution(part["code"], Decimal(part["score"]), Decimal(part["weight"]), Decimal(part["points"]))
        for part in inputs["dimensions"]
    )
    items = {code: Decimal(text) for code, text in inputs["items"].items()}
    found = Score(Decimal(0), card.grades[-1], parts, item_points=items)
    return item_lines(card, found, values)


def frozen(judged: Judgement) -> dict[str, Any]:
    """What an assessment keeps of how it came about; amounts and values as strings."""
    found, limit = judged.score, judged.recommendation
    return {
        "facts": {code: _text(value) for code, value in sorted(judged.values.items())},
        "items": {code: _text(points) for code, points in found.item_points.items()},
        "dimensions": [
            {
                "code": part.dimension,
                "score": _text(part.score),
                "weight": _text(part.weight),
                "points": _text(part.points),
            }
            for part in found.contributions
        ],
        "missing": list(found.missing),
        "vetoes": list(found.vetoes),
        "limit": {
            "by_sales": None if limit.by_sales is None else f"{limit.by_sales:.2f}",
            "by_net_assets": None if limit.by_net_assets is None else f"{limit.by_net_assets:.2f}",
            "secured": f"{limit.secured:.2f}",
        },
    }


@lru_cache(maxsize=100_000)
def _text(value: Decimal) -> str:
    """Six decimals at most, without zeros at the end; the same few values come up for most customers."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text

"""Scorecards: from what is known of a customer to a score, a grade, a limit and a term. Pure decisions.

The dimensions are those of the 5C of credit (character, capacity, capital, collateral, conditions); cards are data,
and `GRADES` is what a new organization starts with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
NET_ASSETS_SHARE = Decimal("0.10")
LIMIT_UNIT = Decimal(10_000)
CAP_WITHOUT_DATA = "A"


class UnusableCard(ValueError):
    """A scorecard that cannot score; `code` says why, `place` where: a dimension, or "dimension.item"."""

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(f"{code} {place}".strip())
        self.code = code
        self.place = place


class UnusableScore(ValueError):
    """A score outside 0 to 100, or nothing to score at all."""


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """Values from `floor` on (up to the next band) earn `points`, 0 to 100; None: from the lowest value on."""

    floor: Decimal | None
    points: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """Something measured: its weight within its dimension, and what its values earn."""

    code: str
    weight: Decimal
    bands: tuple[ScoreBand, ...]

    def points(self, value: Decimal) -> Decimal:
        """What a value earns; below the lowest floor nothing."""
        best: ScoreBand | None = None
        for band in self.bands:
            if band.floor is None:
                best = best or band
            elif band.floor <= value and (best is None or best.floor is None or best.floor < band.floor):
                best = band
        return best.points if best is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A part of the judgement with its weight on the card; the weights of its items sum to 100."""

    code: str
    weight: Decimal
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Dimensions whose weights sum to 100, and the facts of which one alone makes the worst grade (一票否决)."""

    dimensions: tuple[Dimension, ...]
    vetoes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade: from which score, by which factor its limit, for how many days at most (None: no open credit).

    `secured_only`: what is not secured is not lent.
    """

    code: str
    floor: Decimal
    factor: Decimal
    term_days: int | None
    secured_only: bool = False


GRADES: tuple[Grade, ...] = (
    Grade("AAA", Decimal(90), Decimal("1.5"), 90),
    Grade("AA", Decimal(80), Decimal("1.2"), 60),
    Grade("A", Decimal(70), Decimal("1.0"), 45),
    Grade("B", Decimal(60), Decimal("0.6"), 30),
    Grade("C", Decimal(50), Decimal("0.2"), None, secured_only=True),
    Grade("D", Decimal(0), Decimal(0), None),
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a dimension adds to the score: its own score times its weight, renormalised where others are missing."""

    dimension: str
    score: Decimal
    weight: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """`points` (0 to 100, two decimals) and the grade, with how they came about.

    `capped_from`: the grade that the points alone would give, where missing data kept it at A. `missing`: dimensions
    without any value. `vetoes`: facts that made it the worst grade.
    """

    points: Decimal
    grade: Grade
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...] = ()
    capped_from: str = ""
    vetoes: tuple[str, ...] = ()
    item_points: Mapping[str, Decimal] = field(default_factory=dict)


def require_card(card: Scorecard) -> None:
    """Raise UnusableCard unless the card can score: weights that sum to 100, bands for every item."""
    if not card.dimensions:
        raise UnusableCard("no_dimensions")
    _require_weights([(each.code, each.weight) for each in card.dimensions], "weights_do_not_sum", "")
    for dimension in card.dimensions:
        if not dimension.items:
            raise UnusableCard("no_items", dimension.code)
        _require_weights(
            [(item.code, item.weight) for item in dimension.items], "item_weights_do_not_sum", dimension.code
        )
        for item in dimension.items:
            place = f"{dimension.code}.{item.code}"
            if not item.bands:
                raise UnusableCard("no_bands", place)
            if len({band.floor for band in item.bands}) < len(item.bands):
                raise UnusableCard("two_bands_from_one_floor", place)
            if any(not 0 <= band.points <= HUNDRED for band in item.bands):
                raise UnusableCard("points_out_of_range", place)


def _require_weights(weights: Sequence[tuple[str, Decimal]], code: str, place: str) -> None:
    codes = [name for name, _weight in weights]
    if len(set(codes)) < len(codes):
        raise UnusableCard("same_code_twice", place)
    if any(not weight.is_finite() or weight <= 0 for _name, weight in weights):
        raise UnusableCard("weight_not_positive", place)
    if sum((weight for _name, weight in weights), Decimal(0)) != HUNDRED:
        raise UnusableCard(code, place)


def score(
    card: Scorecard,
    values: Mapping[str, Decimal | None],
    *,
    facts: Collection[str] = (),
    grades: Sequence[Grade] = GRADES,
    cap: str = CAP_WITHOUT_DATA,
    checked: bool = False,
) -> Score:
    """Score a customer by a card: `values` by item code (absent or None: not known), `facts` that are true of it.

    `cap`: the best grade while a dimension is missing ("" for none); `checked`: the card was found usable before.
    Raises UnusableCard, and UnusableScore where nothing at all is known and no veto decides.
    """
    if not checked:
        require_card(card)
    scores: dict[str, Decimal | None] = {}
    items: dict[str, Decimal] = {}
    for dimension in card.dimensions:
        known = [(item, value) for item in dimension.items if (value := values.get(item.code)) is not None]
        items |= {item.code: item.points(value) for item, value in known}
        weight = sum((item.weight for item, _value in known), Decimal(0))
        scores[dimension.code] = (
            sum((item.weight * items[item.code] for item, _value in known), Decimal(0)) / weight
            if known
            else None
        )
    weights = {dimension.code: dimension.weight for dimension in card.dimensions}
    vetoes = tuple(sorted(card.vetoes & set(facts)))
    found = weigh(weights, scores, vetoes=vetoes, grades=grades, cap=cap)
    return Score(
        found.points, found.grade, found.contributions, found.missing, found.capped_from, found.vetoes, items
    )


def weigh(
    weights: Mapping[str, Decimal],
    scores: Mapping[str, Decimal | None],
    *,
    vetoes: Sequence[str] = (),
    grades: Sequence[Grade] = GRADES,
    cap: str = CAP_WITHOUT_DATA,
) -> Score:
    """The score of dimensions: those without a score are left out, the others renormalised and capped.

    80/70/60/90/100 at 35/25/15/15/10 make 78.00, A; without the second 60.5/0.75 = 80.67, capped at A.
    """
    _require_weights(list(weights.items()), "weights_do_not_sum", "")
    known = {code: value for code in weights if (value := scores.get(code)) is not None}
    if any(not value.is_finite() or not 0 <= value <= HUNDRED for value in known.values()):
        raise UnusableScore("a score lies between 0 and 100")
    missing = tuple(code for code in weights if code not in known)
    if not known:
        if not vetoes:
            raise UnusableScore("nothing is known")
        return Score(Decimal("0.00"), grades[-1], (), missing, "", tuple(vetoes))
    whole = sum((weights[code] for code in known), Decimal(0))
    contributions = tuple(
        Contribution(code, value, weights[code] * HUNDRED / whole, weights[code] * value / whole)
        for code, value in known.items()
    )
    points = sum((weights[code] * value for code, value in known.items()), Decimal(0)) / whole
    points = points.quantize(CENT, rounding=ROUND_HALF_UP)
    grade, capped = grade_of(points, grades), ""
    if vetoes:
        grade = grades[-1]
    elif missing:
        best = next((each for each in grades if each.code == cap), grade)
        if grade.floor > best.floor:
            grade, capped = best, grade.code
    return Score(points, grade, contributions, missing, capped, tuple(vetoes))


def grade_of(points: Decimal, grades: Sequence[Grade] = GRADES) -> Grade:
    """The grade of the highest floor that the points reach."""
    return max((grade for grade in grades if grade.floor <= points), key=lambda grade: grade.floor)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A limit and a term, with the amounts of which the smallest counted; None: not known, so it did not count."""

    limit: Decimal
    term_days: int
    by_sales: Decimal | None
    by_net_assets: Decimal | None
    requested: Decimal | None
    secured: Decimal


def recommend(
    grade: Grade,
    *,
    monthly_sales: Decimal | None,
    net_assets: Decimal | None = None,
    requested: Decimal | None = None,
    securities: Sequence[tuple[Decimal, Decimal]] = (),
) -> Recommendation:
    """The limit that a grade carries, rounded down to 10,000.

    The smallest of average monthly sales of twelve months × term ÷ 30 × factor, a tenth of the net assets × factor
    and what was asked for; plus amount × cover of every security, given as pairs. A grade without open credit lends
    what is secured (C) or nothing (D). Monthly sales of 200,000 at grade A make 300,000, net assets of 2,560,000
    make 256,000, so the limit is 250,000. Raises UnusableScore for negative amounts.
    """
    amounts = [monthly_sales, requested, *(each for pair in securities for each in pair)]
    if any(amount is not None and (not amount.is_finite() or amount < 0) for amount in amounts):
        raise UnusableScore("an amount is negative or no number")
    term = grade.term_days or 0
    by_sales = None if monthly_sales is None else monthly_sales * term / 30 * grade.factor
    by_assets = None if net_assets is None else max(net_assets, Decimal(0)) * NET_ASSETS_SHARE * grade.factor
    secured = sum((amount * cover for amount, cover in securities), Decimal(0))
    known = [each for each in (by_sales, by_assets, requested) if each is not None]
    open_part = min(known) if known and term else Decimal(0)
    if not term and not grade.secured_only:
        secured = Decimal(0)
    limit = ((open_part + secured) / LIMIT_UNIT).to_integral_value(rounding=ROUND_FLOOR) * LIMIT_UNIT
    return Recommendation(limit, term, by_sales, by_assets, requested, secured)

"""Scores, grades and recommended limits, to the digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.credit.scoring import (
    GRADES,
    Dimension,
    Item,
    ScoreBand,
    Scorecard,
    UnusableCard,
    UnusableScore,
    grade_of,
    recommend,
    require_card,
    score,
    weigh,
)

D = Decimal
WEIGHTS = {
    "payment": D(35),
    "financials": D(25),
    "company": D(15),
    "relationship": D(15),
    "external": D(10),
}
SCORES: dict[str, Decimal | None] = {
    "payment": D(80),
    "financials": D(70),
    "company": D(60),
    "relationship": D(90),
    "external": D(100),
}


def test_five_dimensions_make_78_and_grade_a() -> None:
    found = weigh(WEIGHTS, SCORES)
    assert str(found.points) == "78.00"
    assert found.grade.code == "A"
    assert [part.points for part in found.contributions] == [D(28), D("17.5"), D(9), D("13.5"), D(10)]


def test_without_financials_the_rest_is_renormalised_and_capped_at_a() -> None:
    found = weigh(WEIGHTS, {**SCORES, "financials": None})
    assert str(found.points) == "80.67"
    assert (found.grade.code, found.capped_from, found.missing) == ("A", "AA", ("financials",))


def test_a_cap_never_raises() -> None:
    found = weigh(WEIGHTS, {code: D(55) for code in WEIGHTS if code != "financials"})
    assert (found.grade.code, found.capped_from) == ("C", "")


@pytest.mark.parametrize(
    ("points", "code"),
    [("100", "AAA"), ("90", "AAA"), ("89.99", "AA"), ("80", "AA"), ("79.99", "A"), ("70", "A"), ("69.99", "B"),
     ("60", "B"), ("59.99", "C"), ("50", "C"), ("49.99", "D"), ("0", "D")],
)  # fmt: skip
def test_grades_begin_at_their_floors(points: str, code: str) -> None:
    assert grade_of(D(points)).code == code


def test_a_veto_makes_the_worst_grade_whatever_the_score() -> None:
    found = weigh(WEIGHTS, SCORES, vetoes=["dishonest"])
    assert (found.grade.code, str(found.points), found.vetoes) == ("D", "78.00", ("dishonest",))
    assert weigh(WEIGHTS, {}, vetoes=["dishonest"]).grade.code == "D"


def test_nothing_known_is_no_score() -> None:
    with pytest.raises(UnusableScore):
        weigh(WEIGHTS, {})
    with pytest.raises(UnusableScore):
        weigh(WEIGHTS, {**SCORES, "payment": D(101)})


def test_limit_is_the_smallest_and_rounded_down() -> None:
    found = recommend(grade_of(D(78)), monthly_sales=D(200_000), net_assets=D(2_560_000))
    assert (found.by_sales, found.by_net_assets) == (D(300_000), D(256_000))
    assert (found.limit, found.term_days) == (D(250_000), 45)
    asked = recommend(grade_of(D(78)), monthly_sales=D(200_000), net_assets=D(2_560_000), requested=D(99_999))
    assert asked.limit == D(90_000)
    secured = recommend(
        grade_of(D(78)),
        monthly_sales=D(200_000),
        net_assets=D(2_560_000),
        securities=[(D(100_000), D("0.7"))],
    )
    assert secured.limit == D(320_000)  # 326,000


def test_grade_c_lends_what_is_secured_and_d_nothing() -> None:
    security = [(D(100_000), D("0.5"))]
    by_code = {grade.code: grade for grade in GRADES}
    assert recommend(by_code["C"], monthly_sales=D(900_000), securities=security).limit == D(50_000)
    assert recommend(by_code["D"], monthly_sales=D(900_000), securities=security).limit == D(0)


def test_negative_amounts_are_refused_and_negative_assets_lend_nothing() -> None:
    with pytest.raises(UnusableScore):
        recommend(GRADES[0], monthly_sales=D(-1))
    assert recommend(GRADES[0], monthly_sales=D(10**6), net_assets=D(-5)).limit == D(0)


def _item(code: str, weight: int, *bands: tuple[str | None, int]) -> Item:
    made = tuple(ScoreBand(None if floor is None else D(floor), D(points)) for floor, points in bands)
    return Item(code, D(weight), made)


CARD = Scorecard(
    (
        Dimension(
            "payment",
            D(60),
            (
                _item("on_time", 50, (None, 0), ("0.5", 40), ("0.9", 100)),
                _item("days_late", 50, (None, 100), ("1", 60), ("30", 0)),
            ),
        ),
        Dimension("company", D(40), (_item("years", 100, ("3", 50), ("10", 100)),)),
    ),
    frozenset({"bankrupt"}),
)


def test_items_earn_points_by_bands() -> None:
    found = score(CARD, {"on_time": D("0.95"), "days_late": D("1"), "years": D(2)})
    assert dict(found.item_points) == {"on_time": D(100), "days_late": D(60), "years": D(0)}
    assert str(found.points) == "48.00"  # (100+60)/2 × 0.6 + 0 × 0.4


def test_a_missing_item_is_renormalised_within_its_dimension() -> None:
    found = score(CARD, {"on_time": D("0.9"), "days_late": None, "years": D(10)})
    assert (str(found.points), found.missing) == ("100.00", ())


def test_only_the_vetoes_of_the_card_count() -> None:
    values = {"on_time": D(1), "years": D(10)}
    assert score(CARD, values, facts=["late"]).grade.code == "AAA"
    assert score(CARD, values, facts=["late", "bankrupt"]).grade.code == "D"


@pytest.mark.parametrize(
    ("dimensions", "code"),
    [
        ((), "no_dimensions"),
        ((Dimension("a", D(99), CARD.dimensions[0].items),), "weights_do_not_sum"),
        ((Dimension("a", D(100), ()),), "no_items"),
        ((Dimension("a", D(100), (_item("x", 90, (None, 1)),)),), "item_weights_do_not_sum"),
        ((Dimension("a", D(100), (_item("x", 100),)),), "no_bands"),
        ((Dimension("a", D(100), (_item("x", 100, (None, 101)),)),), "points_out_of_range"),
        ((Dimension("a", D(100), (_item("x", 100, ("1", 1), ("1", 2)),)),), "two_bands_from_one_floor"),
        ((Dimension("a", D(150), CARD.dimensions[0].items), Dimension("b", D(-50), CARD.dimensions[1].items)),
         "weight_not_positive"),
        ((Dimension("a", D(50), CARD.dimensions[0].items), Dimension("a", D(50), CARD.dimensions[1].items)),
         "same_code_twice"),
    ],
)  # fmt: skip
def test_a_card_that_cannot_score_is_named(dimensions: tuple[Dimension, ...], code: str) -> None:
    with pytest.raises(UnusableCard) as refused:
        require_card(Scorecard(dimensions))
    assert refused.value.code == code

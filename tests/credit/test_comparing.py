"""Two cards beside each other: what differs, and who moves; and what holds of any card."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.credit.assessing import frozen, item_lines, judge, kept_lines
from huikuan.credit.card_data import card_from
from huikuan.credit.comparing import bands_text, differences, movements
from huikuan.credit.fact_kinds import KINDS
from huikuan.credit.scoring import UnusableCard
from huikuan.credit.shipped_card import SHIPPED_DEFINITION
from tests.credit.cards import PLAIN

D = Decimal
SHIPPED = card_from(SHIPPED_DEFINITION)
CODES = sorted({*SHIPPED.item_codes, *(veto.fact for veto in SHIPPED.vetoes), "net_assets", "monthly_sales"})
values = st.dictionaries(
    st.sampled_from(CODES),
    st.decimals(min_value=0, max_value=200, places=2, allow_nan=False, allow_infinity=False),
)


def changed(**parts: object) -> dict[str, object]:
    return {**copy.deepcopy(SHIPPED_DEFINITION), **parts}


@settings(max_examples=150, deadline=None)
@given(values)
def test_whatever_is_known_the_items_add_up_and_the_limit_is_a_round_one(known: dict[str, Decimal]) -> None:
    judged = judge(SHIPPED, known)
    if judged is None:
        assert not set(known) & set(SHIPPED.item_codes)
        return
    assert 0 <= judged.score.points <= 100
    lines = item_lines(SHIPPED, judged.score, known)
    assert abs(sum((line.added for line in lines), D(0)) - judged.score.points) <= D("0.005000001")
    assert judged.recommendation.limit >= 0
    assert judged.recommendation.limit % 10_000 == 0
    if any(veto.holds(known) for veto in SHIPPED.vetoes):
        assert judged.grade == "D"
    if judged.score.missing:
        assert judged.grade not in ("AAA", "AA")
    # What was frozen says the same again, to six decimals.
    again = kept_lines(SHIPPED, json.loads(json.dumps(frozen(judged))))
    for one, other in zip(lines, again, strict=True):
        assert (one.code, one.points) == (other.code, other.points)
        assert abs(one.added - other.added) < D("0.0001")


@settings(max_examples=60, deadline=None)
@given(values, st.sampled_from(["on_time_rate", "current_ratio", "company_years", "tenure_years"]))
def test_a_better_value_never_lowers_the_score(known: dict[str, Decimal], code: str) -> None:
    known = {**known, code: known.get(code, D("0.5"))}
    worse, better = judge(SHIPPED, known), judge(SHIPPED, {**known, code: known[code] + 5})
    assert worse is not None and better is not None
    assert better.score.points >= worse.score.points


def test_differences_are_named_part_by_part() -> None:
    other = changed(cap="")
    other["dimensions"][0]["weight"] = "30"  # type: ignore[index]
    other["dimensions"][3]["weight"] = "20"  # type: ignore[index]
    other["vetoes"] = [veto for veto in SHIPPED_DEFINITION["vetoes"] if veto["fact"] != "bankrupt"]
    found = [
        (each.kind, each.place, each.before, each.after) for each in differences(SHIPPED, card_from(other))
    ]
    assert found == [
        ("dimension", "payment", "35", "30"),
        ("dimension", "relationship", "15", "20"),
        ("veto", "bankrupt", "✓", ""),
        ("cap", "", "A", ""),
    ]
    assert differences(SHIPPED, SHIPPED) == []


def test_who_moves_and_by_how_much() -> None:
    good, same, unknown = UUID(int=1), UUID(int=2), UUID(int=3)
    facts = {
        good: {"broken_promises": D(0), "litigation": D(9), "monthly_sales": D(100_000)},
        same: {"company_years": D(0), "insurer_rating": D(0)},
        unknown: {"net_assets": D(1)},
    }
    after = copy.deepcopy(PLAIN)
    after["dimensions"][0]["weight"], after["dimensions"][3]["weight"] = "10", "40"
    found = movements(card_from(PLAIN), card_from(after), facts, securities={})
    # 0 × 35 + 90 × 15 over 50 is 27.00; 0 × 10 + 90 × 40 over 50 is 72.00.
    [move] = found.moves
    assert (move.customer_id, move.before, move.after) == (good, "D", "A")
    assert (move.points_before, move.points_after) == (D("27.00"), D("72.00"))
    assert (move.limit_before, move.limit_after) == (D(0), D(150_000))
    assert found.table == {("D", "A"): 1, ("D", "D"): 1, ("", ""): 1}
    assert (found.limits_before, found.limits_after) == (D(0), D(150_000))


def test_bands_in_one_line() -> None:
    item = SHIPPED.scorecard.dimensions[0].items[0]
    assert bands_text(item) == "40, 0.2:55, 0.5:70, 0.7:85, 0.9:100"


def test_every_fact_of_the_shipped_card_is_known() -> None:
    assert set(SHIPPED.item_codes) <= set(KINDS)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"dimensions": []}, "no_dimensions"),
        ({"dimensions": "?"}, "not_a_card"),
        ({"grades": []}, "no_grades"),
        ({"grades": [{**SHIPPED_DEFINITION["grades"][0], "floor": "x"}]}, "not_a_card"),
        ({"grades": [{**SHIPPED_DEFINITION["grades"][0], "floor": "NaN"}]}, "not_a_number"),
        ({"grades": SHIPPED_DEFINITION["grades"][:-1]}, "grade_floors"),
        ({"grades": [*SHIPPED_DEFINITION["grades"], SHIPPED_DEFINITION["grades"][0]]}, "grade_code"),
        (
            {"grades": [{**grade, "review_months": 0} for grade in SHIPPED_DEFINITION["grades"]]},
            "review_months",
        ),
        (
            {"grades": [{**grade, "factor": "-1"} for grade in SHIPPED_DEFINITION["grades"]]},
            "grade_out_of_range",
        ),
        ({"vetoes": [{"fact": "nothing"}]}, "unknown_fact"),
        ({"vetoes": [{"fact": "overdue_worst_now"}]}, "veto_without_threshold"),
        ({"cap": "Z"}, "unknown_cap"),
    ],
)
def test_what_is_wrong_with_a_card_is_named(parts: dict[str, object], code: str) -> None:
    with pytest.raises(UnusableCard) as refused:
        card_from(changed(**parts))
    assert refused.value.code == code

"""Whatever the ledger and the lines: amounts add up, nothing is used twice, order plays no part."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.facts import to_decimal
from huikuan.cash.matching.matcher import match
from huikuan.cash.matching.options import Option, from_json, to_json
from tests.cash.matching.trade import Desk

NAMES = {"A": "宁波海翔机械有限公司", "B": "宁波海翔机电有限公司", "C": "宁波海翔销售有限公司"}
amounts = st.sampled_from([100, 100, 150, 250, 333, 999, 1000, 1000, 5000]) | st.integers(1, 3000)


@st.composite
def desks(draw: Any) -> Desk:
    made = Desk(options={"order": draw(st.sampled_from(["none", "none", "oldest", "interest", "contract"]))})
    for code, name in NAMES.items():
        made.customer(code, name, parent="A" if code == "C" else "")
    for place, (amount, customer, credit) in enumerate(
        draw(st.lists(st.tuples(amounts, st.sampled_from("AABC"), st.integers(0, 5)), max_size=9))
    ):
        made.item(
            f"YS2025-{place:05d}",
            str(amount),
            customer=customer,
            issued=f"2025-{6 + place % 5:02d}-10",
            due=f"2025-{7 + place % 5:02d}-10",
            side=-1 if credit == 0 else 1,
            also=(("contract", f"HT-2025-{place % 3:03d}"),),
        )
    texts = st.sampled_from(
        ["", "货款", "YS2025-00001", "00001~3", "00002/3", "HT2025001", "8月", "YS2025-00004等", "结息"]
    )
    payers = st.sampled_from([*NAMES.values(), "宁波海翔机戒有限公司", "王小明", ""])
    lines = st.lists(st.tuples(amounts, payers, texts, st.integers(1, 9)), max_size=6)
    for amount, payer, text, day in draw(lines):
        made.line(str(amount), payer, text, on=f"2025-11-0{day}")
    return made


def adds_up(option: Option, money: Decimal) -> bool:
    extra = sum((amount for name, amount in option.differences.items() if name != "over"), Decimal(0))
    over = option.differences.get("over", Decimal(0))
    credits = sum((each.amount for each in option.credits), Decimal(0))
    return (
        money + credits + extra - over
        == sum((each.amount for each in option.items), Decimal(0)) + option.unapplied
    )


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(desks())
def test_every_option_adds_up_and_takes_no_more_than_there_is(made: Desk) -> None:
    items = {item.id: item for item in made.items}
    lines = {line.id: line for line in made.lines}
    used: dict[UUID, Decimal] = defaultdict(Decimal)
    for proposal in made.match():
        line = lines[proposal.line_id]
        for option in proposal.options:
            money = line.amount + sum(lines[key].amount for key in option.companions)
            assert adds_up(option, to_decimal(money, "CNY")), option
            assert all(amount > 0 for amount in option.differences.values()) and option.unapplied >= 0
            for each in (*option.items, *option.credits):
                assert 0 < each.amount <= to_decimal(items[each.item_id].amount, "CNY")
            assert len({each.item_id for each in option.items}) == len(option.items)
            assert all(items[each.item_id].side == -1 for each in option.credits)
            assert from_json(to_json(option)) == option
        if proposal.tier == "sure" and proposal.line_id == min(
            [proposal.line_id, *proposal.options[0].companions]
        ):
            for each in (*proposal.options[0].items, *proposal.options[0].credits):
                used[each.item_id] += each.amount
    assert all(amount <= to_decimal(items[key].amount, "CNY") for key, amount in used.items())


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(desks(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_come_plays_no_part(made: Desk, rng: Any) -> None:
    def answers(desk: Desk) -> list[Proposed]:
        return match(desk.facts, desk.lines)

    first = answers(made)
    rng.shuffle(made.items)
    rng.shuffle(made.lines)
    rng.shuffle(made.customers)
    assert answers(made) == first


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(desks())
def test_the_best_option_is_the_first_and_gives_the_tier(made: Desk) -> None:
    for proposal in made.match():
        scores = [option.score for option in proposal.options]
        assert scores == sorted(scores, reverse=True)
        if proposal.options:
            assert proposal.tier == proposal.options[0].tier

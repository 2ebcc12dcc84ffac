"""Several lines that name nothing for one invoice."""

from __future__ import annotations

import random

import pytest

from huikuan.cash.matching.composing import Proposed
from tests.cash.matching.trade import Desk, codes

A = "宁波海翔机械有限公司"


def desk(*items: str) -> Desk:
    made = Desk()
    made.customer("A", A)
    made.customer("B", "上海远东轴承有限公司")
    for place, text in enumerate(items):
        made.item(f"YS2025-{place:05d}", text)
    return made


def shown(proposal: Proposed) -> tuple[str, list[str], int]:
    best = proposal.options[0]
    return proposal.tier, [each.number for each in best.items], len(best.companions)


def test_two_lines_that_make_one_invoice_are_proposed_together() -> None:
    made = desk("1000.37", "2500.00")
    first, second = made.line("600.00", A), made.line("400.37", A)
    found = made.match()
    assert [shown(each) for each in found] == [("likely", ["YS2025-00000"], 1)] * 2
    assert found[0].options[0].companions == (second.id,)
    assert found[1].options[0].companions == (first.id,)
    assert "pair_makes_one" in codes(found[0].options[0])
    assert len(found[0].options) > 1, "what one line may be alone is still offered"


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        (("1000.37", "1000.37"), ("600.00", "400.37")),
        (("1000.37", "700.00", "300.37"), ("600.00", "400.37")),
        (("1000.37",), ("600.00", "400.37", "400.37")),
        (("1000.37",), ("600.00", "400.36")),
        (("1000.37", "1200.00"), ("600.00", "400.37", "600.00")),
    ],
)
def test_where_it_could_be_otherwise_nothing_is_paired(
    items: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    made = desk(*items, "9999.99")
    for amount in lines:
        made.line(amount, A)
    assert not any(option.companions for each in made.match() for option in each.options)


def test_other_payers_other_weeks_and_later_invoices_are_not_paired() -> None:
    apart = desk("1000.37")
    apart.line("600.00", A, on="2025-10-01")
    apart.line("400.37", A, on="2025-10-12")
    others = desk("1000.37")
    others.line("600.00", A)
    others.line("400.37", "上海远东轴承有限公司")
    later = Desk()
    later.customer("A", A)
    later.item("YS2025-00001", "1000.37", issued="2025-11-30", due="2025-12-31")
    later.line("600.00", A, on="2025-11-20")
    later.line("400.37", A, on="2025-11-21")
    for made in (apart, others, later):
        assert not any(option.companions for each in made.match() for option in each.options)


def test_the_order_of_the_lines_does_not_matter() -> None:
    made = desk("1000.37", "2500.00", "812.19")
    for amount in ("600.00", "412.19", "400.37", "400.00"):
        made.line(amount, A)
    told = {each.line_id: shown(each) for each in made.match()}
    random.Random(7).shuffle(made.lines)
    assert {each.line_id: shown(each) for each in made.match()} == told
    assert all(tier == "likely" for tier, _items, _count in told.values())

"""A second trade, unlike the one that is measured: few and round amounts, small numbers, partial and advance payments.

Nothing here may be sure and wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from huikuan.cash.matching.facts import Line, to_units
from tests.cash.matching.trade import Desk, key

STEMS = (
    "华东食品",
    "华东食品贸易",
    "华东饮料",
    "南方食品",
    "南方食品（华东）",
    "诚信商行",
    "Sun Trading",
    "老王",
    "老汪",
)
ENDS = ("有限公司", "有限公司", "股份有限公司", "", "Co., Ltd.")


class Market:
    """Wholesale: cases at a handful of prices, weekly deliveries, customers who pay what they have."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.desk = Desk()
        self.truth: dict[UUID, tuple[str, dict[UUID, int]]] = {}
        self.names: dict[str, str] = {}
        for place in range(14):
            code = f"K{place}"
            name = STEMS[place % len(STEMS)] + ENDS[place % len(ENDS)]
            name = name if name not in self.names.values() else f"{'东西南北中'[place % 5]}{name}"
            self.names[code] = name
            self.desk.customer(code, name, parent="K0" if place in (1, 2) else "")
        for number in range(120):
            code = f"K{self.rng.randrange(14)}"
            week = self.rng.randrange(1, 28)
            self.desk.item(
                f"D{number + 1000}",
                str(self.rng.choice((480, 960, 1200, 1440, 2400, 360, 720)) * self.rng.randrange(1, 6)),
                customer=code,
                issued=f"2025-{1 + week % 9:02d}-{week:02d}",
                due=f"2025-{2 + week % 9:02d}-{week:02d}",
            )

    def pay(self) -> None:
        """One payment: some invoices, a part, a round sum on account, in advance, or nothing of ours."""
        rng, desk = self.rng, self.desk
        open_items = [item for item in desk.items if item.id not in self.paid]
        item = rng.choice(open_items)
        code = next(code for code in self.names if key(code) == item.customer_id)
        name = self.names[code]
        mine = [each for each in open_items if each.customer_id == item.customer_id]
        kind = rng.choice(
            ("one", "one", "named", "named", "two", "part", "account", "advance", "wrong", "slip", "other")
        )
        settles, text, amount = {item.id: item.amount}, "", item.amount
        if kind == "named":
            text = rng.choice((item.number, f"货{item.number}", item.number[-4:], f"送货单{item.number}号"))
        elif kind == "two" and len(mine) > 1:
            settles = {each.id: each.amount for each in rng.sample(mine, 2)}
            amount = sum(settles.values())
        elif kind == "part":
            amount = item.amount // 2 + rng.randrange(
                1, 99
            )  # what no price makes: nobody could tell otherwise
            settles = {item.id: amount}
        elif kind in ("account", "advance"):
            amount = rng.choice((100_000, 200_000, 500_000))
            settles = {}
        elif kind == "wrong":
            # Names an invoice of somebody else by mistake, and means its own.
            text = rng.choice([each for each in desk.items if each.customer_id != item.customer_id]).number
        elif kind == "slip":
            # A wrong last digit; not one that names another item of the same customer and amount, which nobody notices.
            alike = {each.number[-1] for each in mine if each.amount == item.amount}
            text = item.number[:-1] + rng.choice([digit for digit in "0123456789" if digit not in alike])
        elif kind == "other":
            name, settles, amount = (
                rng.choice(("华东食品厂", "汪老", "某信托")),
                {},
                rng.choice((48_000, 120_000)),
            )
        line = desk.line(
            str(Decimal(amount).scaleb(-2)), name, text, on=f"2025-11-{rng.randrange(1, 28):02d}"
        )
        self.truth[line.id] = (kind, settles)
        if settles:
            self.paid.update(settles)

    paid: set[UUID]

    def month(self, count: int) -> Desk:
        self.paid = set()
        for _payment in range(count):
            self.pay()
        return self.desk


@pytest.mark.parametrize("seed", range(12))
def test_what_is_sure_is_right(seed: int) -> None:
    market = Market(seed)
    desk = market.month(60)
    lines: dict[UUID, Line] = {line.id: line for line in desk.lines}
    wrong = []
    tiers: Counter[str] = Counter()
    for proposal in desk.match():
        tiers[proposal.tier] += 1
        kind, settles = market.truth[proposal.line_id]
        if proposal.tier != "sure":
            continue
        did = {each.item_id: to_units(each.amount, "CNY") for each in proposal.options[0].items}
        if did != settles:
            wrong.append((kind, lines[proposal.line_id], proposal.options[0]))
    assert wrong == []
    assert tiers["sure"] >= 6

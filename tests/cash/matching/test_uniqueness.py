"""Ten thousand small ledgers against brute force: where two sets of items fit, nothing is sure."""

import random

from tests.cash.matching.test_subsets import by_force
from tests.cash.matching.trade import Desk, on

CASES = 10_000


def ledger(rng: random.Random) -> Desk:
    made = Desk()
    made.customer("A", "宁波海翔机械有限公司")
    for place in range(rng.randint(1, 7)):
        month = rng.randint(6, 10)
        made.item(
            f"N{place}",
            f"0.{rng.randint(1, 40):02d}",
            issued=f"2025-{month:02d}-{rng.randint(1, 28):02d}",
            due=f"2025-{month + 1:02d}-15",
        )
    owed = [item.amount for item in made.items]
    paid = rng.choice([rng.randint(1, sum(owed)), rng.choice(owed), sum(owed[: rng.randint(1, 7)])])
    made.line(f"{paid // 100}.{paid % 100:02d}", "宁波海翔机械有限公司", rng.choice(["", "货款", "8月货款"]))
    return made


def test_two_ways_are_never_sure() -> None:
    rng = random.Random(20251103)
    sure = ambiguous = 0
    for _case in range(CASES):
        made = ledger(rng)
        [proposal] = made.match()
        ways = by_force([item.amount for item in made.items], made.lines[0].amount)
        if len(ways) > 1:
            ambiguous += 1
            assert proposal.tier != "sure", (made.items, made.lines)
        if proposal.tier == "sure":
            sure += 1
            keys = {item.item_id for item in proposal.options[0].items}
            assert {frozenset(made.items[place].id for place in way) for way in ways} == {frozenset(keys)}
    assert sure > 2000 and ambiguous > 500
    assert made.lines[0].booked_on == on("2025-11-03")

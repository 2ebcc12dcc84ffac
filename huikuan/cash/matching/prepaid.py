"""Money for what is not invoiced yet: an order or a contract that the text names, and on which nothing is open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.facts import LIKELY, NONE, SURE, TIERS, WEAK, Agreement, to_decimal
from huikuan.cash.matching.options import Option, Reason
from huikuan.cash.matching.payers import STRONG
from huikuan.cash.matching.references import bare_number, plain, possible_numbers
from huikuan.cash.matching.subjects import Seen

SAYS_ADVANCE = re.compile(r"预付|预收|预缴|定金|订金|首付|头款|ADVANCE|DEPOSIT|PREPAY|DOWN ?PAYMENT")
SCORES = {LIKELY: 20_000, WEAK: 10_000}


def by_number(agreements: Sequence[Agreement]) -> dict[str, Agreement]:
    """Orders and contracts by their bare numbers; a number that two have names neither."""
    found: dict[str, Agreement] = {}
    twice = set()
    for each in agreements:
        bare = bare_number(each.number)
        if bare in found:
            twice.add(bare)
        found[bare] = each
    return {bare: each for bare, each in found.items() if bare not in twice}


def agreements_named(seen: Seen, known: Mapping[str, Agreement]) -> tuple[Agreement, ...]:
    """The orders and contracts that a line names."""
    if not known:
        return ()
    numbers = {bare_number(each) for each in possible_numbers(f"{seen.line.text} {seen.line.reference}")}
    return tuple(known[number] for number in sorted(numbers & known.keys()))


def with_advances(proposed: Proposed, seen: Seen, named: Sequence[Agreement]) -> Proposed:
    """The proposal with an advance for each agreement named: first where the text says so, or nothing else fits."""
    advances = [_option(seen, each) for each in named if each.currency == seen.line.currency]
    if not advances:
        return proposed
    says = bool(SAYS_ADVANCE.search(plain(seen.line.text)))
    first = proposed.tier != SURE and (says or proposed.tier in (WEAK, NONE))
    others = tuple(option for option in proposed.options if option.customer_id or option.items)
    if not first:
        return replace(proposed, options=(*others, *(_weak(each) for each in advances)))
    best = advances[0]
    lowered = (_weak(option) for option in others) if says else others
    ranked = (*advances, *lowered)
    if TIERS.index(ranked[0].tier) < TIERS.index(proposed.tier) and not says:
        return replace(proposed, options=(*others, *advances))
    return replace(proposed, tier=best.tier, customer_id=best.customer_id, options=ranked)


def _weak(option: Option) -> Option:
    tier = min(option.tier, WEAK, key=TIERS.index)
    return replace(option, tier=tier, score=min(option.score, SCORES[WEAK]))


def _option(seen: Seen, each: Agreement) -> Option:
    payers = seen.recognised.payers
    mine = [payer for payer in payers if payer.customer_id == each.customer_id]
    stranger = not seen.recognised.known_name and not any(payer.strength >= STRONG for payer in payers)
    likely = (bool(mine) or stranger) and seen.line.amount <= each.amount and seen.unrelated is None
    reasons = mine[0].reasons if mine else (Reason("payer_by_reference"),)
    tier = LIKELY if likely else WEAK
    against = () if mine or stranger else (Reason("other_customer", {"number": each.number}),)
    beyond = (Reason("beyond_agreement", {"number": each.number}),) if seen.line.amount > each.amount else ()
    return Option(
        customer_id=each.customer_id,
        tier=tier,
        score=SCORES[tier],
        unapplied=to_decimal(seen.line.amount, seen.line.currency),
        payer_reasons=reasons,
        reasons=(Reason(f"advance_{each.kind}", {"number": each.number}), *against, *beyond),
        advance=each.number,
    )

"""What a line pays that names documents: those, in full or in part, with what usually lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from huikuan.cash.matching.facts import Item, Limits
from huikuan.cash.matching.fits import (
    BY_NUMBER,
    CERTAIN,
    GOOD,
    GUESS,
    USUAL_FEES,
    Fit,
    by_due,
    difference,
    discounts,
    named_by,
    numbers,
    retained,
    spread,
    total,
    whole,
)
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.references import TAIL, Mention
from huikuan.cash.matching.subsets import by_chance, exact_subsets

DIRECT = ("invoice", "tax_invoice")
LIKELY_BY_CHANCE = 0.02
SMALL_SHARE = 20
LONG_TAIL = 5
SURE_SHARE = 33  # a difference is sure up to one part in so many


@dataclass(frozen=True, slots=True)
class Money:
    """The money of a line, as far as it matters to what it is for. `agreed`: discounts of the terms (points, days).

    `elsewhere`: how many of the `ledger` open items of all customers have just this amount and are of others: the
    more, the less the amount says.
    """

    amount: int
    booked_on: date
    limits: Limits
    agreed: tuple[tuple[int, int], ...] = ()
    incomplete: bool = False
    elsewhere: int = 0
    ledger: int = 1


@dataclass(frozen=True, slots=True)
class Named:
    """The items that a text names: `direct` by their own numbers, `around` by an order, a contract or the like.

    `tail`: how long the shortest tail is, where some are named by tails.
    """

    direct: tuple[Item, ...]
    around: tuple[Item, ...]
    credits: tuple[Item, ...]
    quality: int
    reasons: tuple[Reason, ...]
    tail: int = 0


def named_items(mentions: Sequence[Mention], pool: Sequence[Item], credits: Sequence[Item]) -> Named:
    """What of a customer's open items the mentions mean; retentions that are not due are not meant."""
    open_items = {item.id: item for item in pool}
    open_credits = {item.id: item for item in credits}
    direct: dict[UUID, Item] = {}
    around: dict[UUID, Item] = {}
    taken: dict[UUID, Item] = {}
    qualities, reasons = [], []
    for mention in mentions:
        into = direct if mention.target.kind in DIRECT else around
        hit = [open_items[item.id] for item in mention.target.items if item.id in open_items]
        into.update({item.id: item for item in hit if not item.held})
        minus = [open_credits[item.id] for item in mention.target.items if item.id in open_credits]
        taken.update({item.id: item for item in minus})
        if hit or minus:
            qualities.append(mention.quality)
            values = {"number": mention.target.number, "text": mention.text}
            reasons.append(Reason(f"named_{mention.target.kind}_{mention.quality}", values))
    return Named(
        tuple(sorted(direct.values(), key=by_due)),
        tuple(sorted(around.values(), key=by_due)),
        tuple(taken.values()),
        named_by(qualities),
        tuple(reasons),
        min((len(each.text) for each in mentions if each.quality == TAIL), default=0),
    )


def named_fits(money: Money, named: Named, pool: Sequence[Item], credits: Sequence[Item]) -> list[Fit]:
    """Explanations by what is named; exact ones alone where there are any."""
    if not named.direct:
        return _around(money, named) if named.around else []
    exact = [*_exact(money, named), *_with_credits(money, named, credits)]
    if exact:
        return exact
    open_amount = total(named.direct)
    if money.amount < open_amount:
        return [*_instalments(money, named), *_lacking(money, named)]
    return _beyond(money, named, pool)


def _level(named: Named, *, usual: bool = False) -> int:
    """How far named items are believed where something is left or missing; `usual`: a fee that banks do charge."""
    return CERTAIN if named.quality == BY_NUMBER or (usual and named.tail >= LONG_TAIL) else GOOD


def _exact(money: Money, named: Named) -> list[Fit]:
    due = total(named.direct)
    if money.amount == due:
        return [_fit(named, whole(named.direct), CERTAIN, 1000, exact=True)]
    taken = total(named.credits)
    if taken and money.amount == due - taken:
        reason = Reason("credit_offset", {"numbers": numbers(named.credits)})
        return [
            _fit(named, whole(named.direct), CERTAIN, 990, reason, credits=whole(named.credits), exact=True)
        ]
    return []


def _with_credits(money: Money, named: Named, credits: Sequence[Item]) -> list[Fit]:
    """An open credit note makes up exactly what is missing: one of them, or all."""
    lacks = total(named.direct) - money.amount
    if lacks <= 0:
        return []
    ways: list[tuple[Item, ...]] = [(credit,) for credit in credits if credit.amount == lacks]
    if not ways and len(credits) > 1 and total(credits) == lacks:
        ways = [tuple(credits)]
    return [
        _fit(
            named,
            whole(named.direct),
            _level(named) if len(ways) == 1 else GOOD,
            980,
            Reason("credit_offset", {"numbers": numbers(way)}),
            credits=whole(way),
            exact=True,
        )
        for way in ways[:3]
    ]


def _instalments(money: Money, named: Named) -> list[Fit]:
    """Some of what is named, exactly: an instalment of an invoice, or fewer invoices than are listed."""
    found = exact_subsets([item.amount for item in named.direct], money.amount, half=money.limits.half)
    one_document = len({item.document_id for item in named.direct}) == 1
    fits = []
    for place, way in enumerate(found.ways[:4]):
        items = [named.direct[each] for each in way]
        level = _level(named) if found.only and one_document else GOOD
        reason = Reason("some_of_named", {"count": str(len(items)), "of": str(len(named.direct))})
        fits.append(_fit(named, whole(items), level, 940 - place, reason, exact=True))
    return fits


def _lacking(money: Money, named: Named) -> list[Fit]:
    """Less than what is named: a fee, a discount, a retention, or a part."""
    due = total(named.direct)
    lacks = due - money.amount
    undisputed = _undisputed(money, named)
    if undisputed is not None:
        return [undisputed]
    fits = []
    found = discounts(named.direct, lacks, money.booked_on, money.agreed, money.limits.grace_days)
    agreed = bool(found and found[1])
    if found:
        level = _level(named) if agreed else GOOD
        fits.append(_fit(named, whole(named.direct), level, 930, found[0], differences={"discount": lacks}))
    parts, _left = spread(money.amount, named.direct)
    withheld = retained(named.direct, lacks)
    small = difference(lacks, due, money.limits)
    if small:
        # A fee that could as well be a discount or a retention is not sure.
        unclear = bool(fits or withheld) or lacks * SURE_SHARE > due
        if withheld and not fits:
            fits.append(_fit(named, parts, GOOD, 940, withheld))
        level = GOOD if unclear else _level(named, usual=lacks in USUAL_FEES)
        rank = 935 if lacks in USUAL_FEES and not agreed else 925
        fits.append(_fit(named, whole(named.direct), level, rank, small[1], differences={small[0]: lacks}))
        return fits
    if withheld and len(named.direct) == 1:
        fits.append(_fit(named, parts, GOOD, 920, withheld))
    elif len(named.direct) == 1:
        fits.append(_fit(named, parts, GOOD, 900, Reason("partly")))
    else:
        fits.append(_fit(named, parts, GUESS, 600, Reason("partly_oldest")))
    return fits


def _undisputed(money: Money, named: Named) -> Fit | None:
    """Exactly what of the named items is not in dispute."""
    disputed = [item for item in named.direct if item.disputed]
    parts = tuple((item, item.amount - item.disputed) for item in named.direct if item.amount > item.disputed)
    if not disputed or sum(amount for _item, amount in parts) != money.amount:
        return None
    reason = Reason("undisputed_part", {"numbers": numbers(disputed)})
    return _fit(named, parts, _level(named), 945, reason)


def _beyond(money: Money, named: Named, pool: Sequence[Item]) -> list[Fit]:
    """More than what is named: others with them, a few cents too much, or money that stays unapplied."""
    due = total(named.direct)
    rest = money.amount - due
    if rest <= money.limits.short and rest * SMALL_SHARE <= due:
        return [
            _fit(
                named,
                whole(named.direct),
                _level(named),
                925,
                Reason("tolerance_over"),
                differences={"over": rest},
            )
        ]
    meant = {item.id for item in named.direct}
    others = [item for item in pool if item.id not in meant and not item.held]
    fits = []
    found = exact_subsets([item.amount for item in others], rest, half=money.limits.half)
    for place, way in enumerate(found.ways[:3]):
        items = [others[each] for each in way]
        level = CERTAIN if found.only and money.incomplete and len(items) == 1 else GOOD
        reason = Reason("named_and_others", {"numbers": numbers(items)})
        fits.append(
            _fit(
                named,
                whole([*named.direct, *items]),
                min(level, _level(named)),
                910 - place,
                reason,
                exact=True,
            )
        )
    # A wrong number would show as another item that fits exactly, or among several: then nothing is certain.
    elsewhere = any(_could_be(money, item) for item in others)
    alone = len({item.document_id for item in named.direct}) == 1
    plain = alone and not (fits or money.incomplete or elsewhere) and rest <= due and found.proven
    level = _level(named) if plain else (GOOD if not elsewhere else GUESS)
    fits.append(
        _fit(
            named,
            whole(named.direct),
            level if not fits else GUESS,
            880,
            Reason("overpaid"),
            unapplied=rest,
        )
    )
    return fits


def _could_be(money: Money, item: Item) -> bool:
    """Whether the money pays this item, to the cent or less a usual fee or discount."""
    lacks = item.amount - money.amount
    if lacks <= 0:
        return lacks == 0
    if lacks in USUAL_FEES and lacks <= money.limits.fee:
        return True
    return discounts([item], lacks, money.booked_on, money.agreed, money.limits.grace_days) is not None


def _around(money: Money, named: Named) -> list[Fit]:
    """An order or contract is named: all of it, or exactly some of it, else a part of the oldest."""
    amounts = [item.amount for item in named.around]
    found = exact_subsets(amounts, money.amount, half=money.limits.half)
    fits = []
    for place, way in enumerate(found.ways[: money.limits.shown]):
        items = [named.around[each] for each in way]
        alone = found.only and (
            len(items) in (1, len(amounts)) or by_chance(amounts, len(items), money.amount) < LIKELY_BY_CHANCE
        )
        reasons = [Reason("only_one")] if found.only else []
        fits.append(
            _fit(
                named,
                whole(items),
                CERTAIN if alone else GOOD,
                960 - place - len(items),
                *reasons,
                exact=True,
            )
        )
    if fits:
        return fits
    lacks = total(named.around) - money.amount
    small = difference(lacks, total(named.around), money.limits)
    if small:
        fits.append(_fit(named, whole(named.around), GOOD, 900, small[1], differences={small[0]: lacks}))
    singles = [
        (item, small)
        for item in named.around
        if (small := difference(item.amount - money.amount, item.amount, money.limits))
    ]
    for item, small in singles[:3]:
        level = GOOD if len(singles) == 1 else GUESS
        missing = {small[0]: item.amount - money.amount}
        fits.append(_fit(named, whole([item]), level, 890, small[1], differences=missing))
    parts, left = spread(money.amount, named.around)
    fits.append(_fit(named, parts, GUESS, 500, Reason("partly_oldest"), unapplied=left))
    return fits


def _fit(
    named: Named,
    items: tuple[tuple[Item, int], ...],
    level: int,
    rank: int,
    *reasons: Reason,
    credits: tuple[tuple[Item, int], ...] = (),
    differences: dict[str, int] | None = None,
    unapplied: int = 0,
    exact: bool = False,
) -> Fit:
    return Fit(
        items=items,
        credits=credits,
        differences=differences or {},
        unapplied=unapplied,
        level=level,
        named=named.quality,
        exact=exact,
        rank=rank - (0 if named.quality == BY_NUMBER else 20),
        reasons=(*named.reasons, *reasons),
    )

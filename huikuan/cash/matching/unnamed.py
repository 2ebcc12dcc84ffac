"""What a line pays that names nothing: the only items that make its amount, or what usually explains it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from huikuan.cash.matching.facts import Item
from huikuan.cash.matching.fits import (
    CERTAIN,
    GOOD,
    GUESS,
    Fit,
    by_due,
    difference,
    discounts,
    numbers,
    retained,
    spread,
    total,
    whole,
)
from huikuan.cash.matching.named import Money
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.subsets import Found, by_chance, exact_subsets

CHANCE_OF_ANY = 0.002
CHANCE_OF_USUAL = 0.02
SURE_CHANCES = {"subset": CHANCE_OF_ANY, "single": 0.1}
CHANCE_OF_GOOD = 0.2
MUCH_RATHER = 20
COMMON_PRICE = 3
MOST_CREDITS = 6


@dataclass(frozen=True, slots=True)
class Purse:
    """What a customer has open, earliest due first, and the months that the text names.

    `spoken_for`: items that are the first thought for an earlier line, though not sure: of equals, others come first.
    """

    items: tuple[Item, ...]
    credits: tuple[Item, ...]
    months: tuple[date, ...] = ()
    spoken_for: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Unnamed:
    """The fits of an amount, and whether the search for exact ones was complete."""

    fits: tuple[Fit, ...] = ()
    proven: bool = True


def unnamed_fits(money: Money, purse: Purse, order: str) -> Unnamed:
    """Explanations by amount, best first. `order`: see `MatchOrder`; "none" leaves open what is not exact."""
    items = tuple(item for item in purse.items if not item.held)
    found = exact_subsets([item.amount for item in items], money.amount, half=money.limits.half)
    exact = _exact(money, items, found, purse)
    if exact and exact[0].level == CERTAIN:
        return Unnamed(tuple(exact), found.proven)
    near = [] if exact else [*_less(money, items, purse.months), *_offset(money, items, purse.credits)]
    ordered = _ordered(money, items, order, [*exact, *near], purse.months)
    fits = [*exact, *near, *ordered]
    if not fits:
        fits = _leftover(money, items)
    return Unnamed(tuple(sorted(fits, key=lambda fit: (-fit.level, -fit.rank))), found.proven)


@dataclass(frozen=True, slots=True)
class _Way:
    """One exact way with what speaks for it. `chance`: how many such sets would make the amount by accident."""

    items: tuple[Item, ...]
    shape: str
    rank: int
    chance: float
    in_month: bool


def _exact(money: Money, items: tuple[Item, ...], found: Found, purse: Purse) -> list[Fit]:
    months = purse.months
    ways = list(found.ways)
    if not ways:
        return []
    if not found.only:
        ways = _with_equals(items, ways)
    told = [_way(money, items, places, months) for places in ways]
    spoken = purse.spoken_for
    told.sort(
        key=lambda way: (
            -way.rank,
            any(item.id in spoken for item in way.items),
            [by_due(item) for item in way.items],
        )
    )
    clear = _clear(told, money.elsewhere)
    fits = []
    for place, way in enumerate(told[: money.limits.shown]):
        level = GOOD if place == 0 and clear else GUESS
        if found.only and not (months and not way.in_month):
            level = CERTAIN if way.chance < SURE_CHANCES.get(way.shape, CHANCE_OF_USUAL) else level
        fits.append(
            Fit(
                items=whole(way.items),
                level=level,
                exact=True,
                rank=way.rank,
                reasons=tuple(_reasons(way, found, len(ways), months, len(items))),
            )
        )
    return sorted(fits, key=lambda fit: (-fit.level, -fit.rank))


def _way(money: Money, items: tuple[Item, ...], places: tuple[int, ...], months: tuple[date, ...]) -> _Way:
    chosen = tuple(items[place] for place in places)
    shape, rank = _shape(items, places)
    in_month = bool(months) and all(_of_month(item, months) for item in chosen)
    return _Way(
        chosen,
        shape,
        rank + (60 if in_month else 0),
        _chance(money, items, len(chosen), money.amount, shape),
        in_month,
    )


def _reasons(way: _Way, found: Found, count: int, months: tuple[date, ...], searched: int) -> list[Reason]:
    reasons = [Reason(f"amount_{way.shape}", {"numbers": numbers(way.items), "count": str(len(way.items))})]
    if way.in_month:
        reasons.append(Reason("month_named", {"month": "、".join(f"{each:%Y-%m}" for each in months)}))
    if found.only:
        reasons.append(Reason("only_one"))
    elif count > 1:
        reasons.append(Reason("several", {"count": str(count)}))
    if not found.proven:
        reasons.append(Reason("not_proven", {"items": str(searched)}))
    return reasons


def _clear(ways: Sequence[_Way], elsewhere: int) -> bool:
    """Whether the best way stands out: no other of its kind, and the others are what chance makes of many items."""
    best, others = ways[0], ways[1:]
    if not others:
        return best.shape == "single" or best.chance < CHANCE_OF_GOOD
    if best.in_month and not any(way.in_month for way in others):
        return best.shape == "single" or best.chance < CHANCE_OF_GOOD
    if best.shape == "single" and all(way.shape == "single" for way in others):
        return _recurring([way.items[0] for way in ways], elsewhere)
    return best.chance * MUCH_RATHER < min(way.chance for way in others)


def _recurring(items: Sequence[Item], elsewhere: int) -> bool:
    """Equal amounts month after month, not a price that many pay: the earliest is what is paid next."""
    months = sorted({item.document_on.year * 12 + item.document_on.month for item in items})
    if len(months) < len(items) or elsewhere >= COMMON_PRICE:
        return False
    return len(months) > 2 or months[-1] - months[0] == 1


def _with_equals(items: tuple[Item, ...], ways: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Besides a single item, the others of the same amount."""
    seen = dict.fromkeys(ways)
    for way in ways:
        if len(way) == 1:
            amount = items[way[0]].amount
            seen.update(dict.fromkeys((place,) for place, item in enumerate(items) if item.amount == amount))
    return list(seen)


def _shape(items: tuple[Item, ...], way: tuple[int, ...]) -> tuple[str, int]:
    """What the items have in common, and how usual it is to pay such sets."""
    if len(way) == 1:
        return "single", 700
    if len(way) == len(items):
        return "all", 760
    taken = {items[place].id for place in way}
    for key, name in ((_document_month, "month"), (_due_month, "due_month")):
        month = key(items[way[0]])
        if month and {item.id for item in items if key(item) == month} == taken:
            return name, 720
    if set(way) == set(range(len(way))):
        return "oldest", 690
    return "subset", 640 - 4 * len(way)


def _chance(money: Money, items: tuple[Item, ...], size: int, amount: int, shape: str) -> float:
    """How many sets of this kind would make the amount by accident: many items make almost any amount."""
    if shape == "all":
        return 0.0
    if shape == "single":
        return money.elsewhere / money.ledger * len(items)
    amounts = [item.amount for item in items]
    if shape != "subset":
        return by_chance(amounts, 1, amount) * 3
    return by_chance(amounts, size, amount)


def _document_month(item: Item) -> date | None:
    return item.document_on.replace(day=1)


def _due_month(item: Item) -> date | None:
    return item.due_on.replace(day=1) if item.due_on else None


def _of_month(item: Item, months: tuple[date, ...]) -> bool:
    return _document_month(item) in months or _due_month(item) in months


def _usual_sets(items: tuple[Item, ...], months: tuple[date, ...]) -> list[tuple[str, tuple[Item, ...]]]:
    """What people pay at once: one item, everything, a month, the oldest few."""
    sets: dict[tuple[Item, ...], str] = {(item,): "single" for item in items}
    if len(items) > 1:
        sets.setdefault(items, "all")
    for key, name in ((_document_month, "month"), (_due_month, "due_month")):
        groups: dict[date | None, list[Item]] = {}
        for item in items:
            groups.setdefault(key(item), []).append(item)
        for month, group in groups.items():
            if month and len(group) > 1:
                sets.setdefault(tuple(group), name)
    if months:
        sets.setdefault(tuple(item for item in items if _of_month(item, months)), "month")
    return [(name, each) for each, name in sets.items() if each]


def _less(money: Money, items: tuple[Item, ...], months: tuple[date, ...]) -> list[Fit]:
    """Usual sets less a fee, a discount, a retention."""
    fits: list[Fit] = []
    for shape, chosen in _usual_sets(items, months):
        due = total(chosen)
        lacks = due - money.amount
        if lacks <= 0:
            continue
        about = Reason(f"amount_{shape}", {"numbers": numbers(chosen), "count": str(len(chosen))})
        if small := difference(lacks, due, money.limits):
            rank = 620 if small[0] == "short" or lacks % 50 == 0 else 580
            fits.append(_near(chosen, rank, about, small[1], {small[0]: lacks}))
        elif cut := discounts(chosen, lacks, money.booked_on, money.agreed, money.limits.grace_days):
            fits.append(_near(chosen, 610 if cut[1] else 590, about, cut[0], {"discount": lacks}))
        elif len(chosen) == 1 and (withheld := retained(chosen, lacks)):
            fits.append(
                Fit(
                    items=((chosen[0], money.amount),),
                    level=GOOD,
                    rank=585,
                    reasons=(about, withheld),
                )
            )
    best = max((fit.rank for fit in fits), default=0)
    alone = sum(fit.rank >= best - 20 for fit in fits) == 1
    fits.sort(key=lambda fit: -fit.rank)
    return [
        replace(fit, level=GOOD if alone and fit.rank == best else GUESS)
        for fit in fits[: money.limits.shown]
    ]


def _near(chosen: tuple[Item, ...], rank: int, about: Reason, why: Reason, lacking: dict[str, int]) -> Fit:
    return Fit(items=whole(chosen), differences=lacking, rank=rank, level=GOOD, reasons=(about, why))


def _offset(money: Money, items: tuple[Item, ...], credits: Sequence[Item]) -> list[Fit]:
    """Items that the money pays together with an open credit note: one, or all of them."""
    ways: list[tuple[Item, ...]] = [(credit,) for credit in credits[:MOST_CREDITS]]
    if len(credits) > 1:
        ways.append(tuple(credits))
    fits = []
    for taken in ways:
        wanted = money.amount + total(taken)
        found = exact_subsets([item.amount for item in items], wanted, half=money.limits.aside)
        for way in found.ways[:2]:
            chosen = [items[place] for place in way]
            shape, rank = _shape(items, way)
            convincing = found.only and _chance(money, items, len(way), wanted, shape) < CHANCE_OF_ANY
            about = Reason(f"amount_{shape}", {"numbers": numbers(chosen), "count": str(len(chosen))})
            offset = Reason("credit_offset", {"numbers": numbers(taken)})
            fits.append(
                Fit(
                    items=whole(chosen),
                    credits=whole(taken),
                    level=GOOD if convincing else GUESS,
                    rank=rank - 110,
                    reasons=(about, offset),
                )
            )
    if sum(fit.level == GOOD for fit in fits) > 1:
        fits = [replace(fit, level=GUESS) for fit in fits]
    return sorted(fits, key=lambda fit: (-fit.level, -fit.rank))[: money.limits.shown]


def _ordered(
    money: Money, items: tuple[Item, ...], order: str, others: Sequence[Fit], months: tuple[date, ...]
) -> list[Fit]:
    """What the policy says about money that names nothing; certain where no other explanation speaks against it."""
    if order not in ORDERS or not items:
        return []
    parts, left = spread(money.amount, ORDERS[order](items))
    fit = Fit(
        items=parts,
        unapplied=left,
        level=CERTAIN,
        rank=800,
        exact=not left and all(amount == item.amount for item, amount in parts),
        reasons=(Reason("policy_order", {"order": order}),),
    )
    same = [other for other in others if other.key == fit.key]
    against = [other for other in others if other.level >= GOOD and other.key != fit.key]
    if same or not (against or months):
        return [fit]
    return [replace(fit, level=GOOD)] if not against else [replace(fit, level=GOOD, rank=500)]


def _leftover(money: Money, items: tuple[Item, ...]) -> list[Fit]:
    """Nothing fits: more than everything, or a payment on account that would settle the oldest in part."""
    parts, left = spread(money.amount, items)
    if not items:
        return [Fit(unapplied=money.amount, level=GUESS, rank=300, reasons=(Reason("nothing_open"),))]
    if left:
        return [
            Fit(items=parts, unapplied=left, level=GUESS, rank=400, reasons=(Reason("more_than_all"),)),
            Fit(unapplied=money.amount, level=GUESS, rank=300, reasons=(Reason("on_account"),)),
        ]
    return [
        Fit(items=parts, level=GUESS, rank=350, reasons=(Reason("nothing_fits"),)),
        Fit(unapplied=money.amount, level=GUESS, rank=300, reasons=(Reason("on_account"),)),
    ]


def _oldest(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=by_due)


def _by_contract(items: Iterable[Item]) -> list[Item]:
    """The contract with the earliest due item first, whole; then the next."""
    first: dict[str, Item] = {}
    ordered = _oldest(items)
    for item in ordered:
        first.setdefault(_contract(item), item)
    return sorted(ordered, key=lambda item: (by_due(first[_contract(item)]), by_due(item)))


def _contract(item: Item) -> str:
    return next((number for kind, number in item.also if kind == "contract"), "")


def _by_statement(items: Iterable[Item]) -> list[Item]:
    """Month by month as statements are sent: by the date of the document."""
    return sorted(items, key=lambda item: (item.document_on.replace(day=1), by_due(item)))


def _interest_first(items: Iterable[Item]) -> list[Item]:
    """先息后本 (Civil Code art. 561): late interest before principal, each the oldest first."""
    return sorted(items, key=lambda item: (not item.interest, by_due(item)))


ORDERS: dict[str, Callable[[Iterable[Item]], list[Item]]] = {
    "oldest": _oldest,
    "contract": _by_contract,
    "statement": _by_statement,
    "interest": _interest_first,
}

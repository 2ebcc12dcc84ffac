"""Which open amounts add up to an amount exactly, and whether there is only one way.

Meet in the middle (Horowitz and Sahni 1974): all sums of one half are looked up among all sums of the other, so
that the work is bounded by the sums a half may hold and does not hang on the amounts. Equal amounts are one
group with a count: a solution that takes some but not all of them is not the only one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

MOST_SOLUTIONS = 48
MOST_PAIRED = 400
MOST_TRIPLED = 60


@dataclass(frozen=True, slots=True)
class Found:
    """Ways to make the amount, as positions; `only`: the first is provably the only one.

    `proven`: the search saw everything, so that "none" and "only" are true. Among equal amounts the earliest
    positions are taken.
    """

    ways: tuple[tuple[int, ...], ...] = ()
    proven: bool = True
    only: bool = False


NOTHING = Found()


@dataclass(frozen=True, slots=True)
class _Group:
    amount: int
    positions: tuple[int, ...]


def exact_subsets(amounts: Sequence[int], target: int, *, half: int) -> Found:
    """Ways in which positive `amounts` make `target`. Sums per half beyond `half`: only small ways, unproven."""
    total = sum(amounts)
    if target <= 0 or total < target:
        return NOTHING
    if total == target:
        return Found((tuple(range(len(amounts))),), only=True)
    if total - target < target:
        rest = exact_subsets(amounts, total - target, half=half)
        return Found(tuple(_others(way, amounts) for way in rest.ways), rest.proven, rest.only)
    groups = _groups(amounts, target)
    halves = _halves(groups, half)
    if halves is None:
        return _small_ways(amounts, target)
    return _meet(groups, *halves, target)


def _others(way: tuple[int, ...], amounts: Sequence[int]) -> tuple[int, ...]:
    """What a way leaves, of equal amounts the earliest."""
    left = Counter(amounts)
    left.subtract(amounts[position] for position in way)
    kept = []
    for position, amount in enumerate(amounts):
        if left[amount] > 0:
            left[amount] -= 1
            kept.append(position)
    return tuple(kept)


def _groups(amounts: Sequence[int], target: int) -> list[_Group]:
    by_amount: dict[int, list[int]] = {}
    for position, amount in enumerate(amounts):
        if amount <= target:
            by_amount.setdefault(amount, []).append(position)
    return [_Group(amount, tuple(positions)) for amount, positions in sorted(by_amount.items())]


def _halves(groups: list[_Group], most: int) -> tuple[list[int], list[int]] | None:
    """Two sets of groups whose numbers of sums are about equal; None where one has more than `most`."""
    left: list[int] = []
    right: list[int] = []
    left_sums = right_sums = 1
    for place in sorted(range(len(groups)), key=lambda each: -len(groups[each].positions)):
        if left_sums <= right_sums:
            left.append(place)
            left_sums *= len(groups[place].positions) + 1
        else:
            right.append(place)
            right_sums *= len(groups[place].positions) + 1
    return None if max(left_sums, right_sums) > most else (left, right)


def _sums(groups: list[_Group], places: list[int]) -> list[int]:
    """All sums of some groups; the index of a sum says, as digits, how many of each group it takes."""
    sums = [0]
    for place in places:
        amount = groups[place].amount
        if len(groups[place].positions) == 1:
            sums += [each + amount for each in sums]
        else:
            sums = [
                each + count * amount for count in range(len(groups[place].positions) + 1) for each in sums
            ]
    return sums


def _counts(groups: list[_Group], places: list[int], index: int) -> dict[int, int]:
    counts = {}
    for place in places:
        index, count = divmod(index, len(groups[place].positions) + 1)
        if count:
            counts[place] = count
    return counts


def _meet(groups: list[_Group], left: list[int], right: list[int], target: int) -> Found:
    left_sums, right_sums = _sums(groups, left), _sums(groups, right)
    known = set(left_sums)
    hits = [index for index, each in enumerate(right_sums) if target - each in known]
    if not hits:
        return NOTHING
    wanted = {target - right_sums[index] for index in hits[:MOST_SOLUTIONS]}
    where: dict[int, list[int]] = {}
    for index, each in enumerate(left_sums):
        if each in wanted:
            where.setdefault(each, []).append(index)
    ways: list[dict[int, int]] = []
    for index in hits[:MOST_SOLUTIONS]:
        for other in where[target - right_sums[index]]:
            ways.append({**_counts(groups, left, other), **_counts(groups, right, index)})
            if len(ways) >= MOST_SOLUTIONS:
                break
        if len(ways) >= MOST_SOLUTIONS:
            break
    only = len(ways) == 1 and all(count == len(groups[place].positions) for place, count in ways[0].items())
    return Found(tuple(_positions(groups, way) for way in ways), only=only)


def _positions(groups: list[_Group], way: dict[int, int]) -> tuple[int, ...]:
    return tuple(
        sorted(position for place, count in way.items() for position in groups[place].positions[:count])
    )


def _small_ways(amounts: Sequence[int], target: int) -> Found:
    """Ways of one, two or three amounts: what is left of a search that is too large to be complete."""
    ways: list[tuple[int, ...]] = [(place,) for place, amount in enumerate(amounts) if amount == target]
    usable = [place for place, amount in enumerate(amounts) if amount < target][:MOST_PAIRED]
    later: dict[int, list[int]] = {}
    for place in usable:
        later.setdefault(amounts[place], []).append(place)
    for place in usable:
        ways += [(place, other) for other in later.get(target - amounts[place], ()) if other > place]
    for first, second in combinations(usable[:MOST_TRIPLED], 2):
        left = target - amounts[first] - amounts[second]
        ways += [(first, second, third) for third in later.get(left, ()) if third > second]
        if len(ways) > MOST_SOLUTIONS:
            break
    return Found(tuple(ways[:MOST_SOLUTIONS]), proven=False)


def roundness(amount: int) -> int:
    """The largest power of ten that divides the amount: how coarse the amounts are that could meet it."""
    step = 1
    while amount and amount % (step * 10) == 0 and step < 10**8:
        step *= 10
    return step


def by_chance(amounts: Sequence[int], size: int, target: int) -> float:
    """How many subsets of `size` would be expected to make `target` if the amounts had nothing to do with it."""
    small = min(size, len(amounts) - size) or 1
    ordered = sorted(amounts)
    spread = max(1, sum(ordered[-small:]) - sum(ordered[:small]))
    return comb(len(amounts), small) * roundness(target) / spread

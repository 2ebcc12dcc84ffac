"""Exact sums: all ways are found, and "the only one" is true."""

import random
from itertools import combinations

import pytest

from huikuan.cash.matching.subsets import by_chance, exact_subsets, roundness

HALF = 1 << 12


def by_force(amounts: list[int], target: int) -> set[tuple[int, ...]]:
    """Every set of positions that makes the target."""
    return {
        way
        for size in range(1, len(amounts) + 1)
        for way in combinations(range(len(amounts)), size)
        if sum(amounts[place] for place in way) == target
    }


def test_against_brute_force() -> None:
    rng = random.Random(7)
    for _case in range(1500):
        amounts = [rng.randint(1, 60) for _ in range(rng.randint(1, 9))]
        target = rng.randint(1, sum(amounts))
        ways = by_force(amounts, target)
        found = exact_subsets(amounts, target, half=HALF)
        assert found.proven
        assert bool(found.ways) == bool(ways)
        assert found.only == (len(ways) == 1), (amounts, target)
        assert all(sum(amounts[place] for place in way) == target for way in found.ways)
        assert set(found.ways) <= ways


def test_equal_amounts_are_one_group_and_the_earliest_are_taken() -> None:
    found = exact_subsets([100] * 24, 300, half=HALF)
    assert found.ways == ((0, 1, 2),) and not found.only and found.proven
    assert exact_subsets([100] * 24, 2300, half=HALF).ways == (tuple(range(23)),)
    assert exact_subsets([100] * 24, 2400, half=HALF).only


def test_beyond_the_limit_nothing_is_called_proven() -> None:
    rng = random.Random(1)
    amounts = [rng.randint(10**6, 10**7) for _ in range(60)]
    found = exact_subsets(amounts, sum(amounts[:2]), half=HALF)
    assert (0, 1) in found.ways and not found.proven and not found.only
    assert not exact_subsets(amounts, sum(amounts[:9]), half=HALF).proven
    missing = sum(amounts) - amounts[3]
    assert missing and exact_subsets(amounts, missing, half=HALF).ways[0] == tuple(
        place for place in range(60) if place != 3
    )


@pytest.mark.parametrize("target", [0, -5, 1000])
def test_what_cannot_be_made(target: int) -> None:
    found = exact_subsets([100, 200], target, half=HALF)
    assert found.ways == () and found.proven and not found.only


def test_many_items_make_almost_any_amount() -> None:
    amounts = [12345 * place + 6789 for place in range(1, 31)]
    assert by_chance(amounts, 1, 1234567) < 0.001 < by_chance(amounts, 8, 1234567)
    assert by_chance(amounts, 2, 1_000_000) > by_chance(amounts, 2, 1_000_001)
    assert [roundness(each) for each in (1, 10, 1500, 10**9)] == [1, 10, 100, 10**8]

"""Which day falls into which bucket."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.dates import add_months
from huikuan.ledger.rules import Basis, UnusableBounds, aging_buckets

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def bucket_of(as_of: str, on: str, basis: Basis = Basis.DUE, bounds: tuple[int, ...] = ()) -> str:
    buckets = aging_buckets(date.fromisoformat(as_of), basis, bounds)
    [name] = [bucket.name for bucket in buckets if bucket.holds(date.fromisoformat(on))]
    return name


@pytest.mark.parametrize(
    ("days_overdue", "name"),
    [
        (-400, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "181-365"),
        (365, "181-365"),
        (366, ">365"),
        (9000, ">365"),
    ],
)
def test_days_overdue(days_overdue: int, name: str) -> None:
    due = date(2026, 6, 30) - timedelta(days=days_overdue)
    assert bucket_of("2026-06-30", due.isoformat()) == name


@pytest.mark.parametrize(
    ("as_of", "document_on", "name"),
    [
        ("2026-06-30", "2025-06-30", "<=1y"),  # the anniversary is still within
        ("2026-06-30", "2025-06-29", "1-2y"),
        ("2026-06-30", "2024-06-30", "1-2y"),
        ("2026-06-30", "2021-06-30", "4-5y"),
        ("2026-06-30", "2021-06-29", ">5y"),
        ("2024-02-29", "2023-02-28", "1-2y"),  # its year ended on 28 February
        ("2024-02-29", "2023-03-01", "<=1y"),
        ("2025-02-28", "2024-02-29", "<=1y"),  # 29 February comes round on the 28th
        ("2025-03-01", "2024-02-29", "1-2y"),
    ],
)
def test_anniversaries(as_of: str, document_on: str, name: str) -> None:
    assert bucket_of(as_of, document_on, Basis.DOCUMENT) == name


@given(as_of=DAYS, on=DAYS)
def test_within_n_years_means_the_anniversary_has_not_passed(as_of: date, on: date) -> None:
    within = [years for years in range(1, 6) if as_of <= add_months(on, 12 * years)]
    expected = (within[0] if within else 6) - 1
    assert [bucket.holds(on) for bucket in aging_buckets(as_of, Basis.DOCUMENT)].index(True) == expected


@given(
    as_of=DAYS,
    on=DAYS,
    basis=st.sampled_from(list(Basis)),
    bounds=st.lists(st.integers(1, 4000), unique=True).map(sorted),
)
def test_every_day_is_in_one_bucket(as_of: date, on: date, basis: Basis, bounds: list[int]) -> None:
    assert sum(bucket.holds(on) for bucket in aging_buckets(as_of, basis, bounds)) == 1


def test_own_bounds() -> None:
    names = [bucket.name for bucket in aging_buckets(date(2026, 6, 30), Basis.DUE, (7, 30, 45))]
    assert names == ["not_due", "1-7", "8-30", "31-45", ">45"]
    assert bucket_of("2026-06-30", "2026-06-23", bounds=(7, 30, 45)) == "1-7"
    assert bucket_of("2026-06-30", "2026-06-22", bounds=(7, 30, 45)) == "8-30"


def test_own_bounds_by_document_date_count_days() -> None:
    buckets = aging_buckets(date(2026, 6, 30), Basis.DOCUMENT, (30, 90))
    assert [bucket.name for bucket in buckets] == ["<=30", "31-90", ">90"]
    assert bucket_of("2026-06-30", "2026-05-31", Basis.DOCUMENT, (30, 90)) == "<=30"
    assert bucket_of("2026-06-30", "2026-05-30", Basis.DOCUMENT, (30, 90)) == "31-90"


@pytest.mark.parametrize("bounds", [(0,), (-30,), (30, 30), (60, 30)])
def test_bounds_that_are_none(bounds: tuple[int, ...]) -> None:
    with pytest.raises(UnusableBounds):
        aging_buckets(date(2026, 6, 30), Basis.DUE, bounds)


@pytest.mark.parametrize("as_of", [date.min, date(3, 5, 1), date.max])
@pytest.mark.parametrize("basis", list(Basis))
def test_the_ends_of_the_calendar(as_of: date, basis: Basis) -> None:
    assert aging_buckets(as_of, basis, (10**9,))
    assert aging_buckets(as_of, basis)

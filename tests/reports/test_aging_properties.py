"""Whatever is posted in whatever order: the aging is what the definitions say, and every cell opens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.ledger.rules import Basis
from huikuan.reports.aging import Aging, AgingRow, By, aging
from huikuan.reports.open_items import Order, open_items_as_of, open_items_total
from tests.reports.plain import PlainState
from tests.reports.trader import FIRST, TODAY, company

pytestmark = pytest.mark.django_db


def told(report: Aging) -> dict[str, dict[str, Decimal]]:
    return {row.key: figures(report, row) for row in report.rows}


def figures(report: Aging, row: AgingRow) -> dict[str, Decimal]:
    cells = dict(zip((bucket.name for bucket in report.buckets), row.amounts, strict=True))
    cells |= {
        "gross": row.gross,
        "unallocated": row.unallocated,
        "net": row.net,
        "untriggered": row.untriggered,
    }
    return {name: value for name, value in cells.items() if value}


def summed(rows: dict[str, dict[str, Decimal]]) -> dict[str, Decimal]:
    names = {name for row in rows.values() for name in row}
    sums = {name: sum((row.get(name, Decimal(0)) for row in rows.values()), Decimal(0)) for name in names}
    return {name: value for name, value in sums.items() if value}


HISTORIES = {
    "seed": st.integers(0, 2**32),
    "acts": st.integers(0, 25),
    "as_of": st.dates(FIRST, TODAY),
    "known": st.integers(0, 25),
    "live_on": st.sampled_from([None, date(2026, 5, 1)]),
}
SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SETTINGS
@given(
    **HISTORIES,
    basis=st.sampled_from(list(Basis)),
    bounds=st.sampled_from([(), (30, 60), (7, 100, 250)]),
)
def test_the_aging_is_what_the_definitions_say(
    actor: Any,
    seed: int,
    acts: int,
    as_of: date,
    known: int,
    live_on: date | None,
    basis: Basis,
    bounds: tuple[int, ...],
) -> None:
    with company(actor, seed, acts, live_on) as trader:
        known_at = trader.moments[known % len(trader.moments)]
        plain = PlainState(trader.organization, as_of, known_at)
        for by in By:
            report = aging(as_of=as_of, known_at=known_at, by=by, basis=basis, bounds=bounds)
            expected = {key: row for key, row in plain.aging(by, basis, bounds).items() if row}
            assert told(report) == expected
            assert [row.key for row in report.rows] == sorted(expected)
            if by is By.CURRENCY:
                assert report.total is None
            else:
                assert report.total is not None
                assert figures(report, report.total) == summed(expected)


@SETTINGS
@given(
    **HISTORIES,
    by=st.sampled_from(list(By)),
    basis=st.sampled_from(list(Basis)),
    order=st.sampled_from(list(Order)),
)
def test_every_cell_opens_to_items_with_its_total(
    actor: Any,
    seed: int,
    acts: int,
    as_of: date,
    known: int,
    live_on: date | None,
    by: By,
    basis: Basis,
    order: Order,
) -> None:
    with company(actor, seed, acts, live_on) as trader:
        at: dict[str, Any] = {"as_of": as_of, "known_at": trader.moments[known % len(trader.moments)]}
        report = aging(**at, by=by, basis=basis)
        for row in (*report.rows, *([report.total] if report.total else [])):
            behind = None if row is report.total else row
            for cell in (
                *(bucket.name for bucket in report.buckets),
                "gross",
                "unallocated",
                "net",
                "untriggered",
            ):
                total = open_items_total(**at, where=report.behind(behind, cell))
                found = total.amounts.get(row.key, Decimal(0)) if by is By.CURRENCY else total.base
                assert found == figures(report, row).get(cell, 0), (row.key, cell)
        rows, after, pages = [], None, 0
        while pages == 0 or after:
            page = open_items_as_of(**at, order=order, after=after, limit=3)
            rows += page.rows
            after, pages = page.after, pages + 1
        everything = open_items_total(**at)
        assert len({row.item_id for row in rows}) == len(rows) == everything.count
        assert sum((row.open_base for row in rows), Decimal(0)) == everything.base
        expected = {
            item.pk: item.side * base for item, _amount, base in PlainState(trader.organization, **at).items()
        }
        assert {row.item_id: row.open_base for row in rows} == expected

"""What moved DSO: the example quarter after one in which everything owed was sold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.kpi.inputs import Inputs, Period
from huikuan.reports.standard.dso_bridge import BEFORE, NOW, bridge, start_before
from tests.conftest import TODAY
from tests.reports.kpi.quarter import record_quarter


def ask(**words: str) -> Result:
    report = report_named("dso-bridge")
    return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


@pytest.mark.django_db
def test_the_example_quarter(books: Any) -> None:
    record_quarter(books)
    found = ask(**{"from": "2026-01-01", "to": "2026-03-31"})
    # 400 ÷ 400 × 92 = 92; 400 ÷ 890 × 90 = 40.45; 60 ÷ 890 × 90 = 6.07; 450 ÷ 890 × 90 = 45.51
    assert [str(row.values["days"]) for row in found.rows] == ["92.00", "-51.55", "6.07", "-1.01", "45.51"]
    [chart] = found.charts
    assert [mark.value for mark in chart.series[0].marks] == [row.values["days"] for row in found.rows]
    before, now = (row.values for row in found.parts[0].rows)
    assert (before["period"], before["days"]) == ("2025-10-01 – 2025-12-31", 92)
    assert [now[name] for name in ("closing", "overdue", "not_due")] == [450_000, 120_000, 330_000]


@pytest.mark.django_db
def test_without_sales_there_is_nothing_to_tell(books: Any) -> None:
    record_quarter(books)
    found = ask(**{"from": "2026-04-01", "to": "2026-06-30"})
    assert {row.values["days"] for row in found.rows} == {None}
    assert found.charts == ()
    assert len(found.remarks) == 1


def test_the_steps_always_come_to_the_change() -> None:
    chosen = random.Random(3)

    def period() -> Period:
        amounts = [Decimal(chosen.randint(1, 10**9)) / 100 for _each in range(3)]
        inputs = replace(
            Inputs(), sold=amounts[0], closing=max(amounts[1:]), closing_overdue=min(amounts[1:])
        )
        return Period(date(2026, 1, 1), date(2026, chosen.randint(1, 12), 28), inputs)

    for _case in range(300):
        steps = bridge(period(), period())
        *changes, now = steps.values()
        assert sum(changes) == now  # type: ignore[arg-type]
        assert list(steps) == [BEFORE, "sales", "overdue", "not_due", NOW]


@pytest.mark.parametrize(
    ("since", "until", "start"),
    [
        ("2026-01-01", "2026-03-31", "2025-10-01"),
        ("2026-01-01", "2026-03-15", "2025-10-01"),
        ("2026-02-10", "2026-02-19", "2026-01-31"),
    ],
)
def test_the_period_before(since: str, until: str, start: str) -> None:
    assert start_before(date.fromisoformat(since), date.fromisoformat(until)) == date.fromisoformat(start)

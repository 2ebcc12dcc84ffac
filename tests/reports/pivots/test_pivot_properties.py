"""Whatever is asked of whatever was posted: cells add up to their totals, and totals are those of the standard reports."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.reports.asking import Question, Result, Row
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import open_items_total
from huikuan.reports.pivots.asked import DIMENSIONS_OF_ROWS
from huikuan.reports.pivots.measures import MEASURES
from huikuan.reports.pivots.spans import spans
from tests.reports.plain import PlainState
from tests.reports.trader import FIRST, TODAY, company

pytestmark = pytest.mark.django_db
TIMES = ("month", "quarter", "year")
SUMS = [name for name, each in MEASURES.items() if not each.is_rate and each.group != "dispute"]
BANDS = {"not_due": "not_due", "1-30": "late_1", "31-60": "late_31", "61-90": "late_61"}
BANDS |= {"91-180": "late_91", "181-365": "late_181", ">365": "late_over_365"}


def ask(name: str, **said: Any) -> Result:
    report = report_named(name)
    words = {word: str(value) for word, value in said.items() if value is not None}
    return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def total_of(result: Result) -> Row:
    row = result.total or (result.rows[0] if result.rows else None)
    return row or Row(0, (), {column.name: Decimal(0) for column in result.columns})


def any_question(chosen: random.Random) -> dict[str, Any]:
    dimensions = [name for name in DIMENSIONS_OF_ROWS if name not in (*TIMES, "currency")]
    unit = chosen.choice(["", "", *TIMES])
    picked = chosen.sample(dimensions, chosen.randint(1, 3)) + ([unit] if unit else [])
    chosen.shuffle(picked)
    column = picked.pop() if len(picked) > 1 and chosen.random() < 0.7 else ""
    days = sorted(FIRST + timedelta(days=chosen.randint(0, 364)) for _each in range(2))
    return {
        "by": ",".join(picked[:3]),
        "column": column or None,
        "measures": ",".join(chosen.sample(SUMS, chosen.randint(1, 6))),
        "from": days[0],
        "to": days[1],
    }


def cells_add_up(result: Result, question: dict[str, Any]) -> None:
    """Each row is the sum of those below it and each total that of its cells; what stands is, over time, the last."""
    by = result.question.by
    measures = question["measures"].split(",")
    last = spans(question["from"], question["to"], unit)[-1].name if (unit := _unit(result)) else ""
    total = total_of(result)
    for measure in measures:
        standing = MEASURES[measure].standing
        for depth, name in enumerate(by):
            above = [row for row in (total, *result.rows) if len(row.key) == depth]
            for head in above:
                below = [
                    row for row in result.rows if len(row.key) == depth + 1 and row.key[:depth] == head.key
                ]
                if standing and name in TIMES:
                    below = [row for row in below if row.key[-1] == last]
                assert sum((row.values[measure] for row in below), Decimal(0)) == head.values[measure]
        columns = [each.name for each in result.columns if each.name.startswith(f"{measure}@")]
        if columns and standing and result.question.options["column"] in TIMES:
            columns = columns[-1:]
        for row in result.rows if columns else ():
            if not (standing and any(name in TIMES for name in by)):
                assert sum((row.values[name] for name in columns), Decimal(0)) == row.values[measure]


def _unit(result: Result) -> str:
    return next((x for x in (*result.question.by, result.question.options["column"]) if x in TIMES), "")


@pytest.mark.parametrize("seed", range(6))
def test_cells_add_up_and_totals_are_those_of_the_reports(actor: Any, seed: int) -> None:
    chosen = random.Random(seed)
    with company(actor, seed, 40, date(2026, 3, 1) if seed % 2 else None) as trader:
        for _each in range(6):
            question = any_question(chosen)
            question["known_at"] = (known := chosen.choice(trader.moments)) and known.isoformat()
            result = ask("pivot", **question)
            cells_add_up(result, question)
            alone = {**question, "by": "none", "column": None, "measures": ",".join(SUMS)}
            whole = total_of(ask("pivot", **alone))
            for measure in question["measures"].split(","):
                assert total_of(result).values[measure] == whole.values[measure], measure
            agrees_with_reports(whole, question)
            state = PlainState(trader.organization, question["to"], known)
            opened = [item for item, amount, _base in state.items() if item.side == 1 and amount]
            late = [
                item for item in opened if item.effective_due_on and item.effective_due_on < question["to"]
            ]
            assert (whole.values["open_items"], whole.values["overdue_items"]) == (len(opened), len(late))


def agrees_with_reports(whole: Row, question: dict[str, Any]) -> None:
    known = question["known_at"]
    sales = total_of(
        ask("sales-collection", **{"from": question["from"], "to": question["to"], "known_at": known})
    )
    names = {"sold": "sold", "collected": "collected", "written_off": "written_off"}
    for mine, theirs in (names | {"receivable": "closing", "overdue": "closing_overdue"}).items():
        assert whole.values[mine] == sales.values[theirs], mine
    assert whole.values["invoiced"] - whole.values["credited"] == whole.values["sold"]
    aged = total_of(ask("aging", as_of=question["to"], known_at=known)).values
    for band, measure in BANDS.items():
        assert whole.values[measure] == aged.get(band, 0), band
    assert whole.values["unallocated"] == aged.get("unallocated", 0)
    waiting = aged.get("untriggered", Decimal(0))
    assert whole.values["untriggered"] == waiting
    assert whole.values["net"] == aged.get("net", 0) + waiting


@pytest.mark.parametrize("seed", [11, 12])
def test_each_month_is_what_is_asked_of_it_alone(actor: Any, seed: int) -> None:
    # By what does not change with the day that is asked for: a customer's region is that of the last day.
    with company(actor, seed, 40, None):
        words = {"measures": ",".join(SUMS), "by": "salesperson"}
        across = ask(
            "pivot",
            **words,
            **{"from": "2026-04-10", "to": "2026-09-20", "column": "month", "compare": "previous"},
        )
        months = spans(date(2026, 4, 10), date(2026, 9, 20), "month")
        rows = {row.key: row for row in across.rows}
        alone = [ask("pivot", **words, **{"from": each.since, "to": each.until}) for each in months]
        for month, result in zip(months, alone, strict=True):
            for row in result.rows:
                for name in SUMS:
                    assert rows[row.key].values[f"{name}@{month.name}"] == row.values[name]
        for (_first, earlier), (month, _result) in pairwise(zip(months[1:-1], alone[1:-1], strict=True)):
            before = {row.key: row for row in alone[months.index(month) - 1].rows}
            for key, row in rows.items():
                was = before[key].values["receivable"] if key in before else 0
                assert (
                    row.values[f"receivable@{month.name}:change"]
                    == row.values[f"receivable@{month.name}"] - was
                )
            assert earlier is not None


@pytest.mark.parametrize("seed", [21, 22])
def test_figures_lead_to_items_with_their_total(actor: Any, seed: int) -> None:
    with company(actor, seed, 40, None):
        result = ask("pivot", measures="receivable,overdue,late_31,net,unallocated", by="salesperson", column="region",
                     **{"from": "2026-03-01", "to": "2026-10-31"})  # fmt: skip
        led = 0
        for row in (*result.rows, total_of(result)):
            for column in result.columns:
                link = result.link(row, column.name)
                if link is None:
                    continue
                assert link.to == "items"
                where = dict(link.where)
                as_of = date.fromisoformat(where.pop("as_of"))
                found = open_items_total(as_of=as_of, where=ItemFilter.from_parameters(where))
                assert found.base == row.values[column.name], (row.key, column.name)
                led += 1
        assert led >= 10


@pytest.mark.parametrize("seed", [31])
def test_who_sees_some_customers_gets_theirs_only(actor: Any, seed: int) -> None:
    with company(actor, seed, 40, None) as trader:
        trader.customers[0].salesperson = trader.sellers[0]
        trader.customers[0].save(update_fields=["salesperson"])
        report = report_named("pivot")
        words = {"by": "customer", "measures": ",".join(SUMS), "from": "2026-01-01", "to": "2026-12-31"}
        zone = ZoneInfo("Asia/Shanghai")
        own: Question = asked(
            report, words, today=TODAY, zone=zone, salesperson_ids=frozenset([trader.sellers[0].pk])
        )
        mine = answer(report, own)
        everything = answer(report, asked(report, words, today=TODAY, zone=zone))
        assert {row.key for row in mine.rows} <= {("C1",)}
        theirs = [row.values for row in everything.rows if row.key == ("C1",)]
        assert [row.values for row in mine.rows] == theirs
        assert theirs

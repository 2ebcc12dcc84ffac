"""Whatever was posted, the same balance comes out of every report, on any day and as known at any moment."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.books.queries.balances import trial_balance
from huikuan.core.dates import month_end
from huikuan.ledger.models import Account, Control
from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.dashboard import dashboard
from huikuan.reports.day_sheet import day_sheet
from huikuan.reports.kpi.inputs import inputs_of
from huikuan.reports.moments import moment
from huikuan.reports.standard.agreement import balances, balances_by_currency
from tests.reports.plain import PlainState
from tests.reports.trader import FIRST, TODAY, company

pytestmark = pytest.mark.django_db


def one(amounts: dict[str, Decimal]) -> Decimal:
    """The one amount that all of them are."""
    assert len(set(amounts.values())) == 1, amounts
    return next(iter(amounts.values()))


def ask(name: str, **said: Any) -> Result:
    report = report_named(name)
    words = {word: str(value) for word, value in said.items() if value is not None}
    return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def gross_and_overdue(on: date, known_at: datetime | None) -> list[dict[str, Any]]:
    """What is receivable, what is overdue, and what was overdue a month before, by each report that says so."""
    since = on - timedelta(days=30)
    known = None if known_at is None else known_at.isoformat()
    period = {"from": since, "to": on, "known_at": known}
    day = {"as_of": on, "known_at": known}
    moved, figures = ask("overdue-movement", **period).total, ask("kpi", by="salesperson", **period).total
    sold, ranked = ask("sales-collection", **period).total, ask("debtor-ranking", by="region", **day).total
    aged, shares = ask("aging", by="region,customer", **day).total, ask("concentration", **day).total
    assert moved and figures and sold and aged
    owed = {"aging": aged.values["gross"] + aged.values.get("untriggered", 0)}
    owed |= {"kpi": figures.values["closing"], "sales": sold.values["closing"]}
    late = {"aging": aged.values["gross"] - aged.values["not_due"]}
    late |= {"kpi": figures.values["closing_overdue"], "moves": moved.values["closing"]}
    late |= {"sales": sold.values["closing_overdue"]}
    for name, row in (("ranking", ranked), ("concentration", shares)):
        owed[name] = row.values["receivable"] if row else 0
    late["ranking"] = ranked.values["overdue"] if ranked else 0
    if known is None:  # the first page of that day; it has no other time than now
        page = dashboard(today=on)
        assert page.aging.total is not None
        assert page.trend[-1].standing == day_sheet().standing(on)
        owed |= {
            "page": page.receivable.amount,
            "page aging": page.aging.total.gross + page.aging.total.untriggered,
        }
        late |= {"page": page.overdue.amount}
    before = inputs_of((since - timedelta(days=1), on), known_at=known_at).total.periods[0].inputs
    return [owed, late, {"kpi": before.opening_overdue, "moves": moved.values["opening"]}]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_report_says_the_same(actor: Any, seed: int) -> None:
    chosen = random.Random(seed)
    with company(actor, seed, 40, date(2026, 3, 1) if seed == 3 else None) as trader:
        for _each in range(4):
            on = FIRST + timedelta(days=chosen.randint(0, (TODAY - FIRST).days))
            for known_at in (None, chosen.choice(trader.moments)):
                at = moment(on, known_at)
                plain = PlainState(trader.organization, on, known_at).items()
                assert one(balances(at)) == sum(
                    (item.side * base for item, _amount, base in plain), Decimal(0)
                )
                for ways in balances_by_currency(at).values():
                    one(ways)
                for ways in gross_and_overdue(on, known_at):
                    one(ways)
            closing = month_end(on)
            accounts = trial_balance(since=FIRST, until=closing).rows
            of_customers = set(
                Account.objects.exclude(control__in=(Control.NONE, Control.SHARED)).values_list(
                    "pk", flat=True
                )
            )
            assert one(balances(moment(closing))) == sum(
                (row.closing for row in accounts if row.account_id in of_customers), Decimal(0)
            )


@pytest.mark.parametrize("seed", [4, 5])
def test_kept_totals_give_what_adding_up_items_gives(actor: Any, seed: int) -> None:
    chosen = random.Random(seed)
    with company(actor, seed, 40, None):
        ends = sorted({FIRST + timedelta(days=chosen.randint(0, 364)) for _each in range(6)})
        kept, summed = inputs_of(ends).total, inputs_of(ends, by=("customer",)).total
        assert kept.periods == summed.periods

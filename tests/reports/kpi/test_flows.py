"""Key figures of everything from what is kept by day: whatever was recorded before and after, they are those of the ledger."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from huikuan.audit.checks import broken_rows
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document
from huikuan.ledger.operations import NewDocument, record_invoices, void_documents
from huikuan.reports.checks import REPORT_VALIDATIONS
from huikuan.reports.kpi import inputs
from huikuan.reports.kpi.flows import flows_hold
from huikuan.reports.kpi.inputs import inputs_of, sales_by_month
from huikuan.reports.kpi.models import DayFlow
from huikuan.reports.operations import fold_flows
from tests.reports.trader import FIRST, TODAY, Trader, company

pytestmark = pytest.mark.django_db


def undo_one(trader: Trader) -> None:
    """Undo a document that nothing has settled."""
    for document in Document.objects.filter(voided_by=None).exclude(kind="reversal").order_by("?"):
        try:
            with transaction.atomic():
                void_documents([document.pk], actor=trader.actor, reason="开错", today=TODAY)
        except HuikuanError:  # settled, or of a closed period
            continue
        return


def both(ends: list[date]) -> None:
    """The same from the ledger, by customer, and from what is kept."""
    assert inputs_of(ends).total.periods == inputs_of(ends, by=("customer",)).total.periods
    months = [
        sum(each[place].sales for each in sales_by_month(TODAY, 12, by=("customer",)).values())
        for place in range(12)
    ]
    [kept] = sales_by_month(TODAY, 12).values()
    assert [each.sales for each in kept] == months


@pytest.mark.parametrize("seed", [6, 7, 8])
def test_kept_flows_and_what_came_since_are_those_of_the_ledger(actor: Any, seed: int) -> None:
    chosen = random.Random(seed)
    with company(actor, seed, 25, date(2026, 3, 1) if seed == 8 else None) as trader:
        assert not flows_hold(trader.organization.pk)
        assert fold_flows()
        ends = sorted(
            {FIRST - timedelta(days=1) + timedelta(days=chosen.randint(0, 365)) for _each in range(6)}
        )
        both(ends)
        for round_ in range(3):
            for _each in range(8):
                trader.act()
            undo_one(trader)
            assert flows_hold(trader.organization.pk)
            both(ends)
            if round_ == 1:
                fold_flows()
                both(ends)
        assert broken(trader) == []
        kept = set(DayFlow.objects.exclude(amount=0).values_list("day", "what", "amount"))
        assert fold_flows()
        folded = set(DayFlow.objects.exclude(amount=0).values_list("day", "what", "amount"))
        assert kept != folded
        fold_flows(anew=True)
        assert set(DayFlow.objects.exclude(amount=0).values_list("day", "what", "amount")) == folded


def broken(trader: Trader) -> list[Any]:
    found = broken_rows(REPORT_VALIDATIONS, organization=trader.organization, now=timezone.now())
    return [row for rows in found.values() for row in rows]


def test_the_check_names_the_day_of_a_flow_that_is_wrong(actor: Any) -> None:
    with company(actor, 6, 25, None) as trader:
        fold_flows()
        assert broken(trader) == []
        flow = DayFlow.objects.filter(what="sold").earliest("day")
        flow.amount += 1
        flow.save()
        [row] = broken(trader)
        assert row.number == flow.day.isoformat()
        assert "sold" in row.detail


def test_too_much_since_is_counted_from_the_ledger(actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with company(actor, 6, 25, None) as trader:
        fold_flows()
        monkeypatch.setattr("huikuan.reports.kpi.flows.FEW", 1)
        trader.record()
        trader.record()
        asked: list[Any] = []
        monkeypatch.setattr(inputs, "flows_between", lambda *said: asked.append(said))
        assert (
            inputs_of([FIRST, TODAY]).total.periods
            == inputs_of([FIRST, TODAY], by=("customer",)).total.periods
        )
        assert asked == []


def test_what_waits_for_an_event_has_not_fallen_due(books: Any) -> None:
    books.invoice("I1", "2026-01-10", "100.00")
    waiting = NewDocument(books.customer("C1").pk, date(2026, 1, 10), Decimal(30), number="I2")
    record_invoices([waiting], actor=books.actor)
    ends = (date(2025, 12, 31), date(2026, 12, 31))
    for options in ({}, {"by": ("customer",)}):
        found = inputs_of(ends, **options).total.periods[0].inputs
        assert (found.closing, found.due) == (130, 100)
    fold_flows()
    assert inputs_of(ends).total.periods[0].inputs.due == 100

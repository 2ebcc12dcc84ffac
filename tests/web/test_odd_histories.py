"""Pages of forecasts over books that say little or odd things: the fallback is named, and every figure is a number."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import OpenItem
from huikuan.risk.foreseeing.operations import foresee_losses
from huikuan.risk.operations import set_matrix
from huikuan.risk.payments.operations import backtest, predict_all, train_model
from huikuan.risk.queries import requirement
from huikuan.risk.rules import STARTING_RATES
from huikuan.risk.workpaper import freeze
from tests.risk.payments.conftest import Row, company, trade
from tests.web.people import member, signed_in
from tests.web.test_forecast_pages import soon

pytestmark = pytest.mark.django_db

__all__ = ["company"]

NO_NUMBER = re.compile(r"\b(nan|inf|infinity|none)\b", re.IGNORECASE)
FEW, NO_LATE = "付清的应收太少", "几乎没有（或几乎都是）晚付"


def on_time(rows: list[Row]) -> list[Row]:
    return [row._replace(paid=row.due if row.paid else None) for row in rows]


def unpaid(rows: list[Row]) -> list[Row]:
    return [row._replace(paid=None) for row in rows]


def of_one(rows: list[Row]) -> list[Row]:
    return [row._replace(customer="only") for row in rows[:40]]


def due_before_issue(rows: list[Row]) -> list[Row]:
    return [row._replace(due=row.issued - timedelta(days=5)) for row in rows[:40]]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (list, ""),
        (lambda rows: [], FEW),
        (of_one, FEW),
        (on_time, NO_LATE),
        (unpaid, FEW),
        (due_before_issue, FEW),
    ],
    ids=[
        "odd ones among others",
        "no history",
        "one customer",
        "all on time",
        "all unpaid",
        "negative terms",
    ],
)
def test_every_page_says_numbers(company: Any, actor: Any, made: Any, why: str) -> None:
    today = timezone.localdate()
    odd = [
        Row("open", "new", today, today + timedelta(days=30), None, 100),
        Row("before", "C1", today, today - timedelta(days=40), None, 100),
        Row("ancient", "C2", date(1990, 1, 1), date(1990, 1, 31), None, 100),
        Row("no day", "C3", today, date(2100, 12, 31), None, 100),
        Row("nothing", "C4", today, today, None, 0),
        Row("to come", "C5", today + timedelta(days=20), today + timedelta(days=50), None, 100),
    ]
    organization = company([*made(soon(trade(300), today)), *odd])
    with tenant(organization.id):
        train_model(until=today, actor=actor, today=today)
        assert predict_all(actor=actor, today=today) >= 4
        backtest(until=today, actor=actor, today=today)
        set_matrix(rates=STARTING_RATES, effective_on=date(2000, 1, 1), actor=actor)
        assert foresee_losses(as_of=today, actor=actor, today=today) >= 4
        assert not NO_NUMBER.search(freeze(requirement(today)).content)
        items = dict(OpenItem.objects.values_list("document__number", "document_id"))
        customers = set(OpenItem.objects.values_list("customer_id", flat=True))
    client, code = signed_in(member(organization, "finance_manager")), organization.code
    week = today - timedelta(days=today.weekday())
    addresses = [
        reverse(name, args=[code])
        for name in (
            "cash-forecast",
            "payment-model",
            "payment-model-backtest",
            "stress",
            "provisions",
            "collection",
        )
    ]
    addresses.append(reverse("cash-forecast-week", args=[code, week.isoformat()]))
    addresses.append(reverse("stress", args=[code]) + "?days=30&largest=2")
    addresses += [reverse("document", args=[code, items[row.number]]) for row in odd if row.number in items]
    addresses += [reverse("customer", args=[code, key]) for key in sorted(customers)[:3]]
    pages = {address: client.get(address) for address in addresses}
    for address, page in pages.items():
        assert page.status_code == 200, address
        shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page.content.decode(), flags=re.DOTALL)
        assert not NO_NUMBER.search(shown), (address, NO_NUMBER.search(shown))
    if why:
        assert why in pages[reverse("payment-model", args=[code])].content.decode()

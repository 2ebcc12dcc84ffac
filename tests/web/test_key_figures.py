"""应收指标 on the page: the example quarter with its figures, before and course; whose figures they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from huikuan.customers.models import Salesperson
from huikuan.reports.kpi.targets import COMPANY
from huikuan.reports.moments import moment
from huikuan.reports.operations import set_target
from huikuan.web.reports.moments import known_text
from tests.reports.kpi.quarter import UNTIL, record_quarter
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


def cards(client: Client, books: Any, query: str = "") -> dict[str, dict[str, Any]]:
    address = f"/o/{books.organization.code}/key-figures/?as_of=2026-03-31{query}"
    answer = client.get(address)
    assert answer.status_code == 200
    return {card["name"]: card for card in answer.context["cards"]}


def test_figures_of_the_quarter_and_of_a_salesperson(books: Any) -> None:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="小王")
    books.customer("C1", salesperson=seller)
    Salesperson.objects.create(organization_id=books.organization.pk, code="S2", name="小李")
    record_quarter(books)
    client = signed_in(member(books.organization, "finance_manager"))
    for query in ("", "&salesperson=S1"):
        found = cards(client, books, query)
        assert found["dso"]["value"].startswith("45.51")
        assert found["count_back_dso"]["value"].startswith("45")
        assert found["cei"]["value"] == "87.50%"
        # The quarter before: everything owed was sold in it, 400 of sales of 400 in 92 days.
        assert found["dso"]["before"].startswith("92")
        assert found["dso"]["tone"] == "good"
        assert len(found["dso"]["chart"]["categories"]) == 12
    Salesperson.objects.filter(code="S1").update(team="东组")
    Salesperson.objects.filter(code="S2").update(team="西组")
    assert cards(client, books, "&team=东组")["dso"]["value"].startswith("45.51")
    assert cards(client, books, "&team=西组")["dso"]["value"] == "—"
    assert cards(client, books, "&team=东组&salesperson=S1")["cei"]["value"] == "87.50%"
    nobody = cards(client, books, "&salesperson=S2")
    assert nobody["dso"]["value"] == "—"
    assert nobody["dso"]["chart"] is None
    assert cards(client, books, "&months=1")["dso"]["value"].startswith("45")


def test_figures_as_known_at_a_time_and_the_report_behind_them(books: Any) -> None:
    """What was recorded later, a target included, is not in them; the report that they lead to agrees."""
    record_quarter(books)
    known_at = moment(UNTIL).known_at
    assert known_at is not None
    books.invoice("LATE", "2026-03-30", "500000.00", due="2026-04-30")
    set_target(
        "dso",
        Decimal(40),
        whose=COMPANY,
        starts_on=date(2026, 1, 1),
        actor=books.actor,
        now=datetime(2026, 7, 1, tzinfo=UTC),
    )
    client = signed_in(member(books.organization, "finance_manager"))
    now = cards(client, books)
    assert not now["dso"]["value"].startswith("45.51")
    then = "&" + urlencode({"known_at": known_text(known_at)})
    found = cards(client, books, then)
    assert found["dso"]["value"].startswith("45.51")
    assert "target" in now["dso"]
    assert "target" not in found["dso"]
    assert found["dso"]["chart"] != now["dso"]["chart"]
    address = f"/o/{books.organization.code}/key-figures/?as_of=2026-03-31{then}"
    answer = client.get(address)
    page = answer.content.decode()
    said = f"2026-01-01 至 2026-03-31 · 知悉至 {known_text(known_at).replace('T', ' ')[:16]}"
    assert said in page
    behind = answer.context["behind_url"]
    assert behind.replace("&", "&amp;") in page
    report = client.get(behind)
    assert report.status_code == 200
    assert "45.51" in report.content.decode()
    assert said in report.content.decode()

"""应收指标 on the page: the example quarter with its figures, before and course; whose figures they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.customers.models import Salesperson
from tests.reports.kpi.quarter import record_quarter
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

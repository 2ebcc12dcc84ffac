"""The decision page: each finding leads to its evidence and to the act, filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def test_from_a_finding_to_the_act(books: Any) -> None:
    organization = books.organization
    user, salesperson = seller(organization)
    today = books.today
    books.customer("C1", name="华东机械", salesperson=salesperson)
    books.customer("C2", name="别家的客户")
    old, lately = (today - timedelta(days=120)).isoformat(), (today - timedelta(days=5)).isoformat()
    due = (today - timedelta(days=90)).isoformat()
    for code in ("C1", "C2"):
        books.invoice(f"OLD-{code}", old, "1000.00", due=due, customer=code)
        books.invoice(f"NEW-{code}", lately, "50.00", due=today.isoformat(), customer=code)
    manager = signed_in(member(organization, "finance_manager", name="李经理"))
    page = manager.get(f"/o/{organization.code}/decisions/")
    shown = page.content.decode()
    assert page.status_code == 200
    assert "华东机械" in shown
    assert "别家的客户" in shown
    [row] = [each for each in page.context["stops"]["rows"] if each["cells"][0]["note"] == "C1"]
    stop = row["cells"][-1][0]["url"]
    assert "1,000.00" in parse_qs(urlsplit(stop).query)["reason"][0]
    form = manager.get(stop).content.decode()
    assert "1,000.00" in form
    assert manager.post(stop.split("?")[0], {"reason": "久拖不付"}).status_code == 302
    assert "华东机械" not in str(manager.get(f"/o/{organization.code}/decisions/").context["stops"]["rows"])
    for part in ("risks", "steps"):
        assert manager.get(f"/o/{organization.code}/decisions/{part}/").status_code == 200
    own = signed_in(user).get(f"/o/{organization.code}/decisions/").content.decode()
    assert "华东机械" in own
    assert "别家的客户" not in own


def test_what_an_address_asks_wrongly_is_told_and_the_usual_is_shown(books: Any) -> None:
    boss = signed_in(member(books.organization, "finance_manager"))
    page = boss.get(f"/o/{books.organization.code}/decisions/?since=abc&late=-1")
    assert page.status_code == 200
    assert page.context["stops"]["rows"] == []

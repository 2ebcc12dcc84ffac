"""What steps of policies lead to on pages: a proposed charge decided, a single document left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.collection.models import Charge, Pause
from huikuan.collection.stepping import Effect
from tests.collection.test_carrying_out import NIGHT, run
from tests.collection.test_runs import call, in_force
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def test_a_proposal_is_charged_by_finance_and_refused_with_a_reason(books: Any) -> None:
    user, own = seller(books.organization)
    finance = signed_in(member(books.organization, "ar_accountant"))
    home = f"/o/{books.organization.code}/collection/charges/"
    for code in ("C1", "C2"):
        books.customer(code, name=f"<b>{code}</b>", salesperson=own)
        books.invoice(f"F-{code}", "2026-03-01", "100000", due="2026-05-31", customer=code)
    in_force(books, replace(call(1), effects=(Effect.CHARGE_INTEREST,), fee=Decimal(50)))
    run(books, NIGHT)
    first, second = Charge.objects.order_by("customer__code")
    page = finance.get(home).content.decode()
    assert "F-C1" in finance.get(f"{home}{first.pk}/").content.decode()
    assert "&lt;b&gt;C1&lt;/b&gt;" in page and "<b>C1" not in page
    assert signed_in(user).post(f"{home}{first.pk}/agree/", {"tax_code": "13"}).status_code == 403
    assert finance.post(f"{home}{first.pk}/agree/", {"tax_code": "13"}).status_code == 302
    again = finance.post(f"{home}{first.pk}/agree/", {"tax_code": "13"})
    assert again.status_code == 422 and "已经有人处理" in again.content.decode()
    assert finance.post(f"{home}{second.pk}/refuse/", {"reason": ""}).status_code == 422
    assert finance.post(f"{home}{second.pk}/refuse/", {"reason": "关系客户"}).status_code == 302
    assert "关系客户" in finance.get(f"{home}{second.pk}/").content.decode()
    assert dict(Charge.objects.values_list("customer__code", "state")) == {"C1": "charged", "C2": "refused"}


def test_a_document_is_left_alone_from_its_own_page(books: Any) -> None:
    today = date.today()
    collector = signed_in(member(books.organization, "collector"))
    books.invoice("F-1", "2026-03-01", "1000", due="2026-05-31")
    key = books.item("F-1").document_id
    shown, home = (
        f"/o/{books.organization.code}/{part}/{key}/" for part in ("documents", "collection/documents")
    )
    assert f"{home}pause/" in collector.get(shown).content.decode()
    until = (today + timedelta(days=9)).isoformat()
    assert collector.post(f"{home}pause/", {"until_on": until, "reason": ""}).status_code == 422
    assert collector.post(f"{home}pause/", {"until_on": until, "reason": "等发票"}).status_code == 302
    page = collector.get(shown).content.decode()
    assert "等发票" in page and f"{home}resume/" in page
    assert collector.post(f"{home}resume/").status_code == 302
    assert Pause.objects.get().ended_on == today
    assert "等发票" not in collector.get(shown).content.decode()

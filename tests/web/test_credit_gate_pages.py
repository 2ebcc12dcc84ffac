"""Pages of limits, securities and the rules of the gates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.audit.models import Event
from huikuan.credit.gate_queries import gate_rules_in_force
from huikuan.credit.models import GateRule, Limit, OrderHold, Security, Setting
from huikuan.credit.operations import change_setting
from huikuan.credit.rules import Check
from huikuan.credit.shipped_rules import SHIPPED_RULES
from tests.credit.giving import Giving
from tests.sales.selling import Selling, line
from tests.web.people import member, signed_in


@pytest.fixture
def client(books: Any) -> Client:
    return signed_in(member(books.organization, "credit_controller"))


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_rules_in_plain_words_added_changed_and_ended(books: Any, client: Client) -> None:
    books.customer("C1", name="甲公司")
    here = f"/o/{books.organization.code}/credit/gates/"
    page = text(client, here)
    assert "逾期超过 60 天的欠款多于 50,000.00 CNY（先扣除未核销的收款）" in page
    assert "现在不检查订单" in page
    values = {
        "gate": "order", "check": "overdue", "action": "block", "amount": "5000", "days": "60",
        "scope": "customer", "customer": "C1", "less_unmatched": "on", "percent": "", "grades": "", "segment": "",
    }  # fmt: skip
    assert client.post(f"{here}new/", values).status_code == 302
    assert len(gate_rules_in_force()) == len(SHIPPED_RULES) + 1
    page = text(client, here)
    assert "逾期超过 60 天的欠款多于 5,000.00 CNY（先扣除未核销的收款）" in page
    assert "客户 甲公司" in page
    row = GateRule.objects.get(scope="customer")
    place = next(i for i, each in enumerate(gate_rules_in_force()) if each.customer_id)
    [change] = set(re.findall(rf"{here}\w{{16}}/{place}/(?=\")", page))
    assert row.check_code in text(client, change)
    assert client.post(change, {**values, "check": "grade", "grades": "C， D"}).status_code == 302
    changed = GateRule.objects.get(scope="customer")
    assert (changed.check_code, changed.grades, changed.amount) == ("grade", "C,D", 0)
    assert client.post(change, values).status_code == 404, "the rules have changed since"
    [end] = set(re.findall(rf"{here}\w{{16}}/{place}/end/", text(client, here)))
    assert client.post(end, {}).status_code == 302
    assert not GateRule.objects.filter(scope="customer").exists()
    versions = [len(row.content["rules"]) for row in Event.objects.filter(record_kind="credit_gate_rules")]
    assert sorted(versions) == [len(SHIPPED_RULES), len(SHIPPED_RULES) + 1, len(SHIPPED_RULES) + 1]


def test_a_rule_that_says_too_little_is_refused_with_words(books: Any, client: Client) -> None:
    here = f"/o/{books.organization.code}/credit/gates/new/"
    values = {"gate": "order", "check": "grade", "action": "block", "scope": "all"}
    answer = client.post(here, values)
    assert answer.status_code == 422
    assert "请写明哪些信用等级" in answer.content.decode()
    answer = client.post(here, {**values, "check": "limit", "scope": "segment"})
    assert answer.status_code == 422
    answer = client.post(here, {**values, "check": "limit", "scope": "customer", "customer": "nobody"})
    assert "没有客户 nobody" in answer.content.decode()


def test_whether_orders_are_checked_is_a_setting_with_a_page(books: Any, client: Client) -> None:
    values = {"checks_orders": "on", "reservation_days": "30", "commercial_weight": "80", "bank_weight": "20"}
    answer = client.post(f"/o/{books.organization.code}/credit/gates/setting/", values)
    assert answer.status_code == 302
    row = Setting.objects.get()
    assert (row.checks_orders, row.reservation_days) == (True, 30)
    assert (row.commercial_weight, row.bank_weight) == (Decimal("0.8"), Decimal("0.2"))
    page = text(client, f"/o/{books.organization.code}/credit/gates/")
    assert "现在不检查订单" not in page


def test_limits_with_their_use_by_tab(books: Any, client: Client) -> None:
    credit = Giving(books)
    today = date.today()
    for code, amount, owed in (("C1", "1000", "950"), ("C2", "1000", "100"), ("C3", "1000", "1200")):
        books.customer(code, name=f"客户{code}")
        credit.limit(amount, customer=code)
        books.invoice(f"F-{code}", "2026-01-05", owed, due="2027-12-31", customer=code)
    books.customer("C4", name="客户C4")
    credit.limit(
        "500", customer="C4", kind="temporary", on=today.isoformat(), ends_on=today + timedelta(days=9)
    )
    here = f"/o/{books.organization.code}/credit/limits/"
    page = text(client, here)
    for words in ("950.00", "95%", "120%", "−200.00", "客户C4"):
        assert words in page, words
    tight = text(client, f"{here}?which=tight")
    assert [code in tight for code in ("客户C1", "客户C2", "客户C3", "客户C4")] == [True, False, True, False]
    assert "客户C1" not in text(client, f"{here}?which=ending")
    assert "客户C4" in text(client, f"{here}?which=ending")
    assert "客户C1" not in text(client, f"{here}?which=ended")


def test_a_group_limit_shows_what_the_group_uses(books: Any, client: Client) -> None:
    credit = Giving(books)
    head = books.customer("G", name="集团")
    books.customer("M", parent=head)
    credit.limit("1000", customer="G", whole_group=True)
    books.invoice("F1", "2026-01-05", "400", due="2027-12-31", customer="M")
    page = text(client, f"/o/{books.organization.code}/credit/limits/")
    assert "40%" in page
    assert "固定额度（集团）" in page


def test_a_limit_is_withdrawn_from_its_customers_page(books: Any, client: Client) -> None:
    credit = Giving(books)
    limit = credit.limit("1000")
    code = books.organization.code
    page = text(client, f"/o/{code}/credit/customers/{books.customer().pk}/")
    url = f"/o/{code}/credit/limits/{limit.pk}/withdraw/"
    assert url in page
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "停产"}).status_code == 302
    assert Limit.objects.get().state == "withdrawn"
    assert client.get(url).status_code == 404


def test_securities_are_entered_listed_and_released(books: Any, client: Client) -> None:
    customer = books.customer("C1", name="甲公司")
    code, today = books.organization.code, date.today()
    new = f"/o/{code}/credit/customers/{customer.pk}/security/"
    values = {
        "kind": "insurance", "amount": "100000", "percent": "90", "starts_on": today,
        "expires_on": today + timedelta(days=20), "description": "保单 A1",
    }  # fmt: skip
    assert client.post(new, {**values, "expires_on": today - timedelta(days=1)}).status_code == 422
    assert client.post(new, values).status_code == 302
    row = Security.objects.get()
    assert row.cover == Decimal("0.9")
    own = text(client, f"/o/{code}/credit/customers/{customer.pk}/")
    assert "信用保险覆盖" in own
    assert "90,000.00" in own
    for which in ("", "?which=ending"):
        assert "保单 A1" in text(client, f"/o/{code}/credit/securities/{which}")
    release = f"/o/{code}/credit/securities/{row.pk}/release/"
    assert client.post(release, {"reason": "退保"}).status_code == 302
    assert "保单 A1" not in text(client, f"/o/{code}/credit/securities/")
    assert "保单 A1" in text(client, f"/o/{code}/credit/securities/?which=ended")


def test_who_sells_sees_rules_and_own_limits_and_changes_nothing(books: Any) -> None:
    Giving(books).limit("1000")
    seller = signed_in(member(books.organization, "salesperson"))
    base = f"/o/{books.organization.code}/credit/"
    assert "添加规则" not in text(seller, f"{base}gates/")
    assert books.customer().name not in text(seller, f"{base}limits/")
    assert seller.get(f"{base}gates/new/").status_code == 403


def test_the_queue_says_what_would_pass_and_who_may_decide(books: Any, client: Client) -> None:
    change_setting(checks_orders=True, actor=books.actor)
    credit, selling = Giving(books), Selling(books)
    credit.limit("1000")
    books.invoice("F1", "2026-11-01", "900", due="2027-12-31")
    selling.order(line("5", "100"))
    hold = OrderHold.objects.get()
    code = books.organization.code
    one = f"/o/{code}/credit/holds/{hold.pk}/"
    assert "可放行" not in text(client, f"/o/{code}/credit/holds/")
    assert "可以放行的人" in text(client, one)
    books.receipt("R1", "2026-11-20", "600")
    assert "可放行" in text(client, f"/o/{code}/credit/holds/")
    assert "现在可以通过" in text(client, one)
    late = date.today() + timedelta(days=60)
    answer = client.post(f"{one}release/", {"reason": "同意", "until": late})
    assert (answer.status_code, "最长 31 天" in answer.content.decode()) == (422, True)
    until = date.today() + timedelta(days=10)
    assert client.post(f"{one}release/", {"reason": "同意", "until": until}).status_code == 302
    assert OrderHold.objects.get().released_until == until
    assert Check.LIMIT.value in {each["code"] for each in OrderHold.objects.get().reasons}

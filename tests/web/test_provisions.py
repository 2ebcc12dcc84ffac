"""坏账准备 on pages: rates, the sheet with its entry, customers by themselves, and who may see them."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.foreseeing.operations import foresee_losses
from huikuan.risk.models import Assessment, Provision, ProvisionMatrix
from huikuan.risk.operations import assess, post_provision, set_matrix
from huikuan.risk.payments.operations import train_model
from huikuan.risk.rules import STARTING_RATES
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any) -> Client:
    return signed_in(member(organization, "finance_manager"))


@pytest.fixture
def portfolio(books: Books) -> Books:
    """At the end of October: 200,000 not due, 10,000 of two customers overdue by 20 days, C2 judged by itself."""
    books.invoice("A1", "2026-10-01", "200000", due="2026-11-30")
    books.invoice("A2", "2026-09-01", "6000", due="2026-10-11")
    books.invoice("B1", "2026-09-01", "4000", due="2026-10-11", customer="C2")
    return books


def with_rates(books: Books) -> None:
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)


def judged(books: Books) -> Assessment:
    return assess(
        customer_id=books.customer("C2").pk,
        rate=Decimal("0.8"),
        reason="涉诉",
        from_on=day("2026-06-01"),
        actor=books.actor,
    )


def text_of(answer: Any) -> str:
    """The page without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def sheet(client: Client, books: Books, **parameters: str) -> Any:
    return client.get(f"/o/{books.organization.code}/provisions/", {"as_of": "2026-10-31", **parameters})


def test_rates_are_filled_in_from_roll_rates(client: Client, portfolio: Books) -> None:
    portfolio.receipt("R1", "2026-10-11", "7500.00")
    portfolio.allocate("R1", "A2", "6000.00", "2026-10-11")
    where = f"/o/{portfolio.organization.code}/provisions/rates/"
    form = client.get(where, {"rolls": "12"}).context["form"]
    assert form.initial["rate_0"] == Decimal("0.4")  # 4,000 of the 10,000 that fell due in October were left
    assert form.initial["rate_1"] == 1
    assert "2026-10" in form.initial["note"]
    page = client.get(where, {"rolls": "12", "final": "80", "forward": "1.1"})
    assert page.context["form"].initial["rate_0"] == Decimal("0.352")  # 0.4 × 80% × 1.1
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    rates = {f"rate_{place}": "10" for place in range(7)}
    assert client.post(where, {**values, **rates, "effective_on": "2026-10-01"}).status_code == 302
    assert ProvisionMatrix.objects.get().basis == {
        "since": "2025-11-01",
        "until": "2026-10-31",
        "final": "0.8",
        "forward": "1.1",
        "rolls": ["0.400000", None, None, None, None, None],
    }


def test_without_rates_it_offers_those_to_begin_with(client: Client, portfolio: Books) -> None:
    page = sheet(client, portfolio).content.decode()
    assert "先设定计提比例" in page
    values = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert values["rate_0"] == "0.5"
    assert values["rate_6"] == "100"
    answer = client.post(f"/o/{portfolio.organization.code}/provisions/rates/", values)
    assert answer.status_code == 302
    matrix = ProvisionMatrix.objects.get()
    assert {bucket: Decimal(rate) for bucket, rate in matrix.rates.items()} == STARTING_RATES
    assert matrix.effective_on == day("2026-01-01")
    assert "按账龄" in sheet(client, portfolio).content.decode()


def test_the_sheet_shows_what_is_required_and_the_entry(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    said = text_of(sheet(client, portfolio))
    # 200,000 × 0.5% + 10,000 × 2%
    assert "未到期 200,000.00 0.5% 1,000.00" in said
    assert "1–30 天 10,000.00 2% 200.00" in said
    assert "信用减值损失 6702 1,200.00" in said
    assert "坏账准备 1231 1,200.00" in said


def test_a_balance_leads_to_items_of_the_same_total(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    page = sheet(client, portfolio).content.decode()
    [address] = re.findall(r'href="([^"]+cell=1-30[^"]*)"', page)
    items = client.get(address.replace("&amp;", "&"))
    assert {"A2", "B1"} <= set(re.findall(r">([AB]\d)<", items.content.decode()))
    total = client.get(
        address.replace("&amp;", "&").replace("/items/?", "/items/total?"), headers={"HX-Request": "true"}
    )
    assert total.status_code == 404 or "10,000.00" in total.content.decode()


def test_a_bucket_with_an_assessed_customer_has_no_link(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    judged(portfolio)
    answer = sheet(client, portfolio)
    page, said = answer.content.decode(), text_of(answer)
    assert "cell=1-30" not in page
    assert "cell=not_due" in page
    assert "1–30 天 6,000.00 2% 120.00" in said
    assert "客户C2 C2 · 涉诉 4,000.00 80% 3,200.00" in said
    assert re.search(
        r'href="[^"]*customer=C2[^"]*cell=receivable|href="[^"]*cell=receivable[^"]*customer=C2', page
    )


def test_posting_what_was_confirmed(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    values = {"as_of": "2026-10-31", "charge": "1200.00"}
    answer = client.post(f"/o/{portfolio.organization.code}/provisions/post/", values, follow=True)
    assert answer.status_code == 200
    said = text_of(answer)
    assert "已计提坏账准备 1,200.00" in said
    assert "信用减值损失 6702 1,200.00" in said
    assert portfolio.entries("provision") == ["D6702 1200.00", "C1231 1200.00"]
    said = text_of(sheet(client, portfolio))
    assert "不用记账" in said
    assert "本月 自 2026-10-01 0.00 1,200.00" in said
    assert_nothing_broken(portfolio.organization)


def test_figures_that_changed_since_are_not_posted(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    values = {"as_of": "2026-10-31", "charge": "1199.99"}
    answer = client.post(f"/o/{portfolio.organization.code}/provisions/post/", values)
    assert answer.status_code == 409
    assert "1,200.00" in answer.content.decode() or "1200.00" in answer.content.decode()
    with tenant(portfolio.organization.pk):
        assert not Provision.objects.exists()
        assert portfolio.entries("provision") == []


def test_only_the_end_of_an_open_month_can_be_posted(client: Client, portfolio: Books) -> None:
    from huikuan.ledger.operations import close_period

    with_rates(portfolio)
    assert 'data-dialog-open="post-provision"' in sheet(client, portfolio).content.decode()
    assert (
        'data-dialog-open="post-provision"'
        not in sheet(client, portfolio, as_of="2026-10-15").content.decode()
    )
    close_period(month=day("2026-10-01"), actor=portfolio.actor)
    closed = sheet(client, portfolio).content.decode()
    assert 'data-dialog-open="post-provision"' not in closed
    assert "2026-10 已关闭" in closed


def test_who_only_reads_finds_no_button(portfolio: Books) -> None:
    with_rates(portfolio)
    reader = signed_in(member(portfolio.organization, "executive"))
    page = sheet(reader, portfolio).content.decode()
    assert "post-provision" not in page
    values = {f"rate_{position}": "1" for position in range(7)} | {"effective_on": "2026-01-01"}
    assert reader.post(f"/o/{portfolio.organization.code}/provisions/rates/", values).status_code == 403


def test_who_sees_some_customers_is_refused_and_not_led_there(portfolio: Books) -> None:
    for role in ("salesperson", "sales_manager"):
        client = signed_in(member(portfolio.organization, role, team="华东"))
        for address in ("provisions/", "provisions/rates/", "provisions/file.csv", "bad-debts/"):
            answer = client.get(f"/o/{portfolio.organization.code}/{address}")
            assert answer.status_code == 403, address
        home = client.get(f"/o/{portfolio.organization.code}/items/").content.decode()
        assert "/provisions/" not in home
        assert "/bad-debts/" not in home


def test_rates_are_percentages(client: Client, portfolio: Books) -> None:
    address = f"/o/{portfolio.organization.code}/provisions/rates/"
    values = {f"rate_{position}": "1.25" for position in range(7)} | {"effective_on": "2026-02-01"}
    for wrong in ("101", "-1", "abc", "", "1e1"):
        answer = client.post(address, {**values, "rate_3": wrong})
        assert answer.status_code == 422, wrong
    assert not ProvisionMatrix.objects.exists()
    assert client.post(address, {**values, "rate_3": " 60.5 % "}).status_code == 302
    assert Decimal(ProvisionMatrix.objects.get().rates["61-90"]) == Decimal("0.605")
    page = client.get(address).content.decode()
    assert 'value="60.5"' in page
    assert "2026-02-01" in page


def test_a_customer_by_itself_and_back(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    base = f"/o/{portfolio.organization.code}/provisions/customers/"
    values = {"customer": "户C2", "rate": "80", "from_on": "2026-10-01", "reason": "涉诉"}
    assert client.post(f"{base}new/", {**values, "customer": "客户"}).status_code == 422
    assert client.post(f"{base}new/", values).status_code == 302
    row = Assessment.objects.get()
    assert (row.customer.code, row.rate) == ("C2", Decimal("0.8"))
    assert "客户C2 C2 4,000.00 80% 涉诉 2026-10-01 进行中" in text_of(client.get(base))
    again = client.post(f"{base}new/", values)
    assert again.status_code == 422
    assert "已经在单项计提中" in again.content.decode()
    assert (
        client.post(f"{base}{row.pk}/end/", {"until_on": "2026-11-01", "reason": "已和解"}).status_code == 302
    )
    assert "已结束" in client.get(base).content.decode()


def test_files_say_the_same_and_leave_a_trace(client: Client, portfolio: Books) -> None:
    from huikuan.audit.models import Event

    with_rates(portfolio)
    judged(portfolio)
    code = portfolio.organization.code
    answer = client.get(f"/o/{code}/provisions/file.csv", {"as_of": "2026-10-31"})
    said = answer.content.decode("utf-8-sig")
    assert ",1–30 天,CNY,6000.00,2%,120.00," in said
    assert "C2,客户C2,CNY,4000.00,80%,3200.00,涉诉" in said
    assert ",合计,CNY,210000.00,,4320.00," in said
    assert client.get(f"/o/{code}/provisions/file.xlsx").content.startswith(b"PK")
    assert client.get(f"/o/{code}/provisions/file.exe").status_code == 404
    with tenant(portfolio.organization.pk):
        assert Event.objects.filter(action="exported", number="provision").count() == 2


def test_the_trail_tells_of_a_provision(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    code = portfolio.organization.code
    client.post(f"/o/{code}/provisions/post/", {"as_of": "2026-10-31", "charge": "1200.00"})
    trail = client.get(f"/o/{code}/settings/trail/")
    assert trail.status_code == 200
    assert "计提坏账准备" in trail.content.decode()
    provision = Provision.objects.get()
    assert client.get(f"/o/{code}/settings/trail/{provision.act_id}/").status_code == 200


def test_the_workpaper_of_what_was_posted(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    first = sheet(client, portfolio, as_of="2026-09-30")
    assert "与上期" not in text_of(first)
    made = post_provision(as_of=day("2026-09-30"), actor=portfolio.actor, today=portfolio.today)
    said = text_of(sheet(client, portfolio))
    assert "与上期（2026-09-30）比较" in said
    page = client.get(f"/o/{portfolio.organization.code}/provisions/{made.pk}/").content.decode()
    [address] = re.findall(r'href="([^"]+workpaper\.xlsx)"', page)
    book = workbook(client.get(address))
    assert book.sheet_names == ["概要", "计提计算", "与上期比较", "明细", "按客户", "迁徙率"]
    assert book.get_sheet_by_name("明细").to_python()[3][:4] == ["A2", 1, "C1", "客户C1"]
    draft = client.get(f"/o/{portfolio.organization.code}/provisions/file.workpaper?as_of=2026-10-31")
    assert "试算，未过账" in str(workbook(draft).get_sheet_by_name("概要").to_python())


def workbook(answer: Any) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(BytesIO(answer.content))


def test_the_second_method_is_asked_for(client: Client, portfolio: Books) -> None:
    with_rates(portfolio)
    assert "只有现行比例法" in text_of(sheet(client, portfolio))
    train_model(until=day("2026-10-31"), actor=portfolio.actor, today=portfolio.today)
    page = sheet(client, portfolio).content.decode()
    assert 'action="/o/' in page and "provisions/by-model/" in page
    asked = f"/o/{portfolio.organization.code}/provisions/by-model/"
    for answer in ("正在用付款模型计算", "已经在计算了"):
        done = client.post(asked, {"as_of": "2026-10-31"}, follow=True)
        assert answer in done.content.decode()
    assert foresee_losses(as_of=day("2026-10-31"), actor=portfolio.actor, today=portfolio.today) == 3
    said = text_of(sheet(client, portfolio))
    assert "付款模型第 1 版" in said
    assert "nan" not in said.lower()

"""Pivots on their pages: chosen, drawn, kept, shared, changed, put on the first page and removed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.models import SavedPivot
from huikuan.reports.pivots.saved import report_name
from tests.conftest import TODAY, make_organization
from tests.reports.example import record_until_june
from tests.trade import Books
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = {"from": "2026-01-01", "to": "2026-06-30"}
SAID = {"name": "地区月报", "period": "months:6"}


@pytest.fixture
def company(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C1", name="<b>甲公司", region="华东")
        record_until_june(books)
        books.invoice("E1", "2026-03-01", "500.00", customer="C2")
    return organization


@pytest.fixture
def clerk(company: Any) -> Any:
    return signed_in(member(company, "finance_manager"))


def url(company: Any, rest: str = "") -> str:
    return f"/o/{company.code}/reports/{rest}"


def page(client: Any, address: str, words: Any = None) -> str:
    answer = client.get(address, words)
    assert answer.status_code == 200
    return answer.content.decode()


def test_heads_stand_over_heads_and_figures_lead_on(company: Any, clerk: Any) -> None:
    words = {**DAYS, "by": "region", "by2": "customer", "column": "month", "measures": ["receivable", "sold"]}
    html = page(clerk, url(company, "pivot/"), words)
    assert re.findall(r'<th scope="colgroup" colspan="2">([^<]+)</th>', html)[-2:] == ["2026-06", "合计"]
    assert "&lt;b&gt;甲公司" in html and "<b>甲公司" not in html
    assert html.count('type="checkbox" name="measures"') > 20
    assert re.findall(r'name="measures" value="(\w+)" checked', html) == ["receivable", "sold"]
    items = [unescape(link) for link in re.findall(r'href="([^"]+/items/[^"]*as_of=2026-03-31[^"]*)"', html)]
    assert any("region=" in link for link in items)
    assert clerk.get(items[0]).status_code == 200
    finer = [
        unescape(link) for link in re.findall(r'href="([^"]+/reports/pivot/[^"]*measures=sold[^"]*)"', html)
    ]
    assert any("from=2026-03-01" in link and "to=2026-03-31" in link for link in finer)
    assert "500.00" in page(clerk, next(link for link in finer if "region=-" in link))
    export = unescape(re.search(r'href="([^"]+file\.xlsx[^"]*)"', html)[1])  # type: ignore[index]
    assert "column=month" in export
    assert clerk.get(export).content.startswith(b"PK")


def test_what_cannot_be_asked_is_said_above_the_form(company: Any, clerk: Any) -> None:
    html = page(clerk, url(company, "pivot/"), {**DAYS, "by": "region", "column": "region"})
    assert "不能同时在行上和列上" in html
    assert 'name="column"' in html
    assert "没有符合条件的数据" in page(
        clerk, url(company, "pivot/"), {"from": "2020-01-01", "to": "2020-02-01"}
    )


def test_kept_changed_and_removed(company: Any, clerk: Any) -> None:
    html = page(
        clerk, url(company, "pivot/"), {**DAYS, "by": "region", "measures": "overdue", "chart": "bar"}
    )
    save = unescape(re.search(r'action="([^"]+pivot/save[^"]*)"', html)[1])  # type: ignore[index]
    answer = clerk.post(save, {**SAID, "roles": ["salesperson"], "on_dashboard": "on"})
    with tenant(company.pk):
        saved = SavedPivot.objects.get()
    assert saved.words == {"measures": "overdue", "chart": "bar", "period": "months:6"}
    assert (saved.roles, saved.on_dashboard) == (["salesperson"], True)
    own = url(company, f"{report_name(saved.pk)}/")
    assert answer["Location"] == own
    html = page(clerk, own, {"to": "2026-06-30"})
    assert "地区月报" in html and "指标：逾期" in html and "33,000.00" in html
    assert 'name="measures"' not in html
    assert own in page(clerk, url(company))
    change = unescape(re.search(r'href="([^"]+saved=pivot-[^"]*)"', html)[1])  # type: ignore[index]
    html = page(clerk, change)
    assert "修改“地区月报”" in html
    save = unescape(re.search(r'action="([^"]+pivot/save[^"]*)"', html)[1])  # type: ignore[index]
    clerk.post(save, {**SAID, "name": "地区逾期"})
    with tenant(company.pk):
        assert SavedPivot.objects.get().name == "地区逾期"
        assert SavedPivot.objects.get().roles == []
    assert "请换一个名称" not in page(clerk, own)
    clerk.post(url(company, "pivot/save?by=region"), {**SAID, "name": "地区逾期"})
    assert "请换一个名称" in page(clerk, url(company, "pivot/"))
    assert clerk.post(url(company, f"pivot/{saved.pk}/remove")).status_code == 302
    assert clerk.get(own).status_code == 404


def test_others_find_what_is_shared_with_their_role_and_see_their_customers(company: Any, clerk: Any) -> None:
    clerk.post(url(company, "pivot/save?by=customer&measures=receivable"), {**SAID, "roles": ["salesperson"], "on_dashboard": "on"})  # fmt: skip
    with tenant(company.pk):
        saved = SavedPivot.objects.get()
    name = report_name(saved.pk)
    user, salesperson = seller(company, code="S7")
    sales, accountant = signed_in(user), signed_in(member(company, "ar_accountant"))
    html = page(sales, url(company, f"{name}/"), {"to": "2026-06-30"})
    assert "甲公司" not in html
    with tenant(company.pk):
        from huikuan.customers.models import Customer

        Customer.objects.filter(code="C2").update(salesperson=salesperson)
    html = page(sales, url(company, f"{name}/"), {"to": "2026-06-30"})
    assert "500.00" in html and "甲公司" not in html
    assert "另存并修改" in html and "/remove" not in html
    assert accountant.get(url(company, f"{name}/")).status_code == 404
    assert accountant.get(f"/o/{company.code}/dashboard/{name}/").status_code == 404
    assert accountant.get(url(company, f"{name}/file.csv")).status_code == 404
    assert accountant.post(url(company, f"pivot/{saved.pk}/remove")).status_code == 403
    tile = f"/o/{company.code}/dashboard/{name}/"
    assert tile in page(sales, f"/o/{company.code}/")
    assert tile not in page(accountant, f"/o/{company.code}/")
    assert "客户C2" in page(sales, tile)
    html = page(sales, url(company, "pivot/"))
    assert 'name="roles"' not in html  # who may not share is not asked with whom


def test_a_tile_draws_its_picture(company: Any, clerk: Any) -> None:
    clerk.post(
        url(company, "pivot/save?by=region&measures=receivable&chart=bar"), {**SAID, "on_dashboard": "on"}
    )
    with tenant(company.pk):
        name = report_name(SavedPivot.objects.get().pk)
    assert "data-chart" in page(clerk, f"/o/{company.code}/dashboard/{name}/")
    html = page(clerk, url(company, f"{name}/schedule"))
    assert "地区月报" in html

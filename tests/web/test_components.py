"""The shared components, rendered with plain data and read as HTML."""

import datetime as dt
import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django import forms
from django.template.loader import render_to_string
from django.test import RequestFactory

from huikuan.web.templatetags import icons

COLUMNS: list[dict[str, Any]] = [
    {"label": "单据号", "sort": "number", "lead": True},
    {"label": "客户", "kind": "name"},
    {"label": "到期日", "kind": "date", "sort": "due_on"},
    {"label": "余额", "kind": "money", "sort": "open"},
    {"label": "状态", "kind": "badge"},
]
ROW: dict[str, Any] = {
    "url": "/items/1",
    "cells": ["YS1", "<b>甲</b>公司", dt.date(2026, 11, 21), Decimal("-3500"), "overdue"],
}


@pytest.fixture(autouse=True)
def _without_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icons, "vite_asset_url", lambda name: f"/static/dist/{name}")


def render(name: str, query: str = "", **context: Any) -> str:
    request = RequestFactory().get(f"/items{query}")
    html = render_to_string(f"components/{name}.html", context, request=request)
    return re.sub(r"\s+", " ", html)


def acts(count: int, primary: str = "") -> list[dict[str, Any]]:
    return [
        {"label": name, "url": f"/{name}/", "primary": name == primary, "post": name == "b"}
        for name in "abcdefg"[:count]
    ]


def test_a_heading_shows_four_acts_and_keeps_the_seldom_of_more_in_a_menu() -> None:
    four = render("page_header", title="甲", actions=[*acts(4, "d"), {"label": "空", "url": ""}])
    assert "dropdown" not in four
    assert re.findall(r'(?:href|action)="(/\w/)"', four) == ["/a/", "/b/", "/c/", "/d/"]
    seven = render("page_header", title="甲", actions=acts(7, "g"))
    before, menu = seven.split('<div class="dropdown-menu')
    menu, after = menu.split("</div>", 1)
    found = [re.findall(r'(?:href|action)="(/\w/)"', part) for part in (before, menu, after)]
    assert found == [["/a/", "/b/"], ["/c/", "/d/", "/e/", "/f/"], ["/g/"]], "the primary act stays last"
    assert menu.count("dropdown-item") == 4
    plain = render("page_header", title="甲", actions=acts(5))
    assert re.findall(r'(?:href|action)="(/\w/)"', plain.split("dropdown")[0]) == ["/a/", "/b/", "/c/"]


def test_more_than_two_files_stand_in_a_menu_of_their_own() -> None:
    files = [{**act, "file": True} for act in acts(3)]
    two = render("page_header", title="甲", actions=[*files[:2], *acts(4)[3:]])
    assert "dropdown" not in two
    three = render("page_header", title="甲", actions=[*files, *acts(4)[3:]])
    menu, after = three.split('<div class="dropdown-menu')[1].split("</div>", 1)
    assert menu.count("dropdown-item") == 3
    assert re.findall(r'href="(/\w/)"', after) == ["/d/"], "what is no file stays beside the menu"
    assert "下载" in three and "更多" not in three
    folded = render("page_header", title="甲", actions=[*acts(7)[3:], *files])
    assert folded.count('<div class="dropdown-menu') == 1, "no menu inside a menu"
    assert folded.count("dropdown-item") == 4


def test_a_table_sorts_links_and_labels_its_cells() -> None:
    html = render("table", "?sort=due_on&status=overdue&page=3", columns=COLUMNS, rows=[ROW], sort="due_on")
    assert re.findall(r'aria-sort="(\w+)"', html) == ["ascending"]
    assert 'href="?sort=-due_on&amp;status=overdue"' in html, "turns round, keeps the filter, leaves the page"
    assert 'href="?sort=-open&amp;status=overdue"' in html, "figures begin with the largest"
    assert '<tr data-href="/items/1">' in html
    assert '<a class="cell-link" href="/items/1">YS1</a>' in html
    assert '<td class="date" data-label="到期日">2026-11-21</td>' in html
    assert '<td class="num" data-label="余额"><span class="num-negative">−3,500.00</span></td>' in html
    assert "&lt;b&gt;甲&lt;/b&gt;公司" in html


def test_a_tables_total_stands_under_its_column_and_paging_below() -> None:
    html = render(
        "table",
        columns=COLUMNS,
        rows=[ROW],
        currency="JPY",
        total=["合计", "", "", Decimal("1234.5"), ""],
        paging={"text": "1–25", "next_url": "?after=x"},
    )
    foot = re.search(r"<tfoot>.*</tfoot>", html)
    assert foot
    cells = re.findall(r"<td[^>]*>(.*?)</td>", foot[0])
    assert [re.sub(r"<[^>]+>", "", cell) for cell in cells] == ["合计", "", "", "1,235", ""]
    assert 'rel="next" href="?after=x"' in html
    assert 'rel="prev"' not in html


def test_a_table_without_rows_says_so_and_offers_the_first_step() -> None:
    empty = {"title": "还没有客户", "actions": [{"label": "导入", "url": "/import", "primary": True}]}
    html = render("table", columns=COLUMNS, rows=[], empty=empty)
    assert "还没有客户" in html
    assert '<a class="btn btn-primary" href="/import">' in html
    assert "<table" not in html


def test_a_money_cell_prints_in_its_own_currency_before_the_tables() -> None:
    columns = [{"label": "金额", "kind": "money"}]
    rows = [{"cells": [{"value": Decimal("1.5"), "currency": "KWD"}]}, {"cells": [Decimal("1.5")]}]
    html = render("table", columns=columns, rows=rows, currency="CNY")
    assert re.findall(r'<td class="num"[^>]*>([^<]*)</td>', html) == ["1.500", "1.50"]


@pytest.mark.parametrize(
    ("status", "words", "css"),
    [
        ("not_due", "未到期", "mark-good"),
        ("overdue", "已逾期", "mark-bad"),
        ("disputed", "争议中", "mark-dispute"),
        ("set_aside", "暂缓导入", "mark-warn"),
        ("settled", "已结清", "mark"),
    ],
)
def test_a_badge_says_its_state_in_words(status: str, words: str, css: str) -> None:
    html = render("badge", status=status, detail="12 天")
    assert f"{words} 12 天" in html
    assert css in html


def test_a_field_ties_its_label_hint_and_error_to_the_input() -> None:
    class Receipt(forms.Form):
        amount = forms.DecimalField(label="金额", help_text="含税")

    form = Receipt({"amount": "12x"})
    html = render("field", field=form["amount"])
    assert '<label class="form-label" for="id_amount">金额</label>' in html
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'id="id_amount_helptext"' in html
    assert 'id="id_amount_error"' in html
    assert 'aria-invalid="true"' in html
    assert "is-invalid" in html


def test_a_charts_amounts_reach_the_page_as_exact_text() -> None:
    chart = {
        "kind": "bar",
        "categories": ["未到期"],
        "series": [{"points": [{"value": Decimal("28416320.55"), "url": "/items?bucket=not_due"}]}],
    }
    html = render("chart", id="aging", chart=chart, label="按账龄的应收余额")
    source = re.search(r'data-chart="([^"]*)"', html)
    assert source
    assert json.loads(unescape(source[1]))["series"][0]["points"][0]["value"] == "28416320.55"
    assert "<script" not in html
    assert 'aria-label="按账龄的应收余额"' in html


def test_a_timeline_tells_when_who_and_how_much() -> None:
    events = [
        {
            "title": "反核销",
            "on": dt.date(2026, 9, 12),
            "by": "陈立",
            "amount": Decimal("-2"),
            "currency": "CNY",
        },
        {"title": "登记争议", "at": dt.datetime(2026, 9, 20, 8, 31)},
    ]
    html = render("timeline", events=events)
    assert '<time class="date" datetime="2026-09-12">2026-09-12</time> · 陈立' in html
    assert "−2.00" in html
    assert "记录于 2026-09-20 08:31" in html
    assert html.count('class="money"') == 1


def test_a_description_list_prints_each_kind_of_fact() -> None:
    items = [
        {"label": "余额", "value": Decimal("280000"), "kind": "money", "currency": "CNY"},
        {"label": "到期日", "value": None, "kind": "date"},
        {"label": "状态", "value": "overdue", "kind": "badge"},
        {"label": "客户", "value": "甲公司", "url": "/customers/1"},
    ]
    html = render("description_list", items=items)
    assert re.findall(r"<dt>(.*?)</dt>", html) == ["余额", "到期日", "状态", "客户"]
    assert "280,000.00" in html
    assert ">—</dd>" in html
    assert "已逾期" in html
    assert '<a href="/customers/1">甲公司</a>' in html


def test_progress_without_a_value_is_indeterminate_and_polling_can_stop() -> None:
    waiting = render("progress", label="正在导入", id="p", poll_url="/import/1/progress")
    assert " value=" not in waiting
    assert 'hx-get="/import/1/progress"' in waiting
    done = render("progress", label="正在导入", id="p", value=2466, max=2466, text="2,466 / 2,466")
    assert 'value="2466" max="2466"' in done
    assert "hx-get" not in done


def test_a_tile_leads_to_the_rows_behind_its_figure() -> None:
    html = render(
        "tile", label="逾期", value=Decimal("21294510.57"), currency="CNY", url="/items?o=1", tone="bad"
    )
    assert '<a class="tile-link" href="/items?o=1">逾期</a>' in html
    assert "21,294,510.57" in html
    assert "text-bad" in html


def test_the_aging_strip_draws_only_what_is_owed() -> None:
    columns = [{"label": "账龄", "kind": "strip"}]
    buckets = [
        {"name": "not_due", "label": "未到期", "amount": Decimal(3)},
        {"name": "1-30", "label": "1–30 天", "amount": Decimal(0)},
        {"name": ">365", "label": "365 天以上", "amount": Decimal(1)},
    ]
    html = render("table", columns=columns, rows=[{"cells": [{"value": buckets}]}], currency="CNY")
    assert re.findall(r'<rect class="(age-\d)" x="([\d.]+)%" width="([\d.]+)%"', html) == [
        ("age-0", "0.000", "75.000"),
        ("age-6", "75.000", "25.000"),
    ]
    assert "未到期 3.00" in html


def test_a_modal_asks_before_it_posts() -> None:
    html = render("modal", id="undo", title="撤销？", text="<b>", action="/undo", submit="撤销", danger=True)
    assert '<dialog id="undo" class="dialog" aria-labelledby="undo-title">' in html
    assert '<form method="post" action="/undo"><input type="hidden" name="csrfmiddlewaretoken"' in html
    assert "&lt;b&gt;" in html
    assert re.findall(r'<button class="btn btn-danger">撤销</button>', html)
    assert "data-dialog-close>取消</button>" in html
    bare = render("modal", id="columns", title="列")
    assert "<form" not in bare and "data-dialog-close" not in bare, "its body brings its own buttons"


def test_a_detail_panel_shows_facts_under_a_heading() -> None:
    facts = [{"label": "余额", "value": Decimal("12.5"), "kind": "money", "currency": "CNY"}]
    html = render("detail_panel", id="sums", title="余额", items=facts, rows=True, more_url="/items")
    assert 'aria-labelledby="sums-title"' in html
    assert '<h2 class="card-title" id="sums-title">余额</h2>' in html
    assert '<a class="card-more" href="/items">查看全部</a>' in html
    assert '<dl class="facts facts-rows">' in html and "12.50" in html
    assert "<h2" not in render("detail_panel", items=facts)

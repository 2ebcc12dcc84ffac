"""The guide inside: every area has a page in both languages, links lead on, and text stays text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils.translation import override

from huikuan.web.guide import library
from huikuan.web.navigation import AREAS, Area
from tests.web.people import member, signed_in

NAMES = sorted(path.name[:-3] for path in library.PAGES.glob("*.md") if ".zh-CN." not in path.name)


@pytest.mark.parametrize(
    "area", [area for area in AREAS if isinstance(area, Area)], ids=lambda area: area.url_name
)
def test_every_area_has_a_page(area: Area) -> None:
    name = library.page_for(area.url_name)
    assert name != library.INDEX
    for suffix in (".md", ".zh-CN.md"):
        assert (library.PAGES / f"{name}{suffix}").is_file()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_pages_that_exist(name: str, language: str) -> None:
    with override(language):
        page = library.guide_page(name, base="/o/x/guide/")
    assert page is not None
    assert page.chinese == (language != "en")
    for target in re.findall(r'href="([^"#]+)', page.html):
        if target.startswith("/"):
            assert target.removeprefix("/o/x/guide/") in NAMES
        else:
            assert target.startswith("https://"), target
    assert ".md" not in "".join(re.findall(r'href="([^"]+)', page.html))


def test_markup_in_a_page_is_shown_as_text(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.md").write_text(
        "# Bad\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](http://x/p.png)"
    )
    monkeypatch.setattr(library, "PAGES", tmp_path)
    with override("en"):
        page = library.guide_page("bad", base="/")
    assert page is not None
    assert "<script" not in page.html
    assert "<img" not in page.html
    assert 'href="javascript' not in page.html
    assert library.guide_page("../bad", base="/") is None


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("先导入客户，\n再导入应收。", "先导入客户，再导入应收。"),
        ("先导入\n客户。", "先导入客户。"),
        ("先导入**客户**。\nExcel 也行。", "先导入<strong>客户</strong>。Excel 也行。"),
        ("先用 `org`\n建组织。", "先用 <code>org</code>\n建组织。"),
        ("one\nline", "one\nline"),
    ],
)
def test_lines_of_chinese_join_without_a_space(
    lines: str, shown: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lines.md").write_text(f"# 行\n\n{lines}\n", encoding="utf-8")
    monkeypatch.setattr(library, "PAGES", tmp_path)
    page = library.guide_page("lines", base="/")
    assert page is not None
    assert f"<p>{shown}</p>" in page.html


def test_the_drawer_opens_where_one_is(organization: Any) -> None:
    client = signed_in(member(organization, "customer_service"))
    base = f"/o/{organization.code}"
    page = client.get(f"{base}/customers/").content.decode()
    assert f'hx-get="{base}/guide/customers"' in page
    part = client.get(f"{base}/guide/customers", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "付款表现" in part
    assert client.get(f"{base}/guide/none").status_code == 404
    assert f'href="{base}/guide/ledger"' in client.get(f"{base}/guide/").content.decode()

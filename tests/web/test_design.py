"""The living page of the design system shows every component, in every language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.people import member, signed_in

COMPONENTS = Path(__file__).resolve().parents[2] / "huikuan/web/templates/components"


@pytest.fixture
def shown(organization: Any) -> Any:
    return signed_in(member(organization, "auditor")).get(f"/o/{organization.code}/design")


def test_every_component_is_shown(shown: Any) -> None:
    drawn = {template.name for template in shown.templates}
    files = {f"components/{path.name}" for path in COMPONENTS.glob("*.html")}
    assert len(files) > 30
    assert files - drawn == set()


def test_the_contents_lead_to_groups_and_no_id_stands_twice(shown: Any) -> None:
    page = shown.content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    index = page[page.index("design-index") : page.index("</nav>", page.index("design-index"))]
    anchors = set(re.findall(r'href="#([^"]+)"', index))
    assert len(anchors) == 10
    assert anchors <= set(ids)


def test_every_state_has_words_of_its_own(shown: Any) -> None:
    from huikuan.web.design.samples import STATUSES

    page = shown.content.decode()
    source = (COMPONENTS / "badge.html").read_text() if (COMPONENTS / "badge.html").exists() else ""
    assert set(re.findall(r'status == "(\w+)"', source)) <= set(STATUSES)
    for status in STATUSES:
        assert f">{status}<" not in page, "an unknown status prints itself"

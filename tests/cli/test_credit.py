"""`huikuan credit`, as another program sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.shipped_card import SHIPPED_DEFINITION
from tests.cli.shell import data, huikuan
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_limit_check_reserve_and_release(actor: Any) -> None:
    organization = make_organization(actor)
    with tenant(organization.pk):
        Books(organization=organization, actor=actor, today=TODAY).customer("C1")
    whose = ("--customer", "C1")
    order = (*whose, "--amount", "600", "--reference", "SO-1")
    set_ = data(organization, "credit", "limit", *whose, "--amount", "1000", "--reason", "授信")
    assert set_ == {"customer": "C1", "amount": "1000.00", "status": "active"}
    taken = data(organization, "credit", "reserve", *order)
    assert (taken["decision"], taken["reserved"], taken["available"]) == ("pass", True, "1000.00")
    assert data(organization, "credit", "reserve", *order) == taken
    asked = data(organization, "credit", "check", *whose, "--amount", "500")
    assert asked["decision"] == "approve"
    assert asked["exposure"]["reserved"] == asked["exposure"]["total"] == "600.00"
    assert asked["reasons"][0]["code"] == "limit"
    assert "100.00" in asked["reasons"][0]["text"]
    freed = ("credit", "release", "--reference", "SO-1")
    assert data(organization, *freed)["released"] is True
    assert data(organization, *freed)["released"] is False
    wrong = huikuan(
        "credit", "reserve", "--org", organization.code, *whose, "--amount", "-5", "--reference", "SO-2"
    )
    assert wrong.returncode == 1
    assert "金额必须大于零" in wrong.stderr
    unknown = huikuan("credit", "check", "--org", organization.code, "--customer", "NO", "--amount", "5")
    assert (unknown.returncode, "NO" in unknown.stderr) == (1, True)


def test_a_customer_is_graded_with_reasons_and_cards_are_files(actor: Any, tmp_path: Path) -> None:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("YS1", "2026-09-01", "90000", due="2026-10-01", customer="C1")
    one = data(organization, "credit", "assess", "--customer", "C1", "--on", "2026-11-21")
    assert one["points"] in one["reasons"][0]
    assert any("按时付款比例 0%" in each for each in one["items"])
    card = json.loads(json.dumps(SHIPPED_DEFINITION))
    card["dimensions"][0]["weight"], card["dimensions"][4]["weight"] = "30", "15"
    file = tmp_path / "card.json"
    file.write_text(json.dumps(card), encoding="utf-8")
    saved = data(organization, "credit", "scorecard", "save", str(file))
    assert (saved["version"], saved["state"]) == (2, "draft")
    compared = data(organization, "credit", "scorecard", "compare", "--from", "1", "--to", "2")
    assert [each["place"] for each in compared["differences"]] == ["payment", "external"]
    assert compared["customers"] == 1

"""`huikuan dispute`, as another program sees it."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from tests.cli.shell import data, huikuan
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_open_list_and_resolve(actor: Any) -> None:
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-01-05", "100.00")
    about = ("dispute", "open", "--document", "I1", "--reason", "price.rebate")
    made = data(organization, *about, "--amount", "30", "--text", "返利")
    assert (made["document"], made["amount"], made["state"], made["customer"]) == (
        "I1",
        "30.00",
        "open",
        "C1",
    )
    assert (made["owner_role"], made["reason"]) == ("salesperson", "price.rebate")
    assert [row["number"] for row in data(organization, "dispute", "list")] == [made["number"]]
    beyond = huikuan(*about, "--org", organization.code, "--amount", "70.01")
    assert (beyond.returncode, "70.00" in beyond.stderr) == (1, True)
    wrong = huikuan(
        "dispute", "resolve", made["number"], "--org", organization.code, "--outcome", "gone", "--text", "x"
    )
    assert (wrong.returncode, "结果" in wrong.stderr) == (1, True)
    ended = data(
        organization, "dispute", "resolve", made["number"], "--outcome", "credited", "--text", "红字已开"
    )
    assert (ended["state"], ended["outcome"]) == ("credited", "红字已开")
    assert data(organization, "dispute", "list") == []
    assert len(data(organization, "dispute", "list", "--all", "--customer", "C1")) == 1

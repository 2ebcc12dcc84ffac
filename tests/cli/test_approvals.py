"""`huikuan write-off` under a policy, and `huikuan approvals`, as a shell sees them."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from tests.approvals.company import Company, opened
from tests.cli.shell import data, huikuan, started
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

WRITE_OFF = ("write-off", "--invoice", "YS1", "--amount", "100", "--on", "2026-06-30", "--reason", "注销")


@pytest.fixture
def company(actor: Any) -> Company:
    organization = make_organization(actor)
    with tenant(organization.pk):
        return opened(Books(organization=organization, actor=actor, today=TODAY))


def test_the_local_operator_writes_off_at_once_without_a_policy(company: Company) -> None:
    made = data(company.books.organization, *WRITE_OFF)
    assert made["status"] == "done"
    assert made["number"].startswith("HZ")


def test_with_a_policy_it_waits_and_a_person_agrees(company: Company) -> None:
    organization = company.books.organization
    with tenant(organization.pk):
        company.policy("write_off", ("0", "finance_manager"))
    waiting = data(organization, *WRITE_OFF)
    assert waiting["status"] == "pending"
    number = waiting["request"]
    [row] = data(organization, "approvals", "list")
    assert (row["number"], row["amount"], row["waits_for"]) == (number, "100.00", "财务经理")
    alone = started("approvals", "approve", number, "--org", organization.code)
    assert alone.returncode == 1
    assert "--actor" in alone.stderr
    boss = company.people["沈"].email
    wrong = huikuan(
        "approvals", "return", number, "--org", organization.code, "--actor", boss, "--comment", " "
    )
    assert wrong.returncode == 1
    approved = data(organization, "approvals", "approve", number, "--actor", boss, "--comment", "同意")
    assert approved["status"] == "done"
    assert approved["result"].startswith("HZ")
    assert data(organization, "approvals", "list", "--actor", boss) == []
    assert [each["number"] for each in data(organization, "approvals", "list", "--all")] == [number]
    unknown = huikuan("approvals", "approve", "SP1", "--org", organization.code, "--actor", boss)
    assert unknown.returncode == 1
    assert "SP1" in unknown.stderr

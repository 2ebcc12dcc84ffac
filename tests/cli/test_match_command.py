"""`huikuan match` as a shell sees it: what is sure is posted, unless only a look is wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cash.banking import LineUse
from huikuan.cash.proposals import Proposal
from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from tests.cash.statement_files import account, bring, line, statement
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)
A, B = "宁波海翔机械有限公司", "宁波海翔机电有限公司"


@pytest.fixture
def organization(actor: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)
    made = make_organization(actor)
    with tenant(made.pk):
        books = Books(organization=made, actor=actor, today=TODAY)
        account(books)
        for code, name in (("A", A), ("B", B)):
            books.customer(code, name=name)
        books.invoice("YS2026-00001", "2026-08-01", "1000.00", customer="A")
        books.invoice("YS2026-00002", "2026-08-02", "1000.00", customer="A")
        books.invoice("YS2026-00003", "2026-08-03", "700.00", customer="B")
        lines = [
            line("2026-09-01", "1000.00", counterparty=A, text="货款YS2026-00002", reference="B1"),
            line("2026-09-02", "700.00", counterparty=A, text="YS2026-00003", reference="B2"),
            line("2026-09-03", "12.34", text="结息", kind="interest", reference="B3"),
        ]
        bring(books, statement(*lines))
    return made


def run(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["match", *arguments, "--format", "json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout))


def test_a_dry_run_proposes_and_posts_nothing(organization: Any) -> None:
    first, second, third = run("--org", organization.code, "--dry-run")
    assert (first["tier"], first["payer"]["code"], first["posted"]) == ("sure", "A", False)
    assert [(each["document"], each["amount"]) for each in first["allocations"]] == [
        ("YS2026-00002", "1000.00")
    ]
    assert first["payer"]["reason"] == "户名与客户名称一致"
    assert first["reason"] == "摘要写明单号 YS2026-00002"
    assert second["tier"] != "sure" and "YS2026-00003" in second["reason"]
    assert {each["payer"]["code"] for each in (second, *second["alternatives"])} == {"A", "B"}
    assert (third["tier"], third["payer"], third["reason"]) == ("none", None, "与应收无关：利息")
    with tenant(organization.pk):
        assert Proposal.objects.count() == 3 and not LineUse.objects.exists()


def test_what_is_sure_is_posted_once(organization: Any) -> None:
    rows = run("--org", organization.code)
    assert [row["posted"] for row in rows] == [True, False, False]
    with tenant(organization.pk):
        assert LineUse.objects.count() == 1
        books = Books(organization=organization, actor=None, today=TODAY)
        assert books.open("YS2026-00002") == 0
    assert [row["tier"] for row in run("--org", organization.code)] == [rows[1]["tier"], "none"]


def test_people_read_a_table(organization: Any) -> None:
    done = CliRunner().invoke(app, ["match", "--org", organization.code, "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "YS2026-" in done.stdout

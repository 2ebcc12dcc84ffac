"""`huikuan vouchers` and the statements under `huikuan report`, from a month's entries to the closed month."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.vouchers import FORMS
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def organization(actor: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)  # the schema of tests is up to date
    organization = make_organization(actor)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("YS1", "2026-05-03", "113000", tax="13000")
        books.receipt("SK1", "2026-05-21", "60000")
        books.allocate("SK1", "YS1", "60000", "2026-05-21")
    return organization


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_month_from_entries_to_its_statements(organization: Any, tmp_path: Path) -> None:
    of_may = ("--org", organization.code, "--month", "2026-05")
    assert run("vouchers", "make", *of_may, "--by", "kind") == {"vouchers": 2, "entries": 2}
    assert run("vouchers", "review", *of_may) == {"reviewed": 2}
    assert run("vouchers", "post", *of_may) == {"posted": 2}
    for form in FORMS:
        taken = run("vouchers", "export", *of_may, "--as", form, "--into", str(tmp_path))
        assert taken["vouchers"] == 2 and Path(taken["file"]).stat().st_size > 100
    assert run("vouchers", "close", *of_may) == {"closed": "2026-05"}

    balance = run("report", "trial-balance", *of_may)
    assert balance["balances"] is True
    assert [(row["code"], row["closing_debit"], row["closing_credit"]) for row in balance["rows"]] == [
        ("1002", "60000.00", "0.00"),
        ("1122", "53000.00", "0.00"),
        ("22210105", "0.00", "13000.00"),
        ("6001", "0.00", "100000.00"),
    ]
    sheet = {line["name"]: line["amount"] for line in run("report", "balance-sheet", *of_may)["lines"]}
    assert sheet["receivables"] == "53000.00"
    assert sheet["total_assets"] == sheet["total_claims"] == "113000.00"
    income = {line["name"]: line["amount"] for line in run("report", "income", *of_may)["lines"]}
    assert income["net_profit"] == "100000.00"

    assert run("vouchers", "reopen", *of_may, "--reason", "补记") == {"reopened": "2026-05"}


def test_what_stands_against_closing_is_said(organization: Any) -> None:
    with pytest.raises(HuikuanError, match="编制凭证"):
        run("vouchers", "close", "--org", organization.code, "--month", "2026-05")


def test_tables_for_people(organization: Any) -> None:
    for name in ("trial-balance", "balance-sheet", "income"):
        done = CliRunner().invoke(app, ["report", name, "--org", organization.code, "--month", "2026-05"])
        assert done.exit_code == 0, done.output
        assert "100,000.00" in done.output
    bad = CliRunner().invoke(app, ["report", "income", "--org", organization.code, "--month", "May"])
    assert bad.exit_code == 2

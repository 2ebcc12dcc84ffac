"""`huikuan revalue` and `huikuan import rates` as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from tests.conftest import TODAY, make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def organization(actor: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)
    return make_organization(actor)


@pytest.fixture
def books(organization: Any, actor: Any) -> Books:
    return Books(organization=organization, actor=actor, today=TODAY)


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--format", "json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_rates_from_a_file_a_dry_run_the_revaluation_and_its_undoing(
    organization: Any, books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("币种,日期,汇率\nUSD,2026-06-05,7.10\nUSD,2026-06-30,7.05\n", encoding="utf-8")
    assert run("import", "rates", str(file), "--org", organization.code)["imported"] == 2
    with tenant(organization.pk):
        books.invoice("I1", "2026-06-05", "10000.00", currency="USD")
    month = ("revalue", "--org", organization.code, "--month", "2026-06")
    row = {
        "number": "I1",
        "line": 1,
        "customer": "C1",
        "currency": "USD",
        "open_amount": "10000.00",
        "carrying": "71000.00",
        "rate": "7.05",
        "rated_on": "2026-06-30",
        "at_closing": "70500.00",
        "difference": "-500.00",
    }
    said = run(*month, "--dry-run")
    assert said == {
        "month": "2026-06",
        "closing_on": "2026-06-30",
        "currency": "CNY",
        "posted": False,
        "items": 1,
        "difference": "-500.00",
        "rows": [row],
    }
    assert run(*month) == {**said, "posted": True}
    again = run(*month)
    assert (again["items"], again["difference"]) == (0, "0.00")
    undone = run(*month, "--undo", "--reason", "汇率有误")
    assert (undone["items"], undone["difference"]) == (1, "500.00")
    with tenant(organization.pk):
        assert books.carried("I1") == 71000

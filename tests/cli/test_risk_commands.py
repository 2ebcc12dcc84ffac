"""`huikuan provision` and `huikuan recover` as a shell sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from huikuan.cli import risk
from huikuan.ledger.models import Document
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.models import Provision
from huikuan.risk.operations import RiskRefused, set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)  # the schema of tests is up to date
    made = typer.Typer()
    risk.register(made)
    return made


def run(app: typer.Typer, *arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_it_lists_and_books_only_when_told(app: typer.Typer, books: Books) -> None:
    books.invoice("A1", "2026-09-01", "10000", due="2026-10-11")
    where = ("provision", "--org", books.organization.code, "--as-of", "2026-10-31")
    with pytest.raises(NoMatrix):
        run(app, *where)
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    said = run(app, *where)
    assert said["lines"][1] == {
        "bucket": "1-30", "customer": None, "balance": "10000.00", "rate": "0.02", "loss": "200.00"
    }  # fmt: skip
    assert (said["required"], said["before"], said["charge"]) == ("200.00", "0.00", "200.00")
    assert said["posted"] is False
    assert not Provision.objects.exists()
    assert run(app, *where, "--post")["posted"] is True
    assert books.entries("provision") == ["D6702 200.00", "C1231 200.00"]
    again = run(app, *where, "--post")
    assert (again["before"], again["charge"], again["entry"]) == ("200.00", "0.00", None)
    table = CliRunner().invoke(app, list(where), catch_exceptions=False)
    assert "10,000.00" in table.output
    assert_nothing_broken(books.organization)


def test_a_recovery_by_the_number_of_its_write_off(app: typer.Typer, books: Books) -> None:
    books.invoice("BAD", "2025-01-01", "20000")
    books.write_off("BAD", "2026-05-10")
    number = Document.objects.get(kind="write_off").number
    where = ("recover", "--org", books.organization.code, "--write-off", number, "--on", "2026-06-01")
    made = Document.objects.get(number=run(app, *where, "--amount", "5000")["number"])
    assert (made.kind, made.reference, made.amount) == ("recovery", number, 5000)
    with pytest.raises(RiskRefused, match="还可收回"):
        run(app, *where, "--amount", "15000.01")
    with pytest.raises(RiskRefused):
        run(
            app,
            "recover",
            "--org",
            books.organization.code,
            "--write-off",
            "BAD",
            "--amount",
            "1",
            "--on",
            "2026-06-01",
        )

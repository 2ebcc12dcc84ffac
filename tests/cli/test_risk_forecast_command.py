"""`huikuan risk forecast` as a shell sees it: the kept forecast, a scenario, a workbook."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from huikuan.cli import risk
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.risk.payments.operations import predict_all, train_model
from huikuan.risk.payments.refusing import PaymentModelRefused
from huikuan.risk.payments.scenarios import largest_expected
from tests.conftest import TODAY
from tests.risk.payments.conftest import company, cut, trade
from tests.risk.payments.test_predicting import DAY

pytestmark = pytest.mark.django_db

__all__ = ["company"]


def test_the_forecast_and_a_scenario(
    monkeypatch: pytest.MonkeyPatch, company: Any, actor: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)  # the schema of tests is up to date
    app = typer.Typer()
    risk.register(app)
    organization = company(cut(trade(300), DAY))
    where = ("risk", "forecast", "--org", organization.code)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*where, *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    with pytest.raises(PaymentModelRefused, match="还没有预测"):
        run()
    with tenant(organization.id):
        train_model(until=DAY, actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY)
        code = Customer.objects.get(pk=largest_expected(1)[0][0]).code
    plain = json.loads(run("--format", "json"))
    assert (len(plain["weeks"]), plain["scenario"]) == (26, [])
    for at, week in enumerate(plain["weeks"][:13]):
        assert sum(Decimal(line["weeks"][at]) for line in plain["lines"]) == Decimal(week["expected"])
    for span in (*plain["weeks"], *plain["months"]):
        assert Decimal(span["p10"]) <= Decimal(span["p50"]) <= Decimal(span["p90"])
    late = json.loads(run("--customer", code, "--weeks", "2", "--format", "json"))["scenario"]
    assert sum(Decimal(week["tried"]) for week in late) <= sum(Decimal(week["expected"]) for week in late)
    assert any(week["tried"] != week["expected"] for week in late)
    path = tmp_path / "forecast.xlsx"
    assert plain["weeks"][0]["week"] in run("--excel", str(path))
    assert path.read_bytes().startswith(b"PK")
    assert plain["months"][0]["month"] in run("--by-month")
    with pytest.raises(PaymentModelRefused, match="没有代码为"):
        run("--customer", "nobody")


def test_the_same_facts_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch, company: Any) -> None:
    """Two organizations with the same books: training and predicting come to the same file, byte by byte."""
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)
    app = typer.Typer()
    risk.register(app)
    said = []
    for organization in (company(trade(400)), company(trade(400))):
        where = ("risk", "predict", "--org", organization.code, "--as-of", DAY.isoformat(), "--format", "csv")
        done = CliRunner().invoke(app, list(where), catch_exceptions=False)
        said.append(done.stdout_bytes)
    assert said[0] == said[1]
    assert said[0].startswith(b"item,customer,p_late5,p_late30,p10_on,p50_on,p90_on,reasons\n")
    assert said[0].count(b"\n") > 10

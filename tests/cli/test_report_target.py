"""huikuan report target: set for the company, a team or a salesperson, listed, and read by the report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from tests.conftest import make_organization

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["report", *words])


def test_set_listed_and_read(actor: Any) -> None:
    organization = make_organization(actor)
    with tenant(organization.pk):
        Salesperson.objects.create(organization_id=organization.pk, code="S1", name="小王", team="东组")
    org = ("--org", organization.code)
    assert run("target", "set", "cei", "85%", *org, "--from", "2026-01").exit_code == 0
    assert run("target", "set", "dso", "45", *org, "--from", "2026-01", "--team", "东组").exit_code == 0
    assert run("target", "set", "dso", "none", *org, "--from", "2026-03", "--team", "东组").exit_code == 0
    wrong = run("target", "set", "dso", "x", *org)
    assert wrong.exit_code != 0
    listed = json.loads(run("target", "list", *org, "--format", "json").stdout)["targets"]
    assert [(each["figure"], each["team"], each["from"], each["value"]) for each in listed] == [
        ("dso", "东组", "2026-03", None),
        ("dso", "东组", "2026-01", "45"),
        ("cei", "", "2026-01", "0.85"),
    ]
    data = json.loads(
        run("kpi", *org, "--from", "2026-01-01", "--to", "2026-03-31", "--format", "json").stdout
    )
    assert data["total"]["cei_target"] == "0.8500"

"""huikuan sales: billing, posting drafts and what is delivered and not invoiced, as a shell sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import books_of
from tests.sales.selling import Selling, line

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["sales", *arguments, "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_from_deliveries_to_posted_invoices(actor: Any) -> None:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        selling = Selling(books)
        selling.deliver(selling.order(line("10", "100")), "4")
    org = ("--org", organization.code)
    [row] = run("unbilled", *org)
    assert (row["delivered"], row["waiting"], row["waiting_net"]) == ("452.00", "452.00", "400.00")
    billed = run("bill", *org, "--on", "2026-05-31", "--per", "customer", "--draft")
    assert (billed["posted"], len(billed["drafts"]), billed["net"]) == ([], 1, "400.00")
    assert run("post-drafts", *org)["posted"] == ["YS202605000001"]
    assert run("unbilled", *org, "--as-of", "2026-06-30") == []
    assert run("bill", *org, "--on", "2026-06-30")["lines"] == 0
    with tenant(organization.id):
        assert_nothing_broken(organization)

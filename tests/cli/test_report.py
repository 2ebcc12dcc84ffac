"""`huikuan report aging` as a shell sees it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from huikuan.audit.models import Event
from huikuan.cli.report_commands import PIPED_WIDTH
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from huikuan.organizations.models import User
from huikuan.organizations.operations import add_member
from tests.cli.shell import Done, huikuan, started
from tests.conftest import TODAY, make_organization
from tests.reports.example import JUNE, record_july, record_until_june
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

AGING = ("report", "aging")


def report(*arguments: str) -> Done:
    return huikuan(*AGING, *arguments)


def data(*arguments: str) -> Any:
    done = report(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def organization(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        record_until_june(Books(organization=organization, actor=actor, today=TODAY))
    return organization


def test_the_agreed_json_now_and_as_known_before(organization: Any, actor: Any) -> None:
    june = data("--org", organization.code, "--as-of", "2026-06-30")
    assert list(june) == ["as_of", "known_at", "currency", "basis", "buckets", "rows", "total"]
    [row] = june["rows"]
    assert (row["key"], row["name"]) == ("C1", "客户C1")
    assert june["total"] == JUNE
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customers["C1"] = Customer.objects.get(code="C1")
        record_july(books)
        books.invoice("LATE", "2026-06-01", "1.00", due="2026-07-01")
    again = data("--org", organization.code, "--as-of", "2026-06-30")
    assert again["total"]["not_due"] == "10001.00"
    assert again["known_at"] > june["known_at"]
    then = data("--org", organization.code, "--as-of", "2026-06-30", "--known-at", june["known_at"])
    assert then == june
    document = data(
        "--org", organization.code, "--as-of", "2026-07-31", "--basis", "document", "--by", "none"
    )
    assert (document["total"]["<=1y"], document["total"]["1-2y"]) == ("44000.00", "7000.00")
    assert document["rows"][0]["key"] == ""


def test_own_buckets_and_the_table(organization: Any) -> None:
    done = started(*AGING, "--org", organization.code, "--as-of", "2026-06-30", "--buckets", "45,400")
    assert done.returncode == 0, done.stderr
    for text in ("C1", "1-45", "46-400", ">400", "43,000.00", "-3,500.00", "39,500.00"):
        assert text in done.stdout
    assert "2026-06-30" in done.stderr


def test_a_salesperson_sees_the_own_customers(organization: Any) -> None:
    email = f"{uuid4().hex}@example.com"
    user = User.objects.create_user(name="小王", password=None, email=email)
    with tenant(organization.pk):
        member = add_member(user=user, role_codes=["salesperson"])
    arguments = ("--org", organization.code, "--as-of", "2026-06-30", "--by", "none", "--actor", email)
    assert data(*arguments)["rows"] == []
    with tenant(organization.pk):
        seller = Salesperson.objects.create(
            organization_id=organization.pk, code="W", name="小王", membership=member
        )
        customer = Customer.objects.get(code="C1")
        customer.salesperson = seller
        customer.save()
    assert data(*arguments)["total"]["net"] == "39500.00"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--org", "nowhere", "--as-of", "2026-06-31"),
        ("--org", "nowhere", "--known-at", "yesterday"),
        ("--org", "nowhere", "--buckets", "60,30"),
        ("--org", "nowhere", "--buckets", ""),
        ("--org", "nowhere", "--by", "moon"),
        (),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    from huikuan.cli.commands import app

    done = CliRunner().invoke(app, ["report", "aging", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_an_organization_that_is_none() -> None:
    done = report("--org", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere" in done.stderr


def test_who_may_not_read_reports(organization: Any) -> None:
    email = f"{uuid4().hex}@example.com"
    user = User.objects.create_user(name="小李", password=None, email=email)
    with tenant(organization.pk):
        add_member(user=user, role_codes=["customer_service"])
    done = report("--org", organization.code, "--actor", email)
    assert (done.returncode, done.stdout) == (1, "")
    assert "权限" in done.stderr


def test_a_file_of_json_is_in_the_trail(organization: Any, tmp_path: Path) -> None:
    file = tmp_path / "aging.json"
    data("--org", organization.code, "--by", "none")
    assert report("--org", organization.code, "--format", "json", "--output", str(file)).returncode == 0
    assert json.loads(file.read_text())["report"] == "aging"
    with tenant(organization.pk):
        [event] = Event.objects.filter(action="exported")
        assert (event.number, event.content["form"]) == ("aging", "json")


def test_columns_that_do_not_fit_stand_below_each_other(organization: Any) -> None:
    done = huikuan("report", "kpi", "--org", organization.code, "--to", "2026-06-30")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(cell_len(line) for line in lines) <= PIPED_WIDTH
    assert len([line for line in lines if line.strip().startswith("月份")]) == 2
    assert len([line for line in lines if line.strip().startswith("2026-06 ")]) == 2

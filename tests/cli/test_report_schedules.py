"""`huikuan report schedule` as a shell sees it."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.models import ReportSchedule
from tests.cli.shell import huikuan
from tests.conftest import make_organization
from tests.web.people import member

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def schedule(*arguments: str) -> Any:
    return huikuan("report", "schedule", *arguments)


def test_made_listed_and_stopped(actor: Any) -> None:
    organization = make_organization(actor)
    user = member(organization, "finance_manager")
    org = ("--org", organization.code)
    asked = (
        "add",
        "aging",
        *org,
        "--actor",
        user.email,
        "--to",
        "cfo@example.com",
        "--to",
        "boss@example.com",
    )
    when = ("--every", "week", "--on", "5", "--at", "07:30", "--file", "pdf", "--set", "by=region,customer")
    done = schedule(*asked, *when, "--format", "json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    with tenant(organization.pk):
        kept = ReportSchedule.objects.get(pk=made["id"])
    assert (kept.every, kept.on, f"{kept.at:%H:%M}", kept.form) == ("week", 5, "07:30", "pdf")
    assert kept.words == {"by": "region,customer"}
    assert kept.recipients == ["cfo@example.com", "boss@example.com"]
    assert json.loads(schedule("list", *org, "--format", "json").stdout)["schedules"] == [made]
    assert made["id"] in schedule("list", *org).stdout
    stopped = schedule("stop", made["id"], *org)
    assert stopped.returncode == 0, stopped.stderr
    assert json.loads(schedule("list", *org, "--format", "json").stdout)["schedules"] == []
    assert schedule("stop", made["id"], *org).returncode != 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--to", "nobody"),
        ("--at", "25:00"),
        ("--set", "by"),
        ("--set", "by=shoe"),
        ("--every", "week", "--on", "9"),
        ("--file", "exe"),
    ],
)
def test_what_cannot_be_kept_is_said(actor: Any, wrong: tuple[str, ...]) -> None:
    organization = make_organization(actor)
    user = member(organization, "finance_manager")
    to = () if "--to" in wrong else ("--to", "a@example.com")
    done = schedule("add", "aging", "--org", organization.code, "--actor", user.email, *to, *wrong)
    assert done.returncode != 0
    assert done.stderr
    assert "Traceback" not in done.stderr
    with tenant(organization.pk):
        assert not ReportSchedule.objects.exists()


def test_the_local_operator_has_no_permissions_to_make_it_by(actor: Any) -> None:
    organization = make_organization(actor)
    done = schedule("stop", uuid4().hex, "--org", organization.code)
    assert done.returncode != 0
    assert schedule("add", "aging", "--org", organization.code, "--to", "a@example.com").returncode != 0

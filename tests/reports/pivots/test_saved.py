"""Pivots that are kept: validated, found by name, shared with roles, changed, removed, and sent on their days."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from huikuan.audit.models import Event
from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.queries import visible_salespeople
from huikuan.files.models import AttachedFile
from huikuan.organizations.actors import Actor, NotPermitted
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import QuestionRefused
from huikuan.reports.catalogue import UnknownReport, answer, asked, open_to, report_named, require_open
from huikuan.reports.models import ReportSchedule
from huikuan.reports.operations import (
    NewPivot,
    NewSchedule,
    PivotRefused,
    change_pivot,
    make_schedule,
    remove_pivot,
    save_pivot,
    send_scheduled,
)
from huikuan.reports.pivots.saved import report_name
from tests.conftest import TODAY, make_organization
from tests.reports.example import record_until_june
from tests.trade import Books
from tests.web.people import member, seller

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"by": "region,customer", "measures": "receivable,overdue", "column": "month", "from": "2020-01-01"}
NEW = NewPivot("地区月报", WORDS, period="months:6")


@pytest.fixture
def company(actor: Any) -> Any:
    organization = make_organization(actor)
    with tenant(organization.pk):
        record_until_june(Books(organization=organization, actor=actor, today=TODAY))
    return organization


def who(organization: Any, *roles: str) -> Actor:
    user = member(organization, *roles)
    with tenant(organization.pk):
        found = actor_of(user)
    assert found is not None
    return found


def test_kept_and_asked_again_without_its_days(company: Any) -> None:
    maker = who(company, "finance_manager")
    with tenant(company.pk):
        saved = save_pivot(NEW, actor=maker, today=TODAY)
        assert saved.words == {
            "by": "region,customer",
            "measures": "receivable,overdue",
            "column": "month",
            "period": "months:6",
        }
        report = report_named("地区月报")
        assert report.name == report_name(saved.pk) == report_named(report.name).name
        question = asked(report, {"to": "2026-06-30"}, today=TODAY, zone=ZoneInfo("Asia/Shanghai"))
        assert (str(question.since), question.by) == ("2026-01-01", ("region", "customer"))
        found = answer(report, question)
        assert found.total is not None
        assert found.total.values["receivable"] == 43_000
        assert "receivable@2026-06" in {column.name for column in found.columns}
        assert Event.objects.filter(action="pivot_saved", record_id=saved.pk).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        NewPivot("  ", WORDS),
        NewPivot("长" * 61, WORDS),
        NewPivot("甲", WORDS, period="months:900"),
        NewPivot("甲", WORDS, roles=("nobody",)),
        NewPivot("甲", {**WORDS, "measures": "profit"}),
        NewPivot("甲", {"by": "month", "column": "year"}),
    ],
)
def test_what_cannot_be_kept_is_refused(company: Any, wrong: NewPivot) -> None:
    maker = who(company, "finance_manager")
    with tenant(company.pk), pytest.raises((PivotRefused, QuestionRefused)):
        save_pivot(wrong, actor=maker, today=TODAY)


def test_seen_by_its_member_and_the_roles_it_is_shared_with(company: Any) -> None:
    maker, colleague = who(company, "finance_manager"), who(company, "ar_accountant")
    user, _salesperson = seller(company, code="S9")
    with tenant(company.pk):
        sales = actor_of(user)
        assert sales is not None
        saved = save_pivot(NEW, actor=maker, today=TODAY)
        report = report_named(report_name(saved.pk))
        assert [open_to(report, each) for each in (maker, colleague, sales)] == [True, False, False]
        with pytest.raises(UnknownReport):
            require_open(report, sales)
        change_pivot(saved.pk, NewPivot("地区月报", WORDS, roles=("salesperson",)), actor=maker, today=TODAY)
        report = report_named(report_name(saved.pk))
        assert [open_to(report, each) for each in (maker, colleague, sales)] == [True, False, True]
        question = asked(
            report,
            {"to": "2026-06-30"},
            today=TODAY,
            zone=ZoneInfo("Asia/Shanghai"),
            salesperson_ids=visible_salespeople(sales),
        )
        assert list(answer(report, question).rows) == []
        with pytest.raises(PivotRefused, match="只有保存它的人"):
            change_pivot(saved.pk, NEW, actor=colleague, today=TODAY)
        with pytest.raises(NotPermitted):
            save_pivot(NewPivot("甲", WORDS, roles=("salesperson",)), actor=sales, today=TODAY)
        with pytest.raises(NotPermitted):
            remove_pivot(saved.pk, actor=colleague)
        with pytest.raises(PivotRefused, match="同名"):
            save_pivot(NEW, actor=maker, today=TODAY)
        remove_pivot(saved.pk, actor=maker)
        with pytest.raises(UnknownReport):
            report_named("地区月报")
        save_pivot(NEW, actor=maker, today=TODAY)


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_the_command_finds_it_by_name(company: Any) -> None:
    maker = who(company, "finance_manager")
    with tenant(company.pk):
        save_pivot(NEW, actor=maker, today=TODAY)
    run = CliRunner()
    said = run.invoke(
        app,
        ["report", "地区月报", "--org", company.code, "--to", "2026-06-30", "--format", "json"],
    )
    assert said.exit_code == 0, said.output
    data = json.loads(said.stdout)
    assert data["by"] == ["region", "customer"]
    assert data["total"]["receivable@2026-06"] == "43000.00"
    listed = run.invoke(app, ["report", "--list", "--org", company.code, "--format", "json"])
    assert "地区月报" in [each["title"] for each in json.loads(listed.stdout)]
    unknown = run.invoke(app, ["report", "没有的", "--org", company.code])
    assert unknown.exit_code != 0


def test_sent_on_its_days_as_it_is_by_then(company: Any) -> None:
    maker = who(company, "finance_manager")
    with tenant(company.pk):
        saved = save_pivot(NEW, actor=maker, today=TODAY)
        schedule = make_schedule(
            NewSchedule(
                report=report_name(saved.pk), words={}, form="csv", every="day", on=1, at=time(8),
                channel="email", recipients=["cfo@example.com"],
            ),
            actor=maker,
            today=TODAY,
        )  # fmt: skip
        assert schedule.name == "地区月报"
        change_pivot(saved.pk, NewPivot("地区月报", {**WORDS, "by": "none"}), actor=maker, today=TODAY)
    assert send_scheduled(company, now=datetime(2026, 7, 1, 2, tzinfo=UTC)) == 1
    with tenant(company.pk):
        [file] = AttachedFile.objects.filter(record_id=schedule.pk)
        assert file.name.startswith(f"pivot-{saved.pk.hex}")
        remove_pivot(saved.pk, actor=maker)
    assert send_scheduled(company, now=datetime(2026, 7, 2, 2, tzinfo=UTC)) == 0
    with tenant(company.pk):
        assert "没有名为" in ReportSchedule.objects.get(pk=schedule.pk).last_said

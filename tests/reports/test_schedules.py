"""Reports on their days: due when they say, sent once whatever happens, as their maker may see them, and stopped."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from huikuan.audit.models import Event
from huikuan.core.calendar import CHINA
from huikuan.core.postgres.tenancy import tenant
from huikuan.files.models import AttachedFile
from huikuan.messaging.models import Message
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.models import Membership
from huikuan.organizations.queries import actor_of
from huikuan.reports.models import ReportSchedule
from huikuan.reports.operations import (
    NewSchedule,
    ScheduleRefused,
    make_schedule,
    send_scheduled,
    stop_schedule,
)
from huikuan.reports.output.forms import FORMS, Form
from huikuan.reports.rules import is_due
from tests.conftest import TODAY, make_organization
from tests.reports.example import record_until_june
from tests.trade import Books
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def new(**values: Any) -> NewSchedule:
    said = {
        "report": "aging",
        "words": {"as_of": "2020-01-01", "by": "none"},
        "form": "xlsx",
        "every": "day",
        "on": 1,
        "at": time(8),
        "channel": "email",
        "recipients": ["cfo@example.com", "boss@example.com"],
    }
    return NewSchedule(**{**said, **values})


@pytest.mark.parametrize(
    ("every", "on", "day", "due"),
    [
        ("day", 1, "2026-07-05", True),
        ("workday", 1, "2026-07-05", False),
        ("workday", 1, "2026-07-06", True),
        ("week", 1, "2026-07-06", True),
        ("week", 2, "2026-07-06", False),
        ("month", 6, "2026-07-06", True),
        ("month", 31, "2026-06-30", True),
        ("month", 31, "2026-07-30", False),
        ("month", 30, "2026-02-28", True),
    ],
)
def test_due_days(every: str, on: int, day: str, due: bool) -> None:
    assert is_due(every, on, date.fromisoformat(day), CHINA.is_workday) is due


def test_sent_once_a_day_as_of_the_eve_until_stopped(actor: Any) -> None:
    organization = make_organization(actor)
    user = member(organization, "finance_manager")
    with tenant(organization.pk):
        record_until_june(Books(organization=organization, actor=actor, today=TODAY))
        maker = actor_of(user)
        assert maker is not None
        schedule = make_schedule(new(), actor=maker, today=TODAY)
        assert schedule.words == {"by": "none"}
    early, nine, next_day = (
        datetime(2026, 7, 1, 7, 30, tzinfo=UTC).replace(hour=hour, day=day)
        for hour, day in ((23, 1), (1, 2), (1, 3))
    )  # 07:30 and 09:30 in Shanghai on the 2nd, 09:30 on the 3rd
    assert [send_scheduled(organization, now=now) for now in (early, nine, nine)] == [0, 1, 0]
    with tenant(organization.pk):
        assert Message.objects.filter(about_id=schedule.pk).count() == 2
        [file] = AttachedFile.objects.filter(record_id=schedule.pk)
        assert file.name.startswith("aging-") and "2026-07-01" in file.name
        event = Event.objects.filter(action="exported", number="aging").latest("id")
        assert event.content["asked"] == {"as_of": "2026-07-01", "by": "none"}
        # Even if it were forgotten that it was sent, nothing would leave twice.
        ReportSchedule.objects.filter(pk=schedule.pk).update(last_on=date(2026, 7, 1))
    send_scheduled(organization, now=nine)
    with tenant(organization.pk):
        assert Message.objects.filter(about_id=schedule.pk).count() == 2
    assert send_scheduled(organization, now=next_day) == 1
    with tenant(organization.pk):
        stop_schedule(schedule.pk, actor=maker)
    assert send_scheduled(organization, now=next_day.replace(day=4)) == 0
    with tenant(organization.pk):
        assert Message.objects.filter(about_id=schedule.pk).count() == 4
        with pytest.raises(ScheduleRefused):
            stop_schedule(schedule.pk, actor=maker)


def test_whose_maker_left_is_not_sent_and_says_so(actor: Any) -> None:
    organization = make_organization(actor)
    user = member(organization, "finance_manager")
    with tenant(organization.pk):
        maker = actor_of(user)
        assert maker is not None
        schedule = make_schedule(new(), actor=maker, today=TODAY)
        Membership.objects.filter(user=user).update(active=False)
    assert send_scheduled(organization, now=datetime(2026, 7, 2, 1, tzinfo=UTC)) == 0
    with tenant(organization.pk):
        schedule.refresh_from_db()
        assert schedule.last_said
        assert not Message.objects.filter(about_id=schedule.pk).exists()


def test_made_listed_and_stopped_on_the_pages(actor: Any) -> None:
    organization = make_organization(actor)
    client = signed_in(member(organization, "finance_manager", name="李四"))
    address = f"/o/{organization.code}/reports/aging/schedule?by=region"
    said = {
        "name": "周一账龄",
        "every": "week",
        "weekday": "1",
        "at": "08:30",
        "form": "pdf",
        "channel": "email",
    }
    assert client.get(address).status_code == 200
    for wrong in ("nobody", ""):
        assert client.post(address, {**said, "recipients": wrong}).status_code == 422
    assert client.post(address, {**said, "recipients": "a@example.com, b@example.com"}).status_code == 302
    with tenant(organization.pk):
        made = ReportSchedule.objects.get()
        assert (made.words, made.on, made.recipients) == (
            {"by": "region"},
            1,
            ["a@example.com", "b@example.com"],
        )
    listed = f"/o/{organization.code}/reports/schedules"
    assert "周一账龄" in client.get(listed).content.decode()
    other = signed_in(member(organization, "sales_manager"))
    assert "周一账龄" not in other.get(listed).content.decode()
    assert other.post(f"{listed}/{made.pk}/stop").status_code == 403
    assert client.post(f"{listed}/{made.pk}/stop").status_code == 302
    assert "周一账龄" not in client.get(listed).content.decode()


def test_one_that_fails_stops_no_other(actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = make_organization(actor)
    user = member(organization, "finance_manager")
    with tenant(organization.pk):
        maker = actor_of(user)
        assert maker is not None
        broken = make_schedule(new(form="csv"), actor=maker, today=TODAY)
        whole = make_schedule(new(), actor=maker, today=TODAY)

    def fail(*_given: Any) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setitem(FORMS, "csv", Form(fail, "text/csv"))
    now = datetime(2026, 7, 2, 1, tzinfo=UTC)
    assert [send_scheduled(organization, now=now) for _again in range(2)] == [1, 0]
    with tenant(organization.pk):
        assert not Message.objects.filter(about_id=broken.pk).exists()
        assert Message.objects.filter(about_id=whole.pk).count() == 2
        broken.refresh_from_db()
        assert broken.last_said


def test_a_report_of_everybody_is_for_who_sees_everybody(actor: Any) -> None:
    organization = make_organization(actor)
    user = member(organization, "sales_manager")
    with tenant(organization.pk):
        maker = actor_of(user)
        assert maker is not None
        with pytest.raises(NotPermitted):
            make_schedule(new(report="agreement", words={}), actor=maker, today=TODAY)

"""Every night promises, plans, court dates, disputes and limitation are looked after, and the policies run: once a day."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.audit.models import Act
from huikuan.collection.jobs import judge_every_promise, run_every_policy
from huikuan.collection.models import CollectionAction, LimitationWarning
from huikuan.core.dates import add_years
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.operations import NewDispute, open_dispute
from tests.collection.test_runs import call, in_force
from tests.conftest import make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)
NIGHTLY = (
    "judge_promises", "judge_plans", "remind_of_disputes", "warn_of_limitation", "run_collection",
)  # fmt: skip


def test_what_is_done_at_night_is_done_once(actor: Any) -> None:
    organization = make_organization(actor)
    morning = datetime.now(tz=ZoneInfo(organization.time_zone)).replace(hour=6, minute=50)
    today = morning.date()
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        near = add_years(today + timedelta(days=20), -3).isoformat()
        books.invoice("OLD", near, "100.00", due=near)
        yesterday = (today - timedelta(days=1)).isoformat()
        books.invoice("NEW", yesterday, "100.00", due=yesterday, customer="C2")
        new = NewDispute(books.item("OLD").pk, "paper.receipt", due_on=today - timedelta(days=2))
        open_dispute(new, actor=actor, today=today - timedelta(days=9))
        in_force(books, call(1), workdays_only=False)
    at = int(morning.timestamp())
    for _hour in range(2):
        judge_every_promise(timestamp=at)
        run_every_policy(timestamp=at)
    with tenant(organization.pk):
        done = Counter(Act.objects.filter(kind__in=NIGHTLY).values_list("kind", flat=True))
        assert done == Counter(NIGHTLY)
        warned = LimitationWarning.objects.get()
        assert (warned.days, warned.item_id) == (30, books.item("OLD").pk)
        action = CollectionAction.objects.get()
        assert (action.customer.code, action.on) == ("C2", today)


def test_each_organization_has_its_own_morning(actor: Any) -> None:
    organization = make_organization(actor)
    midnight = datetime.combine(date.today(), datetime.min.time(), tzinfo=ZoneInfo(organization.time_zone))
    judge_every_promise(timestamp=int(midnight.replace(hour=1).timestamp()))
    with tenant(organization.pk):
        assert not Act.objects.filter(kind__in=NIGHTLY).exists()

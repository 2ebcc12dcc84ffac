"""A warning from being found to being closed: once, to its owner, with what was done and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from huikuan.audit.models import Event
from huikuan.notices.models import Notice
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.queries import actor_of
from huikuan.warnings.detection import find
from huikuan.warnings.models import EarlyWarning, State
from huikuan.warnings.operations import (
    WarningRefused,
    close_warning,
    close_warnings,
    find_warnings,
    note_action,
    save_settings,
    warn,
)
from huikuan.warnings.queries import settings_in_force
from huikuan.warnings.rules import Finding, Kind, Owner, shipped_setting
from tests.web.people import seller

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)


def _spike(books: Any) -> None:
    for place in range(12):
        books.invoice(f"A{place}", (DAY - timedelta(days=40 + place * 30)).isoformat(), "30000")
    books.invoice("B", (DAY - timedelta(days=3)).isoformat(), "360000")


def test_the_same_is_warned_of_once_while_it_is_open(books: Any) -> None:
    _spike(books)
    [made] = [each for each in find_warnings(actor=books.actor, day=DAY) if each.kind == Kind.ORDER_SPIKE]
    assert made.figures["amount"] == "360000.00"
    assert made.rows[0]["number"] == "B"
    assert find_warnings(actor=books.actor, day=DAY + timedelta(days=1)) == []
    assert Event.objects.filter(record_id=made.pk, action="found").count() == 1


def test_closed_it_is_quiet_and_then_warns_again(books: Any) -> None:
    promise = [Finding(Kind.DISHONOURED, books.customer().pk, {"count": "1"})]
    [made] = warn(promise, actor=books.actor, day=DAY)
    with pytest.raises(WarningRefused):
        close_warning(made.pk, outcome="other", reason="x", actor=books.actor, today=DAY)
    with pytest.raises(WarningRefused):
        close_warning(made.pk, outcome="settled", reason=" ", actor=books.actor, today=DAY)
    note_action(made.pk, done="已致电财务", actor=books.actor, today=DAY)
    closed = close_warning(made.pk, outcome="settled", reason="款到", actor=books.actor, today=DAY)
    assert (closed.state, closed.done, closed.closed_on) == (State.CLOSED, "已致电财务", DAY)
    with pytest.raises(WarningRefused):
        note_action(made.pk, done="再次致电", actor=books.actor, today=DAY)
    assert warn(promise, actor=books.actor, day=DAY + timedelta(days=1)) == []
    assert len(warn(promise, actor=books.actor, day=DAY + timedelta(days=2))) == 1
    actions = Event.objects.filter(record_id=made.pk).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["found", "acted", "closed"]


def test_thresholds_are_data(books: Any) -> None:
    _spike(books)
    spike = shipped_setting(Kind.ORDER_SPIKE)
    stricter = replace(spike, owner=Owner.CREDIT, values={**spike.values, "times": Decimal(20)})
    assert save_settings([stricter], actor=books.actor) == 1
    assert save_settings([stricter], actor=books.actor) == 0
    assert stricter in settings_in_force()
    assert Kind.ORDER_SPIKE not in {each.kind for each in find(settings_in_force(), day=DAY)}
    save_settings([spike], actor=books.actor)
    assert Kind.ORDER_SPIKE in {each.kind for each in find(settings_in_force(), day=DAY)}
    save_settings([replace(spike, active=False)], actor=books.actor)
    assert Kind.ORDER_SPIKE not in {each.kind for each in find(settings_in_force(), day=DAY)}
    with pytest.raises(WarningRefused):
        save_settings([replace(spike, values={**spike.values, "times": Decimal(0)})], actor=books.actor)


def test_the_owner_is_told_and_only_who_may_acts(books: Any) -> None:
    user, salesperson = seller(books.organization)
    person = actor_of(user)
    assert person is not None
    customer = books.customer("C9", salesperson=salesperson)
    [made] = warn([Finding(Kind.DORMANT, customer.pk)], actor=books.actor, day=DAY)
    assert made.owner_id == person.membership_id
    notice = Notice.objects.get(recipient_id=person.membership_id)
    assert str(made.pk) in notice.path
    note_action(made.pk, done="拜访", actor=person, today=DAY)
    stranger = replace(person, permissions=frozenset({"credit.read"}))
    with pytest.raises(NotPermitted):
        note_action(made.pk, done="拜访", actor=stranger, today=DAY)
    [other] = warn([Finding(Kind.DORMANT, books.customer("C8").pk)], actor=books.actor, day=DAY)
    with pytest.raises(WarningRefused):
        note_action(other.pk, done="拜访", actor=person, today=DAY)


def test_an_unknown_warning_is_refused(books: Any) -> None:
    with pytest.raises(WarningRefused):
        note_action(uuid4(), done="x", actor=books.actor, today=DAY)
    assert not EarlyWarning.objects.exists()


def test_many_are_closed_in_one_act_or_none(books: Any) -> None:
    findings = [Finding(Kind.DORMANT, books.customer(name).pk) for name in ("A", "B")]
    keys = [each.pk for each in warn(findings, actor=books.actor, day=DAY)]
    with pytest.raises(WarningRefused):
        close_warnings([*keys, uuid4()], outcome="settled", reason="已付清", actor=books.actor, today=DAY)
    assert not EarlyWarning.objects.filter(state=State.CLOSED).exists()
    closed = close_warnings(keys, outcome="settled", reason="已付清", actor=books.actor, today=DAY)
    assert {each.pk for each in EarlyWarning.objects.filter(state=State.CLOSED)} == set(keys)
    assert {each.outcome for each in closed} == {"settled"}
    events = Event.objects.filter(record_kind="early_warning", action="closed")
    assert set(events.values_list("record_id", flat=True)) == set(keys)
    assert events.values("act").distinct().count() == 1

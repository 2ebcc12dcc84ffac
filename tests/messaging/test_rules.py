"""When messages leave, and how often they are tried."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from huikuan.core.calendar import CHINA
from huikuan.messaging.rules import QuietHours, leaves_at, message_number, pause_after

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("wanted", "leaves"),
    [
        ("2026-02-11T10:00", "2026-02-11T10:00"),
        ("2026-02-11T19:59", "2026-02-11T19:59"),
        ("2026-02-11T20:00", "2026-02-12T08:00"),
        ("2026-02-12T00:30", "2026-02-12T08:00"),
        ("2026-02-12T07:59", "2026-02-12T08:00"),
        ("2026-02-12T08:00", "2026-02-12T08:00"),
        ("2026-02-14T10:00", "2026-02-14T10:00"),  # Saturday worked in exchange
        ("2026-02-14T21:00", "2026-02-24T08:00"),  # Spring Festival: 15 to 23 February
        ("2026-02-18T10:00", "2026-02-24T08:00"),
        ("2026-02-28T12:00", "2026-02-28T12:00"),  # Saturday worked in exchange
        ("2026-03-06T22:00", "2026-03-09T08:00"),  # over the weekend
    ],
)
def test_quiet_hours_over_midnight_and_spring_festival(wanted: str, leaves: str) -> None:
    found = leaves_at(datetime.fromisoformat(wanted).replace(tzinfo=SHANGHAI), QuietHours(), CHINA)
    assert found == datetime.fromisoformat(leaves).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("quiet", "wanted", "leaves"),
    [
        (QuietHours(time(12), time(14), False), "2026-02-15T12:30", "2026-02-15T14:00"),
        (QuietHours(time(12), time(14), False), "2026-02-15T23:30", "2026-02-15T23:30"),
        (QuietHours(time(8), time(8), False), "2026-02-15T03:00", "2026-02-15T03:00"),
        (QuietHours(time(8), time(8), True), "2026-02-15T03:00", "2026-02-24T00:00"),
    ],
)
def test_other_quiet_hours(quiet: QuietHours, wanted: str, leaves: str) -> None:
    found = leaves_at(datetime.fromisoformat(wanted).replace(tzinfo=SHANGHAI), quiet, CHINA)
    assert found == datetime.fromisoformat(leaves).replace(tzinfo=SHANGHAI)


def test_tries_are_bounded() -> None:
    pauses = [pause_after(tries) for tries in range(1, 12)]
    assert pauses.index(None) == 7
    assert sorted(pauses[:7]) == pauses[:7]  # type: ignore[type-var]


def test_a_message_has_one_number() -> None:
    organization = UUID(int=1)
    assert message_number(organization, "k", "example.com") == message_number(
        organization, "k", "example.com"
    )
    assert message_number(organization, "k", "example.com") != message_number(UUID(int=2), "k", "example.com")

"""Seals: a hash chain over acts and events."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from huikuan.audit.models import Act, Event, Seal
from huikuan.audit.operations import act, seal
from tests.ledger.checking import assert_nothing_broken, check

pytestmark = pytest.mark.django_db


def test_seals_follow_each_other_without_gap(books: Any) -> None:
    opening = Event.objects.count()
    assert seal() == opening
    books.invoice("I1", "2026-01-05", "1.00")
    books.receipt("R1", "2026-01-05", "1.00")
    assert seal() == 2
    first, second = Seal.objects.order_by("number")
    assert (first.number, second.number, first.after) == (1, 2, None)
    assert second.after == first.until
    assert bytes(second.previous_digest) == bytes(first.digest)
    assert second.until == Act.objects.order_by("recorded_at").last().recorded_at  # type: ignore[union-attr]
    assert_nothing_broken(books.organization)


def test_there_is_nothing_to_seal_twice(books: Any) -> None:
    seal()
    assert seal() == 0
    assert Seal.objects.count() == 1


def test_it_can_stop_at_a_moment(books: Any) -> None:
    seal()
    books.invoice("I1", "2026-01-05", "1.00")
    moment = Act.objects.order_by("recorded_at").last().recorded_at  # type: ignore[union-attr]
    books.invoice("I2", "2026-01-05", "1.00")
    assert seal(until=moment) == 1
    assert seal() == 1
    assert_nothing_broken(books.organization)


def test_an_act_without_events_is_sealed_too(books: Any) -> None:
    with act("x", actor=books.actor):
        pass
    seal()
    assert_nothing_broken(books.organization)
    assert Seal.objects.get().until == Act.objects.order_by("recorded_at").last().recorded_at  # type: ignore[union-attr]


def test_anyone_can_compute_the_digest_again(books: Any) -> None:
    """From the rows alone, with nothing but SHA-256."""
    books.invoice("I1", "2026-01-05", "1.00")
    seal()
    [sealed] = Seal.objects.all()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT jsonb_build_array(e.id, e.action, e.record_kind, e.record_id, e.number, e.content, a.id, a.kind,
                       a.actor_id, a.actor_name, a.roles, a.address, a.origin_id, a.reason,
                       extract(epoch FROM a.recorded_at))::text
            FROM audit_act a LEFT JOIN audit_event e ON e.organization_id = a.organization_id AND e.act_id = a.id
            WHERE a.organization_id = %s ORDER BY a.recorded_at, a.id, e.id
            """,
            [books.organization.pk],
        )
        digests = b"".join(hashlib.sha256(text.encode()).digest() for (text,) in cursor.fetchall())
        cursor.execute("SELECT extract(epoch FROM %s::timestamptz)::text", [sealed.until])
        [place] = cursor.fetchone()
    whole = hashlib.sha256(f"[1, null, {place}]".encode() + digests).digest()
    assert bytes(sealed.digest) == whole


def test_what_waits_longer_than_a_day_is_named_once_there_is_a_sealer(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "1.00")
    later = datetime.now(UTC) + timedelta(days=2)
    assert check(books.organization, now=later) == []
    seal()
    assert check(books.organization, now=later) == []
    invoice = books.invoice("I2", "2026-01-05", "1.00")
    books.invoice("I3", "2026-01-05", "1.00")
    assert check(books.organization, now=later - timedelta(days=2)) == []
    [row] = check(books.organization, now=later)
    assert (row.validation, row.record_id) == ("acts_are_sealed_within_a_day", invoice.act_id)
    assert "2" in row.detail

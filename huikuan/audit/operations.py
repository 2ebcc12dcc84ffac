"""Opening and recording acts, writing events, sealing the trail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from huikuan.audit.models import Event
from huikuan.core.postgres.prepared import ask
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor


@dataclass(frozen=True)
class OpenAct:
    """The act that the running transaction is performing."""

    id: UUID
    organization_id: UUID
    actor: Actor


_open_act: ContextVar[OpenAct | None] = ContextVar("open_act", default=None)


@contextmanager
def act(kind: str, *, actor: Actor, origin_id: UUID | None = None, reason: str = "") -> Iterator[OpenAct]:
    """One business act in one transaction. An act inside an act is part of it.

    At the end the organization's clock advances and the act gets its `recorded_at`: this takes the clock's
    row lock, the last lock of the transaction.
    """
    outer = _open_act.get()
    if outer is not None:
        yield outer
        return
    opened = OpenAct(id=uuid7(), organization_id=current_organization_id(), actor=actor)
    with transaction.atomic():
        ask(
            OPEN_ACT,
            {
                "organization": opened.organization_id,
                "act": opened.id,
                "kind": kind,
                "actor": actor.user_id,
                "name": actor.name,
                "roles": ",".join(actor.roles)[:200],
                "address": actor.address,
                "origin": origin_id,
                "reason": reason,
            },
        )
        token = _open_act.set(opened)
        try:
            yield opened
        finally:
            _open_act.reset(token)
        ask(RECORD_ACT, {"organization": opened.organization_id, "act": opened.id})


OPEN_ACT = """
    INSERT INTO audit_act (organization_id, id, kind, actor_id, actor_name, roles, address, origin_id, reason)
    VALUES (%(organization)s, %(act)s, %(kind)s, %(actor)s::uuid, %(name)s, %(roles)s, %(address)s, %(origin)s::uuid,
            %(reason)s)
"""
RECORD_ACT = """
    WITH tick AS (
        INSERT INTO audit_clock AS clock (organization_id, id, ticked_at)
        VALUES (%(organization)s, %(organization)s, clock_timestamp())
        ON CONFLICT (organization_id) DO UPDATE
        SET ticked_at = greatest(clock_timestamp(), clock.ticked_at + interval '1 microsecond')
        RETURNING organization_id, ticked_at
    )
    UPDATE audit_act SET recorded_at = tick.ticked_at FROM tick
    WHERE audit_act.organization_id = tick.organization_id
      AND audit_act.organization_id = %(organization)s AND audit_act.id = %(act)s
"""


def record_event(
    *,
    action: str,
    record_kind: str,
    record_id: UUID,
    number: str = "",
    content: Mapping[str, Any] | None = None,
) -> None:
    """Write down what the open act did to one record. Sets are written by set-based SQL of the operation."""
    opened = _open_act.get()
    if opened is None:
        raise RuntimeError("an event is written inside an act")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb)",
            [
                opened.organization_id,
                uuid7(),
                opened.id,
                action,
                record_kind,
                record_id,
                number,
                json.dumps(content or {}, default=str, ensure_ascii=False),
            ],
        )


class Told(NamedTuple):
    """What an act did to one record; `number` as people know the record, `content` is JSON."""

    action: str
    record_kind: str
    record_id: UUID
    number: str
    content: Mapping[str, Any]


def record_events(events: Iterable[Told], *, opened: OpenAct) -> None:
    """Write down what the open act did to each of a set of records."""
    Event.objects.bulk_create(
        (
            Event(
                organization_id=opened.organization_id,
                act_id=opened.id,
                action=told.action,
                record_kind=told.record_kind,
                record_id=told.record_id,
                number=told.number[:64],
                content=dict(told.content),
            )
            for told in events
        ),
        batch_size=1000,
    )


# The content of one event as bytes: what the seal covers. Kept in one place, read by the sealer and the check.
EVENT_DIGEST = (
    "sha256(convert_to(jsonb_build_array(e.id, e.action, e.record_kind, e.record_id, e.number, e.content,"
    " a.id, a.kind, a.actor_id, a.actor_name, a.roles, a.address, a.origin_id, a.reason,"
    " extract(epoch FROM a.recorded_at))::text, 'UTF8'))"
)


def seal_digest(*, previous: str, number: str, after: str, until: str, digests: str) -> str:
    """The digest of a seal as an SQL expression: over the seal before, its own place, and its events' digests."""
    place = f"jsonb_build_array({number}, extract(epoch FROM {after}), extract(epoch FROM {until}))"
    return f"sha256({previous} || convert_to({place}::text, 'UTF8') || coalesce({digests}, ''::bytea))"


def seal(*, until: datetime | None = None) -> int:
    """Chain the acts recorded since the last seal (up to `until`); returns the number of events sealed.

    The clock row is locked for the moment, so that no act with an earlier time can still appear.
    """
    organization_id = current_organization_id()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ticked_at FROM audit_clock WHERE organization_id = %s FOR UPDATE", [organization_id]
        )
        row = cursor.fetchone()
        if row is None:
            return 0
        cursor.execute(
            "SELECT number, until, digest FROM audit_seal WHERE organization_id = %s ORDER BY number DESC LIMIT 1",
            [organization_id],
        )
        last = cursor.fetchone() or (0, None, b"")
        end = min(until, row[0]) if until else row[0]
        if last[1] is not None and end <= last[1]:
            return 0
        cursor.execute(
            SEAL_DIGEST,
            {
                "organization": organization_id,
                "number": last[0] + 1,
                "after": last[1],
                "until": end,
                "previous": bytes(last[2]),
            },
        )
        count, digest = cursor.fetchone()
        cursor.execute(
            "INSERT INTO audit_seal (organization_id, id, number, after, until, event_count, previous_digest, digest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [organization_id, uuid7(), last[0] + 1, last[1], end, count, bytes(last[2]), bytes(digest)],
        )
        return int(count)


_PLACE = {
    "previous": "%(previous)s::bytea",
    "number": "%(number)s::bigint",
    "after": "%(after)s::timestamptz",
    "until": "%(until)s::timestamptz",
}
_DIGESTS = f"string_agg({EVENT_DIGEST}, ''::bytea ORDER BY a.recorded_at, a.id, e.id)"

SEAL_DIGEST = f"""
    SELECT count(e.id), {seal_digest(**_PLACE, digests=_DIGESTS)}
    FROM audit_act a
    LEFT JOIN audit_event e ON e.organization_id = a.organization_id AND e.act_id = a.id
    WHERE a.organization_id = %(organization)s
      AND (%(after)s::timestamptz IS NULL OR a.recorded_at > %(after)s)
      AND a.recorded_at <= %(until)s
"""

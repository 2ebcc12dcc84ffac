"""Events of a set of records, written at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from huikuan.audit.models import Event
from huikuan.audit.operations import OpenAct


class Told(NamedTuple):
    """What an act did to one record."""

    action: str
    record_kind: str
    record_id: UUID
    number: str
    content: dict[str, Any]


def record_events(events: Iterable[Told], *, opened: OpenAct) -> None:
    """Write down what the open act did to each record."""
    Event.objects.bulk_create(
        Event(
            organization_id=opened.organization_id,
            act_id=opened.id,
            action=told.action,
            record_kind=told.record_kind,
            record_id=told.record_id,
            number=told.number[:64],
            content=told.content,
        )
        for told in events
    )

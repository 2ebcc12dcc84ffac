"""Keeping when a customer can be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CallingHours
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.trail import HOURS
from huikuan.collection.queries import customers_seen
from huikuan.collection.stepping import CEILING_FROM, CEILING_TO
from huikuan.organizations.actors import Actor

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a customer can be called; see `models.CallingHours`. Without anything the customer said nothing."""

    called_from: time | None = None
    called_until: time | None = None
    away_from: date | None = None
    away_until: date | None = None
    note: str = ""


def save_hours(customer_id: UUID, hours: Hours, *, actor: Actor) -> bool:
    """可联系时间: keep what a customer said about when it can be called; whether that is something new.

    Raises CollectionRefused for a customer whom the actor does not see, half a span, or hours in which nobody may be
    called (22:00–08:00).
    """
    actor.require("collection.write")
    said = hours.note.replace("\x00", "").strip()
    if len(said) > LONGEST_NOTE:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": _("说明"), "count": LONGEST_NOTE},
            code="text_too_long",
        )
    _require(hours)
    values = {
        "called_from": hours.called_from,
        "called_until": hours.called_until,
        "away_from": hours.away_from,
        "away_until": hours.away_until,
        "note": said,
    }
    with act("save_calling_hours", actor=actor) as opened:
        if not customers_seen(actor).filter(pk=customer_id).exists():
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        lock_customers({customer_id})
        row = CallingHours.objects.filter(pk=customer_id).first()
        former = (
            {name: getattr(row, name) for name in values} if row else dict.fromkeys(values) | {"note": ""}
        )
        if former == values:
            return False
        if any(values.values()):
            CallingHours.objects.update_or_create(
                pk=customer_id, defaults={**values, "organization_id": opened.organization_id}
            )
        elif row is not None:
            CallingHours.objects.filter(pk=customer_id).delete()
        content = {name: str(value) if value else None for name, value in values.items()}
        record_event(action="changed", record_kind=HOURS, record_id=customer_id, content=content)
    return True


def _require(hours: Hours) -> None:
    spans = ((hours.called_from, hours.called_until), (hours.away_from, hours.away_until))
    if any((first is None) != (last is None) for first, last in spans):
        raise CollectionRefused(_("起止都要填写。"), code="span_incomplete")
    if (
        hours.called_from
        and hours.called_until
        and not (CEILING_TO <= hours.called_from < hours.called_until <= CEILING_FROM)
    ):
        raise CollectionRefused(
            _("可联系时间应在 08:00 到 22:00 之间，先起后止。"), code="hours_out_of_range"
        )
    if hours.away_from and hours.away_until and hours.away_until < hours.away_from:
        raise CollectionRefused(_("不在的日子先起后止。"), code="days_out_of_range")

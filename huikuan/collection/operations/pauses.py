"""Leaving customers or items alone for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Pause
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.trail import Told, record_events
from huikuan.collection.queries import customers_seen
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor

PAUSE = "collection_pause"
LONGEST_DAYS = 366


def _checked(reason: str, begins: date, until_on: date, today: date) -> str:
    """The reason as it is kept, of days that may be. Raises CollectionRefused."""
    said = reason.replace("\x00", "").strip()
    if not said or len(said) > 500:
        raise CollectionRefused(_("请写明原因，最多 500 个字。"), code="reason_missing")
    if not begins <= until_on <= begins + timedelta(days=LONGEST_DAYS) or begins < today:
        raise CollectionRefused(_("暂停最长一年，从今天或以后开始。"), code="day_out_of_range")
    return said


def pause_collection(
    customer_id: UUID,
    *,
    until_on: date,
    reason: str,
    actor: Actor,
    today: date,
    item_id: UUID | None = None,
    starts_on: date | None = None,
) -> Pause:
    """暂停催收: the policies leave a customer, or one item, alone up to and including a day.

    People may still speak to it. Raises CollectionRefused without a reason, or for days out of range.
    """
    actor.require("collection.write")
    begins = starts_on or today
    said = _checked(reason, begins, until_on, today)
    with act("pause_collection", actor=actor, reason=said) as opened:
        if not customers_seen(actor).filter(pk=customer_id).exists():
            raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        if item_id is not None and not OpenItem.objects.filter(pk=item_id, customer_id=customer_id).exists():
            raise CollectionRefused(
                _("所选的单据中有的已经结清，或不属于这个客户，请刷新页面。"), code="item_not_open"
            )
        lock_customers({customer_id})
        row = Pause.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=customer_id,
            item_id=item_id,
            starts_on=begins,
            until_on=until_on,
            reason=said,
            set_by=actor.name,
        )
        content = {
            "customer": str(customer_id),
            "item": str(item_id) if item_id else None,
            "until": until_on.isoformat(),
            "reason": said,
        }
        record_event(action="paused", record_kind=PAUSE, record_id=row.pk, content=content)
    return row


def pause_items(
    item_ids: Sequence[UUID], *, until_on: date, reason: str, actor: Actor, today: date
) -> list[Pause]:
    """暂停催收: single items are left alone from today up to and including a day, each in a pause of its own.

    What they are in already ends. Raises CollectionRefused as `pause_collection`, and for items that are settled.
    """
    actor.require("collection.write")
    said = _checked(reason, today, until_on, today)
    with act("pause_collection", actor=actor, reason=said) as opened:
        items = list(
            OpenItem.objects.filter(
                pk__in=item_ids, side=Side.DEBIT, open_amount__gt=0, customer__in=customers_seen(actor)
            ).order_by("pk")
        )
        if not items or len(items) < len(set(item_ids)):
            raise CollectionRefused(
                _("所选的单据中有的已经结清，或不属于这个客户，请刷新页面。"), code="item_not_open"
            )
        lock_customers({each.customer_id for each in items})
        _end(item_ids, actor, today)
        rows = Pause.objects.bulk_create(
            Pause(
                organization_id=opened.organization_id,
                act_id=opened.id,
                customer_id=each.customer_id,
                item_id=each.pk,
                starts_on=today,
                until_on=until_on,
                reason=said,
                set_by=actor.name,
            )
            for each in items
        )
        record_events(
            [
                Told(
                    "paused",
                    PAUSE,
                    each.pk,
                    {
                        "customer": str(each.customer_id),
                        "item": str(each.item_id),
                        "until": until_on.isoformat(),
                        "reason": said,
                    },
                )
                for each in rows
            ],
            opened,
        )
    return rows


def end_item_pauses(item_ids: Sequence[UUID], *, actor: Actor, today: date) -> int:
    """恢复催收: these items are collected again from today on; returns how many pauses ended. None: refused."""
    actor.require("collection.write")
    with act("end_collection_pause", actor=actor) as opened:
        seen = OpenItem.objects.filter(pk__in=item_ids, customer__in=customers_seen(actor))
        ended = _end(list(seen.values_list("pk", flat=True)), actor, today)
        if not ended:
            raise CollectionRefused(_("没有这项暂停，或已经结束。"), code="unknown_pause")
        record_events(
            [
                Told(
                    "resumed",
                    PAUSE,
                    each.pk,
                    {"customer": str(each.customer_id), "item": str(each.item_id), "on": today.isoformat()},
                )
                for each in ended
            ],
            opened,
        )
    return len(ended)


def _end(item_ids: Sequence[UUID], actor: Actor, today: date) -> list[Pause]:
    found = list(
        Pause.objects.select_for_update(no_key=True)
        .filter(item_id__in=item_ids, ended_on=None, until_on__gte=today)
        .order_by("pk")
    )
    for each in found:
        each.ended_on, each.ended_by = max(today, each.starts_on), actor.name
    Pause.objects.bulk_update(found, ["ended_on", "ended_by"])
    return found


def end_pause(pause_id: UUID, *, actor: Actor, today: date) -> Pause:
    """恢复催收: from today on it is collected again. Raises CollectionRefused where the pause is over."""
    actor.require("collection.write")
    with act("end_collection_pause", actor=actor):
        row = Pause.objects.select_for_update(no_key=True).filter(pk=pause_id, ended_on=None).first()
        if (
            row is None
            or row.until_on < today
            or not customers_seen(actor).filter(pk=row.customer_id).exists()
        ):
            raise CollectionRefused(_("没有这项暂停，或已经结束。"), code="unknown_pause")
        row.ended_on, row.ended_by = max(today, row.starts_on), actor.name
        row.save(update_fields=["ended_on", "ended_by"])
        content = {"customer": str(row.customer_id), "on": today.isoformat()}
        record_event(action="resumed", record_kind=PAUSE, record_id=row.pk, content=content)
    return row

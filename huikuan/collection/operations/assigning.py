"""Deciding who collects from customers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Assignment
from huikuan.collection.operations.locking import lock_customers
from huikuan.collection.operations.trail import ASSIGNMENT, Told, record_events
from huikuan.collection.queries import collectors, customers_seen
from huikuan.organizations.actors import Actor

LONGEST_REASON = 500


def assign_collector(
    customer_ids: Collection[UUID], *, collector_id: UUID | None, reason: str, actor: Actor, today: date
) -> int:
    """分派催收: from today on somebody collects from these customers; None: their salespeople do.

    Returns how many changed. Raises CollectionRefused for a customer the actor does not see, or somebody who does
    not collect.
    """
    actor.require("collection.manage")
    said = reason.replace("\x00", "").strip()
    if len(said) > LONGEST_REASON:
        raise CollectionRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": _("原因"), "count": LONGEST_REASON},
            code="text_too_long",
        )
    people = dict(collectors())
    if collector_id is not None and collector_id not in people:
        raise CollectionRefused(_("这位同事没有催收的权限。"), code="unknown_collector")
    wanted = set(customer_ids)
    if customers_seen(actor).filter(pk__in=wanted).count() < len(wanted):
        raise CollectionRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
    with act("assign_collector", actor=actor, reason=said) as opened:
        lock_customers(wanted)
        former = dict(
            Assignment.objects.filter(customer_id__in=wanted, ends_on=None).values_list(
                "customer_id", "collector_id"
            )
        )
        changed = sorted(key for key in wanted if former.get(key) != collector_id)
        Assignment.objects.filter(customer_id__in=changed, ends_on=None).update(
            ends_on=Greatest("starts_on", today)
        )
        if collector_id is not None:
            Assignment.objects.bulk_create(
                (
                    Assignment(
                        organization_id=opened.organization_id,
                        act_id=opened.id,
                        customer_id=key,
                        collector_id=collector_id,
                        starts_on=today,
                        reason=said,
                    )
                    for key in changed
                ),
                batch_size=1000,
            )
        content = {"collector": people.get(collector_id, "") if collector_id else "", "reason": said}
        record_events([Told("assigned", ASSIGNMENT, key, content) for key in changed], opened)
    return len(changed)

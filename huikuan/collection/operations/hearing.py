"""What came back to a policy's mails: an answer is shown to who collects, a bounce asks for another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act
from huikuan.collection.models import CollectionAction
from huikuan.collection.operations.agreeing import ACTION
from huikuan.collection.operations.trail import Told, record_events
from huikuan.collection.stepping import ActionState, Means
from huikuan.core.postgres.fields import new_id
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.messaging.models import Message
from huikuan.messaging.registry import Heard
from huikuan.messaging.rules import InboundKind, MessageState
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import MAIL_ANSWERED, MAIL_BOUNCED
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

EXCERPT = 200


def heard(mails: Sequence[Heard]) -> None:
    """Record on actions that their mail was answered, or came back, and tell who collects and who sells.

    Where all mails of an action came back it needs another way: a call is planned, unless the step has one. An answer
    is no promise and proves nothing by itself: whoever reads it records what it says. That somebody is away is none.
    """
    found = {row.pk: row for row in _actions([each.about_id for each in mails if each.about_id])}
    fresh = [
        (found[each.about_id], each)
        for each in mails
        if each.about_id in found and each.kind != InboundKind.DELAY and not each.automatic
    ]
    if not fresh:
        return
    organization = Organization.objects.get(pk=current_organization_id())
    zone = ZoneInfo(organization.time_zone)
    with act("hear_customers", actor=local_operator()) as opened:
        for action, each in fresh:
            day = each.at.astimezone(zone).date()
            if each.kind == InboundKind.REPLY:
                action.replied_on = action.replied_on or day
            else:
                action.bounced_on = action.bounced_on or day
        rows = list({action.pk: action for action, _each in fresh}.values())
        CollectionAction.objects.bulk_update(rows, ["replied_on", "bounced_on"])
        record_events([_said(action, each) for action, each in fresh], opened)
        bounced = {action.pk: action for action, each in fresh if each.kind == InboundKind.BOUNCE}
        _call_instead(bounced, opened)
    for action, each in fresh:
        _tell(action, each, organization.code)


def _actions(keys: Sequence[UUID]) -> list[CollectionAction]:
    return list(
        CollectionAction.objects.filter(pk__in=keys)
        .select_related("customer__salesperson", "step")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _said(action: CollectionAction, each: Heard) -> Told:
    content = {"customer": str(action.customer_id), "status": each.status, "from": each.sender_shown}
    return Told("answered" if each.kind == InboundKind.REPLY else "bounced", ACTION, action.pk, content)


def _call_instead(bounced: Mapping[UUID, CollectionAction], opened: OpenAct) -> None:
    """A call for each action of which no mail arrived."""
    arrived = set(
        Message.objects.filter(
            about_id__in=bounced,
            bounced_at__isnull=True,
            state__in=[
                each.value
                for each in (
                    MessageState.SENT,
                    MessageState.QUEUED,
                    MessageState.SENDING,
                    MessageState.UNKNOWN,
                )
            ],
        ).values_list("about_id", flat=True)
    )
    CollectionAction.objects.bulk_create(
        [
            CollectionAction(
                id=new_id(),
                organization_id=opened.organization_id,
                act_id=opened.id,
                run_id=each.run_id,
                customer_id=each.customer_id,
                step_id=each.step_id,
                lead_id=each.lead_id or each.pk,
                on=each.on,
                channel=Means.PHONE.value,
                state=ActionState.PLANNED.value,
                reason="bounced",
                oldest_id=each.oldest_id,
                items=each.items,
                amount=each.amount,
                collector_id=each.collector_id,
            )
            for key, each in bounced.items()
            if key not in arrived
        ],
        ignore_conflicts=True,  # the step has a call already
    )


def _tell(action: CollectionAction, each: Heard, code: str) -> None:
    seller = action.customer.salesperson.membership_id if action.customer.salesperson else None
    people = [key for key in dict.fromkeys([action.collector_id, seller]) if key is not None]
    said = each.text or each.subject
    send_notices(
        people,
        kind=MAIL_ANSWERED if each.kind == InboundKind.REPLY else MAIL_BOUNCED,
        parameters={
            "customer": action.customer.name,
            "step": action.step.name,
            "address": each.address_shown,
            "text": said[:EXCERPT],
        },
        path=reverse("collection-case", args=[code, action.customer_id]),
        now=transaction_time(),
    )

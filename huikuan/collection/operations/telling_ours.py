"""Telling our own people what a policy does to their customers: those whom a step names, once for each run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct
from huikuan.collection.models import CollectionAction
from huikuan.collection.our_people import Ours, our_people
from huikuan.collection.policy_wording import MEANS
from huikuan.collection.stepping import ActionState, Our
from huikuan.core.sentences import enumerated
from huikuan.messaging.models import Sender
from huikuan.messaging.operations import queue_messages
from huikuan.messaging.rules import MessageChannel, NewMessage, Purpose
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import STEP_TAKEN, STEPS_TAKEN
from huikuan.organizations.models import Membership, Organization

TOLD = "collection_told"
TOLD_ONE_BY_ONE, LISTED = 3, 40
DEAD = (ActionState.WAITING, ActionState.FAILED, ActionState.SKIPPED, ActionState.CANCELLED)


@dataclass(slots=True)
class Taken:
    """A step taken for a customer: its ways, and what is chased, in the organization's currency."""

    customer_id: UUID
    customer: str
    step: str
    amount: Decimal
    ours: Sequence[str]
    collector_id: UUID | None
    salesperson_id: UUID | None
    team: str
    ways: list[str] = field(default_factory=list)


def tell_ours(keys: Collection[UUID], *, run_id: UUID | None = None, opened: OpenAct) -> int:
    """Tell whom steps name among ours (salesperson, collector, manager, legal) that they were taken.

    Of these actions, or all of a run, those that go on in some way; each person gets a notice (of many customers
    one), and the list by e-mail where sending is set up. Returns how many people.
    """
    steps = _taken(keys, run_id)
    if not steps:
        return 0
    of: dict[UUID, list[Taken]] = defaultdict(list)
    people = our_people({row for each in steps for row in each.ours})
    for each in steps:
        for person in _told(each, people):
            of[person].append(each)
    organization = Organization.objects.get(pk=opened.organization_id)
    for person, rows in of.items():
        _notify(person, rows, organization)
    _write(of, organization, opened)
    return len(of)


def _taken(keys: Collection[UUID], run_id: UUID | None) -> list[Taken]:
    found = (
        CollectionAction.objects.filter(run_id=run_id)
        if run_id
        else CollectionAction.objects.filter(pk__in=keys)
    )
    rows = (
        found.exclude(step__ours=[])
        .exclude(state__in=[each.value for each in DEAD])
        .order_by("-amount", "pk")
        .values_list(
            "customer_id", "customer__name", "step__name", "amount", "step__ours", "collector_id",
            "customer__salesperson__membership_id", "customer__salesperson__team", "channel",
        )
    )  # fmt: skip
    steps: dict[tuple[UUID, str], Taken] = {}
    for *values, channel in rows:
        taken = Taken(*values)
        taken.team = taken.team or ""
        steps.setdefault((taken.customer_id, taken.step), taken).ways.append(channel)
    return list(steps.values())


def _told(step: Taken, people: Ours) -> list[UUID]:
    """Whom a step names, as far as they see the customer; of a team that nobody manages, those who manage all."""
    found: list[UUID | None] = []
    for role in step.ours:
        if role == Our.SALESPERSON:
            found.append(step.salesperson_id)
        elif role == Our.COLLECTOR:
            found.append(step.collector_id)
        elif role == Our.MANAGER:
            found += people.managers.of_team.get(step.team) or people.managers.everywhere
        elif role == Our.LEGAL:
            found += [*people.legal.of_team.get(step.team, ()), *people.legal.everywhere]
    return [each for each in dict.fromkeys(found) if each in people.active and each is not None]


def _notify(person: UUID, rows: Sequence[Taken], organization: Organization) -> None:
    now = transaction_time()
    if len(rows) > TOLD_ONE_BY_ONE:
        path = f"{reverse('collection', args=[organization.code])}?part=all"
        parameters: dict[str, Any] = {"count": len(rows)}
        send_notices([person], kind=STEPS_TAKEN, parameters=parameters, path=path, now=now)
        return
    for each in rows:
        path = reverse("collection-case", args=[organization.code, each.customer_id])
        parameters = {
            "customer": each.customer,
            "step": each.step,
            "amount": f"{organization.currency} {each.amount:,.2f}",
        }
        send_notices([person], kind=STEP_TAKEN, parameters=parameters, path=path, now=now)


def _write(of: Mapping[UUID, Sequence[Taken]], organization: Organization, opened: OpenAct) -> None:
    """The same by e-mail, where a mail sender is set up, to those who have an address."""
    if not Sender.objects.filter(channel=MessageChannel.EMAIL.value, standard=True, active=True).exists():
        return
    people = Membership.objects.filter(pk__in=of).exclude(user__email="").select_related("user")
    messages = []
    for person in people:
        language = person.user.language or settings.LANGUAGE_CODE
        with translation.override(language):
            subject, text = told_text(of[person.pk], organization)
        messages.append(
            NewMessage(
                key=f"step-told:{opened.id}:{person.pk}",
                channel=MessageChannel.EMAIL,
                customer_id=None,
                person_id=None,
                membership_id=person.pk,
                address=person.user.email,
                language=language.lower(),
                subject=subject,
                text=text,
                about_kind=TOLD,
                purpose=Purpose.NOTICE,
            )
        )
    queue_messages(act=opened, messages=messages)


def told_text(rows: Sequence[Taken], organization: Organization) -> tuple[str, str]:
    """Subject and text of the mail: customer, step, ways and amount, the greatest first."""
    subject = _("催收策略：%d 位客户") % len({each.customer_id for each in rows})
    lines = [organization.name, "", _("按催收策略，对您的客户做了以下步骤："), ""]
    for each in rows[:LISTED]:
        ways = enumerated(str(MEANS.get(way, way)) for way in each.ways)
        lines.append(
            _("%(customer)s：%(step)s（%(ways)s），欠款 %(amount)s")
            % {
                "customer": each.customer,
                "step": each.step,
                "ways": ways,
                "amount": f"{organization.currency} {each.amount:,.2f}",
            }
        )
    if len(rows) > LISTED:
        lines.append(_("还有 %d 位客户，请在催收工作台查看。") % (len(rows) - LISTED))
    return subject, "\n".join(lines)

"""Sending the weekly digest: once a week to each salesperson, and to whoever manages a team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.digest import SHOWN, Digest, by_team, digests
from huikuan.collection.policy_queries import group_senders
from huikuan.messaging.operations import queue_messages
from huikuan.messaging.rules import MessageChannel, NewMessage, Purpose
from huikuan.notices.models import Notice
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import WEEKLY_DIGEST
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, MembershipRole, Organization, Scope

ZERO = Decimal(0)
DIGEST = "collection_digest"
IN_A_GROUP = 20


def send_digests(*, ends_on: date, actor: Actor) -> int:
    """发送周报: of the seven days up to and with a day, as a notice and an e-mail; returns to how many people.

    A manager of a team gets its lines added up; groups of ours that somebody set up get a line for each salesperson,
    without customers or commission. The same week again sends nothing.
    """
    actor.require("collection.write")
    with act("send_digests", actor=actor) as opened:
        organization = Organization.objects.select_for_update(no_key=True).get(pk=opened.organization_id)
        found = digests(ends_on=ends_on, currency=organization.currency)
        to = [(each.membership_id, [each]) for each in found]
        to += _managers(found)
        path = f"{reverse('collection-digest', args=[organization.code])}?until={ends_on.isoformat()}"
        had = set(Notice.objects.filter(kind=WEEKLY_DIGEST, path=path).values_list("recipient_id", flat=True))
        fresh = [(member, rows) for member, rows in to if member not in had]
        for member, rows in fresh:
            send_notices(
                [member],
                kind=WEEKLY_DIGEST,
                parameters=_figures(rows),
                path=path,
                now=transaction_time(),
            )
        _queue(fresh, opened, organization, ends_on)
        _queue_in_groups(found, opened, organization)
        if fresh:
            content = {"until": ends_on.isoformat(), "people": len(fresh)}
            record_event(action="sent", record_kind=DIGEST, record_id=organization.pk, content=content)
    return len(fresh)


def _managers(found: Sequence[Digest]) -> list[tuple[UUID, list[Digest]]]:
    """Who manages collection in a team, with the digests of its people."""
    teams = by_team(found)
    rows = MembershipRole.objects.filter(
        membership__active=True, membership__user__is_active=True, role__scope=Scope.TEAM.value
    ).values_list("membership_id", "role__permissions")
    managers = {member for member, permissions in rows if "collection.manage" in permissions}
    own = Membership.objects.filter(pk__in=managers).exclude(team="")
    to = []
    for member, team in own.values_list("pk", "team"):
        lines = teams.get(team, [])
        if lines and [each.membership_id for each in lines] != [member]:
            to.append((member, lines))
    had = {each.membership_id for each in found}
    return [(member, lines) for member, lines in to if member not in had]


def _figures(rows: Iterable[Digest]) -> dict[str, str]:
    rows = list(rows)
    return {
        "collected": f"{sum((each.collected for each in rows), ZERO):,.2f}",
        "overdue": f"{sum((each.overdue for each in rows), ZERO):,.2f}",
        "lost": f"{sum((each.lost for each in rows), ZERO):,.2f}",
        "questions": str(sum(each.questions for each in rows)),
    }


def _queue(
    to: Sequence[tuple[UUID, list[Digest]]], opened: OpenAct, organization: Organization, ends_on: date
) -> None:
    """The same by e-mail, to those who have an address."""
    people = Membership.objects.filter(pk__in=[member for member, _rows in to]).select_related("user")
    address = {each.pk: each.user.email or "" for each in people}
    messages = []
    for member, rows in to:
        if not address.get(member):
            continue
        subject, text = digest_text(rows, company=organization.name, currency=organization.currency)
        messages.append(
            NewMessage(
                key=f"digest:{ends_on.isoformat()}:{member}",
                channel=MessageChannel.EMAIL,
                customer_id=None,
                person_id=None,
                membership_id=member,
                address=address[member],
                language=translation.get_language() or "zh-hans",
                subject=subject,
                text=text,
                about_kind=DIGEST,
                purpose=Purpose.NOTICE,
            )
        )
    if messages:
        queue_messages(act=opened, messages=messages)


def _queue_in_groups(found: Sequence[Digest], opened: OpenAct, organization: Organization) -> None:
    """What each salesperson collected and has overdue, once into each group."""
    groups = group_senders() if found else {}
    if not groups:
        return
    subject, text = group_text(found, company=organization.name, currency=organization.currency)
    messages = [
        NewMessage(
            key=f"digest:{found[0].ends_on.isoformat()}:{channel}",
            channel=MessageChannel(channel),
            customer_id=None,
            person_id=None,
            membership_id=None,
            address=sender,
            language=translation.get_language() or "zh-hans",
            subject=subject,
            text=text,
            about_kind=DIGEST,
            purpose=Purpose.NOTICE,
        )
        for channel, sender in groups.items()
    ]
    queue_messages(act=opened, messages=messages)


def group_text(rows: Sequence[Digest], *, company: str, currency: str) -> tuple[str, str]:
    """Subject and text for a group: the figures of all, and each salesperson's, the greatest collection first."""
    figures = _figures(rows)
    lines = [
        company,
        _("本周回款：%(amount)s %(currency)s") % {"amount": figures["collected"], "currency": currency},
        _("逾期：%s") % figures["overdue"],
    ]
    lines += [
        _("%(name)s：回款 %(collected)s，逾期 %(overdue)s")
        % {"name": each.name, "collected": f"{each.collected:,.2f}", "overdue": f"{each.overdue:,.2f}"}
        for each in sorted(rows, key=lambda each: (-each.collected, each.name))[:IN_A_GROUP]
    ]
    return _subject(rows[0]), "\n".join(lines)


def _subject(digest: Digest) -> str:
    period = {"from": digest.starts_on.isoformat(), "to": digest.ends_on.isoformat()}
    return _("回款周报 %(from)s 至 %(to)s") % period


def digest_text(rows: Sequence[Digest], *, company: str, currency: str) -> tuple[str, str]:
    """Subject and text of a digest: its figures, the greatest debts, and what lateness cost, item by item."""
    figures = _figures(rows)
    lines = [
        company,
        "",
        _("本周回款：%(amount)s %(currency)s") % {"amount": figures["collected"], "currency": currency},
        _("提成：%(amount)s；因晚到少得：%(lost)s")
        % {"amount": f"{sum((each.commission for each in rows), ZERO):,.2f}", "lost": figures["lost"]},
        _("逾期：%s") % figures["overdue"],
        _("没有兑现的承诺和计划：%d 项") % sum(each.broken for each in rows),
        _("等待答复的问题：%s 项") % figures["questions"],
    ]
    owing = sorted((each for row in rows for each in row.owing), key=lambda each: -each.overdue)[:SHOWN]
    if owing:
        lines += ["", _("逾期最多的客户：")]
        lines += [
            _("%(name)s  %(amount)s，最长 %(days)d 天")
            % {"name": each.name, "amount": f"{each.overdue:,.2f}", "days": each.days}
            for each in owing
        ]
    late = sorted((each for row in rows for each in row.paid if each.lost), key=lambda each: -each.lost)
    if late:
        lines += ["", _("晚到的回款：")]
        lines += [
            _("%(number)s %(name)s：晚 %(days)d 天，提成 %(amount)s，少得 %(lost)s")
            % {
                "number": each.number,
                "name": each.customer,
                "days": each.days_late,
                "amount": f"{each.commission:,.2f}",
                "lost": f"{each.lost:,.2f}",
            }
            for each in late[:SHOWN]
        ]
    return _subject(rows[0]), "\n".join(lines)

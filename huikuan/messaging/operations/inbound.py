"""Mails that came back: joined to the messages they are about, once; and addresses that get nothing any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act, record_event
from huikuan.core.encryption import mask_email
from huikuan.messaging.channels.carrier import Answer
from huikuan.messaging.channels.imap import Mail, MailboxRead
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models import Inbound, Message, OptOut, Sender
from huikuan.messaging.operations.recording import MESSAGE, settle, write_finding
from huikuan.messaging.registry import Heard, hear
from huikuan.messaging.rules import AttemptKind, Finding, InboundKind, MessageState, OptOutKind
from huikuan.organizations.actors import Actor

logger = logging.getLogger(__name__)

DEAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
"""Enhanced status codes that speak of the address, not of the message (RFC 3463 §3.2)."""


def record_mails(sender_id: UUID, read: MailboxRead, *, actor: Actor, now: datetime) -> int:
    """Record what a mailbox said of our messages; returns how many mails were new.

    A mail is known by its place in the mailbox, so that reading again adds nothing; where the mailbox was made anew
    and all its mails have other places, nothing follows from them again. A report that an address is dead keeps
    further messages from it, a second one about the same message is only kept; any answer proves that an unknown
    message left.
    """
    with act("read_mailbox", actor=actor) as opened:
        sender = Sender.objects.select_for_update(no_key=True).get(pk=sender_id)
        known = set(
            Inbound.objects.filter(sender_id=sender_id, validity=read.validity).values_list("uid", flat=True)
        )
        fresh = [mail for mail in read.mails if mail.uid not in known]
        found = _messages_named({number for mail in fresh for number in mail.about})
        rows, about = [], []
        for mail in fresh:
            message = next((found[number] for number in mail.about if number in found), None)
            if message is not None:
                rows.append(_row(mail, message, sender, read.validity, opened.id))
                about.append((mail, message))
        named = Inbound.objects.filter(message_id__in={message.pk for _mail, message in about})
        heard = set(named.exclude(number="").values_list("message_id", "number"))
        Inbound.objects.bulk_create(rows)
        about = [(mail, message) for mail, message in about if (message.pk, mail.number) not in heard]
        news = []
        for mail, message in about:
            _follow(mail, message, act_id=opened.id, now=now)
            if mail.kind is not InboundKind.BOUNCE or message.bounced_at is None:
                news.append((mail, message))
            if mail.kind is InboundKind.BOUNCE:
                message.bounced_at = message.bounced_at or now
        _pass_on(news)
        if (sender.seen_validity, sender.seen_uid) != (read.validity, read.uid):
            Sender.objects.filter(pk=sender_id).update(seen_validity=read.validity, seen_uid=read.uid)
    return len(rows)


def _pass_on(about: Sequence[tuple[Mail, Message]]) -> None:
    """Tell whoever asked for the messages; one that fails does not lose what was read."""
    kinds: dict[str, list[Heard]] = {}
    for mail, message in about:
        kinds.setdefault(message.about_kind, []).append(
            Heard(
                message_id=message.pk,
                about_id=message.about_id,
                kind=mail.kind,
                customer_id=message.customer_id,
                person_id=message.person_id,
                at=mail.received_at,
                address_shown=message.address_shown,
                sender_shown=mask_email(mail.sender) if mail.sender else "",
                subject=mail.subject,
                text=mail.text,
                status=mail.status,
                automatic=mail.automatic,
            )
        )
    for kind, mails in kinds.items():
        try:
            with transaction.atomic():
                hear(kind, mails)
        except Exception:
            logger.exception("nobody could be told of %d mails about %s", len(mails), kind)


def _messages_named(numbers: set[str]) -> dict[str, Message]:
    found = Message.objects.filter(number__in=numbers).select_for_update(no_key=True).order_by("pk")
    return {message.number: message for message in found}


def _row(mail: Mail, message: Message, sender: Sender, validity: int, act_id: UUID) -> Inbound:
    return Inbound(
        organization_id=sender.organization_id,
        pk=uuid7(),
        act_id=act_id,
        sender=sender,
        message=message,
        customer_id=message.customer_id,
        kind=mail.kind.value,
        validity=validity,
        uid=mail.uid,
        number=mail.number,
        from_shown=mask_email(mail.sender) if mail.sender else "",
        subject=mail.subject,
        text=mail.text,
        status=mail.status,
        received_at=mail.received_at,
    )


def _follow(mail: Mail, message: Message, *, act_id: UUID, now: datetime) -> None:
    record_event(
        action=f"message_{mail.kind.value}",
        record_kind=MESSAGE,
        record_id=message.pk,
        number=message.address_shown[:64],
        content={"key": message.key, "status": mail.status},
    )
    if message.state == MessageState.UNKNOWN:  # who answers or reports has it
        answer = Answer(Finding.SENT, mail.kind.value, mail.status)
        write_finding(message, AttemptKind.ASK, answer, worker="imap", now=now, act_id=act_id)
        settle([message], MessageState.SENT, now=now)
    if mail.kind is InboundKind.BOUNCE:
        Message.objects.filter(pk=message.pk, bounced_at__isnull=True).update(bounced_at=now)
        if mail.status in DEAD_ADDRESS:
            _opt_out(message, OptOutKind.BOUNCED, act_id=act_id, now=now)


def unsubscribe(message_id: UUID, *, actor: Actor, now: datetime) -> str:
    """退订: the address of a message gets no more reminders; returns how it is shown. Twice is once.

    Raises MessageRefused where there is no such message.
    """
    with act("unsubscribe", actor=actor) as opened:
        message = Message.objects.filter(pk=message_id, address_index__isnull=False).first()
        if message is None:
            raise MessageRefused(_("没有这条消息。"), code="unknown_message")
        if _opt_out(message, OptOutKind.UNSUBSCRIBED, act_id=opened.id, now=now):
            record_event(
                action="unsubscribed",
                record_kind=MESSAGE,
                record_id=message.pk,
                number=message.address_shown[:64],
            )
    return message.address_shown


def _opt_out(message: Message, kind: OptOutKind, *, act_id: UUID, now: datetime) -> bool:
    if message.address_index is None:
        return False
    index = bytes(message.address_index)
    if OptOut.objects.filter(address_index=index, kind=kind.value, lifted_at__isnull=True).exists():
        return False
    OptOut.objects.bulk_create(
        [
            OptOut(
                organization_id=message.organization_id,
                pk=uuid7(),
                act_id=act_id,
                kind=kind.value,
                address_index=index,
                address_shown=message.address_shown,
                customer_id=message.customer_id,
                message=message,
                since=now,
            )
        ],
        ignore_conflicts=True,  # somebody else says the same at the same moment
    )
    return True


def lift_opt_outs(keys: Sequence[UUID], *, actor: Actor, now: datetime) -> int:
    """恢复发送: these addresses are written to again; returns how many were not yet."""
    actor.require("messaging.manage")
    with act("lift_opt_outs", actor=actor):
        found = list(
            OptOut.objects.filter(pk__in=keys, lifted_at__isnull=True).select_for_update(no_key=True)
        )
        OptOut.objects.filter(pk__in=[each.pk for each in found]).update(
            lifted_at=now, lifted_by=actor.name[:100]
        )
        for each in found:
            record_event(
                action="lifted",
                record_kind="message_opt_out",
                record_id=each.pk,
                number=each.address_shown[:64],
            )
    return len(found)

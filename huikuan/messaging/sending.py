"""The worker's round: what is lost becomes unknown, what is unknown is asked about, what is due is sent.

Every step is its own transaction, and nothing is sent inside one, so that a worker may die anywhere: before a message
is taken up nothing happened; from there on it is unknown until somebody knows better.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.files import storage
from huikuan.messaging.channels.carrier import Account, Answer, Attachment, Carrier, Outgoing
from huikuan.messaging.channels.imap import MailboxUnreadable, has_mailbox, read_mailbox
from huikuan.messaging.channels.registry import opened
from huikuan.messaging.models import Message
from huikuan.messaging.operations.inbound import record_mails
from huikuan.messaging.operations.recording import give_up_lost, record_answer
from huikuan.messaging.operations.settling import ask_later, record_asked, unknown_to_ask
from huikuan.messaging.operations.taking import LEASE, HeldBack, Rest, Taken, take_up
from huikuan.messaging.queries import account_of, senders_in_use
from huikuan.messaging.rules import Finding, MessageChannel, Purpose
from huikuan.messaging.unsubscribing import unsubscribe_address
from huikuan.organizations.actors import local_operator

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Opens = Callable[[Account], Carrier]


@dataclass(slots=True)
class Round:
    """What a round did: how many messages became what; `resting`: why a sender sends nothing more for now."""

    counts: Counter[str] = field(default_factory=Counter)
    resting: dict[str, str] = field(default_factory=dict)


def send_due(
    organization_id: UUID,
    *,
    clock: Clock,
    worker: str,
    until: datetime | None = None,
    most: int | None = None,
    lease: timedelta = LEASE,
    opens: Opens = opened,
) -> Round:
    """Send what is due in an organization, sender by sender, up to `most` messages and not beyond `until`.

    `clock` tells the time; a worker's wall clock may jump without a message being sent twice.
    """
    done = Round()
    with tenant(organization_id):
        done.counts["lost"] = give_up_lost(now=clock(), actor=local_operator())
        accounts = [account_of(each) for each in senders_in_use()]
    for account in accounts:
        try:
            carrier = opens(account)
        except KeyError:
            done.resting[account.code] = "unknown_provider"
            continue
        with closing(carrier):
            _send_through(carrier, account, organization_id, done, clock, worker, until, most, lease)
            _ask_about(carrier, account, organization_id, done, clock, worker)
    return done


def _send_through(
    carrier: Carrier,
    account: Account,
    organization_id: UUID,
    done: Round,
    clock: Clock,
    worker: str,
    until: datetime | None,
    most: int | None,
    lease: timedelta,
) -> None:
    while (until is None or clock() < until) and (most is None or done.counts["tried"] < most):
        with tenant(organization_id):
            taken = take_up(account.id, worker=worker, now=clock(), actor=local_operator(), lease=lease)
        if isinstance(taken, Rest):
            if taken.why:
                done.resting[account.code] = taken.why
            return
        if isinstance(taken, HeldBack):
            done.counts[taken.state.value] += 1
            continue
        done.counts["tried"] += 1
        answer = _tried(carrier, taken, organization_id)
        with tenant(organization_id):
            state = record_answer(
                taken.message.pk,
                taken.attempt_id,
                answer,
                worker=worker,
                now=clock(),
                actor=local_operator(),
            )
        done.counts["retry" if answer.finding is Finding.RETRY else state.value] += 1
        if answer.stop:
            done.resting[account.code] = answer.code
            return


def _tried(carrier: Carrier, taken: Taken, organization_id: UUID) -> Answer:
    try:
        message = _outgoing(taken, organization_id)
    except HuikuanError as error:  # a file is missing or was altered: nothing was sent
        return Answer(Finding.FAILED, error.code, error.message)
    try:
        return carrier.send(message)
    except Exception as error:  # a channel that breaks its word: nobody knows what it did
        logger.exception("the channel of %s failed", taken.message.pk)
        return Answer(Finding.UNKNOWN, "channel_error", type(error).__name__)


def _outgoing(taken: Taken, organization_id: UUID) -> Outgoing:
    message = taken.message
    return Outgoing(
        key=message.key,
        number=message.number,
        address=taken.address,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        attachments=tuple(
            Attachment(
                file.name, file.content_type, storage.content(organization_id, file.sha256, name=file.name)
            )
            for file in taken.files
        ),
        unsubscribe=unsubscribe_address(message) if message.purpose == Purpose.REMINDER else "",
        queued_at=message.queued_at,
    )


def _ask_about(
    carrier: Carrier, account: Account, organization_id: UUID, done: Round, clock: Clock, worker: str
) -> None:
    with tenant(organization_id):
        unknown = unknown_to_ask(account.id, now=clock())
    for message in unknown:
        answer = _asked(carrier, message)
        try:
            with tenant(organization_id):
                record_asked(message.pk, answer, worker=worker, now=clock(), actor=local_operator())
        except Exception:  # whoever is told of it fails; the others are still asked about
            logger.exception("what became of %s was not recorded", message.pk)
            with tenant(organization_id):
                ask_later(message.pk, now=clock())
        done.counts["asked"] += answer is not None


def read_mailboxes(organization_id: UUID, *, clock: Clock) -> int:
    """Read what came back to the mailboxes of an organization; returns how many mails were about its messages."""
    with tenant(organization_id):
        found = [
            (account_of(each), each.seen_validity, each.seen_uid)
            for each in senders_in_use()
            if each.channel == MessageChannel.EMAIL
        ]
    count = 0
    for account, validity, uid in found:
        if not has_mailbox(account):
            continue
        try:
            read = read_mailbox(account, validity=validity, uid=uid, now=clock())
        except MailboxUnreadable as error:
            logger.warning("the mailbox of %s could not be read: %s", account.code, error)
            continue
        if (read.validity, read.uid) != (validity, uid):
            with tenant(organization_id):
                count += record_mails(account.id, read, actor=local_operator(), now=clock())
    return count


def _asked(carrier: Carrier, message: Message) -> Answer | None:
    about = Outgoing(
        key=message.key,
        number=message.number,
        address=message.address,
        subject=message.subject,
        text=message.text,
        queued_at=message.queued_at,
    )
    try:
        return carrier.ask(about, reference=message.reference)
    except Exception as error:
        logger.exception("the channel could not be asked about %s", message.pk)
        return Answer(Finding.UNKNOWN, "channel_error", type(error).__name__)

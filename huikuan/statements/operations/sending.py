"""Sending statements, setting and queuing the mails, reminding those who do not answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.collection.addressing import Address, addresses_of
from huikuan.collection.claim_facts import ClaimFacts, claim_facts
from huikuan.collection.letters import pages_of
from huikuan.collection.stepping import Their
from huikuan.collection.template_fields import TemplateChannel
from huikuan.collection.templates import Key, Template, chosen_template, rendered, templates_in_force
from huikuan.files.operations import NewFile, attach_files
from huikuan.messaging.operations.queueing import queue_messages
from huikuan.messaging.rules import MessageChannel, NewMessage, Purpose
from huikuan.organizations.actors import Actor
from huikuan.statements.documents import printed
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import SentBy, Statement, StatementSetting, StatementState
from huikuan.statements.operations.drafting import locked, saved
from huikuan.statements.operations.trail import (
    REMINDED_CONTENT,
    SENT_CONTENT,
    SETTING,
    STATEMENT,
    tell,
)
from huikuan.statements.queries import ABOUT, silent_since, statement_setting, statements_seen

WRITTEN, REMINDED = "statement", "statement_reminder"
"""Codes of the templates of the mails."""
SET_TOGETHER = 40


@dataclass(frozen=True, slots=True)
class Sending:
    """How many statements left, and whose could not for want of a mail address."""

    sent: int
    without_address: tuple[Statement, ...] = ()


def send_statements(keys: Collection[UUID], *, by: SentBy, actor: Actor, today: date) -> Sending:
    """发送: drafted statements go to their customers, by mail or on paper, and wait for answers from now on.

    By mail only those whose customer has an address; the others stay drafted. The mails themselves are written by
    `post_statements`. Raises StatementRefused for one that is not drafted.
    """
    actor.require("reconciliation.write")
    with act("send_statements", actor=actor) as opened:
        rows = locked(keys, actor)
        if any(each.state != StatementState.DRAFTED for each in rows):
            raise StatementRefused(_("有的对账单已经发送或作废，请刷新页面。"), code="statement_moved_on")
        going, without = rows, []
        if by == SentBy.MAIL:
            people = recipients([each.customer_id for each in rows])
            going = [each for each in rows if each.customer_id in people]
            without = [each for each in rows if each.customer_id not in people]
        for each in going:
            each.state, each.sent_by = StatementState.SENT.value, by.value
            each.sent_on, each.sent_by_name = today, opened.actor.name[:100]
        saved(going, ("state", "sent_by", "sent_on", "sent_by_name"))
        tell("sent", SENT_CONTENT, [each.pk for each in going], opened)
    return Sending(len(going), tuple(without))


def recipients(customer_ids: Sequence[UUID]) -> dict[UUID, Address]:
    """To whom statements of customers go by mail: somebody in finance, else whoever has an address."""
    people = addresses_of(set(customer_ids))
    found = {}
    for key in set(customer_ids):
        chosen = people.chosen(key, MessageChannel.EMAIL.value, (Their.FINANCE,))
        if chosen and chosen[0].address:
            found[key] = chosen[0]
    return found


def post_statements(*, actor: Actor, now: datetime, most: int = SET_TOGETHER) -> int:
    """Set up to `most` of the statements that are to go by mail, keep their PDFs and queue the mails.

    Returns how many; 0: nothing waits. Each call is one act, so that what is done stays done.
    """
    with act("post_statements", actor=actor) as opened:
        rows = list(
            Statement.objects.filter(state=StatementState.SENT, sent_by=SentBy.MAIL, file=None)
            .select_related("customer")
            .order_by("number")
            .select_for_update(no_key=True, of=("self",), skip_locked=True)[:most]
        )
        if not rows:
            return 0
        made = printed(rows)
        writer = replace(opened.actor, permissions=opened.actor.permissions | {"file.write"})
        files = [
            NewFile(each.pk, f"{each.number}.pdf", pages_of(made.content, first, count), each.number)
            for each, (first, count) in zip(rows, made.pages, strict=True)
        ]
        attached = attach_files(files, record_kind=STATEMENT, actor=writer, now=now)
        for each, file in zip(rows, attached, strict=True):
            each.file = file
        saved(rows, ("file",))
        people = recipients([each.customer_id for each in rows])
        queue_messages(act=opened, messages=_messages(rows, people, WRITTEN, 0, now.date()))
    return len(rows)


def _messages(
    rows: Sequence[Statement], to: Mapping[UUID, Address], code: str, times: int, today: date
) -> list[NewMessage]:
    """The mails about statements, `to` by customer; `times`: how often they were reminded."""
    templates = templates_in_force()
    facts = claim_facts(sorted({each.customer_id for each in rows}), day=today)
    return [
        _message(each, to[each.customer_id], facts[each.customer_id], templates, code, times)
        for each in rows
        if each.customer_id in to
    ]


def _message(
    row: Statement, to: Address, facts: ClaimFacts, templates: Mapping[Key, Template], code: str, times: int
) -> NewMessage:
    template = chosen_template(templates, code, TemplateChannel.EMAIL.value, row.language)
    if template is None:
        raise StatementRefused(_("没有名为 %s 的邮件模板。") % code, code="unknown_template")
    said = replace(
        facts,
        person=to.name,
        number=row.number,
        day=row.ends_on + timedelta(days=1),
        period=(row.starts_on, row.ends_on),
    )
    text = rendered(template, said, language=row.language)
    return NewMessage(
        key=f"statement:{row.pk}:{times}",
        channel=MessageChannel.EMAIL,
        customer_id=row.customer_id,
        person_id=to.person_id,
        membership_id=None,
        address=to.address,
        language=row.language,
        subject=text.subject,
        text=text.text,
        html=text.html,
        attachments=(row.file_id,) if row.file_id else (),
        about_kind=ABOUT,
        about_id=row.pk,
        purpose=Purpose.NOTICE if code == WRITTEN else Purpose.REMINDER,
    )


def remind_statements(*, actor: Actor, today: date) -> int:
    """催答复: those who got a statement by mail and do not answer get it again. Returns how many mails were queued.

    Whose address is gone meanwhile is not reminded, until there is one again.
    """
    setting = statement_setting()
    if not setting.reminders:
        return 0
    with act("remind_statements", actor=actor) as opened:
        rows = list(
            Statement.objects.filter(silent_since(today, setting), sent_by=SentBy.MAIL, file__isnull=False)
            .select_related("customer")
            .defer("content")
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        people = recipients([each.customer_id for each in rows])
        rows = [each for each in rows if each.customer_id in people]
        for each in rows:
            each.reminders, each.reminded_on = each.reminders + 1, today
        saved(rows, ("reminders", "reminded_on"))
        tell("reminded", REMINDED_CONTENT, [each.pk for each in rows], opened)
        by_times: dict[int, list[Statement]] = {}
        for each in rows:
            by_times.setdefault(each.reminders, []).append(each)
        for times, several in by_times.items():
            queue_messages(act=opened, messages=_messages(several, people, REMINDED, times, today))
    return len(rows)


def guard(statement_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Which mails about statements are not to be sent any more: withdrawn, or answered meanwhile."""
    said = {
        StatementState.WITHDRAWN.value: _("对账单已作废"),
        StatementState.CONFIRMED.value: _("客户已经答复"),
        StatementState.DIFFERING.value: _("客户已经答复"),
    }
    rows = Statement.objects.filter(pk__in=statement_ids, state__in=said).values_list("pk", "state")
    return {key: said[state] for key, state in rows}


def save_setting(*, remind_after: int, remind_again: int, reminders: int, actor: Actor) -> StatementSetting:
    """How customers who do not answer are reminded, in days and times. Raises StatementRefused."""
    actor.require("reconciliation.write")
    if not (1 <= remind_after <= 90 and 1 <= remind_again <= 90 and 0 <= reminders <= 9):
        raise StatementRefused(
            _("天数应在 1 到 90 之间，次数应在 0 到 9 之间。"), code="setting_out_of_range"
        )
    with act("save_statement_setting", actor=actor) as opened:
        made = StatementSetting.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            remind_after=remind_after,
            remind_again=remind_again,
            reminders=reminders,
        )
        content = {"remind_after": remind_after, "remind_again": remind_again, "reminders": reminders}
        record_event(action="saved", record_kind=SETTING, record_id=made.pk, content=content)
    return made


def waiting_to_be_posted(actor: Actor) -> int:
    """How many statements that go by mail have no PDF yet."""
    return statements_seen(actor).filter(state=StatementState.SENT, sent_by=SentBy.MAIL, file=None).count()

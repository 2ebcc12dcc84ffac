"""定时报表: made on their days as their maker would see them, sent once, and stopped."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.customers.queries import visible_salespeople
from huikuan.files.operations import attach_file
from huikuan.messaging.models import Sender
from huikuan.messaging.operations.queueing import queue_messages
from huikuan.messaging.registry import work_calendar
from huikuan.messaging.rules import ROBOTS, MessageChannel, NewMessage, Purpose
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, Organization
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import Report, Result
from huikuan.reports.catalogue import answer, asked, report_named, require_open
from huikuan.reports.guards import ReportTooLarge, ReportTooSlow
from huikuan.reports.models import Channel, Every, ReportSchedule
from huikuan.reports.operations.taking import record_taking
from huikuan.reports.output.forms import FORMS, file_name
from huikuan.reports.output.heading import Heading, heading_lines
from huikuan.reports.output.values import shown
from huikuan.reports.pivots.behind import answer_patiently
from huikuan.reports.pivots.saved import is_pivot
from huikuan.reports.rules import eve, is_due

logger = logging.getLogger(__name__)

SCHEDULE = "report_schedule"
MOST_RECIPIENTS = 20
OF_DAYS = ("as_of", "known_at", "from", "to")
_MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


class ScheduleRefused(HuikuanError):
    """The schedule cannot be kept as asked, or is not there."""

    code = "schedule_refused"


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule as it is asked for; see `models.ReportSchedule` for what its parts mean."""

    report: str
    words: Mapping[str, str]
    form: str
    every: str
    on: int
    at: time
    channel: str
    recipients: Sequence[str]
    name: str = ""
    language: str = "zh-hans"


def make_schedule(new: NewSchedule, *, actor: Actor, today: date) -> ReportSchedule:
    """A member wants a report on its days. Raises ScheduleRefused, and what the question itself is refused for."""
    report = report_named(new.report)
    if actor.membership_id is None:
        raise ScheduleRefused(_("定时报表按某个用户的权限制作，请以用户身份设置。"), code="needs_a_member")
    require_open(report, actor)
    _require_sensible(new)
    words = {name: value for name, value in new.words.items() if name not in OF_DAYS and value}
    asked(report, words, today=today, zone=ZoneInfo("UTC"))
    with act("make_report_schedule", actor=actor) as opened:
        made = ReportSchedule.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            membership_id=actor.membership_id,
            report=report.name,
            name=(new.name or str(report.title))[:100],
            words=words,
            form=new.form,
            every=new.every,
            on=new.on,
            at=new.at,
            channel=new.channel,
            recipients=list(new.recipients),
            language=new.language,
        )
        _record("report_scheduled", made)
    return made


def _require_sensible(new: NewSchedule) -> None:
    if new.form not in FORMS or new.every not in Every.values or new.channel not in Channel.values:
        raise ScheduleRefused(_("定时报表的格式、周期或渠道无法识别。"))
    if new.every == Every.WEEK and not 1 <= new.on <= 7:
        raise ScheduleRefused(_("每周应写星期一到星期日。"))
    if not 1 <= new.on <= 31:
        raise ScheduleRefused(_("每月应写 1 到 31 日。"))
    if not new.recipients or len(new.recipients) > MOST_RECIPIENTS:
        raise ScheduleRefused(_("收件人应有 1 到 %d 个。") % MOST_RECIPIENTS, code="recipients")
    if new.channel == Channel.EMAIL:
        wrong = [each for each in new.recipients if not _MAIL.fullmatch(each)]
    else:
        known = set(robots().values_list("code", flat=True))
        wrong = [each for each in new.recipients if each not in known]
    if wrong:
        raise ScheduleRefused(_("无法发送到：%s") % "、".join(wrong), code="recipients")


def robots() -> QuerySet[Sender]:
    """Senders that hold a group's robot."""
    return Sender.objects.filter(channel__in=[each.value for each in ROBOTS])


def stop_schedule(key: UUID, *, actor: Actor) -> None:
    """A schedule ends: by who made it, or by who may change settings. Raises ScheduleRefused."""
    with act("stop_report_schedule", actor=actor) as opened:
        found = ReportSchedule.objects.select_for_update().filter(pk=key, stopped_act=None).first()
        if found is None:
            raise ScheduleRefused(_("这个定时报表已经停止。"), code="stopped")
        if found.membership_id != actor.membership_id:
            actor.require("organization.write")
        found.stopped_act_id = opened.id
        found.save(update_fields=["stopped_act"])
        _record("report_schedule_stopped", found)


def _record(action: str, schedule: ReportSchedule) -> None:
    record_event(
        action=action,
        record_kind=SCHEDULE,
        record_id=schedule.pk,
        number=schedule.name[:64],
        content={
            "report": schedule.report,
            "form": schedule.form,
            "every": schedule.every,
            "on": schedule.on,
            "at": f"{schedule.at:%H:%M}",
            "recipients": schedule.recipients,
        },
    )


Later = Callable[[Organization, UUID, datetime], None]
"""Have a scheduled pivot that takes too long made on its own."""


def send_scheduled(organization: Organization, *, now: datetime, later: Later | None = None) -> int:
    """Make and queue what is due by now in an organization, outside any transaction; returns how many.

    A schedule whose maker may no longer see its report, or whose report refuses or fails, is skipped for the day and
    says why; the others go out. A pivot that takes too long is handed to `later` (None: it is skipped as well).
    """
    local = now.astimezone(ZoneInfo(organization.time_zone))
    with tenant(organization.pk):
        calendar = work_calendar()
        due = [
            schedule.pk
            for schedule in ReportSchedule.objects.filter(stopped_act=None).exclude(last_on__gte=local.date())
            if local.time() >= schedule.at
            and is_due(schedule.every, schedule.on, local.date(), calendar.is_workday)
        ]
    sent = 0
    for key in due:
        try:
            sent += _send(organization, key, local, later=later)
        except Exception:
            logger.exception("report schedule %s was not sent", key)
    return sent


def send_scheduled_pivot(organization: Organization, key: UUID, *, now: datetime) -> int:
    """Make and queue a scheduled pivot that may take its time, outside any transaction; returns 1 if it went out."""
    return _send(organization, key, now.astimezone(ZoneInfo(organization.time_zone)), patiently=True)


def _send(
    organization: Organization,
    key: UUID,
    now: datetime,
    *,
    later: Later | None = None,
    patiently: bool = False,
) -> int:
    made: _Made | None = None
    said = ""
    handed_on = False
    try:
        with tenant(organization.pk, snapshot=True):
            schedule = ReportSchedule.objects.get(pk=key)
            with translation.override(schedule.language):
                try:
                    made = _made(organization, schedule, now, patiently=patiently)
                except (ReportTooSlow, ReportTooLarge) as error:
                    handed_on = later is not None and is_pivot(report_named(schedule.report))
                    said = _("数据较多，已转到后台计算，算完后发送。") if handed_on else error.message
                except HuikuanError as error:
                    said = error.message
    except Exception:
        logger.exception("report schedule %s was not made", key)
        said = _("系统出错了")
    with tenant(organization.pk):
        locked = ReportSchedule.objects.select_for_update().get(pk=key)
        done = locked.last_on is not None and locked.last_on >= now.date() and not patiently
        if locked.stopped_act_id is not None or done:
            return 0  # another worker was first, or somebody stopped it meanwhile
        if made is not None:
            try:
                with transaction.atomic(), translation.override(locked.language):
                    _queue(locked, made, now)
            except HuikuanError as error:
                made, said = None, error.message
        locked.last_on, locked.last_said = now.date(), said[:500]
        locked.save(update_fields=["last_on", "last_said"])
        if handed_on and later is not None:
            later(organization, key, now)
    return 1 if made is not None else 0


@dataclass(frozen=True, slots=True)
class _Made:
    """A report that was made: by whom, what it says, and the file."""

    actor: Actor
    report: Report
    result: Result
    heading: Heading
    content: bytes


def _made(organization: Organization, schedule: ReportSchedule, now: datetime, *, patiently: bool) -> _Made:
    member = Membership.objects.select_related("user").filter(pk=schedule.membership_id, active=True).first()
    maker = actor_of(member.user) if member and member.user.is_active else None
    if maker is None:
        raise ScheduleRefused(_("设置这个定时报表的用户已停用。"), code="maker_gone")
    report = report_named(schedule.report)
    require_open(report, maker)
    question = asked(
        report,
        {**schedule.words, ("to" if report.period else "as_of"): eve(now.date()).isoformat()},
        today=now.date(),
        zone=ZoneInfo(organization.time_zone),
        salesperson_ids=visible_salespeople(maker),
    )
    result = (answer_patiently if patiently else answer)(report, question)
    heading = Heading(organization.code, organization.name, maker.name, now)
    return _Made(maker, report, result, heading, FORMS[schedule.form].write(report, result, heading))


def _queue(schedule: ReportSchedule, made: _Made, now: datetime) -> None:
    """Keep the file, put a message for each recipient into the queue, and write it into the trail: one act."""
    by_mail = schedule.channel == Channel.EMAIL
    channels = {} if by_mail else dict(robots().values_list("code", "channel"))
    reached = [to for to in schedule.recipients if by_mail or to in channels]
    if not reached:
        raise ScheduleRefused(_("无法发送到：%s") % "、".join(schedule.recipients), code="recipients")
    subject = _("%(name)s %(day)s") % {"name": schedule.name, "day": made.result.question.as_of.isoformat()}
    with act("send_report", actor=made.actor) as opened:
        attached: tuple[UUID, ...] = ()
        if by_mail:
            writer = replace(made.actor, permissions=made.actor.permissions | {"file.write"})
            file = attach_file(
                record_kind=SCHEDULE,
                record_id=schedule.pk,
                name=file_name(made.report, made.result, made.heading, schedule.form),
                content=made.content,
                actor=writer,
                now=now,
                number=schedule.name[:64],
            )
            attached = (file.pk,)
        record_taking(actor=made.actor, report=made.report, result=made.result, form=schedule.form)
        queue_messages(
            act=opened,
            messages=[
                NewMessage(
                    key=f"report/{schedule.pk}/{now.date().isoformat()}/{place}",
                    channel=MessageChannel.EMAIL if by_mail else MessageChannel(channels[to]),
                    customer_id=None,
                    person_id=None,
                    membership_id=schedule.membership_id,
                    address=to,
                    language=schedule.language,
                    subject=subject[:200],
                    text=_text(subject, made),
                    attachments=attached,
                    about_kind=SCHEDULE,
                    about_id=schedule.pk,
                    purpose=Purpose.NOTICE,
                )
                for place, to in enumerate(schedule.recipients)
                if to in reached
            ],
        )


def _text(subject: str, made: _Made) -> str:
    """What the message says: what the report is of, and its totals."""
    lines = [subject, *heading_lines(made.report, made.result, made.heading)]
    table = made.result.tables[0] if made.result.tables else None
    if table is not None and table.total is not None:
        lines.append("")
        for column in table.columns:
            value = table.total.values.get(column.name)
            if value is not None and not column.is_text:
                lines.append(f"{column.label}：{shown(column, value, made.result.currency)}")
    return "\n".join(lines)[:1800]

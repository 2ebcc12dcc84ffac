"""What pages say about when a customer can be called, and what they warn of."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huikuan.collection.models import CallingHours, Contact
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.queries import calls_on
from huikuan.collection.reaching import CALLS_A_DAY, Clock, Reach, clock_at, hours_of
from huikuan.collection.rules import Channel, Direction
from huikuan.collection.stepping import CEILING_FROM, CEILING_TO
from huikuan.collection.worklist import WorkLine
from huikuan.web.pages import Work
from huikuan.web.templatetags.dates import day as day_text


def clock_now() -> Clock:
    """What the present moment is for calling customers of the organization whose time zone is active."""
    return clock_at(timezone.localtime(), work_calendar())


def closed_text(clock: Clock) -> str:
    """That nobody is called now, and when again; "" where customers may be called."""
    if clock.opens_at is None:
        return ""
    opens = {"day": day_text(clock.opens_at.date()), "time": f"{clock.opens_at:%H:%M}"}
    return _("现在是免打扰时间或休息日，不要打电话；%(day)s %(time)s 起可以。") % opens


def calls_text(count: int) -> str:
    """What is said about so many calls of a day to one customer; "" below the third."""
    if count < CALLS_A_DAY - 1:
        return ""
    if count >= CALLS_A_DAY:
        said = ngettext("今天已给这位客户打了 %d 次电话。", "今天已给这位客户打了 %d 次电话。", count) % count
        return _("%(said)s一天最多 %(most)d 次，今天不要再打。") % {"said": said, "most": CALLS_A_DAY}
    return _("今天已给这位客户打了 %(count)d 次电话：再打就是第 %(most)d 次，一天最多 %(most)d 次。") % {
        "count": count,
        "most": CALLS_A_DAY,
    }


def warn_of_calls(request: HttpRequest, work: Work, made: Contact) -> None:
    """Tell who just recorded a call that the next one is the last of the day, or that it was, or that it was too late."""
    if made.channel != Channel.PHONE or made.direction != Direction.OUT:
        return
    said = calls_text(calls_on(made.customer_id, work.today)) if made.made_on == work.today else ""
    if said:
        messages.warning(request, said)
    if not CEILING_TO <= timezone.localtime(made.made_at).time() < CEILING_FROM:
        messages.warning(request, _("22:00 至次日 08:00 不要打电话给客户。"))


def reach_warnings(work: Work, customer_id: UUID) -> list[str]:
    """What speaks against calling a customer now, for whoever asks for its number."""
    said = [closed_text(clock_now()), calls_text(calls_on(customer_id, work.today))]
    hours = CallingHours.objects.filter(pk=customer_id).first()
    if hours is not None:
        said.append(told_text(work, hours))
    return [each for each in said if each]


def told_text(work: Work, hours: CallingHours) -> str:
    """What a customer told us about when it can be called."""
    said = []
    if hours.away_until is not None and hours.away_from is not None and hours.away_until >= work.today:
        span = {"first": day_text(hours.away_from), "last": day_text(hours.away_until)}
        said.append(_("%(first)s 至 %(last)s 不在") % span)
    if hours.called_from is not None:
        said.append(
            _("可联系时间 %(first)s–%(last)s")
            % {"first": f"{hours.called_from:%H:%M}", "last": f"{hours.called_until:%H:%M}"}
        )
    if hours.note:
        said.append(hours.note)
    return "；".join(said)


def said_of_reach(line: WorkLine) -> str:
    """Why now is a time to call a customer, or none."""
    if line.reach == Reach.CLOSED and line.away_until:
        return _("不在，到 %s 为止") % day_text(line.away_until)
    if line.reach == Reach.CALLED:
        return ngettext("今天已打 %d 次电话", "今天已打 %d 次电话", line.called) % line.called
    if line.reach in (Reach.HOURS, Reach.OUTSIDE) and line.called_from and line.called_until:
        span = {"first": f"{line.called_from:%H:%M}", "last": f"{line.called_until:%H:%M}"}
        if line.reach == Reach.HOURS:
            return _("现在可联系（%(first)s–%(last)s）") % span
        return _("%(first)s–%(last)s 才可联系") % span
    counts = {"tries": line.tries, "answered": line.answered}
    return _("这个钟点打过 %(tries)d 次，接通 %(answered)d 次") % counts


def hours_text(line: WorkLine) -> str:
    """The hours at which a customer mostly answers; "" where too little is known."""
    spans = [f"{first:02}:00–{last:02}:00" for first, last in hours_of(line.answers_at)]
    return _("平时打得通的钟点：%s") % "、".join(spans) if spans else ""

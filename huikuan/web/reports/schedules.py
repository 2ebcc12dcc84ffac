"""定时报表: a report as it is asked now, made on its days and sent; the list of them, and stopping one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.organizations.models import Membership
from huikuan.reports.asking import Report
from huikuan.reports.catalogue import reports, saved_reports
from huikuan.reports.models import Channel, Every, ReportSchedule
from huikuan.reports.operations import NewSchedule, make_schedule, stop_schedule
from huikuan.reports.operations.scheduling import OF_DAYS, robots
from huikuan.reports.output.heading import filter_words, option_words
from huikuan.reports.questions import parameters_of
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url
from huikuan.web.reports.opening import breadcrumbs, opened, question_of
from huikuan.web.reports.report_form import words_of

EVERY: dict[str, Any] = {
    Every.DAY: gettext_lazy("每天"),
    Every.WORKDAY: gettext_lazy("每个工作日"),
    Every.WEEK: gettext_lazy("每周"),
    Every.MONTH: gettext_lazy("每月"),
}
WEEKDAYS = (
    gettext_lazy("星期一"),
    gettext_lazy("星期二"),
    gettext_lazy("星期三"),
    gettext_lazy("星期四"),
    gettext_lazy("星期五"),
    gettext_lazy("星期六"),
    gettext_lazy("星期日"),
)
FORMS = (("xlsx", "Excel"), ("pdf", "PDF"), ("csv", "CSV"))


class ScheduleForm(forms.Form):
    """When, in which form and to whom."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=100, required=False)
    every = forms.ChoiceField(label=pgettext_lazy("schedule", "周期"), choices=list(EVERY.items()))
    weekday = forms.ChoiceField(
        label=gettext_lazy("星期几"),
        required=False,
        choices=list(enumerate(WEEKDAYS, start=1)),
    )
    day = forms.IntegerField(
        label=gettext_lazy("几号"),
        required=False,
        min_value=1,
        max_value=31,
        initial=1,
        help_text=gettext_lazy("没有这一天的月份用最后一天。"),
    )
    at = forms.TimeField(
        label=gettext_lazy("几点以后"),
        initial=time(8),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    form = forms.ChoiceField(label=gettext_lazy("文件格式"), choices=FORMS)
    channel = forms.ChoiceField(
        label=gettext_lazy("渠道"),
        choices=[
            (Channel.EMAIL, gettext_lazy("邮件（附文件）")),
            (Channel.ROBOT, gettext_lazy("群机器人（只发合计）")),
        ],
    )
    recipients = forms.CharField(
        label=pgettext_lazy("plural", "收件人"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一个：邮箱地址，或群机器人发送方的代码。"),
    )

    def asked(self, report: str, words: dict[str, str]) -> NewSchedule:
        """The schedule as the form says it."""
        said = self.cleaned_data
        on = {Every.WEEK: said["weekday"] or 1, Every.MONTH: said["day"] or 1}.get(said["every"], 1)
        return NewSchedule(
            report=report,
            words=words,
            form=said["form"],
            every=said["every"],
            on=int(on),
            at=said["at"],
            channel=said["channel"],
            recipients=[part for part in re.split(r"[\s,，;；]+", said["recipients"]) if part],
            name=said["name"],
            language=get_language() or "zh-hans",
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page("report.read")
def report_schedule(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """The report as it is asked now, to be made on its days from now on."""
    report = opened(name, work)
    question = question_of(report, words_of(request.GET), work)
    words = {key: value for key, value in parameters_of(report, question).items() if key not in OF_DAYS}
    mail = Membership.objects.select_related("user").filter(pk=_own(work)).first()
    first = {"name": str(report.title), "recipients": mail.user.email if mail else ""}
    form = ScheduleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            make_schedule(form.asked(report.name, words), actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("定时报表已设好。"))
            return HttpResponseRedirect(reverse("report-schedules", args=[work.organization.code]))
    above = breadcrumbs(work, report)
    above[-1]["url"] = report_url(work, name, words)
    context = {
        "report": report,
        "form": form,
        "asked": [*option_words(report, question), *filter_words(question)],
        "robots": list(robots().values_list("code", "name")),
        "cancel_url": report_url(work, name, words),
        "breadcrumbs": [*above, {"label": _("定时发送")}],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reports/schedule.html", context, status=status)


@require_safe
@page("report.read")
def report_schedules(request: HttpRequest, work: Work) -> HttpResponse:
    """The reports that are sent by themselves: one's own, and all of them for who may change settings."""
    found = ReportSchedule.objects.filter(stopped_act=None).select_related("membership__user")
    if not work.actor.may("organization.write"):
        found = found.filter(membership_id=_own(work))
    known = {**reports(), **{each.name: each for each in saved_reports(work.actor)}}
    context = {
        "schedules": [_said(work, known, each) for each in found.order_by("name", "id")],
        "empty": {
            "title": _("还没有定时报表"),
            "text": _("打开一张报表，选好条件，按“定时发送”。"),
            "icon": "clock",
        },
        "breadcrumbs": [
            {"label": pgettext("plural", "报表"), "url": reverse("reports", args=[work.organization.code])},
            {"label": _("定时报表")},
        ],
    }
    return render(request, "reports/schedules.html", context)


def _own(work: Work) -> UUID:
    """Who reads pages is a member."""
    assert work.actor.membership_id is not None
    return work.actor.membership_id


def _said(work: Work, found: Mapping[str, Report], schedule: ReportSchedule) -> dict[str, Any]:
    report = found.get(schedule.report)
    when = str(EVERY[schedule.every])
    if schedule.every == Every.WEEK:
        when = f"{when} {WEEKDAYS[schedule.on - 1]}"
    if schedule.every == Every.MONTH:
        when = _("每月 %d 日") % schedule.on
    return {
        "name": schedule.name,
        "report": report.title if report else schedule.report,
        "url": report_url(work, schedule.report, schedule.words) if report else "",
        "when": f"{when} {schedule.at:%H:%M}",
        "form": dict(FORMS).get(schedule.form, schedule.form),
        "recipients": schedule.recipients,
        "by": schedule.membership.user.name,
        "last_on": schedule.last_on,
        "said": schedule.last_said,
        "stop_url": reverse("report-schedule-stop", args=[work.organization.code, schedule.pk]),
    }


@require_POST
@page("report.read")
def report_schedule_stop(request: HttpRequest, work: Work, key: Any) -> HttpResponse:
    """A report is no longer sent."""
    stop_schedule(key, actor=work.actor)
    messages.success(request, _("定时报表已停止。"))
    return HttpResponseRedirect(reverse("report-schedules", args=[work.organization.code]))

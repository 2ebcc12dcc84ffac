"""工作日历: the days that this organization works or rests, above the public calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.collection.models import CalendarDay
from huikuan.collection.operations import drop_calendar_day, save_calendar_days
from huikuan.core.calendar import CHINA, PUBLISHED_THROUGH
from huikuan.core.errors import HuikuanError
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form
from huikuan.web.templatetags.dates import day as day_text

Row = dict[str, Any]
SECTION = "settings-calendar"
SHOWN = 200
SATURDAY = 5


class CalendarForm(forms.Form):
    """Days that are worked, or not."""

    first = DayField(label=gettext_lazy("从哪天"))
    last = DayField(
        label=gettext_lazy("到哪天"), required=False, help_text=gettext_lazy("只有一天的不用填。")
    )
    worked = forms.ChoiceField(
        label=gettext_lazy("这些天"),
        choices=[("", gettext_lazy("休息")), ("1", gettext_lazy("上班"))],
        required=False,
    )
    name = forms.CharField(
        label=gettext_lazy("说明"), max_length=60, required=False, help_text=gettext_lazy("例如：厂休、盘点")
    )


@require_safe
@page("collection.manage")
def calendar(request: HttpRequest, work: Work) -> HttpResponse:
    """The organization's own days, and below them what the public calendar says of this year and the next."""
    own = CalendarDay.objects.order_by("-on")[:SHOWN]
    tables = [
        {
            "id": "list",
            "title": _("本组织的安排"),
            "caption": _("本组织的安排"),
            "columns": [
                {"label": _("日期"), "kind": "date", "lead": True},
                {"label": _("上班还是休息"), "kind": "badge", "figure": True},
                {"label": _("公共日历"), "minor": True},
                {"label": _("说明"), "kind": "name"},
            ],
            "rows": [
                {
                    "url": address(work, "settings-calendar-day", each.pk),
                    "cells": [
                        each.on,
                        _badge(each.worked),
                        _works(CHINA.is_workday(each.on)),
                        each.name or None,
                    ],
                }
                for each in own
            ],
            "empty": {
                "title": _("按公共日历"),
                "text": _("厂休、补班这样和公共日历不同的日子，在这里新增。"),
                "icon": "calendar",
            },
        },
        {
            "id": "public",
            "title": _("公共日历"),
            "caption": _("公共日历"),
            "columns": [
                {"label": _("日期"), "lead": True},
                {"label": _("上班还是休息"), "kind": "badge", "figure": True},
                {"label": _("天数"), "kind": "count"},
            ],
            "rows": [
                {"cells": [_span(first, last), _badge(worked), (last - first).days + 1]}
                for first, last, worked in _exceptions(work.today)
            ],
        },
    ]
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=_("工作日历"),
        note=_("催收策略的催收日、消息的静默时段和付款预测按它计算。国务院办公厅的节假日安排已知到 %d 年。")
        % PUBLISHED_THROUGH,
        actions=[
            {
                "label": _("新增日子"),
                "url": address(work, "settings-calendar-add"),
                "icon": "plus",
                "primary": True,
            }
        ],
        tables=tables,
    )


def _works(worked: bool) -> str:
    return _("上班") if worked else _("休息")


def _badge(worked: bool) -> Row:
    return {"label": _works(worked), "tone": "notice" if worked else "plain"}


def _span(first: date, last: date) -> str:
    return day_text(first) if first == last else f"{day_text(first)} – {day_text(last)}"


def _exceptions(today: date) -> Iterator[tuple[date, date, bool]]:
    """Stretches of this year and the next that differ from the week: holidays, and days worked in exchange."""
    begin, end = date(today.year, 1, 1), date(max(today.year, min(today.year + 1, PUBLISHED_THROUGH)), 12, 31)
    days = [begin + timedelta(days=each) for each in range((end - begin).days + 1)]
    for worked, group in groupby(days, key=CHINA.is_workday):
        stretch = list(group)
        weekend = [each for each in stretch if each.weekday() >= SATURDAY]
        if worked:
            yield from ((each, each, True) for each in weekend)
        elif len(weekend) < len(stretch):
            yield stretch[0], stretch[-1], False


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def day_add(request: HttpRequest, work: Work) -> HttpResponse:
    """Days from one to another."""
    form = CalendarForm(request.POST or None, initial={"first": work.today})
    return _edit(request, work, form, _("新增日子"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def day(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One day: change it, or leave it to the public calendar again."""
    found = CalendarDay.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    initial = {"first": found.on, "worked": "1" if found.worked else "", "name": found.name}
    form = CalendarForm(request.POST or None, initial=initial)
    form.fields["first"].disabled = True
    del form.fields["last"]
    remove = {
        "title": _("恢复公共日历"),
        "text": _("这一天又按公共日历：%s。") % _works(CHINA.is_workday(found.on)),
        "label": _("恢复"),
        "icon": "trash",
        "url": address(work, "settings-calendar-delete", found.pk),
    }
    return _edit(request, work, form, day_text(found.on), dangers=[remove])


@require_POST
@page("collection.manage")
def day_delete(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The public calendar decides over the day again."""
    drop_calendar_day(key, actor=work.actor)
    messages.success(request, _("已恢复公共日历。"))
    return redirect(SECTION, work.organization.code)


def _edit(request: HttpRequest, work: Work, form: CalendarForm, title: str, **context: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            save_calendar_days(
                first=values["first"],
                last=values.get("last") or values["first"],
                worked=bool(values["worked"]),
                name=values["name"],
                actor=work.actor,
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    return show_form(
        request, work, form, section=SECTION, title=title, crumb=title, optional=["last", "name"], **context
    )

"""What came of contacts, and what a hold-out shows of a step; in honest words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.collection.effect_queries import (
    BY_CHANNEL,
    BY_PERSON,
    BY_STEP,
    BY_TEMPLATE,
    WINDOWS,
    Outcome,
    StepEffect,
    outcomes,
    step_effects,
)
from huikuan.collection.effects import Interval
from huikuan.collection.holdout import MOST_PERCENT
from huikuan.collection.operations import set_hold_out
from huikuan.collection.policy_queries import steps_of, versions_on
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.templates import template_names
from huikuan.collection.wording import CHANNELS, word
from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import bracketed
from huikuan.web.collection.case_forms import choices
from huikuan.web.collection.words import list_url
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.money import UNKNOWN, percent

Row = dict[str, Any]
DAYS = 90


class PeriodForm(forms.Form):
    """Of which contacts."""

    starts_on = DayField(label=_l("从"), required=False)
    ends_on = DayField(label=_l("到"), required=False)


class HoldOutForm(forms.Form):
    """How many customers are left alone at a step."""

    step = forms.ChoiceField(label=_l("哪一步"))
    percent = forms.IntegerField(
        label=_l("留出百分之几的客户不催"), min_value=0, max_value=MOST_PERCENT, initial=10,
        help_text=_l("按客户随机选定，不会变来变去；0 表示结束对照。"),
    )  # fmt: skip

    def __init__(self, today: date, data: Any = None) -> None:
        super().__init__(data)
        versions = versions_on(today)
        found = steps_of([each.pk for each in versions])
        named = {each.pk: each.policy.title for each in versions}
        choices(
            self,
            "step",
            [
                (str(step.key), f"{named[key]} · {step.title}")
                for key, steps in found.items()
                for step in steps
            ],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage", whole=True)
def effect(request: HttpRequest, work: Work) -> HttpResponse:
    """What came of contacts by channel, step, template and person; steps with a hold-out. Posting holds customers out at a step."""
    form = HoldOutForm(work.today, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            key = UUID(form.cleaned_data["step"])
            set_hold_out(key, percent=form.cleaned_data["percent"], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("对照已保存，从下一次执行开始。"))
            return redirect(reverse("collection-effect", args=[work.organization.code]))
    period = PeriodForm(request.GET or None)
    asked = period.cleaned_data if period.is_bound and period.is_valid() else {}
    ends_on = asked.get("ends_on") or work.today
    starts_on = asked.get("starts_on") or ends_on - timedelta(days=DAYS)

    def table(by: str) -> list[Row]:
        found = outcomes(by, starts_on=starts_on, ends_on=ends_on, today=work.today)
        names = template_names(get_language() or "") if by == BY_TEMPLATE else {}
        return [{"cells": _cells(each, by, names)} for each in found]

    context = {
        "period": period if period.is_bound else PeriodForm({"starts_on": starts_on, "ends_on": ends_on}),
        "channels": table(BY_CHANNEL),
        "people": table(BY_PERSON),
        "templates": table(BY_TEMPLATE),
        "taken": table(BY_STEP),
        "template_columns": _columns(_("模板")),
        "step_columns": _columns(_("步骤")),
        "channel_columns": _columns(_("方式")),
        "person_columns": _columns(_("登记人")),
        "steps": [_step(each) for each in step_effects(today=work.today)],
        "form": form,
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("效果")}],
    }
    return render(request, "collection/effect.html", context, status=422 if form.errors else 200)


def _columns(first: str) -> list[Row]:
    return [
        {"label": first, "lead": True},
        {"label": _("联系"), "kind": "count"},
        {"label": _("联系上"), "kind": "num"},
        {"label": _("有回应"), "kind": "num", "hint": _("对方书面回复，或七天内主动联系")},
        {"label": _("承诺付款"), "kind": "num"},
        *({"label": _("%d 天内付款") % days, "kind": "num", "figure": days == 14} for days in WINDOWS),
    ]


def _cells(each: Outcome, by: str, names: Mapping[str, str]) -> list[Any]:
    def share(count: int) -> str:
        return percent_of(count, each.contacts)

    return [
        word(CHANNELS, each.key) if by == BY_CHANNEL else names.get(each.key, each.key),
        each.contacts,
        share(each.reached),
        share(each.answered),
        share(each.promised),
        *(percent_of(each.paid[place], each.watched[place]) for place in range(len(WINDOWS))),
    ]


def percent_of(count: int, total: int) -> str:
    """A share as text, with how many it is of; a dash without anybody."""
    return bracketed(percent(Decimal(count) / total, 0), f"{count}/{total}") if total else UNKNOWN


def _step(each: StepEffect) -> Row:
    rows = []
    for place, days in enumerate(WINDOWS):
        rows.append(
            {
                "label": _("%d 天内付款") % days,
                "nudged": percent_of(each.nudged.paid[place], each.nudged.watched[place]),
                "held": percent_of(each.held.paid[place], each.held.watched[place]),
                "said": _said(each.difference(place)),
            }
        )
    saved = each.days_saved
    rows.append(
        {
            "label": _("平均几天付款（最多算 30 天）"),
            "nudged": f"{each.nudged.days.mean:.1f}" if each.nudged.days.count else UNKNOWN,
            "held": f"{each.held.days.mean:.1f}" if each.held.days.count else UNKNOWN,
            "said": _said_days(saved),
        }
    )
    shown = [each.difference(place) for place in range(len(WINDOWS))] + [saved]
    return {
        "name": shown_name(each.name),
        "percent": each.percent,
        "since": each.starts_on,
        "rows": rows,
        "verdict": _verdict(shown),
        "tone": "good" if any(one is not None and one.low > 0 for one in shown) else "plain",
    }


def _verdict(found: list[Interval | None]) -> str:
    if all(each is None for each in found):
        return _("人数还不够，看不出什么")
    if any(each is not None and each.low > 0 for each in found):
        return _("看得出效果")
    if any(each is not None and each.high < 0 for each in found):
        return _("催了反而更差，请检查这一步")
    return _("看不出效果")


def _said(found: Interval | None) -> str:
    if found is None:
        return _("人数还不够")
    said = _("相差 %(value)s 个百分点，95%% 置信区间 %(low)s 到 %(high)s") % {
        name: f"{getattr(found, name) * 100:+.1f}" for name in ("value", "low", "high")
    }
    return said if found.shown else _("%s：看不出效果") % said


def _said_days(found: Interval | None) -> str:
    if found is None:
        return _("人数还不够")
    said = _("早 %(value)s 天，95%% 置信区间 %(low)s 到 %(high)s") % {
        name: f"{getattr(found, name):+.1f}" for name in ("value", "low", "high")
    }
    return said if found.shown else _("%s：看不出效果") % said

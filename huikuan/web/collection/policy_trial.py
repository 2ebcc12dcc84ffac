"""模拟: what a version would have done, or would do, by week and way, and who gets what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.collection.models import PolicyStep, PolicyVersion
from huikuan.collection.policy_queries import step_from
from huikuan.collection.policy_wording import MEANS, REASONS
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.simulation import Simulation, simulate
from huikuan.collection.stepping import Step
from huikuan.core.dates import add_months
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.web.collection.policies import version_asked
from huikuan.web.collection.policy_words import crumbs, policy_url, said, when
from huikuan.web.collection.words import case_url
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible
from huikuan.web.templatetags.dates import day as day_text

Row = dict[str, Any]
SHOWN = 200
AHEAD_DAYS = 60


class TrialForm(forms.Form):
    """Which days."""

    since = DayField(label=_l("从"))
    until = DayField(label=_l("到"))
    version = forms.CharField(required=False, widget=forms.HiddenInput)


@require_safe
@page("collection.read", own_transactions=True)
def policy_simulate(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Asked for without days: the last twelve months. Nothing is written."""
    with tenant(work.organization.pk):
        version = version_asked(work, key, request.GET.get("version", ""))
        first, last = add_months(work.today, -12) + timedelta(days=1), work.today
        asked = "since" in request.GET
        form = TrialForm(
            request.GET if asked else None, initial={"since": first, "until": last, "version": version.number}
        )
        context: Row = {
            "policy": version.policy,
            "version": version,
            "form": form,
            "spans": _spans(work, version),
            "breadcrumbs": crumbs(
                work, {"label": version.policy.title, "url": policy_url(work, key)}, {"label": _("模拟")}
            ),
        }
        if asked and form.is_valid():
            first, last = form.cleaned_data["since"], form.cleaned_data["until"]
        if not asked or form.is_valid():
            try:
                found = simulate(
                    version, first=first, last=last, today=work.today, people=visible(work.actor)
                )
            except HuikuanError as error:
                context["problem"] = error.message
            else:
                context |= _shown(work, found)
        return render(request, "collection/policy_simulate.html", context, status=422 if form.errors else 200)


def _spans(work: Work, version: PolicyVersion) -> list[Row]:
    today = work.today
    offered = (
        (_("过去 12 个月"), add_months(today, -12) + timedelta(days=1), today),
        (_("过去 3 个月"), add_months(today, -3) + timedelta(days=1), today),
        (_("今后 %d 天（按现在的欠款）") % AHEAD_DAYS, today, today + timedelta(days=AHEAD_DAYS)),
    )
    return [
        {"label": label, "url": f"?version={version.number}&since={since}&until={until}"}
        for label, since, until in offered
    ]


def _shown(work: Work, found: Simulation) -> Row:
    steps = {row.pk: step_from(row) for row in PolicyStep.objects.filter(version_id=found.version_id)}
    rows = PolicyStep.objects.filter(version_id=found.version_id).order_by("position")
    counts = Counter(each.step_id for each in found.planned)
    customers = {each.customer_id for each in found.planned}
    names = {row.pk: row for row in Customer.everyone.filter(pk__in=customers)}
    actions = sum(len(steps[each.step_id].channels) for each in found.planned)
    grave = sum(steps[each.step_id].needs_approval for each in found.planned)
    return {
        "found": True,
        "tiles": [
            {"label": _("次数"), "value": f"{len(found.planned):,}", "note": _("一位客户一天一次")},
            {"label": _("客户数"), "value": f"{len(customers):,}", "note": ""},
            {"label": _("消息、信函和任务"), "value": f"{actions:,}", "note": ""},
            {"label": _("要先经同意"), "value": f"{grave:,}", "note": ""},
        ],
        "chart": _chart(found, steps) if found.planned else None,
        "steps": {
            "columns": [
                {"label": _("时间"), "lead": True},
                {"label": _("步骤"), "kind": "name"},
                {"label": _("方式")},
                {"label": _("次数"), "kind": "count", "figure": True},
            ],
            "rows": [
                {
                    "cells": [
                        when(steps[row.pk]),
                        shown_name(row.name),
                        said(MEANS, row.channels),
                        counts.get(row.pk, 0),
                    ]
                }
                for row in rows
            ],
        },
        "skipped": {
            "columns": [
                {"label": _("原因"), "lead": True},
                {"label": _("步骤次数"), "kind": "count", "figure": True},
            ],
            "rows": [
                {"cells": [str(REASONS.get(reason, reason)), count]}
                for reason, count in found.skipped.items()
            ],
        },
        "list": _list(work, found, names, steps),
        "more": max(0, len(found.planned) - SHOWN),
    }


def _list(work: Work, found: Simulation, names: Mapping[UUID, Customer], steps: Mapping[UUID, Step]) -> Row:
    return {
        "columns": [
            {"label": _("日期"), "kind": "date"},
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("步骤"), "kind": "name"},
            {"label": _("方式"), "minor": True},
            {"label": _("笔数"), "kind": "count"},
            {"label": _("欠款"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": case_url(work, each.customer_id),
                "cells": [
                    each.on,
                    {"value": names[each.customer_id].name, "note": names[each.customer_id].code},
                    shown_name(steps[each.step_id].name),
                    said(MEANS, steps[each.step_id].channels),
                    each.items,
                    each.asked,
                ],
            }
            for each in found.planned[:SHOWN]
        ],
    }


def _chart(found: Simulation, steps: Mapping[UUID, Step]) -> Row:
    """How many of each way in each week."""
    begin = found.first - timedelta(days=found.first.weekday())
    weeks = [begin + timedelta(days=7 * each) for each in range((found.last - begin).days // 7 + 1)]
    sums: Counter[tuple[str, date]] = Counter()
    for each in found.planned:
        week = each.on - timedelta(days=each.on.weekday())
        for channel in steps[each.step_id].channels:
            sums[channel, week] += 1
    channels = [code for code in MEANS if any(channel == code for channel, _week in sums)]
    return {
        "kind": "bar",
        "stacked": True,
        "categories": [day_text(week) for week in weeks],
        "series": [
            {"name": str(MEANS[code]), "points": [{"value": sums[code, week]} for week in weeks]}
            for code in channels
        ],
    }

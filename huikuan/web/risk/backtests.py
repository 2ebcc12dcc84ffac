"""回测: how models made of what was known at several times in the past did on what came after."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from huikuan.risk.jobs import ask_backtest
from huikuan.risk.payments.judging import pooled_bands
from huikuan.risk.payments.queries import being_tried, latest_backtest
from huikuan.risk.payments.watch_words import days_text
from huikuan.web.pages import Work, page
from huikuan.web.risk.calibration import calibration_chart

Row = dict[str, Any]


@require_safe
@page("report.read", whole=True)
def payment_backtest(request: HttpRequest, work: Work) -> HttpResponse:
    """The newest backtest: each trial beside a clerk's guesses, the calibration of all, cash by weeks ahead."""
    made = latest_backtest()
    tried = [each for each in made.result["trials"] if each["at_issue"]] if made else []
    code = work.organization.code
    back = reverse("payment-model", args=[code])
    bands = pooled_bands([each["at_issue"]["late5"].get("calibration", []) for each in tried])
    context = {
        "made": made,
        "trial_columns": _trial_columns(),
        "trial_rows": [_trial_row(each) for each in tried],
        "chart": calibration_chart(bands) if bands else None,
        "cash_columns": _cash_columns(),
        "cash_rows": _cash_rows([each["cash"] for each in tried if each["cash"]]),
        "trying": being_tried(),
        "may_write": work.actor.may("payment_model.write"),
        "run_url": reverse("payment-model-backtest-run", args=[code]),
        "breadcrumbs": [{"label": _("付款模型"), "url": back}, {"label": _("回测")}],
    }
    return render(request, "forecast/backtest.html", context)


def _trial_columns() -> list[Row]:
    return [
        {"label": _("试于"), "kind": "text", "lead": True, "whole": True},
        {"label": _("笔数"), "kind": "num"},
        {"label": _("晚 5 天以上"), "kind": "num"},
        {"label": "AUC", "kind": "num"},
        {"label": "PR-AUC", "kind": "num"},
        {"label": _("Brier 技巧评分"), "kind": "num"},
        {"label": _("校准误差"), "kind": "num"},
        {"label": _("日期差（天）"), "kind": "num", "figure": True},
        {"label": _("到期日"), "kind": "num"},
        {"label": _("按中位数"), "kind": "num"},
        {"label": _("早于 P10"), "kind": "num"},
        {"label": _("晚于 P90"), "kind": "num"},
        {"label": _("比简单估计"), "kind": "badge"},
    ]


def _trial_row(trial: Row) -> Row:
    found = trial["at_issue"]
    late, when = found["late5"], found["date"]
    first, last = (date.fromisoformat(trial[name]) for name in ("from", "until"))
    plain = trial["method"] == "history"
    return {
        "cells": [
            {"value": f"{first:%Y-%m-%d}–{last:%m-%d}", "note": _("客户历史") if plain else _("付款模型")},
            f"{found['debts']:,}",
            _percent(late["rate"]),
            _figure(late.get("auc")),
            _figure(late.get("pr_auc")),
            _figure(late.get("brier_skill")),
            _percent(late.get("calibration_error")),
            *(days_text(when[name]) for name in ("mae", "mae_due", "mae_median")),
            *(_percent(when[name]) for name in ("before_p10", "after_p90")),
            {"label": _("更好"), "tone": "good"}
            if found["better"]
            else {"label": _("没有更好"), "tone": "warn"},
        ]
    }


def _cash_columns() -> list[Row]:
    return [
        {"label": _("提前几周"), "kind": "text", "lead": True},
        {"label": _("模型"), "kind": "num", "figure": True},
        {"label": _("到期日"), "kind": "num"},
        {"label": _("按中位数"), "kind": "num"},
    ]


def _cash_rows(trials: list[Row]) -> list[Row]:
    """The mean over the trials, by weeks ahead; where no week was over by the end of a trial, it says nothing."""
    if not trials:
        return []
    ahead = [
        (ngettext("%s 周", "%s 周", each) % each, [trial["by_weeks_ahead"][each - 1] for trial in trials])
        for each in range(1, 1 + min(len(trial["by_weeks_ahead"]) for trial in trials))
    ]
    rows = [(label, [_mean([each[way] for each in found]) for way in WAYS]) for label, found in ahead]
    rows.append((_("全部"), [_mean([trial[f"wape_{way}"] for trial in trials]) for way in WAYS]))
    return [{"cells": [label, *(_percent(value) for value in values)]} for label, values in rows]


WAYS = ("model", "due", "median")


def _mean(values: list[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if known else None


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


@require_POST
@page("payment_model.write", whole=True)
def payment_backtest_run(request: HttpRequest, work: Work) -> HttpResponse:
    """Have models tried on the past in the background."""
    assert work.actor.user_id is not None
    try:
        ask_backtest(work.organization.pk, work.actor.user_id)
    except AlreadyEnqueued:
        messages.info(request, _("已经有一次回测在排队，请稍候。"))
    else:
        messages.success(request, _("已开始回测，几分钟后再来看结果。"))
    return redirect("payment-model-backtest", work.organization.code)

"""付款模型: how good the one in use is, what it learned from, and its versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from huikuan.risk.jobs import ask_training, predict
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.operations import use_model
from huikuan.risk.payments.queries import being_trained, model_in_use
from huikuan.risk.payments.watch_words import guessed_days
from huikuan.risk.payments.why_words import why_text
from huikuan.web.pages import Work, page
from huikuan.web.risk.calibration import calibration_chart
from huikuan.web.risk.model_watch import model_watch

Row = dict[str, Any]
VERSIONS = 12


@require_safe
@page("report.read", whole=True)
def payment_model(request: HttpRequest, work: Work) -> HttpResponse:
    """The model in use: figures of its trial beside a clerk's guesses, calibration, card, and all versions."""
    model = model_in_use()
    tried = model.card["tried"] if model else None
    context = {
        "model": model,
        "why": why_text(model) if model else "",
        "tiles": _tiles(tried) if tried else [],
        "card": _card(model) if model else [],
        "metric_columns": _metric_columns(),
        "metric_rows": _metric_rows(tried) if tried else [],
        "chart": calibration_chart(tried["late5"]["calibration"])
        if tried and tried["late5"]["rate"] is not None
        else None,
        "version_columns": _version_columns(),
        "versions": _versions(work),
        "watch": model_watch(work, model),
        "training": being_trained(),
        "may_write": work.actor.may("payment_model.write"),
        "train_url": reverse("payment-model-train", args=[work.organization.code]),
        "actions": [
            *(
                [
                    {
                        "label": _("预测用在哪里"),
                        "url": reverse("prediction-uses", args=[work.organization.code]),
                        "icon": "settings",
                    }
                ]
                if work.actor.may("payment_model.write")
                else []
            ),
            {
                "label": _("回测"),
                "url": reverse("payment-model-backtest", args=[work.organization.code]),
                "icon": "history",
            },
            {
                "label": _("现金预测"),
                "url": reverse("cash-forecast", args=[work.organization.code]),
                "icon": "coins",
            },
        ],
        "breadcrumbs": [{"label": _("付款模型")}],
    }
    return render(request, "forecast/model.html", context)


def _number(value: float | None, digits: int = 2) -> str:
    return "—" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _tiles(tried: dict[str, Any]) -> list[Row]:
    late, when = tried["late5"], tried["date"]
    return [
        {
            "label": _("日期平均差"),
            "value": _("%s 天") % _number(when["mae"], 1),
            "note": _("按到期日猜差 %s 天") % _number(when["mae_due"], 1),
            "icon": "calendar-due",
        },
        {
            "label": _("分得出谁会晚付（AUC）"),
            "value": _number(late.get("auc")),
            "note": _("只看客户自己的历史：%s") % _number(late.get("auc_customer")),
            "icon": "scale",
        },
        {
            "label": _("预测概率与实际相差"),
            "value": _percent(late.get("calibration_error")),
            "note": _("预测 %(said)s 会晚，实际 %(came)s")
            % {"said": _percent(late.get("said")), "came": _percent(late.get("rate"))},
            "icon": "percentage",
        },
    ]


def _card(model: PaymentModel) -> list[Row]:
    learned = model.card["learned"]
    return [
        {"label": _("版本"), "value": _("第 %s 版") % model.number},
        {"label": _("方法"), "value": model.get_method_display()},
        {"label": _("知道的事截至"), "value": model.until_on, "kind": "date"},
        {"label": _("训练于"), "value": model.trained_at, "kind": "moment"},
        {
            "label": _("学自"),
            "value": _("%(debts)s 笔应收，其中 %(paid)s 笔已付清、%(late)s 笔晚 5 天以上")
            % {
                name: f"{learned[key]:,}"
                for name, key in (("debts", "debts"), ("paid", "paid"), ("late", "late5"))
            },
            "wide": True,
        },
        {
            "label": _("怎么验证"),
            "value": _("只用 %s 以前知道的事训练，预测之后开出的单据，再与实际比较")
            % model.card["tried_from"]
            if model.card["tried_from"]
            else _("付款记录太少，没有验证"),
            "wide": True,
        },
        {
            "label": _("看什么"),
            "value": _(
                "客户过去和最近的付款快慢、金额或账期相近的单据怎样付、逾期与未清、金额与账期、到期日是星期几和月中哪天、争议、承诺、联系、信用评分；不看客户是谁，数据不离开这台机器"
            ),
            "wide": True,
        },
        {
            "label": _("校验码（SHA-256）"),
            "value": model.digest[:16],
            "hint": _("同样的数据总得到同样的模型"),
        },
    ]


def _metric_columns() -> list[Row]:
    return [
        {"label": _("指标"), "kind": "text", "lead": True},
        {"label": _("模型"), "kind": "num", "figure": True},
        {"label": _("简单估计"), "kind": "num"},
        {"label": _("说明"), "kind": "text", "wide": True, "minor": True},
    ]


def _metric_rows(tried: dict[str, Any]) -> list[Row]:
    late, later, when = tried["late5"], tried["late30"], tried["date"]
    guesses = _("预计日与实际付款日平均差几天；按到期日猜 %(due)s，按客户的中位数猜 %(median)s") % {
        "due": _number(when["mae_due"]),
        "median": _number(when["mae_median"]),
    }
    rows = [
        (_("日期平均差（天）"), _number(when["mae"]), _number(guessed_days(tried)), guesses),
        (
            _("晚 5 天：AUC"),
            _number(late.get("auc"), 3),
            _number(late.get("auc_customer"), 3),
            _("任取一笔晚付、一笔没晚付，模型给晚付的更高可能的比例"),
        ),
        (
            _("晚 5 天：PR-AUC"),
            _number(late.get("pr_auc"), 3),
            _percent(late["rate"]),
            _("乱猜等于晚付的占比"),
        ),
        (
            _("晚 5 天：Brier 技巧评分"),
            _number(late.get("brier_skill"), 3),
            _number(late.get("brier_skill_customer"), 3),
            _("比只知道平均占比好多少；1 是全对，0 是没有更好"),
        ),
        (
            _("晚 5 天：校准误差"),
            _percent(late.get("calibration_error")),
            "—",
            _("预测概率与实际占比平均差多少"),
        ),
        (_("晚 30 天：AUC"), _number(later.get("auc"), 3), _number(later.get("auc_customer"), 3), ""),
        (_("早于 P10"), _percent(when["before_p10"]), "10%", _("应在一成以内")),
        (_("晚于 P90"), _percent(when["after_p90"]), "10%", _("应在一成以内")),
    ]
    return [{"cells": list(row)} for row in rows]


def _version_columns() -> list[Row]:
    return [
        {"label": _("版本"), "kind": "text", "lead": True},
        {"label": _("截至"), "kind": "date"},
        {"label": _("日期差（天）"), "kind": "num"},
        {"label": "AUC", "kind": "num"},
    ]


def _versions(work: Work) -> list[Row]:
    rows = []
    for model in PaymentModel.objects.order_by("-number")[:VERSIONS]:
        tried = model.card["tried"]
        rows.append(
            {
                "model": model,
                "cells": [
                    {"value": _("第 %s 版") % model.number, "note": model.get_method_display()},
                    model.until_on,
                    _number(tried["date"]["mae"]) if tried else "—",
                    _number(tried["late5"].get("auc"), 3) if tried else "—",
                ],
                "use_url": reverse("payment-model-use", args=[work.organization.code, model.pk]),
            }
        )
    return rows


@require_POST
@page("payment_model.write", whole=True)
def payment_model_train(request: HttpRequest, work: Work) -> HttpResponse:
    """Have a model trained in the background of what was known by yesterday."""
    assert work.actor.user_id is not None
    try:
        ask_training(work.organization.pk, work.actor.user_id)
    except AlreadyEnqueued:
        messages.info(request, _("已经有一次训练在排队，请稍候。"))
    else:
        messages.success(request, _("已开始训练，几分钟后再来看结果。"))
    return redirect("payment-model", work.organization.code)


@require_POST
@page("payment_model.write", whole=True)
def payment_model_use(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Put a version to use, such as the one before; open items are foreseen anew in the background."""
    model = use_model(model_id=key, actor=work.actor)
    predict.defer(organization_id=str(work.organization.pk))
    messages.success(request, _("已改用第 %s 版，预测正在重算。") % model.number)
    return redirect("payment-model", work.organization.code)

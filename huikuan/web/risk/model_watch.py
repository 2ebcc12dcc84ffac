"""付款模型：近期表现. What the last watch over models found, for the page of the model."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.queries import latest_watch
from huikuan.risk.payments.watch_words import days_text, guessed_days, watch_text
from huikuan.web.pages import Work

Row = dict[str, Any]


def model_watch(work: Work, in_use: PaymentModel | None) -> Row:
    """Words and figures; with a bad finding the version before the one in use, to go back to in one click."""
    watch = latest_watch()
    if watch is None:
        return {
            "text": _("要等一版之后开出的单据有 100 笔到期，才知道它说得准不准；每周一看一次。"),
            "columns": [],
        }
    bad = watch["state"] in ("worse", "weaker")
    return {
        "text": watch_text(watch),
        "until": watch["until"],
        "bad": bad,
        "columns": [
            {"label": _("指标"), "kind": "text", "lead": True},
            {"label": _("近来"), "kind": "num", "figure": True},
            {"label": _("试用时"), "kind": "num"},
            {"label": _("简单估计"), "kind": "num"},
        ],
        "rows": _rows(watch["found"], watch["expected"]),
        "back": _back(work, in_use) if bad and in_use else None,
    }


def _rows(found: Row, expected: Row | None) -> list[Row]:
    late, usual = found["late5"], (expected or {}).get("late5", {})
    rows = [
        (
            _("日期平均差（天）"),
            days_text(found["date"]["mae"]),
            days_text(expected["date"]["mae"]) if expected else "—",
            days_text(guessed_days(found)),
        ),
        (
            _("晚 5 天：AUC"),
            _figure(late.get("auc")),
            _figure(usual.get("auc")),
            _figure(late.get("auc_customer")),
        ),
        (
            _("晚 5 天：校准误差"),
            _share(late.get("calibration_error")),
            _share(usual.get("calibration_error")),
            "—",
        ),
    ]
    return [{"cells": list(row)} for row in rows]


def _back(work: Work, in_use: PaymentModel) -> Row | None:
    """The newest version before the one in use, for whoever may choose."""
    before = PaymentModel.objects.filter(number__lt=in_use.number).order_by("-number").first()
    if before is None or not work.actor.may("payment_model.write"):
        return None
    return {
        "label": _("改回第 %s 版") % before.number,
        "url": reverse("payment-model-use", args=[work.organization.code, before.pk]),
    }


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"

"""A proposed provision beside the last one, and beside what the payment model would provide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.risk.losses import by_method, foretold_by, item_losses
from huikuan.risk.payments.queries import model_known_by
from huikuan.risk.queries import Requirement
from huikuan.risk.workpaper import earlier_provision, lines_of
from huikuan.web.pages import Work
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.words import rate_text

Row = dict[str, Any]
ZERO = Decimal(0)


def tables(work: Work, found: Requirement) -> dict[str, Any]:
    """Both comparisons, as the page of provisions shows them."""
    return {**_with_model(work, found), **_with_earlier(found)}


def _with_model(work: Work, found: Requirement) -> dict[str, Any]:
    model = foretold_by(found.as_of)
    if model is None:
        may_ask = work.actor.may("provision.write") and model_known_by(found.as_of) is not None
        return {
            "by_model_url": reverse("provision-by-model", args=[work.organization.code]) if may_ask else "",
            "no_model": model_known_by(found.as_of) is None,
        }
    lines = by_method(item_losses(found))
    guessed = sum(line.guessed for line in lines)
    note = _("付款模型第 %s 版：余额 × 到期后一年内不付的可能 × 逾期一年以上的比例。") % model.number
    if guessed:
        note += _("另有 %s 笔模型没有预测，按现行比例。") % guessed
    return {
        "model_note": note,
        "method_columns": [
            {"label": _("账龄（按到期日）"), "kind": "name", "lead": True},
            {"label": _("应收余额"), "kind": "money"},
            {"label": _("现行比例法"), "kind": "money"},
            {"label": _("付款模型法"), "kind": "money", "figure": True},
            {"label": _("差额"), "kind": "money"},
        ],
        "method_rows": [
            {
                "cells": [
                    bucket_label(line.bucket) if line.bucket else _("单项计提"),
                    line.balance or None,
                    line.by_matrix or None,
                    line.by_model or None,
                    line.by_model - line.by_matrix or None,
                ]
            }
            for line in lines
        ],
        "method_total": [
            _("合计"),
            *(
                sum((getattr(line, name) for line in lines), ZERO)
                for name in ("balance", "by_matrix", "by_model")
            ),
            sum((line.by_model - line.by_matrix for line in lines), ZERO),
        ],
    }


def _with_earlier(found: Requirement) -> dict[str, Any]:
    before = earlier_provision(found.as_of)
    if before is None:
        return {}
    old = {(line.bucket, line.customer_id): line for line in lines_of(before)}
    new = {(line.bucket, line.customer_id): line for line in found.lines}
    rows = []
    for key in [*new, *(key for key in old if key not in new)]:
        now, then = new.get(key), old.get(key)
        name = bucket_label(key[0]) if key[0] else now.name if now else then.customer.name  # type: ignore[union-attr]
        loss, earlier = now.loss if now else ZERO, then.loss if then else ZERO
        rows.append(
            {
                "cells": [
                    name,
                    (then.balance if then else ZERO) or None,
                    (now.balance if now else ZERO) or None,
                    rate_text(then.rate) if then else None,
                    rate_text(now.rate) if now else None,
                    earlier or None,
                    loss or None,
                    loss - earlier or None,
                ]
            }
        )
    return {
        "earlier_title": _("与上期（%s）比较") % before.as_of.isoformat(),
        "earlier_columns": [
            {"label": _("账龄或客户"), "kind": "name", "lead": True},
            {"label": _("上期余额"), "kind": "money", "minor": True},
            {"label": _("本期余额"), "kind": "money"},
            {"label": _("上期比例"), "kind": "num", "minor": True},
            {"label": _("本期比例"), "kind": "num"},
            {"label": _("上期损失"), "kind": "money"},
            {"label": _("本期损失"), "kind": "money"},
            {"label": _("变动"), "kind": "money", "figure": True},
        ],
        "earlier_rows": rows,
        "earlier_total": [
            _("合计"),
            sum((line.balance for line in old.values()), ZERO),
            found.balance,
            "",
            "",
            before.required,
            found.required,
            found.required - before.required,
        ],
    }

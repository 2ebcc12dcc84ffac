"""Why the plain history is used instead of a model, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from huikuan.risk.payments.models import PaymentModel


def why_text(model: PaymentModel) -> str:
    """The sentence; empty for a model that was better than a clerk's guess."""
    return {
        "few": _("付清的应收太少，先按客户历史（向全体收缩）估计"),
        "no_late": _("几乎没有（或几乎都是）晚付，先按客户历史（向全体收缩）估计"),
        "worse": _("试用中不如简单估计，先按客户历史（向全体收缩）估计"),
    }.get(model.card["why"], "")

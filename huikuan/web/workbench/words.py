"""What tiers, differences and uses are called on the workbench, and what the matching's reasons say."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy

from huikuan.cash.banking import UseKind

TIERS: dict[str, tuple[str | Promise, str]] = {
    "sure": (pgettext_lazy("confidence", "确定"), "good"),
    "likely": (_l("很可能"), "notice"),
    "weak": (_l("可能"), "warn"),
    "none": (_l("未找到"), "plain"),
    "hand": (_l("人工"), "plain"),
    "": (_l("未匹配"), "plain"),
}
DIFFERENCES: dict[str, str | Promise] = {
    "fee": _l("银行手续费"),
    "short": _l("短款"),
    "discount": _l("现金折扣"),
    "over": _l("长款"),
}
USES: dict[str, str | Promise] = {
    UseKind.RECEIPT.value: _l("已核销"),
    UseKind.POOL.value: _l("已转入待认领"),
    UseKind.REFUND.value: _l("已登记退款"),
    UseKind.BOUNCE.value: _l("已登记退票"),
    UseKind.ENTRY.value: _l("已直接入账"),
    UseKind.LEFT_OUT.value: _l("已标记与应收无关"),
}


def tier_badge(tier: str) -> dict[str, Any]:
    """A tier as a badge."""
    label, tone = TIERS.get(tier, TIERS[""])
    return {"label": label, "tone": tone}

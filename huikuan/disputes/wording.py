"""What reasons, their owners and the ends of disputes are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy

from huikuan.disputes.rules import REASONS
from huikuan.organizations.permissions import role_names

REASON_WORDS: dict[str, str | Promise] = {
    "quality": pgettext_lazy("dispute", "质量"),
    "quality.defect": _l("质量缺陷"),
    "quality.damage": _l("运输破损"),
    "quality.mismatch": _l("与规格或样品不符"),
    "quantity": pgettext_lazy("dispute", "数量"),
    "quantity.short": _l("少货"),
    "quantity.over": _l("多货"),
    "delivery": pgettext_lazy("dispute", "交付"),
    "delivery.late": _l("延期交付"),
    "delivery.wrong": _l("发错货"),
    "delivery.missing": _l("没有收到货"),
    "price": pgettext_lazy("dispute", "价格"),
    "price.agreed": _l("与约定价格不符"),
    "price.rebate": _l("返利或折扣未扣"),
    "paper": _l("单证不全"),
    "paper.invoice": _l("缺发票"),
    "paper.receipt": _l("缺签收单或验收单"),
    "paper.statement": _l("对账单未确认"),
    "invoice": _l("发票有误"),
    "invoice.title": _l("抬头或税号错误"),
    "invoice.amount": _l("金额或税率错误"),
    "invoice.twice": _l("重复开票"),
    "other": pgettext_lazy("dispute", "其他"),
}


def reason_words(code: str) -> str:
    """A reason with what it stands under: "质量 · 运输破损"."""
    reason = REASONS.get(code)
    if reason is None:
        return code
    own = str(REASON_WORDS[code])
    return own if reason.group == code else f"{REASON_WORDS[reason.group]} · {own}"


def reason_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The tree for a choice: each group, "unspecified" first, then what stands under it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for reason in REASONS.values():
        own = str(REASON_WORDS[reason.code])
        groups.setdefault(reason.group, []).append((reason.code, own))
    return [(str(REASON_WORDS[group]), choices) for group, choices in groups.items()]


def owner_words(role: str) -> str:
    """The role that owns a dispute, in the reader's language."""
    return role_names(role) or _("未指定")

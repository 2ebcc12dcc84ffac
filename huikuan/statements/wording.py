"""What differences and lines left out are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

KINDS: dict[str, Words] = {
    "same": pgettext_lazy("difference", "一致"),
    "missing_here": pgettext_lazy("difference", "我方没有"),
    "missing_there": pgettext_lazy("difference", "客户没有"),
    "amount": pgettext_lazy("difference", "金额不同"),
    "date": pgettext_lazy("difference", "日期不同"),
    "duplicate_here": pgettext_lazy("difference", "我方重复"),
    "duplicate_there": pgettext_lazy("difference", "客户重复"),
    "allocated": pgettext_lazy("difference", "核销不同"),
    "number": pgettext_lazy("difference", "单号不同"),
    "sign": pgettext_lazy("difference", "方向相反"),
    "net": pgettext_lazy("difference", "客户按不含税入账"),
    "opening": pgettext_lazy("difference", "期初余额不同"),
}
LEFT_OUT: dict[str, Words] = {
    "subtotal": _("小计或合计行"),
    "opening": _("期初余额行"),
    "closing": _("期末余额行"),
    "currency": _("其他币种"),
    "empty": _("没有金额"),
    "unreadable": _("读不出来"),
    "earlier": _("在核对期间之前"),
    "later": _("在核对期间之后"),
}


def kind_words(kind: str) -> str:
    """What a kind of difference is called."""
    return str(KINDS.get(kind, kind))

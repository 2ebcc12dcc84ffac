"""What lines, formats and gaps are called, and their colours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.cash.bank_queries import Gap
from huikuan.cash.models import StatementLine
from huikuan.core.encryption import mask_account, mask_email

FORMATS: dict[str, str | Promise] = {
    "mt940": "MT940",
    "mt942": "MT942",
    "camt.052": "CAMT.052",
    "camt.053": "CAMT.053",
    "camt.054": "CAMT.054",
    "ofx": "OFX",
    "icbc": _l("工商银行"),
    "ccb": _l("建设银行"),
    "abc": _l("农业银行"),
    "boc": _l("中国银行"),
    "bocom": _l("交通银行"),
    "cmb": _l("招商银行"),
    "citic": _l("中信银行"),
    "spdb": _l("浦发银行"),
    "alipay": _l("支付宝"),
    "wechat": _l("微信支付"),
    "table": _l("表格"),
}


def format_name(code: str) -> str:
    """The name of a reader; its code where it has none."""
    return str(FORMATS.get(code, code))


def line_state(line: StatementLine) -> dict[str, Any]:
    """A badge: how much of a line is explained."""
    if line.used == 0:
        return {"label": _("待处理"), "tone": "warn"}
    if line.used == abs(line.amount):
        return {"label": _("已处理"), "tone": "good"}
    return {"label": _("部分处理"), "tone": "notice"}


def line_title(line: StatementLine) -> str:
    """Who a line is from or to, else what it says."""
    return line.counterparty or line.text[:40] or line.reference or _("（未注明）")


def shown_number(number: str) -> str:
    """An account number, masked; nothing where there is none."""
    if "@" in number:
        return mask_email(number)
    return mask_account(number) if number else ""


def gap_words(gap: Gap, currency: str) -> dict[str, str]:
    """A notice about two statements that do not meet."""
    days = {"before": gap.before.ends_on.isoformat(), "after": gap.after.starts_on.isoformat()}
    if gap.kind == "missing":
        assert gap.difference is not None
        assert gap.before.closing is not None
        assert gap.after.opening is not None
        return {
            "tone": "bad",
            "title": _("%(before)s 与 %(after)s 之间缺对账单") % days,
            "text": _("前一份期末 %(closing)s，后一份期初 %(opening)s，相差 %(difference)s %(currency)s。")
            % {
                "closing": _amount(gap.before.closing),
                "opening": _amount(gap.after.opening),
                "difference": _amount(gap.difference),
                "currency": currency,
            },
        }
    if gap.kind == "unproven":
        return {
            "tone": "warn",
            "title": _("%(before)s 与 %(after)s 之间没有对账单") % days,
            "text": _("文件没有余额，看不出其间有没有流水。"),
        }
    return {
        "tone": "notice",
        "title": _("%(after)s 起的对账单与截至 %(before)s 的一份重叠") % days,
        "text": _("两份都有的流水只保留一次。"),
    }


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}"

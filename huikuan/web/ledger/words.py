"""What documents, events and acts are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.ledger.models import Kind

KINDS: dict[str, str | Promise] = {
    Kind.INVOICE: _("应收单"),
    Kind.DEBIT_NOTE: _("应收调增"),
    Kind.CREDIT_NOTE: _("红字应收单"),
    Kind.RECEIPT: _("收款单"),
    Kind.ADVANCE: _("预收款"),
    Kind.REFUND: _("退款单"),
    Kind.WRITE_OFF: _("坏账核销"),
    Kind.REVERSAL: _("冲销单"),
}

ICONS: dict[str, str] = {
    Kind.INVOICE: "file-invoice",
    Kind.DEBIT_NOTE: "file-invoice",
    Kind.CREDIT_NOTE: "receipt-refund",
    Kind.RECEIPT: "cash",
    Kind.ADVANCE: "wallet",
    Kind.REFUND: "receipt-refund",
    Kind.WRITE_OFF: "ban",
    Kind.REVERSAL: "arrow-back-up",
}

EVENTS: dict[str, str | Promise] = {
    "sale": _("赊销"),
    "sale_return": _("销售红字"),
    "receipt": _("收款"),
    "advance": _("预收"),
    "refund": _("退款"),
    "advance_refund": _("退还预收"),
    "write_off": _("坏账核销"),
    "opening_debit": _("期初应收"),
    "opening_credit": _("期初贷项"),
    "apply_credit": _("转入应收"),
    "exchange_difference": _("汇兑差额"),
    "reversal": _("冲销"),
}

ACTIONS: dict[str, str | Promise] = {
    "recorded": pgettext_lazy("done", "登记"),
    "allocated": pgettext_lazy("done", "核销"),
    "unallocated": pgettext_lazy("done", "反核销"),
    "voided": pgettext_lazy("done", "冲销"),
    "changed": pgettext_lazy("done", "变更"),
    "created": pgettext_lazy("done", "建档"),
}


def kind_name(kind: str) -> str:
    """A document's kind in the reader's language."""
    return str(KINDS.get(kind, kind))


def event_name(event: str) -> str:
    """What an entry came from."""
    return str(EVENTS.get(event, event))


def action_name(action: str) -> str:
    """What the trail says was done to a record."""
    return str(ACTIONS.get(action, action))

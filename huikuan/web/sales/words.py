"""What orders, invoices and their states are called, as components/badge.html takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from huikuan.sales.models import InvoiceKind, InvoiceState, OrderState

KINDS: dict[str, str | Promise] = {
    InvoiceKind.INVOICE.value: _("销售发票"),
    InvoiceKind.CREDIT_NOTE.value: _("红字发票"),
    InvoiceKind.DEBIT_NOTE.value: _("应收调增"),
}
EVENTS: dict[str, str | Promise] = {
    "sale": _("销售"),
    "sale_deferred_vat": _("销售（税款未到纳税时点）"),
    "sale_simple_vat": _("销售（简易计税）"),
    "fee_charged": _("收取费用"),
    "late_interest": _("逾期违约金"),
}
# As the originals of tax invoices name themselves.
TAX_INVOICE_KINDS = frozenset(
    (
        gettext_noop("增值税专用发票"),
        gettext_noop("增值税普通发票"),
        gettext_noop("普通发票"),
        gettext_noop("电子发票（增值税专用发票）"),
        gettext_noop("电子发票（普通发票）"),
    )
)
INVOICE_STATES: dict[str, tuple[str | Promise, str]] = {
    InvoiceState.DRAFT.value: (_("草稿"), "warn"),
    InvoiceState.POSTED.value: (_("已过账"), "good"),
    InvoiceState.VOID.value: (_("已作废"), "plain"),
}
ORDER_STATES: dict[str, tuple[str | Promise, str]] = {
    OrderState.OPEN.value: (_("执行中"), "notice"),
    OrderState.CLOSED.value: (_("已关闭"), "plain"),
    OrderState.CANCELLED.value: (_("已取消"), "plain"),
}


def invoice_badge(state: str) -> dict[str, Any]:
    """The badge of an invoice."""
    label, tone = INVOICE_STATES[state]
    return {"label": label, "tone": tone}


def order_badge(state: str) -> dict[str, Any]:
    """The badge of an order."""
    label, tone = ORDER_STATES[state]
    return {"label": label, "tone": tone}


def quantity_text(value: Decimal | None) -> str:
    """A quantity without needless zeros."""
    if value is None:
        return ""
    text = f"{value.normalize():,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_text(value: Decimal) -> str:
    """A price with two decimals, or as many as it has."""
    exponent = value.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < -2 else 2
    return f"{value:,.{places}f}"


def tax_invoice_kind(said: str) -> str:
    """The kind of a tax invoice in the reader's language; one that is not known as the original says it."""
    kind = said.replace("(", "（").replace(")", "）")
    return gettext(kind) if kind in TAX_INVOICE_KINDS else said

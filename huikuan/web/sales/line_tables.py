"""Lines of orders and invoices, as components/table.html takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from huikuan.sales.models import InvoiceLine, OrderLine, SoldLine
from huikuan.sales.queries import tax_rates
from huikuan.web.sales.words import price_text, quantity_text

Row = dict[str, Any]


def columns(*more: Row) -> list[Row]:
    """The columns of lines; `more` stand before the amounts."""
    return [
        {"label": _("品名"), "kind": "name", "lead": True},
        {"label": _("数量"), "kind": "num"},
        {"label": _("单价"), "kind": "num"},
        *more,
        {"label": _("税率"), "kind": "num"},
        {"label": _("不含税"), "kind": "money"},
        {"label": _("税额"), "kind": "money"},
        {"label": _("价税合计"), "kind": "money", "figure": True},
    ]


def cells(line: SoldLine, names: dict[str, str], *more: Any) -> list[Any]:
    """The cells of a line under `columns`."""
    note = []
    if line.product is not None:
        note.append(line.product.code)
    if line.discount_percent:
        note.append(_("折扣 %s%%") % quantity_text(line.discount_percent))
    elif line.discount_amount:
        note.append(_("折扣 %s") % price_text(line.discount_amount))
    quantity = f"{quantity_text(line.quantity)} {line.unit}".strip() if line.quantity else ""
    return [
        {"value": line.description, "note": " · ".join(note)},
        quantity,
        price_text(line.unit_price) if line.quantity else "",
        *more,
        names.get(line.tax_code, line.tax_code),
        line.net,
        line.tax,
        line.gross,
    ]


def rate_names() -> dict[str, str]:
    """Rates of VAT by code, as people read them."""
    return {code: rate.name for code, rate in tax_rates().items()}


def invoice_lines(lines: Sequence[InvoiceLine]) -> tuple[list[Row], list[Row]]:
    """(columns, rows) of an invoice's lines; what was credited stands beside them where any was."""
    names = rate_names()
    if not any(line.credited_gross for line in lines):
        return columns(), [{"cells": cells(line, names)} for line in lines]
    head = [*columns(), {"label": _("已红冲"), "kind": "money"}]
    return head, [{"cells": [*cells(line, names), line.credited_gross or None]} for line in lines]


def order_lines(lines: Sequence[OrderLine], *, ended: bool) -> tuple[list[Row], list[Row]]:
    """(columns, rows) of an order's lines with how far they are."""
    names = rate_names()
    head = columns(
        {"label": _("已发"), "kind": "num"},
        {"label": _("已开票"), "kind": "num"},
        {"label": _("未发"), "kind": "num"},
    )
    return head, [
        {
            "cells": cells(
                line,
                names,
                quantity_text(line.delivered) or "0",
                quantity_text(line.billed) or "0",
                "" if ended else quantity_text(line.quantity - line.delivered) or "0",
            )
        }
        for line in lines
    ]

"""Reads of sales."""

from __future__ import annotations

from huikuan.sales.models import TaxRate
from huikuan.sales.shipped import TAX_RATES, Rate


def tax_rates() -> dict[str, Rate]:
    """The rates of VAT by code: the organization's own, else the shipped ones."""
    rows = TaxRate.objects.order_by("position", "code").values_list("code", "name", "rate")
    own = {code: Rate(code, name, rate) for code, name, rate in rows}
    return own or {rate.code: rate for rate in TAX_RATES}

"""Which packages know something of a customer's exposure."""

from __future__ import annotations

from huikuan.cash.exposure import COMPONENTS as CASH_COMPONENTS
from huikuan.credit.components import register_components
from huikuan.sales.exposure import COMPONENTS as SALES_COMPONENTS


def register_credit() -> None:
    """Each package above credit offers its components as a tuple `COMPONENTS`, listed here."""
    register_components(*SALES_COMPONENTS, *CASH_COMPONENTS)

"""Acts on one customer come one after the other."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from huikuan.customers.models import Customer


def lock_customers(keys: Collection[UUID]) -> None:
    """Hold customers, in key order, until the transaction ends."""
    list(
        Customer.everyone.filter(pk__in=keys)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )

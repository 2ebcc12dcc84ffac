"""The customers that a question is about, told from their own records, with the keys that rows can be made by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from huikuan.customers.models import Customer
from huikuan.reports.asking import Question

KEYS: Mapping[str, tuple[str, str]] = {
    "customer": ("code", "name"),
    "group": ("head_code", "head_name"),
    "salesperson": ("salesperson__code", "salesperson__name"),
    "team": ("salesperson__team", "salesperson__team"),
    "region": ("region", "region"),
    "segment": ("segment", "segment"),
}
"""Where the key and the name of each dimension stand in a customer's row."""


def asked_customers(question: Question) -> list[dict[str, Any]]:
    """By code: the key of each customer that `where` leaves and that is in reach, and all names in `KEYS`."""
    found = Customer.objects.annotate(
        head_code=Coalesce("parent__code", "code"), head_name=Coalesce("parent__name", "name")
    )
    for name, code in question.where.items():
        field = KEYS[name][0]
        wanted = Q(**{field: code})
        found = found.filter(wanted if code else wanted | Q(**{f"{field}__isnull": True}))
    if question.salesperson_ids is not None:
        found = found.filter(salesperson_id__in=question.salesperson_ids)
    names = dict.fromkeys(column for pair in KEYS.values() for column in pair)
    return list(found.order_by("code").values("pk", *names))

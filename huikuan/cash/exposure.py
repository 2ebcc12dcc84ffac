"""What cash knows of exposure: acceptance bills that the customer handed over and that are not paid yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.components import Component
from huikuan.credit.queries import setting
from huikuan.credit.rules import weighted


def _bills(customer_ids: Sequence[UUID], day: date, states: Sequence[str]) -> Mapping[UUID, Decimal]:
    """Bills in these states at the end of a day, by what they weigh."""
    with connection.cursor() as cursor:
        cursor.execute(
            BILLS,
            {
                "organization": current_organization_id(),
                "ids": list(customer_ids),
                "day": day,
                "states": list(states),
            },
        )
        rows = cursor.fetchall()
    if not rows:
        return {}
    found: defaultdict[UUID, dict[str, Decimal]] = defaultdict(dict)
    for key, kind, amount in rows:
        found[key][kind] = amount
    policy = setting()
    weights = {"commercial": policy.commercial_weight, "bank": policy.bank_weight}
    return {key: weighted(amounts, weights) for key, amounts in found.items()}


def held(customer_ids: Sequence[UUID], day: date, _without: Collection[str]) -> Mapping[UUID, Decimal]:
    """Bills in hand: commercial ones in full, bank ones not at all, unless the organization decided otherwise."""
    return _bills(customer_ids, day, ["held"])


def handed_on(customer_ids: Sequence[UUID], day: date, _without: Collection[str]) -> Mapping[UUID, Decimal]:
    """Bills endorsed or discounted that may still come back: until they are due."""
    return _bills(customer_ids, day, ["endorsed", "discounted"])


COMPONENTS = (
    Component("bills", _("持有的承兑汇票（按权重）"), held, "bills", "customer={code}&state=held"),
    Component("recourse", _("已背书或贴现未到期（按权重）"), handed_on, "bills", "customer={code}"),
)

BILLS = """
    SELECT b.customer_id, b.kind, sum(b.face)
    FROM cash_bill b
    JOIN LATERAL (
        SELECT e.state FROM cash_bill_event e
        WHERE e.organization_id = %(organization)s AND e.bill_id = b.id AND e.effective_on <= %(day)s
        ORDER BY e.position DESC LIMIT 1
    ) e ON e.state = ANY(%(states)s)
    WHERE b.organization_id = %(organization)s AND b.customer_id = ANY(%(ids)s)
      AND (e.state = 'held' OR b.pays_on >= %(day)s)
    GROUP BY b.customer_id, b.kind
"""

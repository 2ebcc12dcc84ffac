"""What risk tells credit of customers: how much of what they owe is expected to be paid late."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from huikuan.credit.fact_sources import FactSource
from huikuan.credit.ledger_facts import Facts, Knowledge
from huikuan.risk.payments.models import CustomerOutlook
from huikuan.risk.payments.outlook import fresh_since, uses_in_force

THOUSAND = Decimal(1000)


def predicted_late(customer_ids: Sequence[UUID] | None, known: Knowledge) -> dict[UUID, Facts]:
    """The share of a customer's debts expected to be paid 30 days late or later, of the last days' predictions.

    Predictions of earlier times are not kept, so of a day long past nothing is known; nor where the organization does not
    let predictions take part.
    """
    if not uses_in_force().credit:
        return {}
    last = known.as_of if known.known_at is None else min(known.as_of, known.known_at.date())
    rows = CustomerOutlook.objects.filter(as_of_on__lte=last, as_of_on__gte=fresh_since(last))
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=list(customer_ids))
    return {
        key: {"predicted_late": Decimal(share) / THOUSAND}
        for key, share in rows.values_list("customer_id", "late_share")
    }


FACTS = (FactSource(("predicted_late",), predicted_late),)

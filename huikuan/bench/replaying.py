"""replay_policy: a scorecard and the gate's rules tried on 24 months of orders, beside the bare sums of each month."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from huikuan.bench.company import TODAY, build_company
from huikuan.bench.measures import Result, seconds_of
from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import complete_cards
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.reports.replay import last_full_months, replay

ITEMS_PER_ORDER = 2
"""Three of four items are invoices, two thirds of their three years are looked at."""

# What any replay has to know at least: what each customer owed at the end of each month.
OWED = """
    SELECT i.customer_id, sum(i.amount - coalesce(a.amount, 0))
    FROM ledger_open_item i
    LEFT JOIN (
        SELECT debit_item_id, sum(amount) AS amount FROM ledger_allocation
        WHERE organization_id = %(organization)s AND effective_on <= %(day)s GROUP BY debit_item_id
    ) a ON a.debit_item_id = i.id
    WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.document_on <= %(day)s
    GROUP BY i.customer_id
"""


def measure_replay(*, orders: int, customers: int, code: str = "replay") -> Result:
    """Seconds of one replay over about `orders` orders of 24 months; how many were looked at stands in the detail."""
    company = build_company(code=code, items=orders * ITEMS_PER_ORDER, customers=customers, allocated=True)
    since, until = last_full_months(TODAY)
    with tenant(company.organization.pk):
        complete_cards(actor=local_operator())
    # The history was imported: known from its own dates.
    Organization.objects.filter(pk=company.organization.pk).update(live_on=TODAY + timedelta(days=1))
    found: list[Any] = []

    def ours() -> None:
        with tenant(company.organization.pk, snapshot=True):
            found.append(replay(since=since, until=until, today=TODAY))

    seconds = seconds_of(ours)
    limit = seconds_of(lambda: _sums(company.organization))
    judged, stopped = found[0].all.count, found[0].stopped.count
    detail = {"orders": float(judged), "stopped": float(stopped), "customers": float(company.customers)}
    return Result("replay_policy", judged, seconds, limit, detail=detail)


def _sums(organization: Organization) -> None:
    since, until = last_full_months(TODAY)
    with tenant(organization.pk), connection.cursor() as cursor:
        month = since
        while month <= until:
            cursor.execute(OWED, {"organization": organization.pk, "day": month - timedelta(days=1)})
            cursor.fetchall()
            month = add_months(month, 1)

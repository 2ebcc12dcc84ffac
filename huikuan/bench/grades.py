"""assess_customers: the nightly assessment of all customers beside the plain sums that any of it needs."""

from __future__ import annotations

from django.db import connection

from huikuan.bench.company import TODAY, Company
from huikuan.bench.measures import Result, seconds_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.facts import customer_facts
from huikuan.credit.operations import assess_customers, complete_cards
from huikuan.organizations.actors import local_operator

# What any assessment has to read at least: sales, debts and what settled them, by customer.
SUMS = (
    """
    SELECT customer_id, sum(base_amount) FILTER (WHERE kind = 'invoice'), min(document_on) FROM ledger_document
    WHERE organization_id = %(organization)s GROUP BY customer_id
    """,
    """
    SELECT i.customer_id, sum(a.amount), sum(a.amount * greatest(a.effective_on - i.effective_due_on, 0))
    FROM ledger_allocation a
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
    WHERE a.organization_id = %(organization)s GROUP BY i.customer_id
    """,
    """
    SELECT customer_id, sum(open_amount * greatest(%(today)s - effective_due_on, 0)) FROM ledger_open_item
    WHERE organization_id = %(organization)s AND side = 1 GROUP BY customer_id
    """,
)


def measure_assessments(company: Company) -> Result:
    """Seconds of the first assessment of all, which adds a row for each; in the detail: of the next night, the facts."""
    key = company.organization.pk
    with tenant(key):
        complete_cards(actor=local_operator())

    def assess() -> None:
        with tenant(key):
            assess_customers(actor=local_operator(), today=TODAY)

    first = seconds_of(assess)
    again = seconds_of(assess)

    def facts() -> None:
        with tenant(key, snapshot=True):
            customer_facts(as_of=TODAY)

    return Result(
        "assess_customers",
        company.customers,
        first,
        seconds_of(lambda: _sum(company)),
        detail={
            "again_s": again,
            "facts_s": seconds_of(facts),
            "open_items": float(company.items),
            "allocations": float(company.allocations),
        },
    )


def _sum(company: Company) -> None:
    values = {"organization": company.organization.pk, "today": TODAY}
    with tenant(company.organization.pk), connection.cursor() as cursor:
        for statement in SUMS:
            cursor.execute(statement, values)
            cursor.fetchall()

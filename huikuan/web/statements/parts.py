"""Statements on a customer's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from huikuan.customers.models import Customer
from huikuan.statements.queries import statements_seen
from huikuan.web.pages import Work
from huikuan.web.statements.words import board_url, state_badge, statement_url

SHOWN = 4


def statements_box(work: Work, customer: Customer) -> dict[str, Any] | None:
    """The last statements of a customer and what can be done; None for who may not see them."""
    if not work.actor.may("reconciliation.read"):
        return None
    rows = list(statements_seen(work.actor).filter(customer=customer).order_by("-ends_on", "-id")[:SHOWN])
    code = [work.organization.code]
    writes = work.actor.may("reconciliation.write")
    return {
        "url": board_url(work, q=customer.code, state="all"),
        "rows": [
            {
                "url": statement_url(work, each.pk),
                "number": each.number,
                "ends_on": each.ends_on,
                "closing": each.closing,
                "currency": each.currency,
                "state": state_badge(work, each),
            }
            for each in rows
        ],
        "draft_url": f"{reverse('statements-draft', args=code)}?customer={customer.code}" if writes else "",
        "compare_url": f"{reverse('reconciliation-new', args=code)}?customer={customer.code}"
        if writes
        else "",
    }

"""Finding a customer on the phone: a few cards with what is owed and a button to call."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from huikuan.customers.models import Contact, Customer
from huikuan.organizations.models import Scope
from huikuan.reports.balances import NOTHING_OPEN, customer_balances
from huikuan.web.customers.queries import CustomerFilter, customers_found, orders
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work
from huikuan.web.scopes import visible

Row = dict[str, Any]
SHOWN = 30


def lookup_context(work: Work, text: str) -> Row:
    """Context of customers/lookup.html: the customers found by `text`; without one, those with most overdue first."""
    found = customers_found(CustomerFilter(text=text), visible(work.actor)).annotate(
        has_contact=Exists(Contact.objects.filter(customer_id=OuterRef("pk")))
    )
    with_amounts = work.actor.may("ledger.read")
    if text or not with_amounts:
        customers = list(found.order_by("sort_key", "pk")[: SHOWN + 1])
    else:
        by_overdue = orders()["overdue"].prepared(found)
        customers = list(by_overdue.order_by("-total_to_sort_by", "-pk")[: SHOWN + 1])
        customers = customers or list(found.order_by("sort_key", "pk")[: SHOWN + 1])
    shown = customers[:SHOWN]
    owed = customer_balances([customer.pk for customer in shown], today=work.today) if with_amounts else {}
    return {
        "q": text,
        "mine": work.actor.scope != Scope.ALL,
        "with_amounts": with_amounts,
        "rows": [_card(work, customer, owed.get(customer.pk, NOTHING_OPEN)) for customer in shown],
        "more": len(customers) > SHOWN,
    }


def _card(work: Work, customer: Any, balance: Any) -> Row:
    days = balance.oldest_overdue_days
    return {
        "key": customer.pk,
        "name": customer.name,
        "code": customer.code,
        "url": customer_url(work, customer.pk),
        "balance": balance.receivable,
        "overdue": balance.overdue,
        "late": days_text(days) if days else "",
        "reach": reach_of(work, customer) if customer.has_contact else None,
    }


def reach_of(work: Work, customer: Customer) -> Row | None:
    """The button that shows how to reach a customer; None for those who may not see it."""
    if not work.actor.may("customer.contact"):
        return None
    address = [work.organization.code, customer.pk]
    return {
        "url": reverse("customer-phones", args=address),
        "plain_url": reverse("customer-contacts", args=address),
        "target": f"reach-{customer.pk}",
    }

"""The list of customers, and one customer."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.audit.operations import act, record_event
from huikuan.customers.models import Customer
from huikuan.web.customers import customer_parts as parts
from huikuan.web.customers.listing import CUSTOMERS
from huikuan.web.customers.queries import visible_customers
from huikuan.web.files.attachments import files_of
from huikuan.web.lists.context import list_context
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible


@require_safe
@page("customer.read")
def customers(request: HttpRequest, work: Work) -> HttpResponse:
    """Customers with what they owe; the balances of the page's rows come in one query."""
    context = {**list_context(request, work, CUSTOMERS), "breadcrumbs": [{"label": _("客户")}]}
    return render(request, "customers/list.html", context)


@require_safe
@page("customer.read")
def customer(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One customer: what is owed, what is open, who to call, what was agreed."""
    return _show(request, work, _customer(work, key), reveal=False)


@require_POST
@page("customer.contact")
def reveal_contacts(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The same page with phones and e-mails in clear; that somebody looked is written into the trail."""
    work.actor.require("customer.read")
    found = _customer(work, key)
    with act("reveal_contacts", actor=work.actor):
        record_event(action="revealed", record_kind="customer", record_id=found.pk, number=found.code)
    return _show(request, work, found, reveal=True)


def _customer(work: Work, key: UUID) -> Customer:
    """The customer if the actor may see it; one of somebody else's does not exist."""
    found = (
        visible_customers(visible(work.actor)).select_related("salesperson", "parent", "term").filter(pk=key)
    )
    customer = found.first()
    if customer is None:
        raise Http404
    return customer


def _show(request: HttpRequest, work: Work, found: Customer, *, reveal: bool) -> HttpResponse:
    context = {
        "customer": found,
        "breadcrumbs": [
            {"label": _("客户"), "url": reverse("customers", args=[work.organization.code])},
            {"label": found.name},
        ],
        **parts.customer_context(work, found, visible(work.actor), reveal=reveal),
        "notes": notes_of(work, "customer", found.pk),
        "files": files_of(work, "customer", found.pk),
    }
    return render(request, "customers/customer.html", context)

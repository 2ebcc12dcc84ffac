"""The list of customers, and one customer."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from huikuan.audit.operations import act, record_event
from huikuan.customers.models import Customer
from huikuan.organizations.models import Scope
from huikuan.web.collection.reaching import reach_warnings
from huikuan.web.customers import customer_parts as parts
from huikuan.web.customers.behaviour_parts import behaviour_context
from huikuan.web.customers.listing import CUSTOMERS
from huikuan.web.customers.lookup import lookup_context
from huikuan.web.customers.queries import visible_customers
from huikuan.web.customers.timeline_words import timeline_context
from huikuan.web.files.attachments import files_of
from huikuan.web.lists.context import list_context
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible


@require_safe
@page("customer.read")
def customers(request: HttpRequest, work: Work) -> HttpResponse:
    """Customers with what they owe; the balances of the page's rows come in one query."""
    look = {
        "label": _("查找客户") if work.actor.scope == Scope.ALL else _("我的客户"),
        "url": reverse("customer-lookup", args=[work.organization.code]),
        "icon": "search",
    }
    context = {
        **list_context(request, work, CUSTOMERS),
        "heading_actions": [look],
        "breadcrumbs": [{"label": pgettext("plural", "客户")}],
    }
    return render(request, "customers/list.html", context)


@require_safe
@page("customer.read")
def lookup(request: HttpRequest, work: Work) -> HttpResponse:
    """Finding a customer with one hand: cards with what is owed and a button to call."""
    context = {
        **lookup_context(work, request.GET.get("q", "").strip()[:100]),
        "import_actions": parts.import_actions(work),
        "breadcrumbs": [
            {"label": pgettext("plural", "客户"), "url": reverse("customers", args=[work.organization.code])}
        ],
    }
    return render(request, "customers/lookup.html", context)


@require_safe
@page("customer.read")
def customer(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One customer: what is owed, what is open, who to call, what was agreed and what happened."""
    return _show(request, work, _customer(work, key), reveal=False)


@require_POST
@page("customer.contact")
def reveal_contacts(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The same page with phones and e-mails in clear; that somebody looked is written into the trail."""
    found = _revealed(work, key)
    if request.headers.get("HX-Request"):
        context = {"customer": found, "contacts": parts.contacts(found, reveal=True), "may_reveal": False}
        return render(request, "customers/contacts.html", context)
    return _show(request, work, found, reveal=True)


@require_POST
@page("customer.contact")
def reveal_phones(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """In place of the button: whom to call and write to, as links. Written into the trail as above."""
    found = _revealed(work, key)
    context = {
        "people": parts.contacts(found, reveal=True),
        "target": f"reach-{found.pk}",
        "warnings": reach_warnings(work, found.pk),
    }
    return render(request, "customers/reach.html", context)


@require_safe
@page("customer.read")
def payments(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """How late the customer pays: the tile and the bars of its page."""
    work.actor.require("ledger.read")
    return render(request, "customers/behaviour.html", behaviour_context(work, _customer(work, key)))


@require_safe
@page("customer.read")
def timeline(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What happened with the customer: the card, a page of earlier entries, or by itself without scripts."""
    found = _customer(work, key)
    before = request.GET.get("before", "")
    context = timeline_context(work, found, kind=request.GET.get("kind", ""), before=before)
    if request.headers.get("HX-Request"):
        name = "customers/timeline_rows.html" if before else "customers/timeline_card.html"
        return render(request, name, context)
    context |= {"customer": found, "breadcrumbs": _crumbs(work, found)}
    return render(request, "customers/timeline_page.html", context)


def _revealed(work: Work, key: UUID) -> Customer:
    work.actor.require("customer.read")
    found = _customer(work, key)
    with act("reveal_contacts", actor=work.actor):
        record_event(action="revealed", record_kind="customer", record_id=found.pk, number=found.code)
    return found


def _customer(work: Work, key: UUID) -> Customer:
    """The customer if the actor may see it; one of somebody else's does not exist.

    One that was removed is found from the documents of then.
    """
    seen = visible_customers(visible(work.actor), removed=True)
    found = seen.select_related("salesperson", "parent", "term").filter(pk=key)
    customer = found.first()
    if customer is None:
        raise Http404
    return customer


def _crumbs(work: Work, found: Customer) -> list[dict[str, str]]:
    url = reverse("customer", args=[work.organization.code, found.pk])
    return [
        {"label": pgettext("plural", "客户"), "url": reverse("customers", args=[work.organization.code])},
        {"label": found.name, "url": url},
    ]


def _show(request: HttpRequest, work: Work, found: Customer, *, reveal: bool) -> HttpResponse:
    context = {
        "customer": found,
        "breadcrumbs": _crumbs(work, found),
        **parts.customer_context(work, found, visible(work.actor), reveal=reveal),
        "notes": notes_of(work, "customer", found.pk),
        "files": files_of(work, "customer", found.pk),
    }
    return render(request, "customers/customer.html", context)

"""The list of customers, and one customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.audit.operations import act, record_event
from huikuan.customers.models import Customer
from huikuan.web.customers import customer_parts as parts
from huikuan.web.customers.forms import CustomerFilterForm
from huikuan.web.customers.queries import (
    DEFAULT_SORT,
    SORTS,
    CustomerFilter,
    customers_found,
    in_order,
    regions,
    salespeople,
    visible_customers,
)
from huikuan.web.lists import paging, place_in
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible


@require_safe
@page("customer.read")
def customers(request: HttpRequest, work: Work) -> HttpResponse:
    """Customers with what they owe; the balances of the page's rows come in one query."""
    seen = visible(work.actor)
    filters = CustomerFilterForm(request.GET, regions=regions(), salespeople=salespeople(seen))
    wanted = filters.wanted()
    sort = request.GET.get("sort", DEFAULT_SORT)
    if sort.removeprefix("-") not in SORTS:
        sort = DEFAULT_SORT
    found = customers_found(wanted, seen)
    total = found.count()
    place = place_in(request)
    rows = list(in_order(found, sort, work.today)[place.slice])
    filtered = wanted != CustomerFilter()
    context = {
        "form": filters,
        "clear_url": request.path if filtered else "",
        "sort": sort,
        "columns": parts.list_columns(work),
        "rows": parts.list_rows(work, rows),
        "paging": paging(request, place, total),
        "empty": _empty(work, filtered=filtered),
        "breadcrumbs": [{"label": _("客户")}],
    }
    return render(request, "customers/list.html", context)


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的客户"), "text": _("换一个词，或清除筛选。"), "icon": "search"}
    return {
        "title": _("还没有客户"),
        "text": _("导入客户名单，或直接导入应收单：名单里没有的客户会一并建立。"),
        "icon": "users",
        "actions": parts.import_actions(work),
    }


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
    }
    return render(request, "customers/customer.html", context)

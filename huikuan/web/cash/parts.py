"""What the pages of bills and settlements share: the customer first, then the items, then the form."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from huikuan.cash.models import Bill
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.web.pages import Work
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money

ITEMS_OFFERED = 100
CUSTOMERS_OFFERED = 500
Crumb = dict[str, Any]


def address(work: Work, name: str, *values: object) -> str:
    """A page of the organization."""
    return reverse(name, args=[work.organization.code, *values])


def visible_bills(seen: Collection[UUID] | None) -> QuerySet[Bill]:
    """Bills of customers whose salesperson is among `seen`; None: all."""
    bills = Bill.objects.select_related("customer", "document")
    return bills if seen is None else bills.filter(customer__salesperson_id__in=seen)


def visible_customers(work: Work) -> QuerySet[Customer]:
    """The customers that the actor may see."""
    seen = visible(work.actor)
    found = Customer.objects.all()
    return found if seen is None else found.filter(salesperson_id__in=seen)


def customer_asked(request: HttpRequest, work: Work) -> Customer | None:
    """The customer whose code the address carries; 404 for one the actor does not see."""
    code = request.GET.get("customer", "").strip()
    if not code:
        return None
    found = visible_customers(work).filter(code=code).first()
    if found is None:
        found = visible_customers(work).filter(name=code).first()
    return found


def ask_customer(
    request: HttpRequest, work: Work, *, title: str, note: str, crumbs: Sequence[Crumb], back_url: str
) -> HttpResponse:
    """The first step of a form that is about one customer."""
    asked = request.GET.get("customer", "").strip()
    context = {
        "title": title,
        "note": note,
        "asked": asked,
        "customers": list(
            visible_customers(work).order_by("sort_key", "pk").values_list("code", "name")[:CUSTOMERS_OFFERED]
        ),
        "breadcrumbs": [*crumbs, {"label": title}],
        "back_url": back_url,
    }
    return render(request, "cash/customer.html", context, status=404 if asked else 200)


def receivables_of(customer: Customer, currency: str | None) -> list[OpenItem]:
    """What the customer owes and can be settled, earliest due first; in one currency where it is given."""
    found = OpenItem.objects.filter(
        customer=customer, side=1, open_amount__gt=0, account__purpose="receivable"
    )
    if currency:
        found = found.filter(currency=currency)
    return list(
        found.select_related("document").order_by(
            F("effective_due_on").asc(nulls_last=True), "document_on", "pk"
        )[:ITEMS_OFFERED]
    )


def item_words(item: OpenItem) -> str:
    """An item as it is offered to be chosen."""
    due = item.effective_due_on.isoformat() if item.effective_due_on else _("未触发")
    left = money(item.open_amount, item.currency)
    return _("%(number)s · 到期 %(due)s · 未核销 %(open)s") % {
        "number": item.document.number,
        "due": due,
        "open": f"{left} {item.currency}",
    }


class ItemsField(forms.MultipleChoiceField):
    """Items to choose among."""

    def __init__(self, items: Sequence[OpenItem], **options: Any) -> None:
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(choices=[(str(item.pk), item_words(item)) for item in items], **options)

    def clean(self, value: Any) -> tuple[UUID, ...]:
        return tuple(UUID(key) for key in super().clean(value))


def plain(amount: Decimal, currency: str) -> str:
    """An amount as it stands in a field."""
    return money(amount, currency).replace(",", "")


@dataclass(frozen=True)
class FormPage:
    """A page with one form: what is asked, where it leads, what stands beside it."""

    title: str | Promise
    submit: str | Promise
    back_url: str
    crumbs: Sequence[Crumb]
    note: str | Promise = ""
    over: str = ""
    icon: str = "check"
    facts: Sequence[dict[str, Any]] = ()
    facts_title: str | Promise = ""

    def render(self, request: HttpRequest, form: forms.Form, **more: Any) -> HttpResponse:
        """The page; with the errors of the form where it has any."""
        context = {
            "form": form,
            "title": self.title,
            "submit": self.submit,
            "note": self.note,
            "over": self.over,
            "icon": self.icon,
            "facts": self.facts,
            "facts_title": self.facts_title or _("余额"),
            "back_url": self.back_url,
            "breadcrumbs": [*self.crumbs, {"label": self.title}],
            **more,
        }
        return render(request, "cash/form.html", context, status=422 if form.errors else 200)


def bill_or_404(work: Work, key: UUID) -> Bill:
    """The bill if the actor may see it."""
    found = visible_bills(visible(work.actor)).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def bills_crumb(work: Work) -> Crumb:
    return {"label": _("应收票据"), "url": address(work, "bills")}


def settlements_crumb(work: Work) -> Crumb:
    return {"label": _("抵账与结算"), "url": address(work, "settlements")}


def customer_facts(work: Work, customer: Customer, items: Sequence[OpenItem]) -> list[dict[str, Any]]:
    """Beside a form about a customer: who it is and what it owes."""
    currency = work.organization.currency
    total = sum((item.open_amount for item in items if item.currency == currency), Decimal(0))
    overdue = sum(
        (
            item.open_amount
            for item in items
            if item.currency == currency and item.effective_due_on and item.effective_due_on < work.today
        ),
        Decimal(0),
    )
    return [
        {"label": _("客户"), "value": customer.name},
        {"label": _("未核销应收"), "value": total, "kind": "money", "currency": currency, "strong": True},
        {"label": _("其中逾期"), "value": overdue, "kind": "money", "currency": currency},
    ]

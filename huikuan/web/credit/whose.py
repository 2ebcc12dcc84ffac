"""The customer of a page of credit, and the way to it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.customers.models import Customer
from huikuan.web.credit.parts import credit_url
from huikuan.web.customers.queries import visible_customers
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.pages import Work
from huikuan.web.scopes import visible


def credit_customer(work: Work, key: UUID) -> Customer:
    """The customer if the actor may see it and credit at all."""
    work.actor.require("credit.read")
    found = visible_customers(visible(work.actor)).select_related("parent").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def credit_crumbs(work: Work, found: Customer, *more: str) -> list[dict[str, str]]:
    """Where a page of the customer's credit stands."""
    return [
        {"label": pgettext("plural", "客户"), "url": reverse("customers", args=[work.organization.code])},
        {"label": found.name, "url": customer_url(work, found.pk)},
        {"label": _("信用"), "url": credit_url(work, found.pk)},
        *({"label": label} for label in more),
    ]

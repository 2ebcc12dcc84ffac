"""Where the rows behind a number are."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from huikuan.web.lists import with_query
from huikuan.web.pages import Work


def items_url(work: Work, **parameters: object) -> str:
    """The list of open items under these filters; nothing for people who may not see items."""
    if not work.actor.may("ledger.read"):
        return ""
    return with_query(reverse("items", args=[work.organization.code]), parameters)


def due_url(work: Work, **parameters: object) -> str:
    """What falls due under these filters, paid or not; nothing for people who may not see items."""
    if not work.actor.may("ledger.read"):
        return ""
    return with_query(reverse("due", args=[work.organization.code]), parameters)


def document_url(work: Work, key: UUID | None) -> str:
    """Where a document is; nothing for people who may not see documents."""
    if key is None or not work.actor.may("ledger.read"):
        return ""
    return reverse("document", args=[work.organization.code, key])


def customer_url(work: Work, key: UUID | None) -> str:
    """Where a customer is; nothing for people who may not see customers."""
    if key is None or not work.actor.may("customer.read"):
        return ""
    return reverse("customer", args=[work.organization.code, key])


def documents_url(work: Work, **parameters: object) -> str:
    """The register of documents under these filters; nothing for people who may not see documents."""
    if not work.actor.may("ledger.read"):
        return ""
    return with_query(reverse("documents", args=[work.organization.code]), parameters)

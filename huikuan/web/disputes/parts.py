"""Disputes as pages show them: their states, their rows, and the boxes on the pages of customers and documents."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.core.sentences import labelled
from huikuan.customers.models import Customer
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.queries import seen_disputes
from huikuan.disputes.wording import owner_words, reason_words
from huikuan.web.ledger.queries import DocumentFile
from huikuan.web.ledger.states import days_text
from huikuan.web.lists import with_query
from huikuan.web.pages import Work

Row = dict[str, Any]
SHOWN = 5
TONES = {
    DisputeState.CREDITED: "good",
    DisputeState.REPLACED: "good",
    DisputeState.SETTLED: "good",
    DisputeState.REJECTED: "plain",
    DisputeState.WITHDRAWN: "plain",
}


def dispute_url(work: Work, key: UUID) -> str:
    """Where a dispute is."""
    return reverse("dispute", args=[work.organization.code, key])


def list_url(work: Work, **query: str) -> str:
    """The list of disputes, filtered."""
    return with_query(reverse("disputes", args=[work.organization.code]), query)


def state_badge(work: Work, row: Dispute) -> Row:
    """What became of a dispute; while it is open, how long until it is due."""
    state = DisputeState(row.state)
    if state is not DisputeState.OPEN:
        return {"label": str(state.label), "tone": TONES[state]}
    late = (work.today - row.due_on).days
    if late > 0:
        return {
            "label": labelled(state.label, _("超过期限 %s") % days_text(late)),
            "tone": "bad",
        }
    return {"label": str(state.label), "tone": "warn"}


def money_cell(work: Work, row: Dispute) -> Row:
    """The amount, with its currency where that is not the organization's."""
    other = row.currency != work.organization.currency
    return {"value": row.amount, "currency": row.currency, "code": row.currency if other else ""}


def document_columns() -> list[Row]:
    """Columns of the disputes on a document's page."""
    return [
        {"label": _("争议"), "lead": True},
        {"label": _("原因"), "kind": "name"},
        {"label": _("期限"), "kind": "date"},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def disputes_of_document(work: Work, file: DocumentFile) -> list[Row]:
    """The disputes of a document's items, the latest first."""
    keys = [item.pk for item in file.items]
    found = Dispute.objects.filter(item_id__in=keys).order_by("-opened_on", "-pk")
    return [
        {
            "url": dispute_url(work, row.pk),
            "cells": [
                row.number,
                {"value": reason_words(row.reason), "note": owner_words(row.owner_role)},
                row.due_on,
                money_cell(work, row),
                state_badge(work, row),
            ],
        }
        for row in found
    ]


def dispute_actions(work: Work, file: DocumentFile) -> list[Row]:
    """The button that opens a dispute, where something is still owed."""
    owing = file.is_debit and file.document.voided_by_id is None and file.open_amount > 0
    if not owing or not work.actor.may("dispute.write"):
        return []
    url = reverse("dispute-new", args=[work.organization.code, file.document.pk])
    return [{"label": _("提出争议"), "url": url, "icon": "flag"}]


def dispute_box(work: Work, customer: Customer) -> Row | None:
    """The box on a customer's page: what is in dispute now; None where nothing ever was, or for who may not see it."""
    if not work.actor.may("ledger.read"):
        return None
    seen = seen_disputes(work.actor).filter(customer=customer)
    base = Q(state=DisputeState.OPEN, currency=work.organization.currency)
    sums = seen.order_by().aggregate(all=Count("pk"), total=Sum("amount", filter=base))
    if not sums["all"]:
        return None
    found = list(seen.filter(state=DisputeState.OPEN).order_by("due_on", "pk")[:SHOWN])
    return {
        "url": list_url(work, customer=customer.code, state="all"),
        "total": sums["total"] or Decimal(0),
        "rows": list(_box_rows(work, found)),
    }


def _box_rows(work: Work, found: Iterable[Dispute]) -> Iterable[Row]:
    for row in found:
        yield {
            "url": dispute_url(work, row.pk),
            "number": row.item.document.number,
            "reason": reason_words(row.reason),
            "due_on": row.due_on,
            "late": row.due_on < work.today,
            "amount": row.amount,
            "currency": row.currency,
        }

"""The register of documents: invoices, receipts and the rest, open or settled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.names import folded
from huikuan.ledger.models import Document, Kind, OpenItem
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.states import document_state
from huikuan.web.ledger.words import KINDS, kind_name
from huikuan.web.lists import paging, place_in
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

RECEIVED = "received"
_KINDS_OF = {RECEIVED: (Kind.RECEIPT, Kind.ADVANCE)}
_SORTS = {
    "on": ("document_on", "pk"),
    "number": ("number", "pk"),
    "customer": ("customer__sort_key", "pk"),
    "amount": ("base_amount", "pk"),
}
_DEFAULT_SORT = "-on"


class RegisterForm(forms.Form):
    """Number, kind, customer and days."""

    q = forms.CharField(
        label=gettext_lazy("单号、参考号"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("类型"), required=False)
    customer = forms.CharField(label=gettext_lazy("客户代码"), required=False, max_length=64)
    since = DayField(label=gettext_lazy("从"), required=False)
    until = DayField(label=gettext_lazy("到"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kinds = [(code, name) for code, name in KINDS.items() if code != Kind.REVERSAL]
        kind.choices = [("", _("全部")), (RECEIVED, _("收款和预收")), *kinds]


@require_safe
@page("ledger.read")
def documents(request: HttpRequest, work: Work) -> HttpResponse:
    """All documents that count: those that were reversed are found by their number only."""
    form = RegisterForm(request.GET)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _found(wanted, visible(work.actor))
    sums = found.aggregate(total=Sum("base_amount", default=Decimal(0)))
    count = found.count()
    sort = request.GET.get("sort", _DEFAULT_SORT)
    if sort.removeprefix("-") not in _SORTS:
        sort = _DEFAULT_SORT
    place = place_in(request)
    rows = list(_in_order(found, sort)[place.slice])
    context = {
        "form": form,
        "clear_url": request.path if wanted else "",
        "sort": sort,
        "columns": _columns(work),
        "rows": _rows(work, rows),
        "sums_row": [_("合计"), "", "", "", sums["total"], ""] if count else None,
        "paging": paging(request, place, count),
        "empty": {"title": _("没有符合条件的单据"), "icon": "file-text"},
        "breadcrumbs": [{"label": _("单据")}],
    }
    return render(request, "ledger/documents.html", context)


def _found(wanted: dict[str, Any], seen: Collection[UUID] | None) -> QuerySet[Document]:
    found = visible_documents(seen)
    if "q" in wanted:
        words = folded(wanted["q"])
        by_number = found.filter(number__istartswith=words)
        return by_number | found.filter(reference__istartswith=words)
    found = found.filter(voided_by=None).exclude(kind=Kind.REVERSAL)
    if "kind" in wanted:
        found = found.filter(kind__in=_KINDS_OF.get(wanted["kind"], (wanted["kind"],)))
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "since" in wanted:
        found = found.filter(document_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(document_on__lte=wanted["until"])
    return found


def _in_order(found: QuerySet[Document], sort: str) -> QuerySet[Document]:
    first, *rest = _SORTS[sort.removeprefix("-")]
    order = F(first).desc() if sort.startswith("-") else F(first).asc()
    return found.order_by(order, *(f"-{name}" if sort.startswith("-") else name for name in rest))


def _columns(work: Work) -> list[dict[str, Any]]:
    return [
        {"label": _("单据"), "sort": "number", "lead": True},
        {"label": _("客户"), "kind": "name", "sort": "customer"},
        {"label": _("单据日期"), "kind": "date", "sort": "on"},
        {"label": _("金额"), "kind": "money"},
        {"label": _("折 %s") % work.organization.currency, "kind": "money", "sort": "amount"},
        {"label": _("状态"), "kind": "badge"},
    ]


def _rows(work: Work, documents: list[Document]) -> list[dict[str, Any]]:
    items: dict[UUID, list[OpenItem]] = {document.pk: [] for document in documents}
    for item in OpenItem.objects.filter(document_id__in=items).order_by("line"):
        items[item.document_id].append(item)
    return [_row(work, document, items[document.pk], work.today) for document in documents]


def _row(work: Work, document: Document, items: list[OpenItem], today: date) -> dict[str, Any]:
    foreign = document.currency if document.currency != work.organization.currency else ""
    return {
        "url": document_url(work, document.pk),
        "cells": [
            {"value": document.number, "note": kind_name(document.kind)},
            {"value": document.customer.name, "note": document.customer.code},
            document.document_on,
            {"value": document.amount, "currency": document.currency, "note": foreign},
            document.base_amount,
            document_state(document, items, today),
        ],
    }

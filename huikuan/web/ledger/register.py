"""The register of documents: invoices, receipts and the rest, open or settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.ledger.models import Document, Kind, OpenItem
from huikuan.web.customers.customer_parts import import_actions
from huikuan.web.customers.forms import choose
from huikuan.web.customers.queries import salespeople
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.item_filters import NOBODY
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.states import document_state, state_text
from huikuan.web.ledger.words import KINDS, kind_name
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

RECEIVED = "received"
_KINDS_OF = {RECEIVED: (Kind.RECEIPT, Kind.ADVANCE)}
ORDERS = {
    "on": Order((Key("document_on", date),)),
    # As the index of unique numbers goes.
    "number": Order((Key("number", str), Key("kind", str))),
    "customer": Order((Key("customer__sort_key", str),)),
    "amount": Order((Key("base_amount", Decimal),)),
}


class RegisterForm(forms.Form):
    """Number, kind, customer, the customer's salesperson, and days."""

    q = forms.CharField(
        label=_l("单号、参考号"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_l("类型"), required=False)
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)
    salesperson = forms.ChoiceField(label=_l("客户的业务员"), required=False)
    since = DayField(label=_l("从"), required=False)
    until = DayField(label=_l("到"), required=False)

    def __init__(self, parameters: QueryDict, *, seen: Collection[UUID] | None) -> None:
        super().__init__(parameters)
        people = [(person.code, person.name) for person in salespeople(seen)]
        choose(
            self, "salesperson", [*people, (NOBODY, _("（未指定）"))] if people and seen is None else people
        )
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kinds = [(code, name) for code, name in KINDS.items() if code != Kind.REVERSAL]
        kind.choices = [("", _("全部")), (RECEIVED, _("收款和预收")), *kinds]


@dataclass(frozen=True)
class DocumentRow:
    """A document with its items."""

    document: Document
    items: list[OpenItem]


def _found(wanted: dict[str, Any], seen: Collection[UUID] | None) -> QuerySet[Document]:
    found = visible_documents(seen).select_related(None).select_related("customer", "salesperson")
    if "q" in wanted:
        words = folded(wanted["q"])
        by_number = found.filter(number__istartswith=words)
        return by_number | found.filter(reference__istartswith=words)
    found = found.filter(voided_by=None).exclude(kind=Kind.REVERSAL)
    if "kind" in wanted:
        found = found.filter(kind__in=_KINDS_OF.get(wanted["kind"], (wanted["kind"],)))
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if wanted.get("salesperson") == NOBODY:
        found = found.filter(customer__salesperson=None)
    elif "salesperson" in wanted:
        found = found.filter(customer__salesperson__code=wanted["salesperson"])
    if "since" in wanted:
        found = found.filter(document_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(document_on__lte=wanted["until"])
    return found


def _dressed(documents: Sequence[Document]) -> list[DocumentRow]:
    items: dict[UUID, list[OpenItem]] = {document.pk: [] for document in documents}
    for item in OpenItem.objects.filter(document_id__in=items).order_by("line"):
        items[item.document_id].append(item)
    return [DocumentRow(document, items[document.pk]) for document in documents]


def _summed(found: QuerySet[Document]) -> Total:
    sums = found.order_by().aggregate(total=Sum("base_amount", default=Decimal(0)), count=Count("pk"))
    return Total(sums["count"], {"base": sums["total"]})


def _open(parameters: QueryDict, work: Work) -> Reading[DocumentRow]:
    seen = visible(work.actor)
    form = RegisterForm(parameters, seen=seen)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _found(wanted, seen)
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(work, filtered=bool(wanted)),
    )


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {
            "title": _("没有符合条件的单据"),
            "text": _("换一个条件，或清除筛选。"),
            "icon": "file-text",
        }
    return {
        "title": _("还没有单据"),
        "text": _("登记或导入的应收单、收款和其他单据列在这里。"),
        "icon": "file-text",
        "actions": import_actions(work),
    }


def _amount(work: Work, row: DocumentRow) -> dict[str, Any]:
    return _original(work, row, row.document.amount)


def _state(work: Work, row: DocumentRow) -> dict[str, Any]:
    return document_state(row.document, row.items, work.today)


def _open_amount(work: Work, row: DocumentRow) -> dict[str, Any]:
    amount = sum((item.open_amount for item in row.items), Decimal(0))
    return _original(work, row, amount or None)


def _original(work: Work, row: DocumentRow, amount: Decimal | None) -> dict[str, Any]:
    currency = row.document.currency
    foreign = currency if currency != work.organization.currency else ""
    return {"value": amount, "currency": currency, "code": foreign}


COLUMNS: tuple[Column[DocumentRow], ...] = (
    Column(
        "number",
        _l("单据"),
        lambda work, row: {"value": row.document.number, "note": kind_name(row.document.kind)},
        sort="number",
        lead=True,
        extras=(Extra(_l("类型"), lambda row: kind_name(row.document.kind)),),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.document.customer.name, "note": row.document.customer.code},
        kind="name",
        sort="customer",
        extras=(Extra(_l("客户代码"), lambda row: row.document.customer.code),),
    ),
    Column("on", _l("单据日期"), lambda work, row: row.document.document_on, kind="date", sort="on"),
    Column(
        "salesperson",
        _l("业务员"),
        lambda work, row: row.document.salesperson.name if row.document.salesperson else None,
        hidden=True,
    ),
    Column("reference", _l("参考号"), lambda work, row: row.document.reference or None, hidden=True),
    Column("memo", _l("备注"), lambda work, row: row.document.memo or None, kind="name", hidden=True),
    Column(
        "amount",
        _l("金额"),
        _amount,
        kind="money",
        figure=True,
        extras=(Extra(_l("币种"), lambda row: row.document.currency),),
    ),
    Column(
        "base",
        _l("折本位币"),
        lambda work, row: row.document.base_amount,
        kind="money",
        sort="amount",
        minor=True,
    ),
    Column("open", _l("未核销"), _open_amount, kind="money", hidden=True),
    Column("state", _l("状态"), _state, kind="badge", text=lambda work, row: state_text(_state(work, row))),
)

DOCUMENTS: List[DocumentRow] = List(
    name="documents",
    title=pgettext_lazy("plural", "单据"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.document.pk,
    url=lambda work, row: document_url(work, row.document.pk),
    measure="base",
)


@require_safe
@page("ledger.read")
def documents(request: HttpRequest, work: Work) -> HttpResponse:
    """All documents that count: those that were reversed are found by their number only."""
    context = {
        **list_context(request, work, DOCUMENTS),
        "breadcrumbs": [{"label": pgettext("plural", "单据")}],
    }
    return render(request, "ledger/documents.html", context)

"""The list of bills."""

from __future__ import annotations

from collections.abc import Collection
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
from django.views.decorators.http import require_safe

from huikuan.cash.models import AcceptorClass, Bill, BillKind, BillState
from huikuan.core.keyset import Key
from huikuan.web.cash.parts import address, visible_bills
from huikuan.web.cash.words import RUNNING, bill_state, kind_words, maturity, short_number
from huikuan.web.fields import DayField
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

PRESENT = "present"
ORDERS = {
    "matures": Order((Key("matures_on", date),)),
    "number": Order((Key("number", str),)),
    "face": Order((Key("face", Decimal),)),
    "customer": Order((Key("customer__sort_key", str),)),
}


class BillFilterForm(forms.Form):
    """Number or names on the bill, state, kind, and maturity."""

    q = forms.CharField(
        label=_l("票据号、出票人、承兑人"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)
    kind = forms.ChoiceField(label=_l("种类"), required=False)
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)
    since = DayField(label=_l("到期从"), required=False)
    until = DayField(label=_l("到"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        states = [(str(code), label) for code, label in BillState.choices]
        for name, choices in (
            ("state", [("", _("全部")), (PRESENT, _("未了结")), *states]),
            ("kind", [("", _("全部")), *BillKind.choices]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


def _found(wanted: dict[str, Any], seen: Collection[UUID] | None) -> QuerySet[Bill]:
    found = visible_bills(seen)
    if "q" in wanted:
        words = wanted["q"].strip()
        names = found.filter(number__contains=words)
        names = names | found.filter(drawer__icontains=words) | found.filter(acceptor__icontains=words)
        found = names
    state = wanted.get("state")
    if state == PRESENT:
        found = found.filter(state__in=RUNNING)
    elif state:
        found = found.filter(state=state)
    else:  # a bill that was split counts by its parts
        found = found.exclude(state__in=(BillState.SPLIT, BillState.WITHDRAWN))
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "since" in wanted:
        found = found.filter(matures_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(matures_on__lte=wanted["until"])
    return found


def _summed(found: QuerySet[Bill]) -> Total:
    sums = found.order_by().aggregate(total=Sum("face", default=Decimal(0)), count=Count("pk"))
    return Total(sums["count"], {"face": sums["total"]})


def _open(parameters: QueryDict, work: Work) -> Reading[Bill]:
    form = BillFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _found(wanted, visible(work.actor))
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(work, filtered=bool(wanted)),
    )


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的票据"), "text": _("换一个条件，或清除筛选。"), "icon": "receipt"}
    actions = []
    if work.actor.may("bill.write"):
        actions.append(
            {"label": _("收票"), "url": address(work, "bill-receive"), "icon": "plus", "primary": True}
        )
    return {
        "title": _("还没有票据"),
        "text": _("收到的银行承兑汇票和商业承兑汇票列在这里，到期、背书、贴现和拒付都从这里处理。"),
        "icon": "receipt",
        "actions": actions,
    }


COLUMNS: tuple[Column[Bill], ...] = (
    Column(
        "number",
        _l("票据号"),
        lambda work, bill: {"value": short_number(bill), "note": kind_words(bill)},
        sort="number",
        lead=True,
        text=lambda work, bill: bill.label,
        extras=(Extra(_l("种类"), lambda bill: BillKind(bill.kind).label),),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, bill: {"value": bill.customer.name, "note": bill.customer.code},
        kind="name",
        sort="customer",
        extras=(Extra(_l("客户代码"), lambda bill: bill.customer.code),),
    ),
    Column(
        "acceptor",
        _l("承兑人"),
        lambda work, bill: {"value": bill.acceptor, "note": AcceptorClass(bill.acceptor_class).label},
        kind="name",
        minor=True,
        extras=(Extra(_l("承兑人类别"), lambda bill: AcceptorClass(bill.acceptor_class).label),),
    ),
    Column("drawer", _l("出票人"), lambda work, bill: bill.drawer or None, kind="name", hidden=True),
    Column("issued", _l("出票日"), lambda work, bill: bill.issued_on, kind="date", hidden=True),
    Column("matures", _l("到期日"), lambda work, bill: bill.matures_on, kind="date", sort="matures"),
    Column(
        "left", _l("距到期"), lambda work, bill: maturity(bill, work.today) or None, kind="num", minor=True
    ),
    Column("face", _l("票面金额"), lambda work, bill: bill.face, kind="money", figure=True, sort="face"),
    Column(
        "state",
        _l("状态"),
        lambda work, bill: bill_state(bill),
        kind="badge",
        text=lambda work, bill: BillState(bill.state).label,
    ),
)

BILLS: List[Bill] = List(
    name="bills",
    title=_l("应收票据"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="matures",
    open=_open,
    key=lambda bill: bill.pk,
    url=lambda work, bill: address(work, "bill", bill.pk),
    measure="face",
)


@require_safe
@page("ledger.read")
def bills(request: HttpRequest, work: Work) -> HttpResponse:
    """All bills: those in the drawer and what became of the others."""
    actions: list[dict[str, Any]] = [
        {"label": _("到期日历"), "url": address(work, "bill-calendar"), "icon": "calendar-due"}
    ]
    if work.actor.may("bill.write"):
        actions.append(
            {"label": _("收票"), "url": address(work, "bill-receive"), "icon": "plus", "primary": True}
        )
    context = {
        **list_context(request, work, BILLS),
        "title": _("应收票据"),
        "actions": actions,
        "breadcrumbs": [{"label": _("应收票据")}],
    }
    return render(request, "cash/bills.html", context)

"""What falls or fell due in a time, paid or not: the rows behind expected against received."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.postgres.fields import Money
from huikuan.ledger.models import OpenItem, Revaluation, Side
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.states import item_state, state_text
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

SETTLED, STILL_OPEN = "settled", "open"
ORDERS = {
    "due": Order((Key("effective_due_on", date, nullable=True),)),
    "amount": Order((Key("base_amount", Decimal),)),
}


class DueForm(forms.Form):
    """The days something falls due, whose it is, and which part of it."""

    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)
    due_from = DayField(label=_l("到期日从"), required=False)
    due_until = DayField(label=_l("到"), required=False)
    part = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        part = self.fields["part"]
        assert isinstance(part, forms.ChoiceField)
        part.choices = [("", _("全部")), (SETTLED, _("已结清的部分")), (STILL_OPEN, _("未结清的部分"))]


def _found(wanted: dict[str, Any], seen: Collection[UUID] | None) -> QuerySet[OpenItem]:
    """Debts of customers whose salesperson is among `seen` (None: all), as their open amounts are now."""
    found = OpenItem.objects.filter(side=Side.DEBIT).annotate(due_base=F("base_amount") + _revalued())
    found = found.annotate(settled=F("due_base") - F("open_base"))
    found = found.select_related("document", "customer")
    if seen is not None:
        found = found.filter(customer__salesperson_id__in=seen)
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "due_from" in wanted:
        found = found.filter(effective_due_on__gte=wanted["due_from"])
    if "due_until" in wanted:
        found = found.filter(effective_due_on__lte=wanted["due_until"])
    if wanted.get("part") == SETTLED:
        found = found.filter(settled__gt=0)
    if wanted.get("part") == STILL_OPEN:
        found = found.filter(open_base__gt=0)
    return found


def _revalued() -> Combinable:
    """What revaluations made of the items; the table is not asked where it is empty."""
    if not Revaluation.objects.exists():
        return Value(Decimal(0), output_field=Money())
    of_item = Revaluation.objects.filter(item_id=OuterRef("pk")).order_by().values("item_id")
    total = of_item.annotate(total=Sum("base_change")).values("total")
    return Coalesce(Subquery(total), Value(Decimal(0)), output_field=Money())


def _as_they_are(items: Sequence[OpenItem]) -> list[OpenItem]:
    return list(items)


def _summed(found: QuerySet[OpenItem]) -> Total:
    nothing = Decimal(0)
    sums = found.select_related(None).aggregate(
        count=Count("pk"),
        due=Sum("due_base", default=nothing),
        paid=Sum("settled", default=nothing),
        left=Sum("open_base", default=nothing),
    )
    return Total(sums["count"], {"amount": sums["due"], "settled": sums["paid"], "open": sums["left"]})


def _open(parameters: QueryDict, work: Work) -> Reading[OpenItem]:
    form = DueForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    return Reading(
        source=QueryRows(
            found=_found(wanted, visible(work.actor)), orders=ORDERS, dressed=_as_they_are, summed=_summed
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={"title": _("这段时间没有到期的应收"), "icon": "calendar-due"},
    )


def _state(work: Work, item: OpenItem) -> dict[str, Any]:
    return item_state(item, work.today)


def _annotated(item: OpenItem, name: str) -> Decimal:
    amount: Decimal = vars(item)[name]
    return amount


COLUMNS: tuple[Column[OpenItem], ...] = (
    Column(
        "number",
        _l("单据"),
        lambda work, item: {"value": item.document.number, "note": kind_name(item.document.kind)},
        lead=True,
        extras=(Extra(_l("类型"), lambda item: kind_name(item.document.kind)),),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, item: {"value": item.customer.name, "note": item.customer.code},
        kind="name",
        extras=(Extra(_l("客户代码"), lambda item: item.customer.code),),
    ),
    Column("on", _l("单据日期"), lambda work, item: item.document_on, kind="date", minor=True),
    Column("due", _l("到期日"), lambda work, item: item.effective_due_on, kind="date", sort="due"),
    Column("state", _l("状态"), _state, kind="badge", text=lambda work, item: state_text(_state(work, item))),
    Column(
        "amount",
        _l("到期金额"),
        lambda work, item: _annotated(item, "due_base"),
        kind="money",
        sort="amount",
        figure=True,
    ),
    Column("settled", _l("已结清的部分"), lambda work, item: _annotated(item, "settled"), kind="money"),
    Column("open", _l("未结清的部分"), lambda work, item: item.open_base, kind="money"),
)

DUE: List[OpenItem] = List(
    name="due",
    title=_l("到期情况"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="due",
    open=_open,
    key=lambda item: item.pk,
    url=lambda work, item: document_url(work, item.document_id),
    measure="amount",
)


@require_safe
@page("ledger.read")
def due(request: HttpRequest, work: Work) -> HttpResponse:
    """Debts by the day they fall due, settled or not; what is settled of them and what is not adds up beside."""
    context = {**list_context(request, work, DUE), "breadcrumbs": [{"label": _("到期情况")}]}
    return render(request, "ledger/due.html", context)

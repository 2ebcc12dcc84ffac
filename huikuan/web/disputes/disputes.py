"""争议: the list, and the page of one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.queries import seen_disputes
from huikuan.disputes.wording import REASON_WORDS, owner_words, reason_words
from huikuan.web.disputes.parts import dispute_url, list_url, money_cell, state_badge
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.states import state_text
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_action
from huikuan.web.sales.document_lines import invoice_actions

Row = dict[str, Any]
ORDERS = {
    "due": Order((Key("due_on", date),)),
    "opened": Order((Key("opened_on", date),)),
    "number": Order((Key("number", str),)),
    "amount": Order((Key("amount", Decimal),)),
}


class DisputeFilterForm(forms.Form):
    """Number of the dispute or of its document, customer, reason, state."""

    q = forms.CharField(
        label=_l("争议号、单据号"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)
    reason = forms.ChoiceField(label=_l("原因"), required=False)
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        reason, state = self.fields["reason"], self.fields["state"]
        assert isinstance(reason, forms.ChoiceField)
        assert isinstance(state, forms.ChoiceField)
        groups = [(code, str(words)) for code, words in REASON_WORDS.items() if "." not in code]
        reason.choices = [("", _("全部")), *groups]
        state.choices = [
            ("", pgettext("dispute", "处理中")),
            ("late", _("超过期限")),
            ("ended", _("已结束")),
            ("all", _("全部")),
        ]


def _found(wanted: dict[str, Any], found: QuerySet[Dispute], today: date) -> QuerySet[Dispute]:
    if "q" in wanted:
        words = folded(wanted["q"])
        mine = found.filter(number__istartswith=words)
        found = mine | found.filter(item__document__number__istartswith=words)
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "reason" in wanted:
        found = found.filter(reason__startswith=wanted["reason"])
    state = wanted.get("state", "")
    if state == "ended":
        return found.exclude(state=DisputeState.OPEN)
    if state == "late":
        return found.filter(state=DisputeState.OPEN, due_on__lt=today)
    return found if state == "all" else found.filter(state=DisputeState.OPEN)


def _open(parameters: QueryDict, work: Work) -> Reading[Dispute]:
    form = DisputeFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    return Reading(
        source=QueryRows(
            found=_found(wanted, seen_disputes(work.actor), work.today),
            orders=ORDERS,
            dressed=list,
            summed=_summed,
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(filtered=bool(wanted)),
    )


def _summed(found: QuerySet[Dispute]) -> Total:
    sums = found.order_by().aggregate(total=Sum("amount", default=Decimal(0)), count=Count("pk"))
    single = found.order_by().values("currency").distinct().count() <= 1
    return Total(sums["count"], {"amount": sums["total"]} if single else {})


def _empty(*, filtered: bool) -> Row:
    if filtered:
        return {
            "title": _("没有符合条件的争议"),
            "text": _("换一个条件，或清除筛选。"),
            "icon": "flag",
        }
    return {
        "title": _("没有处理中的争议"),
        "text": _("客户对应收有异议时，在应收单的页面提出争议；少付的原因是争议时会自动提出。"),
        "icon": "circle-check",
    }


COLUMNS: tuple[Column[Dispute], ...] = (
    Column(
        "number",
        _l("争议"),
        lambda work, row: {"value": row.number, "note": row.item.document.number},
        sort="number",
        lead=True,
        extras=(Extra(_l("单据"), lambda row: row.item.document.number),),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.customer.name, "note": row.customer.code},
        kind="name",
        extras=(Extra(_l("客户代码"), lambda row: row.customer.code),),
    ),
    Column(
        "reason",
        _l("原因"),
        lambda work, row: {"value": reason_words(row.reason), "note": owner_words(row.owner_role)},
        kind="name",
        extras=(Extra(_l("由谁处理"), lambda row: owner_words(row.owner_role)),),
    ),
    Column("opened", _l("提出日期"), lambda work, row: row.opened_on, kind="date", sort="opened", minor=True),
    Column("due", _l("期限"), lambda work, row: row.due_on, kind="date", sort="due"),
    Column(
        "amount",
        _l("争议金额"),
        money_cell,
        kind="money",
        sort="amount",
        figure=True,
        extras=(Extra(_l("币种"), lambda row: row.currency),),
    ),
    Column(
        "state",
        _l("状态"),
        state_badge,
        kind="badge",
        text=lambda work, row: state_text(state_badge(work, row)),
    ),
    Column("text", _l("说明"), lambda work, row: row.text or None, hidden=True),
    Column("outcome", _l("处理结果"), lambda work, row: row.outcome or None, hidden=True),
)
DISPUTES: List[Dispute] = List(
    name="disputes",
    title=pgettext_lazy("plural", "争议"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="due",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: dispute_url(work, row.pk),
    measure="amount",
)


@require_safe
@page("ledger.read")
def disputes(request: HttpRequest, work: Work) -> HttpResponse:
    """What customers object to, the most urgent first."""
    context = {
        **list_context(request, work, DISPUTES),
        "heading": pgettext("plural", "争议"),
        "actions": report_action(work, "disputes", _("统计")),
        "breadcrumbs": [{"label": pgettext("plural", "争议")}],
    }
    return render(request, "disputes/list.html", context)


def dispute_for(work: Work, key: UUID) -> Dispute:
    """The dispute if the actor sees its customer; one of somebody else's does not exist."""
    work.actor.require("ledger.read")
    found = seen_disputes(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """Where a page of a dispute is."""
    return [
        {"label": pgettext("plural", "争议"), "url": list_url(work)},
        *({"label": label} for label in more),
    ]


@require_safe
@page("ledger.read")
def dispute(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One dispute: what is objected to, who answers until when, the evidence, and how it ended."""
    found = dispute_for(work, key)
    actions: list[Row] = []
    if found.state == DisputeState.OPEN:
        actions += invoice_actions(work, found.item.document, reason=found.text)
    if found.state == DisputeState.OPEN and work.actor.may("dispute.resolve"):
        actions.append(
            {
                "label": _("结束争议"),
                "url": reverse("dispute-resolve", args=[work.organization.code, key]),
                "icon": "check",
                "primary": True,
            }
        )
    context = {
        "dispute": found,
        "state": state_badge(work, found),
        "actions": actions,
        "facts": _facts(work, found),
        "sums": _sums(found),
        "notes": notes_of(work, "dispute", key),
        "files": files_of(work, "dispute", key),
        "breadcrumbs": crumbs(work, found.number),
    }
    return render(request, "disputes/dispute.html", context)


def _facts(work: Work, found: Dispute) -> list[Row]:
    facts: list[Row] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
        },
        {
            "label": _("单据"),
            "value": found.item.document.number,
            "url": document_url(work, found.item.document_id),
        },
        {"label": _("原因"), "value": reason_words(found.reason)},
        {"label": _("由谁处理"), "value": owner_words(found.owner_role)},
        {"label": _("提出日期"), "value": found.opened_on, "kind": "date", "hint": found.opened_by_name},
        {"label": _("期限"), "value": found.due_on, "kind": "date"},
        {"label": _("说明"), "value": found.text or None, "wide": True},
    ]
    if found.ended_on:
        by = _("随应收结清自动结束") if found.ended_by_itself else found.ended_by_name
        facts += [
            {"label": _("结束日期"), "value": found.ended_on, "kind": "date", "hint": by},
            {"label": _("处理结果"), "value": found.outcome or None, "wide": True},
        ]
    return [fact for fact in facts if fact["value"] is not None]


def _sums(found: Dispute) -> list[Row]:
    rows = [
        {"label": _("应收金额"), "value": found.item.amount},
        {"label": _("未核销"), "value": found.item.open_amount},
        {"label": _("争议金额"), "value": found.amount, "strong": True},
    ]
    return [{**row, "kind": "money", "currency": found.currency} for row in rows]

"""The list of requests: what waits for the reader, what they asked for, and all they may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.approvals.models import OPEN, Request
from huikuan.approvals.queries import requests_seen, waiting_for
from huikuan.approvals.registry import kind_title, kinds
from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.organizations.permissions import role_name
from huikuan.web.approvals.words import STATES, request_url, state_of
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import MEMBER, Work, page

WAITING, MINE, ALL = "", "mine", "all"
ORDERS = {
    "on": Order((Key("submitted_at", datetime),)),
    "amount": Order((Key("amount", Decimal, nullable=True),)),
    "requester": Order((Key("requester_name", str),)),
}


class RequestsForm(forms.Form):
    """Number or subject, kind and state; whose requests is chosen by the tabs."""

    whose = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput())
    q = forms.CharField(
        label=_l("编号、单号、客户"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_l("事项"), required=False)
    status = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        for name, choices in (
            ("kind", [(kind.code, str(kind.title)) for kind in kinds()]),
            ("status", [(code, str(label)) for code, (label, _tone) in STATES.items()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *choices]
        if parameters.get("whose", "") == WAITING:
            del self.fields["status"]  # all of them wait


def requests_of(work: Work, whose: str) -> QuerySet[Request]:
    """The requests of a tab."""
    if whose == MINE:
        return requests_seen(work.actor, work.today).filter(
            requester_id=work.actor.membership_id, requester_id__isnull=False
        )
    if whose == ALL:
        return requests_seen(work.actor, work.today)
    return waiting_for(work.actor, work.today)


def _open(parameters: QueryDict, work: Work) -> Reading[Request]:
    form = RequestsForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    whose = wanted.pop("whose", WAITING)
    found = requests_of(work, whose).select_related("waiting_role")
    if "q" in wanted:
        words = folded(wanted["q"])
        found = found.filter(number__istartswith=words) | found.filter(subject__icontains=words)
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "status" in wanted:
        found = found.filter(status=wanted["status"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(whose, filtered=bool(wanted)),
    )


def _empty(whose: str, *, filtered: bool) -> dict[str, str]:
    if filtered:
        return {"title": _("没有符合条件的申请"), "text": _("换一个条件，或清除筛选。"), "icon": "search"}
    if whose == MINE:
        return {
            "title": _("您还没有提出过申请"),
            "text": _("需要审批的事项，例如坏账核销或退款，在单据页面提出后列在这里。"),
            "icon": "clipboard-check",
        }
    if whose == ALL:
        return {
            "title": _("还没有申请"),
            "text": _("管理员在“设置 › 审批”中规定哪些事项要先批准。"),
            "icon": "clipboard-check",
        }
    return {
        "title": _("没有等您审批的申请"),
        "text": _("有新的申请时，您会在右上角收到通知。"),
        "icon": "circle-check",
    }


def _dressed(requests: Sequence[Request]) -> list[Request]:
    return list(requests)


def _summed(found: QuerySet[Request]) -> Total:
    total = found.order_by().aggregate(total=Sum("amount", default=Decimal(0)))["total"]
    return Total(found.count(), {"amount": total})


def _waits_for(work: Work, row: Request) -> str | None:
    role = row.waiting_role
    return role_name(role.code, role.name) if role else None


COLUMNS: tuple[Column[Request], ...] = (
    Column(
        "subject",
        _l("事项"),
        lambda work, row: {"value": kind_title(row.kind), "note": row.subject},
        kind="name",
        lead=True,
        extras=(Extra(_l("关于"), lambda row: row.subject),),
    ),
    Column("number", _l("编号"), lambda work, row: row.number, minor=True),
    Column("amount", _l("金额"), lambda work, row: row.amount, kind="money", sort="amount", figure=True),
    Column("requester", _l("申请人"), lambda work, row: row.requester_name, sort="requester"),
    Column("on", _l("提交时间"), lambda work, row: row.submitted_at, kind="moment", sort="on"),
    Column("waits", _l("等待"), _waits_for),
    Column("reason", _l("原因"), lambda work, row: row.reason or None, kind="name", hidden=True),
    Column(
        "state",
        _l("状态"),
        lambda work, row: state_of(row),
        kind="badge",
        text=lambda work, row: str(STATES[row.status][0]),
    ),
)

APPROVALS: List[Request] = List(
    name="approvals",
    title=_l("审批"),
    permission=MEMBER,
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=request_url,
    measure="amount",
)


@require_safe
@page(MEMBER)
def approvals(request: HttpRequest, work: Work) -> HttpResponse:
    """What waits for the reader; their own requests; all they may see."""
    context = list_context(request, work, APPROVALS)
    whose = context["list"]["parameters"].get("whose", WAITING)
    context |= {"tabs": _tabs(work, whose), "breadcrumbs": [{"label": _("审批")}]}
    context["actions"] = [
        {
            "label": _("外出代理"),
            "url": reverse("delegation", args=[work.organization.code]),
            "icon": "users",
        }
    ]
    return render(request, "approvals/list.html", context)


def _tabs(work: Work, whose: str) -> list[dict[str, Any]]:
    here = reverse("approvals", args=[work.organization.code])
    mine = requests_of(work, MINE).filter(status__in=OPEN)
    every = _("全部") if work.actor.may("approval.read") else _("与我有关")
    tabs: list[tuple[str, str, int | None]] = [
        (WAITING, _("等我审批"), requests_of(work, WAITING).count()),
        (MINE, _("我的申请"), mine.count()),
        (ALL, every, None),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": f"{here}?whose={code}" if code else f"{here}?view=all",
            "active": whose == code,
            "urgent": code == WAITING,
        }
        for code, label, count in tabs
    ]

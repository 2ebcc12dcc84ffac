"""The list of warnings: those the reader looks into, all open ones, and all there ever were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.organizations.models import Scope
from huikuan.warnings.models import EarlyWarning, State
from huikuan.warnings.queries import warnings_seen
from huikuan.warnings.wording import KINDS, kind_word, sentence
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.warnings.words import state_of, warning_url

OPEN, MINE, ALL = "", "mine", "all"
ORDERS = {"on": Order((Key("found_on", date),)), "customer": Order((Key("customer__sort_key", str),))}


class WarningsForm(forms.Form):
    """Customer and kind; whose warnings is chosen by the tabs."""

    whose = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput())
    q = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_l("种类"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *((code, str(word)) for code, word in KINDS.items())]


def warnings_of(work: Work, whose: str) -> QuerySet[EarlyWarning]:
    """The warnings of a tab."""
    seen = warnings_seen(work.actor)
    if whose == ALL:
        return seen
    if whose == MINE:
        return seen.filter(state=State.OPEN, owner_id=work.actor.membership_id, owner_id__isnull=False)
    return seen.filter(state=State.OPEN)


def waiting_for(work: Work) -> int:
    """How many open warnings the reader looks into."""
    return warnings_of(work, MINE).count() if work.actor.may("warning.write") else 0


def _open(parameters: QueryDict, work: Work) -> Reading[EarlyWarning]:
    form = WarningsForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = warnings_of(work, wanted.pop("whose", OPEN))
    if "q" in wanted:
        words = wanted["q"].strip()
        found = found.filter(
            Q(customer__code__iexact=words)
            | Q(customer__name__icontains=words)
            | Q(customer__initials__istartswith=words)
        )
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(filtered=bool(wanted)),
    )


def _empty(*, filtered: bool) -> dict[str, str]:
    if filtered:
        return {"title": _("没有符合条件的预警"), "text": _("换一个条件，或清除筛选。"), "icon": "search"}
    return {
        "title": _("没有预警"),
        "text": _("每天夜里检查全部客户，发现变化就列在这里，并通知负责的人。"),
        "icon": "circle-check",
    }


def _dressed(rows: Sequence[EarlyWarning]) -> list[EarlyWarning]:
    return list(rows)


def _summed(found: QuerySet[EarlyWarning]) -> Total:
    return Total(found.order_by().count())


COLUMNS: tuple[Column[EarlyWarning], ...] = (
    customer_column(),
    Column("kind", _l("预警"), lambda work, row: kind_word(row.kind), whole=True),
    Column(
        "what", _l("发现了什么"), lambda work, row: sentence(row.kind, row.figures), kind="name", wide=True
    ),
    Column("on", _l("发现日期"), lambda work, row: row.found_on, kind="date", sort="on"),
    Column("owner", _l("负责人"), lambda work, row: row.owner_name or None, whole=True),
    Column("done", _l("处理"), lambda work, row: row.done or None, kind="name", hidden=True),
    Column("closed", _l("关闭日期"), lambda work, row: row.closed_on, kind="date", hidden=True),
    Column(
        "state",
        _l("状态"),
        lambda work, row: state_of(row),
        kind="badge",
        text=lambda work, row: state_of(row)["label"],
    ),
)
WARNINGS: List[EarlyWarning] = List(
    name="credit-warnings",
    title=_l("信用预警"),
    permission="credit.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: warning_url(work, row.pk),
)


@require_safe
@page("credit.read")
def warnings(request: HttpRequest, work: Work) -> HttpResponse:
    """Open warnings, the latest first."""
    context = list_context(request, work, WARNINGS)
    whose = context["list"]["parameters"].get("whose", OPEN)
    code = work.organization.code
    actions = []
    if work.actor.scope == Scope.ALL:
        url = reverse("credit-warning-effect", args=[code])
        actions.append({"label": _("预警效果"), "url": url, "icon": "chart-bar"})
    if work.actor.may("credit.write"):
        url = reverse("credit-warning-settings", args=[code])
        actions.append({"label": _("预警设置"), "url": url, "icon": "settings"})
    context |= {
        "tabs": _tabs(work, whose),
        "actions": actions,
        "breadcrumbs": [{"label": _("信用预警")}],
    }
    return render(request, "warnings/list.html", context)


def _tabs(work: Work, whose: str) -> list[dict[str, Any]]:
    here = reverse("credit-warnings", args=[work.organization.code])
    tabs: list[tuple[str, str, int | None]] = [(OPEN, _("未关闭"), warnings_of(work, OPEN).count())]
    if work.actor.may("warning.write"):
        tabs.append((MINE, _("由我处理"), waiting_for(work)))
    tabs.append((ALL, _("全部"), None))
    return [
        {
            "label": label,
            "count": count,
            "url": f"{here}?whose={code}" if code else here,
            "active": whose == code,
            "urgent": code == MINE,
        }
        for code, label, count in tabs
    ]

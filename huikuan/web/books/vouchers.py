"""The list of vouchers, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.books.models import Source as MadeFrom
from huikuan.books.models import State, Voucher
from huikuan.books.operations import dissolve_vouchers, post_vouchers, review_vouchers
from huikuan.books.queries.policy import policy
from huikuan.books.queries.vouchers import MonthOfVouchers, month_of_vouchers
from huikuan.core.keyset import Key
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.books.months import known_months, latest_month, parse_month
from huikuan.web.books.words import SOURCES, STATES, state_badge, voucher_title
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import BulkAct, Column, List, Reading, Source, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page

ORDERS = {
    "on": Order((Key("voucher_on", date),)),
    "amount": Order((Key("amount", Decimal),)),
}


class VouchersForm(forms.Form):
    """Summary, month, state and word."""

    q = forms.CharField(
        label=_l("摘要"), required=False, max_length=64, widget=forms.TextInput(attrs={"type": "search"})
    )
    month = forms.ChoiceField(label=_l("月份"), required=False)
    state = forms.ChoiceField(label=_l("状态"), required=False)
    word = forms.ChoiceField(label=_l("凭证字"), required=False)

    def __init__(self, parameters: QueryDict, *, today: date) -> None:
        super().__init__(parameters)
        months = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in known_months(today)]
        self._offer("month", months)
        self._offer("state", [(state, str(label)) for state, (label, _tone) in STATES.items()])
        self._offer("word", [(word, word) for word in policy().all_words])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *choices]


def _open(parameters: QueryDict, work: Work) -> Reading[Voucher]:
    form = VouchersForm(parameters, today=work.today)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = Voucher.objects.all()
    if "q" in wanted:
        found = found.filter(summary__icontains=wanted["q"])
    if month := parse_month(wanted.get("month", "")):
        found = found.filter(month=month)
    for name in ("state", "word"):
        if name in wanted:
            found = found.filter(**{name: wanted[name]})
    empty: dict[str, Any] = {"title": _("没有符合条件的凭证"), "icon": "file-text"}
    if not wanted:
        empty = {
            "title": _("还没有凭证"),
            "text": _("业务登记时已经生成分录；在这里把一个月的分录编成凭证。"),
            "icon": "file-text",
        }
        if work.actor.may("voucher.prepare"):
            url = address(work, "vouchers-make")
            empty["actions"] = [{"label": _("编制凭证"), "url": url, "primary": True}]
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_plain, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=empty,
    )


def _plain(vouchers: Sequence[Voucher]) -> list[Voucher]:
    return list(vouchers)


def _summed(found: QuerySet[Voucher]) -> Total:
    sums = found.order_by().aggregate(total=Sum("amount", default=Decimal(0)), count=Count("pk"))
    return Total(sums["count"], {"amount": sums["total"]})


COLUMNS: tuple[Column[Voucher], ...] = (
    Column(
        "number",
        _l("凭证号"),
        lambda work, row: {"value": voucher_title(row.word, row.number), "note": f"{row.month:%Y-%m}"},
        lead=True,
    ),
    Column("on", _l("凭证日期"), lambda work, row: row.voucher_on, kind="date", sort="on"),
    Column("summary", _l("摘要"), lambda work, row: row.summary, kind="name"),
    Column("amount", _l("金额"), lambda work, row: row.amount, kind="money", sort="amount", figure=True),
    Column("entries", _l("分录"), lambda work, row: row.entry_count, kind="count", hidden=True),
    Column(
        "state",
        _l("状态"),
        lambda work, row: state_badge(row.state),
        kind="badge",
        text=lambda work, row: str(STATES[row.state][0]),
    ),
    Column("source", _l("来源"), lambda work, row: str(SOURCES[row.source]), hidden=True),
    Column("prepared", pgettext_lazy("by", "制单"), lambda work, row: row.prepared_by_name, minor=True),
    Column(
        "reviewed", pgettext_lazy("by", "审核"), lambda work, row: row.reviewed_by_name or None, minor=True
    ),
    Column("posted", pgettext_lazy("by", "记账"), lambda work, row: row.posted_by_name or None, minor=True),
)


class NothingMoreForm(forms.Form):
    """Nothing must be said besides."""


def _on_all(
    operation: Callable[..., int], state: State, said: Callable[[int], str]
) -> Callable[[Work, Source[Voucher], Mapping[str, Any]], str]:
    """Do it to those of the chosen rows that are in `state`; the others were done before."""

    def run(work: Work, source: Source[Voucher], _values: Mapping[str, Any]) -> str:
        assert isinstance(source, QueryRows)
        keys: list[UUID] = list(source.found.filter(state=state).values_list("pk", flat=True))
        return said(operation(voucher_ids=keys, actor=work.actor) if keys else 0)

    return run


ACTS: tuple[BulkAct[Voucher], ...] = (
    BulkAct(
        "review",
        _l("审核"),
        "clipboard-check",
        "voucher.review",
        lambda work, posted: NothingMoreForm(posted),
        _on_all(
            review_vouchers,
            State.PREPARED,
            lambda count: ngettext("已审核 %d 张凭证。", "已审核 %d 张凭证。", count) % count,
        ),
    ),
    BulkAct(
        "post",
        _l("记账"),
        "checks",
        "voucher.post",
        lambda work, posted: NothingMoreForm(posted),
        _on_all(
            post_vouchers,
            State.REVIEWED,
            lambda count: ngettext("已记账 %d 张凭证。", "已记账 %d 张凭证。", count) % count,
        ),
    ),
    BulkAct(
        "dissolve",
        _l("作废未审核的"),
        "trash",
        "voucher.prepare",
        lambda work, posted: NothingMoreForm(posted),
        _on_all(
            dissolve_vouchers,
            State.PREPARED,
            lambda count: (
                ngettext(
                    "已作废 %d 张凭证，其中的业务可以重新编制。",
                    "已作废 %d 张凭证，其中的业务可以重新编制。",
                    count,
                )
                % count
            ),
        ),
    ),
)

VOUCHERS: List[Voucher] = List(
    name="vouchers",
    title=_l("凭证"),
    permission="books.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: voucher_url(work, row.pk),
    measure="amount",
    acts=ACTS,
)


@require_safe
@page("books.read")
def vouchers(request: HttpRequest, work: Work) -> HttpResponse:
    """Vouchers of all months, with how far the last month is."""
    month = parse_month(request.GET.get("month", "")) or latest_month(work.today)
    context = {
        **list_context(request, work, VOUCHERS),
        "steps": _steps(work, month_of_vouchers(month)),
        "steps_month": f"{month:%Y-%m}",
        "actions": _actions(work, month),
        "breadcrumbs": [{"label": _("凭证")}],
    }
    return render(request, "books/vouchers.html", context)


def _steps(work: Work, state: MonthOfVouchers) -> list[dict[str, Any]]:
    """How far the month is, each step leading to its rows."""
    make = address(work, "vouchers-make", month=state.month) if work.actor.may("voucher.prepare") else ""
    here = {"month": state.month}
    return [
        {"label": _("待编制的业务"), "count": state.waiting, "url": make if state.waiting else ""},
        {
            "label": _("待审核"),
            "count": state.prepared,
            "url": address(work, "vouchers", **here, state=State.PREPARED.value),
        },
        {
            "label": _("待记账"),
            "count": state.reviewed,
            "url": address(work, "vouchers", **here, state=State.REVIEWED.value),
        },
        {
            "label": _("已记账"),
            "count": state.posted,
            "url": address(work, "vouchers", **here, state=State.POSTED.value),
        },
    ]


def _actions(work: Work, month: date) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = [
        {"label": _("导出凭证"), "url": address(work, "vouchers-export", month=month), "icon": "download"}
    ]
    if work.actor.may("voucher.prepare"):
        if not Voucher.objects.filter(source=MadeFrom.OPENING).exists():
            opening = address(work, "vouchers-opening")
            actions.append({"label": _("期初余额"), "url": opening, "icon": "flag"})
        actions += [
            {"label": _("手工凭证"), "url": address(work, "vouchers-new"), "icon": "edit"},
            {
                "label": _("编制凭证"),
                "url": address(work, "vouchers-make", month=month),
                "icon": "plus",
                "primary": True,
            },
        ]
    return actions

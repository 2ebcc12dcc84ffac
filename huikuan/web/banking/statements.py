"""The list of statements."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.cash.bank_queries import bank_accounts
from huikuan.cash.models import Statement
from huikuan.core.keyset import Key
from huikuan.organizations.actors import actor_words
from huikuan.web.banking.accounts import crumb, span
from huikuan.web.banking.words import format_name
from huikuan.web.cash.parts import address
from huikuan.web.customers.forms import choose
from huikuan.web.fields import DayField
from huikuan.web.lists import with_query
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page

ORDERS = {"starts": Order((Key("starts_on", date),))}


class StatementFilterForm(forms.Form):
    """Account and days."""

    account = forms.ChoiceField(label=_l("账户"), required=False)
    since = DayField(label=_l("从"), required=False)
    until = DayField(label=_l("到"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        choose(self, "account", [(row.code, row.name) for row in bank_accounts()])


def _open(parameters: QueryDict, work: Work) -> Reading[Statement]:
    form = StatementFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = Statement.objects.select_related("bank_account", "act")
    if "account" in wanted:
        found = found.filter(bank_account__code=wanted["account"])
    if "since" in wanted:
        found = found.filter(ends_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(starts_on__lte=wanted["until"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(work, filtered=bool(wanted)),
    )


def _summed(found: QuerySet[Statement]) -> Total:
    return Total(found.order_by().count())


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的对账单"), "text": _("换一个条件，或清除筛选。"), "icon": "filter"}
    actions = []
    if work.actor.may("statement.write"):
        actions.append(
            {"label": _("导入对账单"), "url": address(work, "bank-upload"), "icon": "upload", "primary": True}
        )
    return {
        "title": _("还没有对账单"),
        "text": _("导入银行的对账单文件后，每一份都列在这里。"),
        "icon": "file-spreadsheet",
        "actions": actions,
    }


COLUMNS: tuple[Column[Statement], ...] = (
    Column(
        "period",
        _l("期间"),
        lambda work, row: {
            "value": span(row.starts_on, row.ends_on),
            "note": _("第 %s 号") % row.number if row.number else "",
        },
        sort="starts",
        lead=True,
        whole=True,
    ),
    Column("account", _l("账户"), lambda work, row: row.bank_account.name, whole=True),
    Column(
        "source",
        _l("来源"),
        lambda work, row: {"value": format_name(row.format), "note": row.file_name},
        kind="name",
        minor=True,
    ),
    Column(
        "opening",
        _l("期初"),
        lambda work, row: _money(row, row.opening),
        kind="money",
        minor=True,
    ),
    Column("net", _l("发生额"), lambda work, row: _money(row, row.net), kind="money"),
    Column("closing", _l("期末"), lambda work, row: _money(row, row.closing), kind="money", figure=True),
    Column("count", _l("流水"), lambda work, row: row.count, kind="count"),
    Column("by", _l("导入人"), lambda work, row: actor_words(row.act.actor_name), kind="name", minor=True),
    Column("at", _l("导入时间"), lambda work, row: row.act.recorded_at, kind="moment", hidden=True),
)


def _money(row: Statement, amount: Any) -> dict[str, Any] | None:
    return None if amount is None else {"value": amount, "currency": row.bank_account.currency}


STATEMENTS: List[Statement] = List(
    name="bank-statements",
    title=_l("对账单"),
    permission="bank.read",
    columns=COLUMNS,
    default_sort="-starts",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: with_query(address(work, "bank-lines"), {"statement": row.pk}),
)


@require_safe
@page("bank.read")
def statements(request: HttpRequest, work: Work) -> HttpResponse:
    """All statements, the latest first; each leads to its lines."""
    actions = []
    if work.actor.may("statement.write"):
        actions.append(
            {"label": _("导入对账单"), "url": address(work, "bank-upload"), "icon": "upload", "primary": True}
        )
    context = {
        **list_context(request, work, STATEMENTS),
        "title": _("对账单"),
        "actions": actions,
        "breadcrumbs": [crumb(work), {"label": _("对账单")}],
    }
    return render(request, "banking/list.html", context)

"""The list of lines of the bank."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.cash.bank_queries import bank_accounts
from huikuan.cash.models import LineKind, StatementLine
from huikuan.core.keyset import Key
from huikuan.web.banking.accounts import crumb
from huikuan.web.banking.words import line_state, line_title, shown_number
from huikuan.web.cash.parts import address
from huikuan.web.customers.forms import choose
from huikuan.web.fields import DayField
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page

ORDERS = {"on": Order((Key("booked_on", date),)), "amount": Order((Key("amount", Decimal),))}
WAITING, PART, OPEN, USED = "waiting", "part", "open", "used"


class LineFilterForm(forms.Form):
    """Words, account, what became of it, direction, kind and days."""

    q = forms.CharField(
        label=_l("对方、摘要、流水号"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)
    account = forms.ChoiceField(label=_l("账户"), required=False)
    direction = forms.ChoiceField(label=_l("方向"), required=False)
    kind = forms.ChoiceField(label=_l("种类"), required=False)
    since = DayField(label=_l("从"), required=False)
    until = DayField(label=_l("到"), required=False)
    statement = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        states = [
            (WAITING, _("未处理完")),
            (OPEN, _("待处理")),
            (PART, _("部分处理")),
            (USED, _("已处理")),
        ]
        choose(self, "state", states)
        choose(self, "account", [(row.code, row.name) for row in bank_accounts()])
        choose(self, "direction", [("in", pgettext("bank", "收入")), ("out", _("支出"))])
        choose(self, "kind", [(str(code), str(label)) for code, label in LineKind.choices])


def _found(wanted: dict[str, Any]) -> QuerySet[StatementLine]:
    found = StatementLine.objects.select_related("bank_account")
    if "q" in wanted:
        words = wanted["q"].strip()
        found = found.filter(
            Q(counterparty__icontains=words) | Q(text__icontains=words) | Q(reference__icontains=words)
        )
    whole = Q(used=Abs(F("amount")))
    states = {WAITING: ~whole, OPEN: Q(used=0), PART: Q(used__gt=0) & ~whole, USED: whole}
    if wanted.get("state") in states:
        found = found.filter(states[wanted["state"]])
    if "account" in wanted:
        found = found.filter(bank_account__code=wanted["account"])
    if "direction" in wanted:
        found = found.filter(amount__gt=0) if wanted["direction"] == "in" else found.filter(amount__lt=0)
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "since" in wanted:
        found = found.filter(booked_on__gte=wanted["since"])
    if "until" in wanted:
        found = found.filter(booked_on__lte=wanted["until"])
    if "statement" in wanted:
        found = found.filter(statement_id=wanted["statement"])
    return found


def _summed(found: QuerySet[StatementLine]) -> Total:
    sums = found.order_by().aggregate(
        count=Count("pk"),
        moved=Sum("amount", default=Decimal(0)),
        left=Sum(Abs(F("amount")) - F("used"), default=Decimal(0)),
        currencies=Count("bank_account__currency", distinct=True),
    )
    if sums["currencies"] > 1:  # amounts of several currencies have no sum
        return Total(sums["count"])
    return Total(sums["count"], {"amount": sums["moved"], "left": sums["left"]})


def _open(parameters: QueryDict, work: Work) -> Reading[StatementLine]:
    form = LineFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    return Reading(
        source=QueryRows(found=_found(wanted), orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(work, filtered=bool(wanted)),
        chosen=(_("一份对账单的流水"),) if "statement" in wanted else (),
    )


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的流水"), "text": _("换一个条件，或清除筛选。"), "icon": "filter"}
    actions = []
    if work.actor.may("statement.write"):
        actions.append(
            {"label": _("导入对账单"), "url": address(work, "bank-upload"), "icon": "upload", "primary": True}
        )
    return {
        "title": _("还没有流水"),
        "text": _("导入银行的对账单后，每一笔进出都列在这里，等着找到它的客户和应收。"),
        "icon": "list-details",
        "actions": actions,
    }


def _money(line: StatementLine, amount: Decimal, work: Work) -> dict[str, Any]:
    currency = line.bank_account.currency
    return {
        "value": amount,
        "currency": currency,
        "code": "" if currency == work.organization.currency else currency,
    }


COLUMNS: tuple[Column[StatementLine], ...] = (
    Column("on", _l("日期"), lambda work, line: line.booked_on, kind="date", sort="on"),
    Column(
        "counterparty",
        _l("对方"),
        lambda work, line: {"value": line_title(line), "note": line.text[:80] if line.counterparty else ""},
        kind="name",
        lead=True,
        text=lambda work, line: line.counterparty,
        extras=(
            Extra(_l("摘要"), lambda line: line.text),
            Extra(_l("对方账号"), lambda line: shown_number(line.counterparty_account)),
        ),
    ),
    Column("account", _l("账户"), lambda work, line: line.bank_account.name, kind="name", minor=True),
    Column(
        "kind",
        _l("种类"),
        lambda work, line: LineKind(line.kind).label,
        minor=True,
    ),
    Column("reference", _l("流水号"), lambda work, line: line.reference or None, minor=True, hidden=True),
    Column(
        "amount",
        _l("金额"),
        lambda work, line: _money(line, line.amount, work),
        kind="money",
        figure=True,
        sort="amount",
    ),
    Column(
        "left",
        _l("未处理"),
        lambda work, line: _money(line, abs(line.amount) - line.used, work),
        kind="money",
    ),
    Column(
        "balance",
        _l("余额"),
        lambda work, line: None if line.balance is None else _money(line, line.balance, work),
        kind="money",
        hidden=True,
    ),
    Column(
        "state",
        _l("状态"),
        lambda work, line: line_state(line),
        kind="badge",
        text=lambda work, line: line_state(line)["label"],
    ),
)

LINES: List[StatementLine] = List(
    name="bank-lines",
    title=_l("流水"),
    permission="bank.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda line: line.pk,
    url=lambda work, line: address(work, "bank-line", line.pk),
    measure="amount",
)


@require_safe
@page("bank.read")
def lines(request: HttpRequest, work: Work) -> HttpResponse:
    """Every movement on our accounts, the latest first."""
    actions = []
    if work.actor.may("statement.write"):
        actions.append(
            {"label": _("导入对账单"), "url": address(work, "bank-upload"), "icon": "upload", "primary": True}
        )
    context = {
        **list_context(request, work, LINES),
        "title": _("流水"),
        "actions": actions,
        "breadcrumbs": [crumb(work), {"label": _("流水")}],
    }
    return render(request, "banking/list.html", context)

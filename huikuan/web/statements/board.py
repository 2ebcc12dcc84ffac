"""对账看板: which customers were sent their statements, who agreed, who differs, who is silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.core.dates import month_end
from huikuan.core.keyset import Key
from huikuan.organizations.models import Scope
from huikuan.statements.models import SentBy, Statement, StatementState
from huikuan.statements.operations import post_statements, send_statements, withdraw_statements
from huikuan.statements.queries import messages_about, statement_setting, statements_seen
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.customers.queries import salespeople
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import BulkAct, Column, Extra, List, Reading, Source, Total, batches
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible
from huikuan.web.statements.words import (
    amount_cell,
    board_url,
    channel_badge,
    crumbs,
    state_badge,
    statement_url,
)

WAITING, SILENT, ALL = "", "silent", "all"
MONTHS = 18
AT_ONCE = 40
"""How many mails are set while somebody waits; more are left to the worker."""


class BoardForm(forms.Form):
    """Number or customer, state, month in which the period ends, salesperson."""

    q = forms.CharField(
        label=_l("编号、客户"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)
    month = forms.ChoiceField(label=_l("期间"), required=False)
    salesperson = forms.ChoiceField(label=_l("业务员"), required=False)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, parameters: QueryDict, *, work: Work) -> None:
        super().__init__(parameters)
        state, month, person = (self.fields[name] for name in ("state", "month", "salesperson"))
        assert isinstance(state, forms.ChoiceField)
        assert isinstance(month, forms.ChoiceField)
        assert isinstance(person, forms.ChoiceField)
        state.choices = [
            (WAITING, _("未了结的")),
            *((str(code), str(label)) for code, label in StatementState.choices),
            (SILENT, _("逾期未答复")),
            (ALL, _("全部")),
        ]
        month.choices = [("", _("全部")), *((text, text) for text in _months(work.today))]
        people = salespeople(visible(work.actor))
        person.choices = [("", _("全部")), *((str(each.pk), each.name) for each in people)]


def _months(today: date) -> Iterable[str]:
    day = today
    for _count in range(MONTHS):
        yield f"{day:%Y-%m}"
        day = day.replace(day=1) - timedelta(days=1)


def found_by(wanted: Mapping[str, Any], found: QuerySet[Statement], today: date) -> QuerySet[Statement]:
    """The statements under a filter, whatever their state."""
    if "q" in wanted:
        words = wanted["q"].strip()
        found = found.filter(
            Q(number__istartswith=words)
            | Q(customer__code__iexact=words)
            | Q(customer__name__icontains=words)
        )
    if "month" in wanted:
        first = date.fromisoformat(f"{wanted['month']}-01")
        found = found.filter(ends_on__range=(first, month_end(first)))
    if "salesperson" in wanted:
        found = found.filter(customer__salesperson_id=wanted["salesperson"])
    if "batch" in wanted:
        found = found.filter(batch_id=wanted["batch"])
    return found


def in_state(found: QuerySet[Statement], state: str, today: date) -> QuerySet[Statement]:
    if state == WAITING:
        return found.exclude(state__in=[StatementState.CONFIRMED, StatementState.WITHDRAWN])
    if state == SILENT:
        first = today - timedelta(days=statement_setting().remind_after)
        return found.filter(state=StatementState.SENT, sent_on__lte=first)
    return found if state == ALL else found.filter(state=state)


def _wanted(form: BoardForm) -> dict[str, Any]:
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value}


def _open(parameters: QueryDict, work: Work) -> Reading[Statement]:
    form = BoardForm(parameters, work=work)
    wanted = _wanted(form)
    found = found_by(wanted, statements_seen(work.actor), work.today)
    return Reading(
        source=QueryRows(
            found=in_state(found, wanted.get("state", WAITING), work.today),
            orders=ORDERS,
            dressed=_dressed,
            summed=_summed,
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("没有对账单"),
            "text": _("起草一期：有往来或有余额的客户各一张，期初等于上一张的期末。"),
            "icon": "file-text",
        },
    )


def _summed(found: QuerySet[Statement]) -> Total:
    sums = found.order_by().aggregate(closing=Sum("closing", default=Decimal(0)), count=Count("pk"))
    single = found.order_by().values("currency").distinct().count() <= 1
    return Total(sums["count"], {"closing": sums["closing"]} if single else {})


def _dressed(rows: Iterable[Statement]) -> list[Statement]:
    """With how each left."""
    found = list(rows)
    told = messages_about([row.pk for row in found if row.sent_by == SentBy.MAIL])
    for row in found:
        row.channel = channel_badge(row, told.get(row.pk, []))  # type: ignore[attr-defined]
    return found


def _ask_nothing(work: Work, data: Any) -> forms.Form:
    return forms.Form(data)


def _ask_reason(work: Work, data: Any) -> forms.Form:
    return ReasonForm(data)


def _drafted(source: Source[Statement]) -> list[Any]:
    return [
        row.pk
        for rows in batches(source, "-period", 500)
        for row in rows
        if row.state == StatementState.DRAFTED
    ]


def told_sending(sent: int, without: int) -> str:
    """What was sent, and whose was not."""
    said = ngettext("已发送 %d 张对账单。", "已发送 %d 张对账单。", sent) % sent
    if without:
        left = ngettext(
            "%d 张因客户没有邮箱而没有发送，可以打印寄送。",
            "%d 张因客户没有邮箱而没有发送，可以打印寄送。",
            without,
        )
        said += left % without
    return said


def send_by(work: Work, keys: list[Any], by: SentBy) -> str:
    """Send statements; the first mails are set at once, the others by the worker."""
    done = send_statements(keys, by=by, actor=work.actor, today=work.today)
    if by == SentBy.MAIL and done.sent:
        post_statements(actor=work.actor, now=timezone.localtime(), most=AT_ONCE)
    return told_sending(done.sent, len(done.without_address))


def _mail(work: Work, source: Source[Statement], values: Mapping[str, Any]) -> str:
    return send_by(work, _drafted(source), SentBy.MAIL)


def _paper(work: Work, source: Source[Statement], values: Mapping[str, Any]) -> str:
    return send_by(work, _drafted(source), SentBy.PAPER)


def _withdraw(work: Work, source: Source[Statement], values: Mapping[str, Any]) -> str:
    open_states = (StatementState.DRAFTED, StatementState.SENT, StatementState.DIFFERING)
    keys = [row.pk for rows in batches(source, "-period", 500) for row in rows if row.state in open_states]
    count = withdraw_statements(keys, reason=values["reason"], actor=work.actor, today=work.today)
    return ngettext("已作废 %d 张对账单。", "已作废 %d 张对账单。", count) % count


ORDERS = {
    "period": Order((Key("ends_on", date),)),
    "number": Order((Key("number", str),)),
    "customer": Order((Key("customer__sort_key", str),)),
}
COLUMNS: tuple[Column[Statement], ...] = (
    customer_column(),
    Column("number", _l("编号"), lambda work, row: row.number, sort="number"),
    Column("from", _l("起始日"), lambda work, row: row.starts_on, kind="date", hidden=True),
    Column("period", _l("截止日"), lambda work, row: row.ends_on, kind="date", sort="period"),
    Column(
        "opening",
        _l("期初余额"),
        lambda work, row: amount_cell(work, row.opening, row.currency),
        kind="money",
        hidden=True,
    ),
    Column(
        "earlier",
        _l("以前期间调整"),
        lambda work, row: amount_cell(work, row.earlier, row.currency) if row.earlier else None,
        kind="money",
        hidden=True,
    ),
    Column(
        "moved",
        _l("本期变动"),
        lambda work, row: amount_cell(work, row.moved, row.currency),
        kind="money",
        minor=True,
    ),
    Column(
        "closing",
        _l("期末余额"),
        lambda work, row: amount_cell(work, row.closing, row.currency),
        kind="money",
        figure=True,
        extras=(Extra(_l("币种"), lambda row: row.currency),),
    ),
    Column("sent", _l("发送日期"), lambda work, row: row.sent_on, kind="date", minor=True),
    Column(
        "channel",
        _l("发送方式"),
        lambda work, row: row.channel,  # type: ignore[attr-defined]
        kind="badge",
        minor=True,
        text=lambda work, row: (row.channel or {}).get("label"),  # type: ignore[attr-defined]
    ),
    Column(
        "state",
        _l("状态"),
        state_badge,
        kind="badge",
        text=lambda work, row: state_badge(work, row)["label"],
    ),
    Column("answered", _l("答复日期"), lambda work, row: row.answered_on, kind="date", hidden=True),
    Column("by", _l("答复人"), lambda work, row: row.answered_by or None, hidden=True),
)
STATEMENTS: List[Statement] = List(
    name="statements",
    title=_l("对账单"),
    permission="reconciliation.read",
    columns=COLUMNS,
    default_sort="-period",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: statement_url(work, row.pk),
    measure="closing",
    acts=(
        BulkAct("mail", _l("邮件发送"), "mail", "reconciliation.write", _ask_nothing, _mail),
        BulkAct("paper", _l("改为纸质寄送"), "printer", "reconciliation.write", _ask_nothing, _paper),
        BulkAct("withdraw", _l("作废"), "x", "reconciliation.write", _ask_reason, _withdraw),
    ),
)


@require_safe
@page("reconciliation.read")
def board(request: HttpRequest, work: Work) -> HttpResponse:
    """Every statement, those that wait first; above, how many stand where."""
    form = BoardForm(request.GET, work=work)
    wanted = _wanted(form)
    found = found_by(wanted, statements_seen(work.actor), work.today)
    context = {
        **list_context(request, work, STATEMENTS),
        "tiles": tiles_of(
            work, found, {name: str(value) for name, value in wanted.items() if name != "state"}
        ),
        "actions": _actions(work),
        "breadcrumbs": crumbs(work),
    }
    return render(request, "statements/board.html", context)


def tiles_of(work: Work, found: QuerySet[Statement], kept: dict[str, str]) -> list[dict[str, Any]]:
    """How many of statements stand where; `kept`: the rest of the filter."""
    first = work.today - timedelta(days=statement_setting().remind_after)
    counts = found.order_by().aggregate(
        drafted=Count("pk", filter=Q(state=StatementState.DRAFTED)),
        sent=Count("pk", filter=Q(state=StatementState.SENT)),
        silent=Count("pk", filter=Q(state=StatementState.SENT, sent_on__lte=first)),
        differing=Count("pk", filter=Q(state=StatementState.DIFFERING)),
        confirmed=Count("pk", filter=Q(state=StatementState.CONFIRMED)),
        all=Count("pk", filter=~Q(state=StatementState.WITHDRAWN)),
    )
    share = f"{counts['confirmed'] * 100 // counts['all']}%" if counts["all"] else "—"
    rows = (
        ("drafted", StatementState.DRAFTED.label, "edit", "", ""),
        ("sent", StatementState.SENT.label, "mail", "", _("逾期未答复 %d") % counts["silent"]),
        (
            "differing",
            StatementState.DIFFERING.label,
            "alert-triangle",
            "bad" if counts["differing"] else "",
            "",
        ),
        ("confirmed", StatementState.CONFIRMED.label, "circle-check", "good", _("占全部的 %s") % share),
    )
    return [
        {
            "label": str(label),
            "value": counts[name],
            "icon": icon,
            "tone": tone,
            "note": note,
            "url": board_url(work, state=name, **kept),
        }
        for name, label, icon, tone, note in rows
    ]


def _actions(work: Work) -> list[dict[str, Any]]:
    code, writes = [work.organization.code], work.actor.may("reconciliation.write")
    rows: list[dict[str, Any]] = [
        {"label": _("双边核对"), "url": reverse("reconciliations", args=code), "icon": "arrows-exchange"}
    ]
    if work.actor.scope == Scope.ALL:
        rows.append({"label": _("批次"), "url": reverse("statement-batches", args=code), "icon": "archive"})
    if writes:
        rows += [
            {"label": _("询证函"), "url": reverse("confirmation-new", args=code), "icon": "file-text"},
            {"label": _("提醒"), "url": reverse("statement-reminders", args=code), "icon": "bell"},
            {
                "label": _("起草一期"),
                "url": reverse("statements-draft", args=code),
                "icon": "plus",
                "primary": True,
            },
        ]
    return rows

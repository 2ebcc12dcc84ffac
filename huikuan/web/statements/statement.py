"""One statement: what it says, how it left, what came back, and what is done with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.wording import reason_words
from huikuan.messaging.models import Message
from huikuan.organizations.models import Scope
from huikuan.statements.models import Difference, Reconciliation, SentBy, Statement, StatementState
from huikuan.statements.operations import dispute_difference, withdraw_statements
from huikuan.statements.operations.answering import OTHERWISE, REASONS
from huikuan.statements.operations.trail import STATEMENT
from huikuan.statements.queries import answers_of, differences_of, messages_about, statements_seen
from huikuan.statements.wording import kind_words
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.disputes.parts import dispute_url
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.ledger.words import kind_name
from huikuan.web.messaging.parts import message_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.statements.batch import taken
from huikuan.web.statements.board import send_by
from huikuan.web.statements.words import (
    batch_url,
    channel_badge,
    crumbs,
    result_url,
    state_badge,
    statement_url,
)

Row = dict[str, Any]


def statement_of(work: Work, key: UUID) -> Statement:
    """The statement if the actor may see its customer."""
    found = statements_seen(work.actor).select_related("previous", "batch").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("reconciliation.read")
def statement(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One statement with its movements, its course, what differs and its files."""
    found = statement_of(work, key)
    told = messages_about([key]).get(key, [])
    figures = found.content["figures"]
    differences = differences_of(statement=found)
    context = {
        "statement": found,
        "state": state_badge(work, found),
        "sums": _sums(found),
        "facts": _facts(work, found, told),
        "columns": _columns(),
        "rows": list(_movements(found, figures)),
        "open_columns": _open_columns(),
        "open_rows": _open(found, figures),
        "events": _course(work, found, told),
        "differences": [difference_row(work, each, found.currency) for each in differences],
        "compared": [
            {"url": result_url(work, each.pk), "on": each.made_on, "count": each.differences}
            for each in Reconciliation.objects.filter(statement=found)
            .defer("findings", "left_out")
            .order_by("-id")[:10]
        ],
        "files": files_of(work, STATEMENT, key),
        "actions": _actions(work, found),
        "breadcrumbs": crumbs(work, found.number),
    }
    return render(request, "statements/statement.html", context)


def _sums(found: Statement) -> list[Row]:
    rows = [{"label": _("期初余额"), "value": found.opening}]
    if found.earlier:
        rows.append({"label": _("以前期间调整"), "value": found.earlier})
    rows += [
        {"label": _("本期变动"), "value": found.moved},
        {"label": _("期末余额"), "value": found.closing, "strong": True},
    ]
    if found.overdue:
        rows.append({"label": _("其中已逾期"), "value": found.overdue, "tone": "bad"})
    return [{**row, "kind": "money", "currency": found.currency} for row in rows]


def _facts(work: Work, found: Statement, told: list[Message]) -> list[Row]:
    rows: list[Row] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
        },
        {"label": _("期间"), "value": f"{found.starts_on} – {found.ends_on}"},
        {"label": _("币种"), "value": found.currency},
    ]
    if found.previous is not None:
        rows.append(
            {
                "label": _("上一张"),
                "value": found.previous.number,
                "url": statement_url(work, found.previous.pk),
            }
        )
    channel = channel_badge(found, told)
    if channel:
        rows.append({"label": _("发送方式"), "value": channel["label"]})
    if found.answered_by:
        rows.append({"label": _("答复人"), "value": found.answered_by})
    rows += [
        {"label": _("数据截至"), "value": found.known_at, "kind": "moment"},
        {"label": _("内容校验码"), "value": found.digest[:16], "wide": True},
    ]
    return rows


def _columns() -> list[Row]:
    return [
        {"label": _("日期"), "kind": "date"},
        {"label": _("单据号"), "lead": True},
        {"label": _("摘要")},
        {"label": _("应收"), "kind": "money"},
        {"label": _("已收或冲减"), "kind": "money"},
        {"label": _("余额"), "kind": "money", "figure": True},
    ]


def _movements(found: Statement, figures: Row) -> Any:
    balance = found.opening
    yield {"cells": [found.starts_on, "", _("期初余额"), None, None, balance]}
    for each in (*figures["earlier"], *figures["movements"]):
        amount = Decimal(each["amount"])
        balance += amount
        kind = movement_name(each["kind"])
        said = _("以前期间调整") if each["part"] == "earlier" else ""
        words = " · ".join(part for part in (said, kind if each["number"] else "") if part)
        yield {
            "cells": [
                _day(each["on"]),
                each["number"],
                words,
                amount if amount > 0 else None,
                -amount if amount < 0 else None,
                balance,
            ]
        }


def movement_name(kind: str) -> str:
    """What a movement is called: its kind of document, or a settlement within the group."""
    return _("集团内代付") if kind == "group" else str(kind_name(kind))


def _open_columns() -> list[Row]:
    return [
        {"label": _("单据号"), "lead": True},
        {"label": _("日期"), "kind": "date"},
        {"label": _("到期日"), "kind": "date"},
        {"label": _("未付金额"), "kind": "money", "figure": True},
    ]


def _open(found: Statement, figures: Row) -> list[Row]:
    return [
        {
            "cells": [
                each["number"],
                _day(each["on"]),
                _day(each["due_on"]) if each["due_on"] else None,
                Decimal(each["amount"]),
            ]
        }
        for each in figures["open"]
    ]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _course(work: Work, found: Statement, told: list[Message]) -> list[Row]:
    """What happened to it, the last first."""
    rows: list[Row] = [
        {
            "title": pgettext("done", "起草"),
            "on": found.batch.drafted_on,
            "by": found.batch.drafted_by_name,
            "url": batch_url(work, found.batch_id) if work.actor.scope == Scope.ALL else "",
            "icon": "edit",
        }
    ]
    if found.sent_on:
        how = str(SentBy(found.sent_by).label)
        sent = {"title": pgettext("done", "发送"), "on": found.sent_on, "by": found.sent_by_name}
        rows.append({**sent, "note": how, "icon": "mail"})
    for each in told[::-1]:
        badge = channel_badge(found, [each])
        rows.append(
            {
                "title": _("邮件"),
                "at": each.queued_at,
                "note": " · ".join(
                    part for part in (each.address_shown, (badge or {}).get("label", "")) if part
                ),
                "url": message_url(work, each.pk) if work.actor.may("messaging.read") else "",
                "icon": "mail",
            }
        )
    for answer in answers_of(found):
        rows.append(
            {
                "title": _("答复：相符") if answer.agrees else _("答复：不符"),
                "on": answer.on,
                "by": answer.person,
                "note": answer.note,
                "amount": answer.theirs,
                "currency": found.currency,
                "icon": "check" if answer.agrees else "flag",
                "tone": "good" if answer.agrees else "bad",
            }
        )
    if found.ended_on:
        rows.append(
            {"title": pgettext("done", "作废"), "on": found.ended_on, "note": found.ended_note, "icon": "x"}
        )
    return rows[::-1]


def difference_row(work: Work, each: Difference, currency: str) -> Row:
    """A difference with what can be made of it."""
    may = work.actor.may("dispute.write")
    owed = each.item is not None and each.item.open_amount > 0
    return {
        "key": each.pk,
        "kind": kind_words(each.kind),
        "number": each.number,
        "amount": each.amount,
        "currency": currency,
        "note": each.note,
        "dispute": {"number": each.dispute.number, "url": dispute_url(work, each.dispute.pk)}
        if each.dispute is not None
        else None,
        "dispute_url": reverse("statement-dispute", args=[work.organization.code, each.pk])
        if may and owed and each.dispute is None
        else "",
        "reason": reason_words(REASONS.get(each.kind, OTHERWISE)),
    }


def _actions(work: Work, found: Statement) -> list[Row]:
    def act(name: str, label: str, icon: str, **more: Any) -> Row:
        url = reverse(name, args=[work.organization.code, found.pk])
        return {"label": label, "url": url, "icon": icon, **more}

    pdf = act("statement-pdf", _("打开 PDF"), "file-text")
    workbook = act("statement-file", _("Excel"), "file-spreadsheet")
    if not work.actor.may("reconciliation.write"):
        return [pdf, workbook]
    withdraw = act("statement-withdraw", _("作废"), "x")
    if found.state in (StatementState.SENT, StatementState.DIFFERING):
        compare = act("statement-compare", _("与客户清单核对"), "arrows-exchange")
        answer = act("statement-answer", _("登记答复"), "check", primary=True)
        return [pdf, compare, workbook, withdraw, answer]
    if found.state == StatementState.DRAFTED:
        paper = act("statement-send", _("改为纸质寄送"), "printer", post=True)
        paper["url"] += "?by=paper"
        mail = act("statement-send", _("邮件发送"), "mail", primary=True, post=True)
        return [pdf, paper, workbook, withdraw, mail]
    return [pdf, workbook]


@require_safe
@page("reconciliation.read", own_transactions=True)
def statement_pdf(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The statement as it was drafted; taking it is written down."""
    with tenant(work.organization.pk):
        statement_of(work, key)
        of = Statement.objects.filter(pk=key)
    # Not within: nobody else could record anything while the page is set.
    return taken(work, STATEMENT, key, of, withdrawn=True)


@require_safe
@page("reconciliation.read", own_transactions=True)
def statement_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The statement as it was drafted, as a workbook; taking it is written down."""
    with tenant(work.organization.pk):
        statement_of(work, key)
        of = Statement.objects.filter(pk=key)
    return taken(work, STATEMENT, key, of, withdrawn=True, form="xlsx")


@require_POST
@page("reconciliation.write")
def statement_send(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Send a drafted statement."""
    statement_of(work, key)
    by = SentBy.PAPER if request.GET.get("by") == SentBy.PAPER else SentBy.MAIL
    try:
        messages.success(request, send_by(work, [key], by))
    except HuikuanError as error:
        messages.error(request, error.message)
    return redirect(statement_url(work, key))


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def statement_withdraw(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """作废."""
    found = statement_of(work, key)

    def act(values: dict[str, Any]) -> str:
        withdraw_statements([key], reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("%s 已作废。") % found.number)
        return statement_url(work, key)

    return ask_first(
        request, work, ReasonForm(request.POST or None), act,
        title=_("作废对账单"), submit=_("作废"),
        note=_("编号不再使用；这一期可以重新起草。"), over=f"{found.number} · {found.customer.name}",
        back_url=statement_url(work, key), crumbs=crumbs(work, found.number, _("作废")),
    )  # fmt: skip


@require_POST
@page("dispute.write")
def difference_dispute(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """转争议: one click, where the difference is of something that is owed."""
    found = Difference.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    back = (
        result_url(work, found.reconciliation_id)
        if found.reconciliation_id
        else statement_url(work, found.statement_id or key)
    )
    try:
        made = dispute_difference(key, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已转为争议 %s。") % made.number)
    return redirect(back)

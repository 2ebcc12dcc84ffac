"""Drafting a period, its batches with how far they are, reminders, requests for confirmation."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.audit.operations import act, record_event
from huikuan.collection.letter_content import month_before
from huikuan.collection.queries import customers_seen
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import enumerated
from huikuan.organizations.models import Scope
from huikuan.reports.account_workbook import statements_workbook
from huikuan.reports.output.forms import FORMS
from huikuan.statements.content import Auditor
from huikuan.statements.documents import printed
from huikuan.statements.models import SentBy, Statement, StatementBatch, StatementState
from huikuan.statements.operations import NewBatch, draft_statements, save_setting
from huikuan.statements.operations.confirming import print_confirmation_requests
from huikuan.statements.operations.trail import BATCH
from huikuan.statements.queries import statement_setting, statements_seen
from huikuan.web.collection.letter_words import pdf_answer
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.statements.board import send_by, tiles_of
from huikuan.web.statements.words import batch_url, board_url, crumbs, state_badge, statement_url

Row = dict[str, Any]
SHOWN = 100
MOST_ON_PAPER = 2000
_SEPARATORS = re.compile(r"[\s,，;；、]+")


class DraftForm(forms.Form):
    """The period, and whose statements."""

    starts_on = DayField(label=_l("起始日"), help_text=_l("以前对过账的客户从上一张对账单的次日接着。"))
    ends_on = DayField(label=_l("截止日"))
    customers = forms.CharField(
        label=_l("只为这些客户"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("客户编码，用空格或换行分开；不填则是有往来或有余额的全部客户。"),
    )


class ReminderForm(forms.Form):
    """How who does not answer is reminded."""

    remind_after = forms.IntegerField(label=_l("发送后几天提醒"), min_value=1, max_value=90)
    remind_again = forms.IntegerField(label=_l("之后每隔几天"), min_value=1, max_value=90)
    reminders = forms.IntegerField(
        label=_l("最多提醒几次"), min_value=0, max_value=9, help_text=_l("0 表示不提醒。")
    )


class ConfirmationForm(forms.Form):
    """Whom an auditor asks, as of which day, and where answers go."""

    customers = forms.CharField(
        label=_l("客户编码"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("用空格或换行分开。"),
    )
    until = DayField(label=_l("余额截止日"))
    auditor = forms.CharField(label=_l("会计师事务所"), max_length=100)
    address = forms.CharField(label=_l("回函地址"), max_length=200, required=False)
    reference = forms.CharField(label=_l("事务所的编号"), max_length=40, required=False)


def keys_of(work: Work, text: str) -> list[UUID]:
    """The customers whose codes stand in a text. Raises HuikuanError naming those that there are not."""
    codes = list(dict.fromkeys(each for each in _SEPARATORS.split(text) if each))
    found = dict(customers_seen(work.actor).filter(code__in=codes).values_list("code", "pk"))
    missing = [code for code in codes if code not in found]
    if missing:
        raise HuikuanError(_("没有这些客户：%s") % enumerated(missing[:20]), code="unknown_customer")
    return [found[code] for code in codes]


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def draft(request: HttpRequest, work: Work) -> HttpResponse:
    """起草一期对账单."""
    first, last = month_before(work.today)
    initial = {
        "starts_on": first,
        "ends_on": last,
        "customers": request.GET.get("customer", ""),
    }
    form = DraftForm(request.POST if request.method == "POST" else None, initial=initial)

    def act_on(values: dict[str, Any]) -> str:
        chosen = keys_of(work, values["customers"]) if values["customers"].strip() else None
        new = NewBatch(starts_on=values["starts_on"], ends_on=values["ends_on"], customer_ids=chosen)
        batch = draft_statements(new, actor=work.actor, today=work.today)
        said = ngettext("起草了 %d 张对账单。", "起草了 %d 张对账单。", batch.statements) % batch.statements
        if batch.left_out:
            said += ngettext(
                "%d 个客户已有这一期的对账单。", "%d 个客户已有这一期的对账单。", batch.left_out
            ) % batch.left_out  # fmt: skip
        messages.success(request, said)
        whole = work.actor.scope == Scope.ALL
        return batch_url(work, batch.pk) if whole else board_url(work, batch=str(batch.pk), state="all")

    return ask_first(
        request, work, form, act_on,
        title=_("起草对账单"), submit=_("起草"),
        note=_("每个客户、每个币种一张，内容起草后不再改变。期初等于上一张的期末；之后补记的以前业务单列一行。"),
        over="", back_url=board_url(work), crumbs=crumbs(work, _("起草对账单")),
    )  # fmt: skip


def _first_draft(work: Work) -> list[dict[str, Any]]:
    if not work.actor.may("reconciliation.write"):
        return []
    url = reverse("statements-draft", args=[work.organization.code])
    return [{"label": _("起草一期"), "url": url, "icon": "plus", "primary": True}]


@require_safe
@page("reconciliation.read", whole=True)
def batches(request: HttpRequest, work: Work) -> HttpResponse:
    """What was drafted together, the last first."""
    rows = list(StatementBatch.objects.order_by("-id")[:SHOWN])
    context = {
        "columns": [
            {"label": _("期间"), "lead": True},
            {"label": _("起草日期"), "kind": "date"},
            {"label": _("谁起草的")},
            {"label": _("对账单"), "kind": "count", "figure": True},
            {"label": _("已有而略过的客户"), "kind": "count"},
        ],
        "rows": [
            {
                "url": batch_url(work, each.pk),
                "cells": [
                    f"{each.starts_on} – {each.ends_on}",
                    each.drafted_on,
                    each.drafted_by_name,
                    each.statements,
                    each.left_out or None,
                ],
            }
            for each in rows
        ],
        "empty": {
            "title": _("还没有起草过对账单"),
            "text": _("起草一期：有往来或有余额的客户各一张，期初等于上一张的期末。"),
            "icon": "file-text",
            "actions": _first_draft(work),
        },
        "breadcrumbs": crumbs(work, _("批次")),
    }
    return render(request, "statements/batches.html", context)


def batch_of(key: UUID) -> StatementBatch:
    found = StatementBatch.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("reconciliation.read", whole=True)
def batch(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One batch: how many stand where, and its statements."""
    found = batch_of(key)
    of = statements_seen(work.actor).filter(batch=found)
    rows = list(of.order_by("number")[:SHOWN])
    context = {
        "batch": found,
        "title": f"{found.starts_on} – {found.ends_on}",
        "tiles": tiles_of(work, of, {"batch": str(key)}),
        "progress": progress_of(work, found),
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("编号")},
            {"label": _("期初余额"), "kind": "money", "minor": True},
            {"label": _("期末余额"), "kind": "money", "figure": True},
            {"label": _("状态"), "kind": "badge"},
        ],
        "rows": [_row(work, each) for each in rows],
        "more_url": board_url(work, batch=str(key), state="all"),
        "actions": _actions(work, found, of.filter(state=StatementState.DRAFTED).count()),
        "breadcrumbs": crumbs(work, _("批次")),
    }
    return render(request, "statements/batch.html", context)


def _row(work: Work, row: Statement) -> Row:
    code = row.currency if row.currency != work.organization.currency else ""
    money = {"currency": row.currency, "code": code}
    return {
        "url": statement_url(work, row.pk),
        "cells": [
            {"value": row.customer.name, "note": row.customer.code},
            row.number,
            {"value": row.opening, **money},
            {"value": row.closing, **money},
            state_badge(work, row),
        ],
    }


def progress_of(work: Work, found: StatementBatch) -> Row | None:
    """How many of the mails have been set; None where none goes by mail."""
    mails = statements_seen(work.actor).filter(batch=found, sent_by=SentBy.MAIL)
    total = mails.exclude(state=StatementState.WITHDRAWN).count()
    if not total:
        return None
    done = mails.filter(file__isnull=False).exclude(state=StatementState.WITHDRAWN).count()
    url = reverse("statement-batch-progress", args=[work.organization.code, found.pk])
    return {"value": done, "max": total, "text": f"{done} / {total}", "poll_url": url if done < total else ""}


@require_safe
@page("reconciliation.read", whole=True)
def batch_progress(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """How far the mails of a batch are."""
    return render(request, "statements/progress.html", {"progress": progress_of(work, batch_of(key))})


def _actions(work: Work, found: StatementBatch, drafted: int) -> list[Row]:
    code = [work.organization.code, found.pk]
    rows: list[Row] = [
        {"label": _("打开 PDF"), "url": reverse("statement-batch-pdf", args=code), "icon": "printer"},
        {"label": _("Excel"), "url": reverse("statement-batch-file", args=code), "icon": "file-spreadsheet"},
    ]
    if drafted and work.actor.may("reconciliation.write"):
        url = reverse("statement-batch-send", args=code)
        rows += [
            {"label": _("全部改为纸质"), "url": f"{url}?by=paper", "icon": "file-text", "post": True},
            {"label": _("全部邮件发送"), "url": url, "icon": "mail", "primary": True, "post": True},
        ]
    return rows


@require_POST
@page("reconciliation.write", whole=True)
def batch_send(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Send what of a batch was not sent."""
    found = batch_of(key)
    drafted = statements_seen(work.actor).filter(batch=found, state=StatementState.DRAFTED)
    keys = list(drafted.order_by("number").values_list("pk", flat=True))
    by = SentBy.PAPER if request.GET.get("by") == SentBy.PAPER else SentBy.MAIL
    messages.success(request, send_by(work, keys, by))
    return redirect(batch_url(work, key))


@require_safe
@page("reconciliation.read", own_transactions=True, whole=True)
def batch_pdf(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The whole batch as one file; taking it is written down."""
    return taken(work, BATCH, key, Statement.objects.filter(batch_id=key))


@require_safe
@page("reconciliation.read", own_transactions=True, whole=True)
def batch_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The whole batch as a workbook; taking it is written down."""
    return taken(work, BATCH, key, Statement.objects.filter(batch_id=key), form="xlsx")


def taken(
    work: Work, kind: str, key: UUID, of: QuerySet[Statement], *, withdrawn: bool = False, form: str = "pdf"
) -> HttpResponse:
    """Statements as a PDF or a workbook, written into the trail; withdrawn ones where they are asked for."""
    with tenant(work.organization.pk):
        wanted = of if withdrawn else of.exclude(state=StatementState.WITHDRAWN)
        rows = list(wanted.select_related("customer").order_by("number")[: MOST_ON_PAPER + 1])
        if not rows:
            raise Http404
        if len(rows) > MOST_ON_PAPER:
            raise HuikuanError(
                _("一次最多打开 %d 张，请在看板上分几次。") % MOST_ON_PAPER, code="batch_too_large"
            )
        title = f"{rows[0].number}–{rows[-1].number}" if len(rows) > 1 else rows[0].number
        with act("export_statements", actor=work.actor):
            record_event(
                action="exported",
                record_kind=kind,
                record_id=key,
                number=title,
                content={"statements": len(rows), "form": form},
            )
    if form == "xlsx":
        made = statements_workbook(
            rows, organization=work.organization, taken_by=work.actor.name, taken_at=timezone.now()
        )
        disposition = content_disposition_header(True, f"{title}.xlsx") or "attachment"
        return HttpResponse(
            made,
            headers={
                "Content-Type": FORMS["xlsx"].content_type,
                "Content-Disposition": disposition,
                "Cache-Control": "private, no-store",
            },
        )
    return pdf_answer(printed(rows, title=title).content, f"{title}.pdf", inline=True)


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def reminders(request: HttpRequest, work: Work) -> HttpResponse:
    """When who does not answer is reminded."""
    setting = statement_setting()
    initial = {name: getattr(setting, name) for name in ("remind_after", "remind_again", "reminders")}

    def act_on(values: dict[str, Any]) -> str:
        save_setting(**values, actor=work.actor)
        messages.success(request, _("已保存提醒设置。"))
        return board_url(work)

    return ask_first(
        request, work, ReminderForm(request.POST if request.method == "POST" else None, initial=initial), act_on,
        title=_("提醒未答复的客户"), submit=_("保存"),
        note=_("只对用邮件发送的对账单：每天上午再发一次原来的对账单，有了答复就不再发。"),
        over="", back_url=board_url(work), crumbs=crumbs(work, _("提醒")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def confirmation(request: HttpRequest, work: Work) -> HttpResponse:
    """出具询证函: the balances of customers on a day, answered to the auditor."""
    last = work.today.replace(month=1, day=1) - timedelta(days=1)
    initial = {"until": last, "customers": request.GET.get("customer", "")}
    form = ConfirmationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _confirmation(work, form.cleaned_data)
        except HuikuanError as error:
            form.add_error(None, error.message)
    context = {
        "title": _("出具询证函"),
        "note": _("客户核对余额后把回函直接寄给会计师事务所；这不是催款。"),
        "form": form,
        "submit": _("生成 PDF"),
        "back_url": board_url(work),
        "breadcrumbs": crumbs(work, _("询证函")),
    }
    return render(request, "sales/form.html", context, status=422 if form.errors else 200)


def _confirmation(work: Work, values: dict[str, Any]) -> HttpResponse:
    keys: Collection[UUID] = keys_of(work, values["customers"])
    made = print_confirmation_requests(
        list(keys),
        until=values["until"],
        auditor=Auditor(name=values["auditor"], address=values["address"], reference=values["reference"]),
        actor=work.actor,
        today=work.today,
        now=timezone.now(),
    )
    return pdf_answer(made.content, f"{_('询证函')}-{values['until']}.pdf", inline=False)

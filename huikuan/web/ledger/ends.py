"""坏账核销, 退款 and 冲销 of one document: done at once, or put up for approval where the organization wants that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.approvals.operations import Outcome
from huikuan.core.errors import HuikuanError
from huikuan.ledger.requests import REFUND, VOID, WRITE_OFF, ask_refund, ask_void, ask_write_off
from huikuan.web.approvals.waiting import asking_words, to_request
from huikuan.web.ledger import document_parts as parts
from huikuan.web.ledger.acts import may_ask, may_void
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.documents import act_page, file_of
from huikuan.web.ledger.forms import RefundForm, VoidForm, WriteOffForm
from huikuan.web.ledger.queries import DocumentFile
from huikuan.web.pages import Work, page

_NOTHING_OPEN = "circle-check"


@require_http_methods(["GET", "HEAD", "POST"])
@page("write_off.request")
def write_off_document(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """坏账核销: give up what is open of an invoice, or a part of it."""
    file = file_of(work, key)
    if not file.is_debit:
        raise Http404
    form = WriteOffForm(request.POST or None, file=file, today=work.today)
    if form.is_valid():
        values = form.cleaned_data
        try:
            outcome = ask_write_off(
                file.document,
                amount=values["amount"],
                on=values["on"],
                reason=values["reason"],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            return _ended(request, work, file, outcome, _("已登记坏账核销 %s。"))
    empty = _empty(work, WRITE_OFF)
    if empty is None and not parts.may_settle(file):
        empty = {"title": _("没有可以坏账核销的余额"), "icon": _NOTHING_OPEN}
    note = _("只冲减坏账准备，不放弃债权；以后收回时仍可关联这张单据。")
    return _page(request, work, file, form, WRITE_OFF, _("坏账核销"), _("登记坏账核销"), note, empty)


@require_http_methods(["GET", "HEAD", "POST"])
@page("receipt.record")
def refund_document(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """退款: pay back what is open of a receipt, an advance or a credit note, or a part of it."""
    file = file_of(work, key)
    if file.is_debit:
        raise Http404
    form = RefundForm(request.POST or None, file=file, today=work.today)
    if form.is_valid():
        values = form.cleaned_data
        try:
            outcome = ask_refund(
                file.document,
                amount=values["amount"],
                on=values["on"],
                reason=values["reason"],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            return _ended(request, work, file, outcome, _("已登记退款 %s。"))
    empty = None if parts.may_settle(file) else {"title": _("没有可以退的余额"), "icon": _NOTHING_OPEN}
    note = _("登记付给客户的退款，冲减这张单据的余额。")
    return _page(request, work, file, form, REFUND, _("退款"), _("登记退款"), note, empty)


@require_http_methods(["GET", "HEAD", "POST"])
@page("import.run")
def void_document(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """冲销: undo a document by a mirrored one on its own date."""
    file = file_of(work, key)
    form = VoidForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = ask_void(
                file.document, reason=form.cleaned_data["reason"], actor=work.actor, today=work.today
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            return _ended(request, work, file, outcome, _("已冲销，冲销单 %s。"))
    empty = None
    if file.document.voided_by_id is not None:
        empty = {"title": _("这张单据已经冲销"), "icon": "arrow-back-up"}
    elif not may_void(file):
        text = _("有核销依赖这张单据，请先反核销，再冲销。")
        empty = {"title": _("现在不能冲销"), "text": text, "icon": "arrow-back-up"}
    note = _("按原单据的日期登记一张相反的冲销单，两张单据互相抵消，都留在账上。")
    return _page(request, work, file, form, VOID, _("冲销"), _("冲销单据"), note, empty)


def _empty(work: Work, code: str) -> dict[str, Any] | None:
    """What stands in place of the form for people who may only ask, where nobody is asked."""
    if may_ask(work, code):
        return None
    text = _(
        "您可以申请坏账核销，但组织还没有规定由谁批准。请管理员在“设置 › 审批”中规定，或由有权限的人直接登记。"
    )
    return {"title": _("还不能申请"), "text": text, "icon": "clipboard-check"}


def _ended(request: HttpRequest, work: Work, file: DocumentFile, outcome: Outcome, done: str) -> HttpResponse:
    """To the request that waits, or to the document with what was made."""
    waiting = to_request(request, work, outcome)
    if waiting is not None:
        return waiting
    assert outcome.result is not None
    messages.success(request, done % outcome.result.number)
    return redirect(document_url(work, file.document.pk))


def _page(
    request: HttpRequest,
    work: Work,
    file: DocumentFile,
    form: forms.Form,
    code: str,
    title: str,
    submit: str,
    note: str,
    empty: dict[str, Any] | None,
) -> HttpResponse:
    note, submit = asking_words(code, note=note, submit=submit)
    return act_page(request, work, file, form, title=title, submit=submit, note=note, empty=empty)

"""One document: what it says, what happened to it, and the acts that settle it or undo that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.ledger.operations import allocate, reverse_allocations
from huikuan.ledger.queries import spread_over_items
from huikuan.ledger.requests import WRITE_OFF
from huikuan.web.approvals.waiting import waiting_notices
from huikuan.web.collection.item_pauses import pause_actions, pause_facts
from huikuan.web.collection.parts import limitation_fact
from huikuan.web.disputes.parts import dispute_actions, disputes_of_document, document_columns
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger import document_parts as parts
from huikuan.web.ledger.acts import ending_actions, may_ask
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.forms import AllocateForm, UnallocateForm
from huikuan.web.ledger.queries import DocumentFile, counterparts, document_file, visible_documents
from huikuan.web.ledger.states import document_state
from huikuan.web.ledger.words import kind_name
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.risk.predicted import expected_facts
from huikuan.web.sales.chains import chain_for
from huikuan.web.sales.document_lines import invoice_actions, lines_of
from huikuan.web.sales.late_days import late_days_of
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money


@require_safe
@page("ledger.read")
def document(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One invoice, receipt or other document with its history."""
    return _show(request, work, file_of(work, key))


@require_http_methods(["GET", "HEAD", "POST"])
@page("allocation.write")
def allocate_document(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """核销: settle a document with one of the other side."""
    file = file_of(work, key)
    others = counterparts(file, visible(work.actor)) if parts.may_settle(file) else []
    form = AllocateForm(request.POST or None, file=file, others=others, today=work.today)
    if form.is_valid():
        values = form.cleaned_data
        other = form.other.document
        debit, credit = (file.document, other) if file.is_debit else (other, file.document)
        try:
            new = spread_over_items(
                debit_document=debit, credit_document=credit, amount=values["amount"], on=values["on"]
            )
            allocate(new, actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            text = _("已核销 %(amount)s：%(number)s。")
            shown = money(values["amount"], file.document.currency)
            messages.success(request, text % {"amount": shown, "number": other.number})
            return redirect(document_url(work, file.document.pk))
    empty = None if others else _nothing_to_settle_with(work, file)
    return act_page(request, work, file, form, title=_("核销"), submit=_("核销"), empty=empty)


@require_http_methods(["GET", "HEAD", "POST"])
@page("allocation.write")
def unallocate_document(request: HttpRequest, work: Work, key: UUID, allocation: UUID) -> HttpResponse:
    """反核销: undo one allocation of the document."""
    file = file_of(work, key)
    settlement = next((each for each in file.settlements if each.row.pk == allocation), None)
    if settlement is None or settlement.undone is not None:
        raise Http404
    form = UnallocateForm(request.POST or None, initial={"on": work.today})
    if form.is_valid():
        values = form.cleaned_data
        try:
            reverse_allocations(
                [allocation],
                effective_on=values["on"],
                actor=work.actor,
                today=work.today,
                reason=values["reason"],
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已反核销，两张单据的余额都已恢复。"))
            return redirect(document_url(work, file.document.pk))
    note = _("%(kind)s %(number)s 于 %(on)s 核销的 %(amount)s 将恢复为未核销。") % {
        "kind": kind_name(settlement.other.kind),
        "number": settlement.other.number,
        "on": settlement.row.effective_on.isoformat(),
        "amount": money(settlement.row.amount, file.document.currency),
    }
    return act_page(request, work, file, form, title=_("反核销"), submit=_("反核销"), note=note)


def file_of(work: Work, key: UUID) -> DocumentFile:
    """The document if the actor may see it; one beyond the actor's customers does not exist."""
    work.actor.require("ledger.read")
    found = visible_documents(visible(work.actor)).filter(pk=key).first()
    if found is None:
        raise Http404
    return document_file(found, with_trail=work.actor.may("audit.read"))


def _limitation(work: Work, file: DocumentFile) -> list[dict[str, Any]]:
    """Until when what is still owed can be claimed in court."""
    owed = [item.pk for item in file.items if item.open_amount > 0] if file.is_debit else []
    fact = limitation_fact(work, owed) if owed else None
    return [fact] if fact else []


def _expected(work: Work, file: DocumentFile) -> list[dict[str, Any]]:
    """When what is still owed is expected to be paid."""
    return (
        expected_facts(work, [item.pk for item in file.items if item.open_amount > 0])
        if file.is_debit
        else []
    )


def _show(request: HttpRequest, work: Work, file: DocumentFile) -> HttpResponse:
    undo = work.actor.may("allocation.write")
    context = {
        "file": file,
        "kind": kind_name(file.document.kind),
        "state": document_state(file.document, file.items, work.today),
        "actions": _actions(work, file),
        "waiting": waiting_notices(work, file.document.pk),
        "facts": [
            *parts.facts(work, file),
            *_limitation(work, file),
            *pause_facts(work, file),
            *_expected(work, file),
        ],
        "sums": parts.sums(work, file),
        "instalment_columns": parts.instalment_columns(),
        "instalment_rows": parts.instalment_rows(file, work.today) if len(file.items) > 1 else [],
        **lines_of(file.document),
        **late_days_of(work, file.document),
        "settlement_columns": parts.settlement_columns(undo=undo),
        "settlement_rows": parts.settlement_rows(work, file, undo=undo),
        "dispute_columns": document_columns(),
        "dispute_rows": disputes_of_document(work, file) if file.is_debit else [],
        "entries": parts.entry_groups(file),
        "chain": chain_for(work, "document", file.document.pk),
        "history": parts.history(work, file),
        "trail_columns": parts.trail_columns(),
        "trail_rows": parts.trail_rows(file),
        "notes": notes_of(work, "document", file.document.pk),
        "files": files_of(work, "document", file.document.pk),
        "breadcrumbs": _crumbs(work, file),
    }
    return render(request, "ledger/document.html", context)


def _actions(work: Work, file: DocumentFile) -> list[dict[str, Any]]:
    ends = [
        *invoice_actions(work, file.document),
        *dispute_actions(work, file),
        *ending_actions(work, file),
        *pause_actions(work, file),
    ]
    if not parts.may_settle(file):
        return ends
    address = [work.organization.code, file.document.pk]
    actions: list[dict[str, Any]] = ends
    if file.is_debit and may_ask(work, WRITE_OFF):
        actions.append(
            {"label": _("坏账核销"), "url": reverse("document-write-off", args=address), "icon": "ban"}
        )
    if (
        file.is_debit
        and file.document.currency == work.organization.currency
        and work.actor.may("settlement.write")
    ):
        actions.append(
            {
                "label": _("核销尾差"),
                "url": reverse("document-difference", args=address),
                "icon": "math-symbols",
            }
        )
    if work.actor.may("allocation.write"):
        actions.append(
            {
                "label": _("核销"),
                "url": reverse("document-allocate", args=address),
                "icon": "checks",
                "primary": True,
            }
        )
    return actions


def _crumbs(work: Work, file: DocumentFile, *more: str) -> list[dict[str, str]]:
    crumbs = [
        {"label": pgettext("plural", "单据"), "url": reverse("documents", args=[work.organization.code])},
        {"label": file.document.number, "url": document_url(work, file.document.pk)},
    ]
    return crumbs + [{"label": label} for label in more]


def act_page(
    request: HttpRequest,
    work: Work,
    file: DocumentFile,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    note: str = "",
    empty: dict[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "file": file,
        "form": form,
        "title": title,
        "submit": submit,
        "note": note,
        "empty": empty,
        "over": f"{kind_name(file.document.kind)} {file.document.number} · {file.document.customer.name}",
        "back_url": document_url(work, file.document.pk),
        "sums": parts.sums(work, file),
        "breadcrumbs": _crumbs(work, file, title),
    }
    return render(request, "ledger/act.html", context, status=422 if form.errors else 200)


def _nothing_to_settle_with(work: Work, file: DocumentFile) -> dict[str, Any]:
    if not parts.may_settle(file):
        return {"title": _("没有可以核销的余额"), "icon": "circle-check"}
    if file.is_debit:
        text = _("这个客户没有未核销的收款、预收或红字。收到款项并登记后，再回来核销。")
    else:
        text = _("这个客户没有未结清的应收单。")
    return {"title": _("没有可以用来核销的单据"), "text": text, "icon": "cash"}

"""One voucher, as it is printed, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.books.models import Source, State, Voucher
from huikuan.books.operations import (
    dissolve_vouchers,
    post_vouchers,
    return_vouchers,
    reverse_voucher,
    review_vouchers,
)
from huikuan.books.queries.vouchers import VoucherEntryRow, entries_of, printed_vouchers
from huikuan.core.amount_words import in_capitals
from huikuan.core.errors import HuikuanError
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.books.words import SOURCES, state_badge, voucher_title
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.words import event_name, kind_name
from huikuan.web.pages import Work, page

MOST_LINES = 200
"""More lines than a person reads on a page; the rest is in the export."""


@require_safe
@page("books.read")
def voucher(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The voucher with its lines, signatures and the documents behind it."""
    found = _found(key)
    [printed] = printed_vouchers([found])
    red = Voucher.objects.filter(reverses=found).first()
    name = voucher_title(found.word, found.number)
    context = {
        "name": name,
        "voucher": found,
        "printed": printed,
        "lines": printed.lines[:MOST_LINES],
        "more_lines": max(0, len(printed.lines) - MOST_LINES),
        "capitals": in_capitals(printed.debit),
        "state": state_badge(found.state),
        "source": SOURCES[found.source],
        "actions": _actions(work, found, red),
        "reverses": _linked(work, found.reverses),
        "reversed_by": _linked(work, red),
        "entry_rows": [_entry(work, row) for row in entries_of(found.pk)],
        "entry_columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("业务")},
            {"label": _("客户"), "kind": "name"},
            {"label": _("日期"), "kind": "date"},
            {"label": _("金额"), "kind": "money", "figure": True},
        ],
        "breadcrumbs": [{"label": _("凭证"), "url": address(work, "vouchers")}, {"label": name}],
    }
    return render(request, "books/voucher.html", context)


def _found(key: UUID) -> Voucher:
    found = Voucher.objects.select_related("reverses").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _linked(work: Work, other: Voucher | None) -> dict[str, str] | None:
    if other is None:
        return None
    name = f"{other.month:%Y-%m} {voucher_title(other.word, other.number)}"
    return {"name": name, "url": voucher_url(work, other.pk)}


def _entry(work: Work, row: VoucherEntryRow) -> dict[str, Any]:
    url = document_url(work, row.document_id)
    number = {"value": row.document_number, "note": kind_name(row.document_kind)}
    return {
        "url": url,
        "cells": [
            number if row.document_number else row.memo or "—",
            event_name(row.event),
            row.customer_name or None,
            row.effective_on,
            row.amount,
        ],
    }


def _actions(work: Work, found: Voucher, red: Voucher | None) -> list[dict[str, Any]]:
    may = work.actor.may
    actions: list[dict[str, Any]] = []
    if found.state == State.PREPARED:
        if may("voucher.prepare"):
            actions.append(_post(work, "voucher-dissolve", found, _("作废"), "trash"))
        if may("voucher.review"):
            actions.append(_post(work, "voucher-review", found, _("审核"), "clipboard-check", primary=True))
    elif found.state == State.REVIEWED:
        if may("voucher.review"):
            url = address(work, "voucher-return", found.pk)
            actions.append({"label": _("退回"), "url": url, "icon": "arrow-back-up"})
        if may("voucher.post"):
            actions.append(_post(work, "voucher-post", found, _("记账"), "checks", primary=True))
    elif red is None and found.source in (Source.MANUAL, Source.OPENING) and may("voucher.prepare"):
        url = address(work, "voucher-reverse", found.pk)
        actions.append({"label": _("红字冲销"), "url": url, "icon": "arrow-back-up"})
    return actions


def _post(
    work: Work, name: str, found: Voucher, label: str, icon: str, *, primary: bool = False
) -> dict[str, Any]:
    url = address(work, name, found.pk)
    return {"label": label, "url": url, "icon": icon, "primary": primary, "post": True}


def _done(
    request: HttpRequest, work: Work, key: UUID, operation: Callable[..., int], said: str
) -> HttpResponse:
    _found(key)
    operation(voucher_ids=[key], actor=work.actor)
    messages.success(request, said)
    there = key if Voucher.objects.filter(pk=key).exists() else None
    return redirect(voucher_url(work, there) or address(work, "vouchers"))


@require_POST
@page("voucher.review")
def review(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """审核."""
    return _done(request, work, key, review_vouchers, _("凭证已审核。"))


@require_POST
@page("voucher.post")
def post(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """记账."""
    return _done(request, work, key, post_vouchers, _("凭证已记账。"))


@require_POST
@page("voucher.prepare")
def dissolve(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """作废."""
    return _done(request, work, key, dissolve_vouchers, _("凭证已作废，其中的业务可以重新编制。"))


class ReturnForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "data-autofocus": ""})
    )


class ReverseForm(ReturnForm):
    """Why, and when the red voucher counts."""

    on = DayField(label=_l("红字凭证日期"))

    field_order = ("on", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.review")
def give_back(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """退回: to who prepared it, with the reason."""
    found = _found(key)
    form = ReturnForm(request.POST or None)
    if form.is_valid():
        try:
            return_vouchers(voucher_ids=[key], reason=form.cleaned_data["reason"], actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("凭证已退回给制单人。"))
            return redirect(voucher_url(work, key))
    return _form_page(request, work, found, form, title=_("退回凭证"), submit=_("退回"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.prepare")
def reverse(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """红字冲销: by a voucher with the same lines in red ink."""
    found = _found(key)
    form = ReverseForm(request.POST or None, initial={"on": work.today})
    if form.is_valid():
        values = form.cleaned_data
        try:
            red = reverse_voucher(
                voucher_id=key,
                on=values["on"],
                reason=values["reason"],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已编制红字凭证，审核记账后生效。"))
            return redirect(voucher_url(work, red))
    return _form_page(
        request,
        work,
        found,
        form,
        title=_("红字冲销"),
        submit=_("编制红字凭证"),
        note=_("原凭证保持不变；红字凭证在同一方向记负数，发生额不虚增。"),
    )


def _form_page(
    request: HttpRequest,
    work: Work,
    found: Voucher,
    form: forms.Form,
    *,
    title: str,
    submit: str,
    note: str = "",
) -> HttpResponse:
    name = voucher_title(found.word, found.number)
    context = {
        "title": title,
        "over": f"{found.month:%Y-%m} {name}",
        "note": note or found.summary,
        "form": form,
        "submit": submit,
        "back_url": voucher_url(work, found.pk),
        "breadcrumbs": [
            {"label": _("凭证"), "url": address(work, "vouchers")},
            {"label": name, "url": voucher_url(work, found.pk)},
            {"label": title},
        ],
    }
    return render(request, "books/form.html", context)

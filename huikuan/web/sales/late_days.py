"""写明计收的天数: of a debit note for paying late that was typed line by line, what it charges for; else a reminder."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import enumerated
from huikuan.ledger.models import Document, OpenItem, Side
from huikuan.sales.late_days import LateInterest
from huikuan.sales.models import Invoice, InvoiceState
from huikuan.sales.operations import state_late_days
from huikuan.sales.queries import notes_without_days
from huikuan.web.cash.parts import ITEMS_OFFERED, FormPage, ItemsField
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import invoice_url
from huikuan.web.sales.invoices import invoice_of
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
LATE_INTEREST = "late_interest"
NAMED = 3


class LateDaysForm(forms.Form):
    """Which items, and which of their late days."""

    first = DayField(
        label=_l("从"), required=False, help_text=_l("不填：从到期日的次日起，别的单据计收过的天数除外。")
    )
    until = DayField(label=_l("到"), help_text=_l("含这一天，不晚于单据日期。"))

    def __init__(self, *args: Any, items: list[OpenItem], **options: Any) -> None:
        super().__init__(*args, **options)
        field = ItemsField(items, label=_("为哪些逾期款计收"))
        field.choices = [(str(item.pk), _words(item)) for item in items]
        self.fields["items"] = field
        self.order_fields(("items", "first", "until"))


def _words(item: OpenItem) -> str:
    return _("%(number)s · 到期 %(due)s · 金额 %(amount)s") % {
        "number": item.document.number,
        "due": item.effective_due_on,
        "amount": f"{money(item.amount, item.currency)} {item.currency}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_late_days(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What a note charges for, chosen among what its customer owed too long: paid by now or not."""
    note = invoice_of(work, key)
    if note.state != InvoiceState.POSTED or note.event != LATE_INTEREST:
        raise Http404
    back = invoice_url(work, note)
    items = OpenItem.objects.filter(
        customer_id=note.customer_id, side=Side.DEBIT, currency=note.currency, account__purpose="receivable",
        effective_due_on__lt=note.invoice_on, document__voided_by=None,
    ).exclude(document__event__in=[LATE_INTEREST, "fee_charged"])  # fmt: skip
    offered = list(items.select_related("document").order_by("-effective_due_on", "pk")[:ITEMS_OFFERED])
    form = LateDaysForm(request.POST or None, items=offered, initial={"until": note.invoice_on})
    if form.is_valid():
        values = form.cleaned_data
        try:
            state_late_days(
                note.pk, values["items"], first=values["first"], until=values["until"], actor=work.actor
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已写明，这些天不会再次计收。"))
            return redirect(back)
    shown = FormPage(
        title=_("写明计收的天数"),
        submit=_("写明天数"),
        back_url=back,
        crumbs=[
            {"label": pgettext("plural", "发票"), "url": reverse("invoices", args=[work.organization.code])},
            {"label": note.number, "url": back},
        ],
        note=_("写明这张单为哪几笔应收的哪些天计收违约金；写明以后，计收和检查都把这些天当作已计收。"),
        over=f"{note.number} · {note.customer.name}",
        icon="calendar-due",
    )
    return shown.render(request, form)


def late_days_of(work: Work, document: Document) -> Row:
    """On a document's page: the days that it charges, or a reminder to whoever may state them."""
    if document.event != LATE_INTEREST:
        return {}
    note = Invoice.objects.filter(document=document, state=InvoiceState.POSTED).first()
    if note is None:
        return {}
    rows = LateInterest.objects.filter(invoice=note).select_related("item__document")
    stated = [
        {
            "url": document_url(work, row.item.document_id),
            "cells": [
                row.item.document.number,
                row.first_on,
                row.until_on,
                (row.until_on - row.after_on).days,
            ],
        }
        for row in rows.order_by("item__document__number", "after_on")
    ]
    return {
        "late_day_columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("从"), "kind": "date"},
            {"label": _("到"), "kind": "date"},
            {"label": _("天数"), "kind": "count"},
        ],
        "late_day_rows": stated,
        "late_days_unstated": ""
        if stated or not work.actor.may("invoice.record")
        else reverse("invoice-late-days", args=[work.organization.code, note.pk]),
    }


def unstated_notice(work: Work, customer_id: UUID) -> Row | None:
    """A warning before charging a customer: notes typed by hand may cover the same days."""
    found = notes_without_days(customer_id).order_by("-invoice_on", "-pk")
    count = found.aggregate(count=Count("pk"))["count"]
    if not count:
        return None
    latest = list(found[:NAMED])
    names = [each.number or _("（草稿）") for each in latest]
    return {
        "tone": "warn",
        "title": _("有违约金单据没有写明计收哪些天"),
        "text": _("%(names)s 等 %(count)d 张，可能已为同样的天数计收；请先核对并写明天数。")
        % {"names": enumerated(names), "count": count},
        "url": invoice_url(work, latest[0]),
        "label": _("打开最近一张"),
    }

"""One 数电发票: what it says, what does not fit, what it stands against, and linking it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document
from huikuan.sales.chain import TAX_INVOICE
from huikuan.sales.contracts import TaxInvoice, TaxInvoiceLink
from huikuan.sales.operations.tax_invoices import (
    BLUE_KINDS,
    RED_KINDS,
    NewLink,
    link_tax_invoices,
    unlink_tax_invoice,
)
from huikuan.web.fields import AmountField
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.pages import Work, page
from huikuan.web.sales.chains import chain_for
from huikuan.web.sales.tax_invoices import (
    problem_words,
    tax_invoice_state,
    tax_invoice_url,
    visible_tax_invoices,
)
from huikuan.web.sales.words import tax_invoice_kind
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money, percent

ZERO = Decimal(0)
CANDIDATES = 50


class LinkForm(forms.Form):
    """Which document, how much."""

    document = forms.ChoiceField(label=_l("单据"))
    amount = AmountField(label=_l("关联金额"))


@require_safe
@page("ledger.read")
def tax_invoice(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One tax invoice: what it says, what does not fit, what it stands against."""
    return _show(request, work, _invoice(work, key), None)


@require_http_methods(["POST"])
@page("invoice.record")
def tax_invoice_link(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """关联 with one document."""
    invoice = _invoice(work, key)
    form = LinkForm(request.POST)
    _choices(form, work, invoice)
    if form.is_valid():
        values = form.cleaned_data
        try:
            link_tax_invoices(
                [NewLink(invoice.pk, UUID(values["document"]), values["amount"])], actor=work.actor
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已关联。"))
            return redirect(tax_invoice_url(work, invoice.pk))
    return _show(request, work, invoice, form)


class UnlinkForm(forms.Form):
    """Why a link is taken off."""

    reason = forms.CharField(label=_l("原因"), max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def tax_invoice_unlink(request: HttpRequest, work: Work, key: UUID, link: UUID) -> HttpResponse:
    """解除关联 of one link."""
    invoice = _invoice(work, key)
    found = TaxInvoiceLink.objects.filter(pk=link, tax_invoice=invoice, ended_act=None).select_related(
        "document"
    )
    row = found.first()
    if row is None:
        raise Http404
    form = UnlinkForm(request.POST or None)
    if form.is_valid():
        try:
            unlink_tax_invoice(row.pk, reason=form.cleaned_data["reason"], actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已解除关联。"))
            return redirect(tax_invoice_url(work, invoice.pk))
    context = {
        "form": form,
        "title": _("解除关联"),
        "submit": _("解除关联"),
        "over": f"{invoice.number} · {row.document.number}",
        "note": _("解除后，发票和应收单的 %s 恢复为未关联。") % money(row.amount, "CNY"),
        "back_url": tax_invoice_url(work, invoice.pk),
        "breadcrumbs": _crumbs(work, invoice, _("解除关联")),
    }
    return render(request, "sales/contract_act.html", context, status=422 if form.errors else 200)


def _invoice(work: Work, key: UUID) -> TaxInvoice:
    work.actor.require("ledger.read")
    found = visible_tax_invoices(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _choices(form: LinkForm, work: Work, invoice: TaxInvoice) -> bool:
    """The documents that the invoice may stand against: those of the same amount first."""
    documents = visible_documents(visible(work.actor)).filter(
        kind__in=RED_KINDS if invoice.red else BLUE_KINDS, voided_by=None
    )
    if invoice.customer_id:
        documents = documents.filter(customer_id=invoice.customer_id)
    taken = dict(
        TaxInvoiceLink.objects.filter(ended_act=None, document__in=documents)
        .values_list("document_id")
        .annotate(total=Sum("amount"))
    )
    left = invoice.total - invoice.linked
    rows = [
        (document, document.base_amount - taken.get(document.pk, ZERO))
        for document in documents.order_by("-document_on", "-pk")[: CANDIDATES * 4]
    ]
    open_rows = sorted(
        [row for row in rows if row[1] > 0], key=lambda row: (row[1] != left, -row[0].document_on.toordinal())
    )[:CANDIDATES]
    choice = form.fields["document"]
    assert isinstance(choice, forms.ChoiceField)
    choice.choices = [(str(document.pk), _option(document, rest)) for document, rest in open_rows]
    if open_rows:
        form.fields["amount"].initial = f"{min(left, open_rows[0][1]):.2f}"
    return bool(open_rows)


def _option(document: Document, rest: Decimal) -> str:
    words = _("可关联 %s") % money(rest, "CNY")
    return f"{document.number} · {document.document_on.isoformat()} · {document.customer.name} · {words}"


def _show(request: HttpRequest, work: Work, invoice: TaxInvoice, form: LinkForm | None) -> HttpResponse:
    may_link = work.actor.may("invoice.record") and invoice.linked < invoice.total
    if may_link and form is None:
        form = LinkForm()
        may_link = _choices(form, work, invoice)
    context = {
        "invoice": invoice,
        "state": tax_invoice_state(invoice),
        "kind": tax_invoice_kind(invoice.kind),
        "problems": problem_words(invoice.problems),
        "facts": _facts(work, invoice),
        "sums": _sums(invoice),
        "lines": [_line(each) for each in invoice.lines],
        "chain": chain_for(work, TAX_INVOICE, invoice.pk),
        "link_columns": _link_columns(work),
        "link_rows": _link_rows(work, invoice),
        "form": form if may_link else None,
        "link_url": reverse("tax-invoice-link", args=[work.organization.code, invoice.pk]),
        "files": files_of(work, "tax_invoice", invoice.pk),
        "breadcrumbs": _crumbs(work, invoice),
    }
    bad = form is not None and form.is_bound and form.errors
    return render(request, "sales/tax_invoice.html", context, status=422 if bad else 200)


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its figures as they are written here; what the file says without a figure stays as it is."""
    figures = {name: _figure(line.get(name)) for name in ("amount", "tax", "rate")}
    return {
        **line,
        **{name: money(value, "CNY") for name, value in figures.items() if isinstance(value, Decimal)},
        **({"rate": percent(figures["rate"], 0)} if isinstance(figures["rate"], Decimal) else {}),
    }


def _figure(text: Any) -> Decimal | None:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def _crumbs(work: Work, invoice: TaxInvoice, *more: str) -> list[dict[str, str]]:
    return [
        {"label": _("数电发票"), "url": reverse("tax-invoices", args=[work.organization.code])},
        {"label": invoice.number, "url": tax_invoice_url(work, invoice.pk)},
        *({"label": label} for label in more),
    ]


def _facts(work: Work, invoice: TaxInvoice) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("开票日期"), "value": invoice.issued_on, "kind": "date"},
        {"label": _("销售方"), "value": invoice.seller_name, "hint": invoice.seller_tax_id},
        {"label": _("购买方"), "value": invoice.buyer_name, "hint": invoice.buyer_tax_id},
        {
            "label": _("客户"),
            "value": invoice.customer.name if invoice.customer else None,
            "url": customer_url(work, invoice.customer_id),
        },
    ]
    if invoice.red:
        facts.append(
            {
                "label": _("蓝字发票"),
                "value": invoice.original_number or None,
                "url": tax_invoice_url(work, invoice.original_id) if invoice.original_id else "",
            }
        )
    facts.append({"label": _("原件 SHA-256"), "value": invoice.sha256, "wide": True})
    return facts


def _sums(invoice: TaxInvoice) -> list[dict[str, Any]]:
    sign = -1 if invoice.red else 1
    sums: list[dict[str, Any]] = [
        {"label": _("不含税金额"), "value": sign * invoice.net},
        {"label": _("税额"), "value": sign * invoice.tax},
        {"label": _("价税合计"), "value": sign * invoice.total},
        {"label": _("已关联金额"), "value": invoice.linked},
        {"label": _("未关联金额"), "value": invoice.total - invoice.linked, "strong": True},
    ]
    return [{**each, "kind": "money", "currency": "CNY"} for each in sums]


def _link_columns(work: Work) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = [
        {"label": _("单据"), "lead": True},
        {"label": _("单据日期"), "kind": "date"},
        {"label": _("单据金额"), "kind": "money"},
        {"label": _("关联金额"), "kind": "money", "figure": True},
    ]
    return (
        [*columns, {"label": _("操作"), "kind": "actions"}] if work.actor.may("invoice.record") else columns
    )


def _link_rows(work: Work, invoice: TaxInvoice) -> list[dict[str, Any]]:
    rows = []
    found = TaxInvoiceLink.objects.filter(tax_invoice=invoice, ended_act=None).select_related("document")
    for link in found.order_by("pk"):
        document = link.document
        cells: list[Any] = [
            {"value": document.number, "url": document_url(work, document.pk)},
            document.document_on,
            document.base_amount,
            link.amount,
        ]
        if work.actor.may("invoice.record"):
            url = reverse("tax-invoice-unlink", args=[work.organization.code, invoice.pk, link.pk])
            cells.append({"value": [{"label": _("解除关联"), "url": url, "icon": "arrow-back-up"}]})
        rows.append({"cells": cells})
    return rows

"""数电发票: the list, and uploading several at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.files.rules import MAX_BYTES
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import TaxInvoice
from huikuan.sales.operations.tax_invoices import (
    upload_tax_invoice,
)
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.words import tax_invoice_kind
from huikuan.web.scopes import visible

ZERO = Decimal(0)
MOST_FILES = 50
ORDERS = {
    "on": Order((Key("issued_on", date),)),
    "number": Order((Key("number", str),)),
    "total": Order((Key("total", Decimal),)),
}
PROBLEMS: dict[str, str | Promise] = {
    "buyer_unknown": _l("购买方不在客户档案里（按税号、名称、曾用名查找）。"),
    "buyer_name_differs": _l("购买方税号相符，名称与客户的现名和曾用名都不同。"),
    "buyer_tax_id_differs": _l("购买方名称相符，税号与客户档案不同。"),
    "seller_differs": _l("销售方不是本组织：税号或名称不同。"),
    "original_unknown": _l("红字发票对应的蓝字发票还没有上传。"),
    "red_beyond_original": _l("红字合计超过了蓝字发票的金额。"),
    "tax_differs": _l("税额与所关联单据的税额不同。"),
}


def visible_tax_invoices(actor: Actor) -> QuerySet[TaxInvoice]:
    """Tax invoices of customers whom the actor sees; those of nobody yet only for who sees all."""
    found = TaxInvoice.objects.select_related("customer", "original")
    seen = visible(actor)
    return found if seen is None else found.filter(customer__salesperson_id__in=seen)


def problem_words(codes: Sequence[str]) -> list[str]:
    """What does not fit, in words."""
    return [str(PROBLEMS.get(code, code)) for code in codes]


def tax_invoice_url(work: Work, key: UUID) -> str:
    return reverse("tax-invoice", args=[work.organization.code, key])


class TaxInvoiceFilterForm(forms.Form):
    """Number or buyer, how far it is linked."""

    q = forms.CharField(
        label=_l("发票号码、购买方"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    linked = forms.ChoiceField(label=_l("关联"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        linked = self.fields["linked"]
        assert isinstance(linked, forms.ChoiceField)
        linked.choices = [("", _("全部")), ("no", _("未关联")), ("yes", _("已关联"))]


def _open(parameters: QueryDict, work: Work) -> Reading[TaxInvoice]:
    form = TaxInvoiceFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = visible_tax_invoices(work.actor)
    if "q" in wanted:
        found = found.filter(number__startswith=folded(wanted["q"])) | found.filter(
            buyer_name__icontains=wanted["q"]
        )
    if "linked" in wanted:
        found = found.filter(linked=0) if wanted["linked"] == "no" else found.filter(linked__gt=0)
    empty: dict[str, Any] = {
        "title": _("还没有数电发票"),
        "text": _("上传 XML 或 OFD 原件，读取后与应收单据核对、关联。"),
        "icon": "receipt",
    }
    if wanted:
        empty = {"title": _("没有符合条件的发票"), "text": _("换一个条件，或清除筛选。"), "icon": "receipt"}
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency="CNY",
        empty=empty,
    )


def _summed(found: QuerySet[TaxInvoice]) -> Total:
    sums = found.order_by().aggregate(count=Count("pk"), linked=Sum("linked", default=ZERO))
    return Total(sums["count"], {"linked": sums["linked"]})


def tax_invoice_state(invoice: TaxInvoice) -> dict[str, Any]:
    if invoice.problems:
        return {"label": _("有不符"), "tone": "warn"}
    if invoice.linked == invoice.total:
        return {"label": _("已关联"), "tone": "good"}
    return {"label": _("部分关联") if invoice.linked else _("未关联"), "tone": "notice"}


COLUMNS: tuple[Column[TaxInvoice], ...] = (
    Column(
        "number",
        _l("发票号码"),
        lambda work, row: {"value": row.number, "note": tax_invoice_kind(row.kind)},
        sort="number",
        lead=True,
    ),
    Column(
        "buyer",
        _l("购买方"),
        lambda work, row: {"value": row.buyer_name, "note": row.buyer_tax_id},
        kind="name",
    ),
    Column("on", _l("开票日期"), lambda work, row: row.issued_on, kind="date", sort="on"),
    Column(
        "total",
        _l("价税合计"),
        lambda work, row: -row.total if row.red else row.total,
        kind="money",
        sort="total",
        figure=True,
    ),
    Column("tax", _l("税额"), lambda work, row: -row.tax if row.red else row.tax, kind="money", minor=True),
    Column("linked", _l("已关联金额"), lambda work, row: row.linked or None, kind="money"),
    Column(
        "state",
        _l("状态"),
        lambda work, row: tax_invoice_state(row),
        kind="badge",
        text=lambda work, row: tax_invoice_state(row)["label"],
    ),
)
TAX_INVOICES: List[TaxInvoice] = List(
    name="tax-invoices",
    title=_l("数电发票"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: tax_invoice_url(work, row.pk),
    measure="linked",
)


@require_safe
@page("ledger.read")
def tax_invoices(request: HttpRequest, work: Work) -> HttpResponse:
    """All tax invoices, the latest first."""
    actions = []
    if work.actor.may("invoice.record"):
        url = reverse("tax-invoices-upload", args=[work.organization.code])
        actions = [{"label": _("上传"), "url": url, "icon": "upload", "primary": True}]
    context = {
        **list_context(request, work, TAX_INVOICES),
        "actions": actions,
        "breadcrumbs": [{"label": _("数电发票")}],
    }
    return render(request, "sales/tax_invoices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def tax_invoices_upload(request: HttpRequest, work: Work) -> HttpResponse:
    """Several originals at once: what became of each, in words. One that is refused leaves nothing."""
    results: list[dict[str, Any]] = []
    files = request.FILES.getlist("file")
    for file in files[:MOST_FILES]:
        name = str(file.name)
        try:
            with transaction.atomic():
                made = upload_tax_invoice(
                    name=name, content=file.read(), actor=work.actor, now=timezone.now()
                )
        except HuikuanError as error:
            results.append({"name": name, "refused": error.message})
        else:
            results.append(
                {
                    "name": name,
                    "number": made.number,
                    "url": tax_invoice_url(work, made.id) if work.actor.may("ledger.read") else "",
                    "problems": problem_words(made.problems),
                }
            )
    wrong = ""
    if request.method == "POST" and not files:
        wrong = _("请选择 XML 或 OFD 文件。")
    if len(files) > MOST_FILES:
        wrong = _("一次最多 %d 个文件，其余没有上传。") % MOST_FILES
    context = {
        "results": results,
        "wrong": wrong,
        "most": MOST_FILES,
        "max_bytes": MAX_BYTES,
        "max_mb": MAX_BYTES // 1024**2,
        "breadcrumbs": [
            {"label": _("数电发票"), "url": reverse("tax-invoices", args=[work.organization.code])},
            {"label": _("上传")},
        ],
    }
    return render(request, "sales/tax_invoices_upload.html", context, status=422 if wrong else 200)

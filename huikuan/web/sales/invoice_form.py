"""Writing an invoice: the head, lines that come and go, and what they come to while they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.customers.models import Customer, PaymentTerm
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from huikuan.sales.operations import NewInvoice, change_draft, draft_invoices
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import invoice_url
from huikuan.web.sales.invoices import invoice_of
from huikuan.web.sales.line_fields import (
    TypedLines,
    blank,
    lines_context,
    read_lines,
    rows_of,
    typed_again,
)
from huikuan.web.sales.words import EVENTS
from huikuan.web.scopes import visible

CUSTOMERS_OFFERED = 500
INSTALMENTS = range(1, 5)
_KIND_OF_EVENT = {
    "sale": InvoiceKind.INVOICE,
    "sale_deferred_vat": InvoiceKind.INVOICE,
    "sale_simple_vat": InvoiceKind.INVOICE,
    "fee_charged": InvoiceKind.DEBIT_NOTE,
    "late_interest": InvoiceKind.DEBIT_NOTE,
}


class HeadForm(forms.Form):
    """Everything but the lines."""

    customer = forms.CharField(
        label=_l("客户代码"), max_length=64,
        widget=forms.TextInput(attrs={"list": "customers-offered", "autocomplete": "off"}),
    )  # fmt: skip
    invoice_on = DayField(label=_l("开票日期"))
    event = forms.ChoiceField(label=_l("业务类型"))
    prices = forms.ChoiceField(label=_l("单价"), choices=[("net", _l("不含税")), ("gross", _l("含税"))])
    currency = forms.CharField(label=_l("币种"), max_length=3)
    rate = forms.DecimalField(
        label=_l("汇率"), required=False, max_digits=18, decimal_places=8,
        help_text=_l("外币才要；不填则取汇率表。"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    term = forms.ChoiceField(label=_l("付款条件"), required=False)
    reference = forms.CharField(label=_l("参考号"), max_length=200, required=False)
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.work = work
        self.found: Customer | None = None
        event, term = self.fields["event"], self.fields["term"]
        assert isinstance(event, forms.ChoiceField)
        assert isinstance(term, forms.ChoiceField)
        event.choices = list(EVENTS.items())
        terms = PaymentTerm.objects.order_by("name").values_list("pk", "name")
        term.choices = [("", _("按客户的付款条件")), *((str(key), name) for key, name in terms)]
        for number in INSTALMENTS:
            self.fields[f"percent_{number}"] = forms.DecimalField(
                label=_("第 %d 期 %%") % number,
                required=False,
                max_digits=7,
                decimal_places=4,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"due_{number}"] = DayField(label=_("到期日"), required=False)

    def clean_customer(self) -> str:
        """The customer exists and is one of the actor's own."""
        code = str(self.cleaned_data["customer"]).strip()
        found = Customer.objects.filter(code=code)
        seen = visible(self.work.actor)
        self.found = (found if seen is None else found.filter(salesperson_id__in=seen)).first()
        if self.found is None:
            raise forms.ValidationError(_("没有这个客户。"))
        return code

    def clean_currency(self) -> str:
        """A currency of ISO 4217."""
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("不认识的币种：%s") % code)
        return code

    @property
    def inclusive(self) -> bool:
        return str(self["prices"].value()) == "gross"

    @property
    def typed_currency(self) -> str:
        code = str(self["currency"].value() or "").strip().upper()
        return code if is_currency(code) else self.work.organization.currency

    def parts(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of own instalments."""
        return [(self[f"percent_{number}"], self[f"due_{number}"]) for number in INSTALMENTS]

    def instalments(self) -> list[Mapping[str, str]]:
        """Own instalments as they were typed."""
        values = self.cleaned_data
        typed = [(values.get(f"percent_{number}"), values.get(f"due_{number}")) for number in INSTALMENTS]
        return [
            {
                "percent": f"{percent.normalize():f}" if percent else "",
                "due_on": due.isoformat() if due else "",
            }
            for percent, due in typed
            if percent is not None or due is not None
        ]

    def new_invoice(self, typed: TypedLines) -> NewInvoice:
        """What the form says; only of a valid one."""
        values = self.cleaned_data
        assert self.found is not None
        foreign = values["currency"] != self.work.organization.currency
        return NewInvoice(
            customer_id=self.found.pk,
            invoice_on=values["invoice_on"],
            lines=typed.lines,
            kind=_KIND_OF_EVENT[values["event"]].value,
            event=values["event"],
            currency=values["currency"],
            rate=values["rate"] if foreign else None,
            prices_include_tax=values["prices"] == "gross",
            term_id=UUID(values["term"]) if values["term"] else None,
            instalments=self.instalments(),
            reference=values["reference"],
            memo=values["memo"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new draft."""
    initial = {
        "invoice_on": work.today,
        "event": "sale",
        "prices": "net",
        "currency": work.organization.currency,
        "customer": request.GET.get("customer", "")[:64],
    }
    form = HeadForm(request.POST or None, initial=initial, work=work)
    return _edit(request, work, form, blank(3), None)


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_edit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A draft, to be changed."""
    found = invoice_of(work, key)
    if found.state != InvoiceState.DRAFT or found.order_id or found.kind == InvoiceKind.CREDIT_NOTE:
        raise Http404
    initial: dict[str, Any] = {
        "customer": found.customer.code,
        "invoice_on": found.invoice_on,
        "event": found.event,
        "prices": "gross" if found.prices_include_tax else "net",
        "currency": found.currency,
        "rate": found.rate.normalize() if found.rate else None,
        "term": str(found.term_id or ""),
        "reference": found.reference,
        "memo": found.memo,
        "revision": found.revision,
    }
    for number, part in zip(INSTALMENTS, found.instalments, strict=False):
        initial |= {
            f"percent_{number}": Decimal(part["percent"]),
            f"due_{number}": date.fromisoformat(part["due_on"]),
        }
    lines = InvoiceLine.objects.filter(invoice=found).select_related("product").order_by("position")
    form = HeadForm(request.POST or None, initial=initial, work=work)
    return _edit(request, work, form, typed_again(list(lines)), found)


def _edit(
    request: HttpRequest, work: Work, form: HeadForm, typed: TypedLines, found: Invoice | None
) -> HttpResponse:
    back = invoice_url(work, found) if found else reverse("invoices", args=[work.organization.code])
    status = 200
    rows = rows_of(request.POST) if request.method == "POST" else typed.rows
    typed = read_lines(rows, currency=form.typed_currency, prices_include_tax=form.inclusive)
    asked = {"add", "remove", "filled"} & request.POST.keys()
    if request.method == "POST" and not asked:
        saved = _save(request, work, form, typed, found)
        if saved is not None:
            return redirect(reverse("invoice", args=[work.organization.code, saved]))
        status = 422
    elif request.method != "POST":
        # Empty rows are no mistake before anything was typed.
        typed = typed if found else TypedLines(rows)
    title = _("修改草稿") if found else _("新增发票")
    context = {
        **lines_context(typed, currency=form.typed_currency),
        "title": title,
        "form": form,
        "instalments_open": any(percent.value() or due.value() for percent, due in form.parts()),
        "back_url": back,
        "customers": customers_offered(work),
        "customer_name": form.found.name if form.found else "",
        "breadcrumbs": [
            {"label": pgettext("plural", "发票"), "url": reverse("invoices", args=[work.organization.code])},
            {"label": title},
        ],
    }
    return render(request, "sales/invoice_form.html", context, status=status)


def _save(
    request: HttpRequest, work: Work, form: HeadForm, typed: TypedLines, found: Invoice | None
) -> UUID | None:
    """The key of the saved draft; nothing where something is wrong, which is then noted."""
    if not form.is_valid() or typed.wrong:
        return None
    try:
        new = form.new_invoice(typed)
        if found is None:
            [key] = draft_invoices([new], actor=work.actor)
        else:
            key = found.pk
            change_draft(key, new, revision=form.cleaned_data["revision"] or 0, actor=work.actor)
    except HuikuanError as error:
        form.add_error(None, error.message)
        return None
    messages.success(request, _("草稿已保存，核对后过账。"))
    return key


def customers_offered(work: Work) -> list[tuple[str, str]]:
    """The customers a form offers: code and name."""
    found = Customer.objects.order_by("sort_key", "pk")
    seen = visible(work.actor)
    found = found if seen is None else found.filter(salesperson_id__in=seen)
    return list(found.values_list("code", "name")[:CUSTOMERS_OFFERED])


@require_POST
@page("invoice.record")
def invoice_lines(request: HttpRequest, work: Work) -> HttpResponse:
    """The rows with one more, one less, or one filled from its product."""
    form = HeadForm(request.POST, work=work)
    rows = rows_of(request.POST)
    typed = read_lines(rows, currency=form.typed_currency, prices_include_tax=form.inclusive)
    return render(request, "sales/lines_answer.html", lines_context(typed, currency=form.typed_currency))


@require_POST
@page("invoice.record")
def invoice_sums(request: HttpRequest, work: Work) -> HttpResponse:
    """What the rows come to as they are typed."""
    form = HeadForm(request.POST, work=work)
    form.is_valid()
    rows = [row for row in rows_of(request.POST) if not row.empty or request.POST]
    typed = read_lines(rows, currency=form.typed_currency, prices_include_tax=form.inclusive)
    context = {
        **lines_context(typed, currency=form.typed_currency),
        "live": True,
        "customer_name": form.found.name if form.found else "",
    }
    return render(request, "sales/sums.html", context)

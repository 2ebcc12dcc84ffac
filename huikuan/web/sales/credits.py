"""红字: a credit note against lines of a posted invoice, by quantity or amount."""

from __future__ import annotations

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
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from huikuan.sales.operations import CreditLine, NewCredit, draft_credit_notes
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import invoice_url
from huikuan.web.sales.invoices import invoice_of
from huikuan.web.sales.words import quantity_text
from huikuan.web.templatetags.money import money


class CreditForm(forms.Form):
    """The day, why, and for each line a quantity or an amount with tax."""

    on = DayField(label=_l("红字日期"))
    reason = forms.CharField(label=_l("原因"), max_length=200)

    def __init__(self, *args: Any, lines: list[InvoiceLine], currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        self.currency = currency
        typed = {"inputmode": "decimal", "autocomplete": "off"}
        for line in lines:
            for name, places, label in (("quantity", 6, _("数量")), ("amount", 2, _("含税金额"))):
                self.fields[f"{name}_{line.pk}"] = forms.DecimalField(
                    label=label,
                    required=False,
                    max_digits=19,
                    decimal_places=places,
                    widget=forms.TextInput(attrs=typed),
                )

    def rows(self) -> list[dict[str, Any]]:
        """Each line with its two fields and what is left of it."""
        return [
            {
                "line": line,
                "quantity": self[f"quantity_{line.pk}"],
                "amount": self[f"amount_{line.pk}"],
                "left": _("可红冲 %(quantity)s，%(amount)s")
                % {
                    "quantity": f"{quantity_text(line.quantity - line.credited_quantity) or 0} {line.unit}".strip(),
                    "amount": money(line.gross - line.credited_gross, self.currency),
                },
            }
            for line in self.lines
        ]

    def credited(self) -> list[CreditLine]:
        """The lines for which something was typed."""
        found = []
        for line in self.lines:
            quantity: Decimal | None = self.cleaned_data.get(f"quantity_{line.pk}")
            amount: Decimal | None = self.cleaned_data.get(f"amount_{line.pk}")
            if quantity is not None or amount is not None:
                found.append(CreditLine(line.pk, quantity, amount))
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_credit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A draft credit note against an invoice."""
    found = invoice_of(work, key)
    if found.state != InvoiceState.POSTED or found.kind != InvoiceKind.INVOICE:
        raise Http404
    lines = list(InvoiceLine.objects.filter(invoice=found).order_by("position"))
    initial = {"on": work.today, "reason": request.GET.get("reason", "")[:200]}
    form = CreditForm(request.POST or None, initial=initial, lines=lines, currency=found.currency)
    if form.is_valid():
        made = _drafted(work, found, form)
        if made is not None:
            messages.success(request, _("红字草稿已保存，核对后过账。"))
            return redirect(reverse("invoice", args=[work.organization.code, made]))
    context = {
        "title": _("开红字"),
        "over": f"{found.number} · {found.customer.name}",
        "note": _("每行填数量或含税金额其中一项；不填的行不红冲。"),
        "form": form,
        "back_url": invoice_url(work, found),
        "breadcrumbs": [
            {"label": pgettext("plural", "发票"), "url": reverse("invoices", args=[work.organization.code])},
            {"label": found.number, "url": invoice_url(work, found)},
            {"label": _("开红字")},
        ],
    }
    return render(request, "sales/credit.html", context, status=422 if form.errors else 200)


def _drafted(work: Work, found: Invoice, form: CreditForm) -> UUID | None:
    values = form.cleaned_data
    new = NewCredit(found.pk, values["on"], form.credited(), values["reason"])
    try:
        [made] = draft_credit_notes([new], actor=work.actor)
    except HuikuanError as error:
        form.add_error(None, error.message)
        return None
    return made

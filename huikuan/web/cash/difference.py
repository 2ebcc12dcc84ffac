"""What is left of an invoice after the money: settled as a fee, a shortfall or a cash discount."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import settle_difference
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import OpenItem, Side
from huikuan.web.cash.parts import FormPage, address
from huikuan.web.cash.settling import DifferenceFields
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.words import kind_name
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible


class DifferenceForm(DifferenceFields):
    """How much of what, on which day."""

    def __init__(self, data: object, *, work: Work) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["on"] = DayField(label=_("日期"), initial=work.today)
        self.explain(work.organization.currency)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def difference(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Settle what is left of an invoice without money, within the tolerances."""
    document = visible_documents(visible(work.actor)).filter(pk=key, voided_by=None).first()
    items = list(
        OpenItem.objects.filter(document_id=key, side=Side.DEBIT, open_amount__gt=0).order_by(
            "due_on", "line"
        )
    )
    if document is None or not items or document.currency != work.organization.currency:
        raise Http404
    currency, back = document.currency, document_url(work, document.pk)
    form = DifferenceForm(request.POST or None, work=work)
    if form.is_valid():
        try:
            settle_difference(
                customer_id=document.customer_id,
                item_ids=tuple(item.pk for item in items),
                difference=form.difference(),
                on=form.cleaned_data["on"],
                reference=document.number,
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("尾差已核销。"))
            return redirect(back)
    left = sum((item.open_amount for item in items), Decimal(0))
    shown = FormPage(
        title=_("核销尾差"),
        submit=_("核销尾差"),
        back_url=back,
        crumbs=[
            {"label": pgettext("plural", "单据"), "url": address(work, "documents")},
            {"label": document.number, "url": back},
        ],
        note=_("收款核销后剩下的手续费、零头或折扣，在允许的范围内直接了结。"),
        over=f"{kind_name(document.kind)} {document.number} · {document.customer.name}",
        icon="math-symbols",
        facts=[
            {"label": _("单据金额"), "value": document.amount, "kind": "money", "currency": currency},
            {"label": _("未核销"), "value": left, "kind": "money", "currency": currency, "strong": True},
        ],
    )
    return shown.render(request, form)

"""One sum of money that nobody has claimed: who claims it and why, and what finance says to that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.cash.banking import StatementLine
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations import ask_claim, claim_receipt, confirm_claim, refuse_claim, withdraw_claim
from huikuan.cash.proposals import ClaimState, ReceiptClaim
from huikuan.cash.queries import returned_receipts, unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document, OpenItem
from huikuan.web.cash.parts import (
    CUSTOMERS_OFFERED,
    ItemsField,
    address,
    customer_asked,
    receivables_of,
    visible_customers,
)
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.notices.notes import notes_of
from huikuan.web.notices.records import noted_record
from huikuan.web.pages import Work, page

Row = dict[str, Any]
TONES = {
    ClaimState.ASKED.value: "notice",
    ClaimState.CONFIRMED.value: "good",
    ClaimState.REFUSED.value: "warn",
    ClaimState.WITHDRAWN.value: "plain",
}


class ClaimForm(forms.Form):
    """From which day it is the customer's, what it settles; of who only claims, why."""

    on = DayField(label=_l("认领日期"))
    evidence = forms.CharField(
        label=_l("认领依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("例如：对方电话确认、银行回单、合同约定的付款日。"),
    )

    def __init__(self, *args: Any, items: list[OpenItem], finance: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["evidence" if finance else "on"]
        if items:
            self.fields["items"] = ItemsField(
                items, label=_("核销哪些应收"), required=False, help_text=_("不选则从最早到期的开始核销。")
            )


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.read")
def claim(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The money, the claims to it, and the form for another."""
    row = UnidentifiedReceipt.objects.filter(pk=key).first()
    if row is None:
        raise Http404
    finance = work.actor.may("settlement.write")
    waiting = unclaimed_receipts().filter(pk=key).exists()
    customer = customer_asked(request, work) if waiting else None
    currency = row.currency or work.organization.currency
    items = receivables_of(customer, currency) if customer else []
    data = request.POST if request.method == "POST" and request.POST.get("what", "claim") == "claim" else None
    form = ClaimForm(data, items=items, finance=finance, initial={"on": work.today}) if customer else None
    error = ""
    if request.method == "POST":
        try:
            said = _act(request, work, row, customer, form)
        except HuikuanError as refused:
            error = refused.message
        else:
            if said:
                messages.success(request, said)
                return redirect(address(work, "claims" if finance else "claim", *(() if finance else (key,))))
    context = _context(request, work, row, waiting=waiting, finance=finance)
    context |= {"customer": customer, "form": form, "error": error}
    bad = bool(error or (form is not None and form.errors))
    return render(request, "cash/claim.html", context, status=422 if bad else 200)


def _act(
    request: HttpRequest, work: Work, row: UnidentifiedReceipt, customer: Customer | None, form: Any
) -> str:
    """Do what was asked; returns what to say, nothing where the form has errors."""
    what = request.POST.get("what", "claim")
    if what == "confirm":
        made = confirm_claim(_claim_key(request), on=work.today, actor=work.actor, today=work.today)
        return _("已认领，收款单 %s。") % made.number
    if what == "refuse":
        refuse_claim(_claim_key(request), answer=request.POST.get("answer", ""), actor=work.actor)
        return _("已退回认领，并通知申请人。")
    if what == "withdraw":
        withdraw_claim(_claim_key(request), actor=work.actor)
        return _("已撤回认领。")
    if customer is None or not form.is_valid():
        return ""
    items = form.cleaned_data.get("items") or ()
    if work.actor.may("settlement.write"):
        recorded = claim_receipt(
            receipt_id=row.pk,
            customer_id=customer.pk,
            on=form.cleaned_data["on"],
            item_ids=items,
            actor=work.actor,
            today=work.today,
        )
        return _("已认领，收款单 %s。") % recorded.number
    ask_claim(
        receipt_id=row.pk,
        customer_id=customer.pk,
        item_ids=items,
        evidence=form.cleaned_data["evidence"],
        actor=work.actor,
        today=work.today,
    )
    return _("已申请认领，等待财务确认。")


def _claim_key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("claim", ""))
    except ValueError as error:
        raise Http404 from error


def _context(
    request: HttpRequest, work: Work, row: UnidentifiedReceipt, *, waiting: bool, finance: bool
) -> Row:
    currency = row.currency or work.organization.currency
    may = waiting and (finance or work.actor.may("receipt.claim"))
    label, tone = _state(row, waiting)
    document = (
        Document.objects.filter(pk=row.document_id, voided_by=None).first() if row.document_id else None
    )
    if not finance and document is not None and not _sees(work, document):
        document = None
    return {
        "title": row.payer or _("（未注明付款人）"),
        "over": row.number,
        "label": label,
        "tone": tone,
        "facts": [
            {"label": _("金额"), "value": row.amount, "kind": "money", "currency": currency, "strong": True},
            {"label": _("收款日期"), "value": row.received_on, "kind": "date"},
            {"label": _("银行流水号"), "value": row.bank_reference or None},
            {"label": _("摘要"), "value": row.memo or None},
            *(
                [
                    {
                        "label": _("收款单"),
                        "value": document.number,
                        "url": document_url(work, document.pk),
                    }
                ]
                if document
                else []
            ),
        ],
        "claims": [_shown(work, each, finance) for each in _claims(work, row)],
        "finance": finance,
        "may": may,
        "asked": request.GET.get("customer", "").strip(),
        "customers": list(
            visible_customers(work).order_by("sort_key", "pk").values_list("code", "name")[:CUSTOMERS_OFFERED]
        )
        if may
        else [],
        "back_url": address(work, "claims"),
        "breadcrumbs": [{"label": _("待认领款"), "url": address(work, "claims")}, {"label": row.number}],
    }


def _sees(work: Work, document: Document) -> bool:
    return visible_customers(work).filter(pk=document.customer_id).exists()


def _state(row: UnidentifiedReceipt, waiting: bool) -> tuple[str, str]:
    if waiting:
        return _("待认领"), "notice"
    if returned_receipts().filter(pk=row.pk).exists():
        return _("已退回"), "plain"
    return _("已认领"), "good"


def _claims(work: Work, row: UnidentifiedReceipt) -> list[ReceiptClaim]:
    found = (
        ReceiptClaim.objects.filter(unidentified=row).select_related("customer").order_by("-asked_at", "-pk")
    )
    if not work.actor.may("settlement.write"):
        found = found.filter(asked_by_id=work.actor.user_id)
    return list(found)


def _shown(work: Work, each: ReceiptClaim, finance: bool) -> Row:
    items = OpenItem.objects.filter(pk__in=each.item_ids).select_related("document")
    asked = each.state == ClaimState.ASKED
    return {
        "key": each.pk,
        "customer": each.customer,
        "who": each.asked_by_name,
        "at": each.asked_at,
        "evidence": each.evidence,
        "answer": each.answer,
        "decided_by": each.decided_by_name,
        "items": [item.document.number for item in items],
        "label": ClaimState(each.state).label,
        "tone": TONES[each.state],
        "decide": finance and asked,
        "withdraw": asked and each.asked_by_id is not None and each.asked_by_id == work.actor.user_id,
    }


@require_safe
@page("receipt.claim")
def asked(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A line of a statement that a colleague asks about: what is known of it, and the notes to answer in."""
    record = noted_record(work, "statement_line", key)
    line = StatementLine.objects.select_related("bank_account", "waits_for").filter(pk=key).first()
    if record is None or line is None:
        raise Http404
    context = {
        "title": line.counterparty or _("（未注明付款人）"),
        "over": pgettext("bank", "流水"),
        "label": _("等您回复") if line.waits_for_id == work.actor.user_id else _("已询问"),
        "tone": "notice",
        "facts": [
            {
                "label": _("金额"),
                "value": line.amount,
                "kind": "money",
                "currency": line.bank_account.currency,
                "strong": True,
            },
            {"label": _("入账日期"), "value": line.booked_on, "kind": "date"},
            {"label": _("账户"), "value": line.bank_account.name},
            {"label": _("摘要"), "value": line.text or None},
        ],
        "notes": notes_of(work, record.kind, record.key),
        "breadcrumbs": [{"label": _("待认领款"), "url": address(work, "claims")}, {"label": _("询问")}],
    }
    return render(request, "cash/asked.html", context)

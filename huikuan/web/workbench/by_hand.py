"""A line settled by hand: whose money it is, which items in what parts, with which other lines; or money that went out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.cash.banking import LineUse, StatementLine
from huikuan.cash.matching.options import DIFFERENCES, Option, Settled
from huikuan.cash.operations import (
    Choice,
    apply_matches,
    bounce_receipt,
    refund_line,
    return_unidentified,
)
from huikuan.cash.operations.line_uses import left_of
from huikuan.cash.proposals import SHORT_REASONS
from huikuan.cash.queries import unclaimed_receipts, waiting_lines
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.customers.search import customers_found
from huikuan.disputes.rules import OTHER
from huikuan.disputes.wording import reason_choices
from huikuan.ledger.models import Document, Kind, OpenItem
from huikuan.ledger.operations.documents import ADVANCE_EVENTS
from huikuan.organizations.models import Organization
from huikuan.sales.contracts import Contract, ContractState
from huikuan.sales.models import Order, OrderState
from huikuan.web.cash.parts import address
from huikuan.web.fields import AmountField
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible
from huikuan.web.workbench.page import line_or_none
from huikuan.web.workbench.queue import next_line
from huikuan.web.workbench.words import DIFFERENCES as DIFFERENCE_WORDS

Row = dict[str, Any]
ITEMS_SHOWN = 60
OTHERS_SHOWN = 12
ZERO = Decimal(0)
AMOUNT = AmountField(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@page("allocation.write", whole=True)
def by_hand(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Settle a line by hand; several times, until nothing of it is left."""
    line = line_or_none(key)
    if line is None:
        raise Http404
    customer = _customer(request.GET.get("customer", ""))
    error = ""
    if request.method == "POST":
        try:
            _act(request, work, line, customer)
        except HuikuanError as refused:
            error = refused.message
        else:
            return _onwards(work, key, request.GET.get("tab", ""))
    return render(
        request,
        "workbench/by_hand.html",
        _context(request, work, line, customer) | {"error": error},
        status=422 if error else 200,
    )


def _onwards(work: Work, key: UUID, tab: str) -> HttpResponse:
    line = line_or_none(key)
    if line is not None and left_of(line):
        return redirect(with_query(address(work, "workbench-hand", key), {"tab": tab}))
    after = next_line(tab, line) if line is not None else None
    return redirect(with_query(address(work, "workbench"), {"tab": tab, "line": after or ""}))


def _customer(code: str) -> Customer | None:
    return Customer.objects.filter(code=code.strip()).first() if code.strip() else None


def _act(request: HttpRequest, work: Work, line: StatementLine, customer: Customer | None) -> list[LineUse]:
    what = request.POST.get("what", "settle")
    memo = request.POST.get("memo", "")[:1000]
    if what == "return":
        receipt = _key(request.POST.get("receipt", ""))
        return [
            return_unidentified(line.pk, receipt_id=receipt, memo=memo, actor=work.actor, today=work.today)
        ]
    if customer is None:
        raise HuikuanError(_("请先选择付款的客户。"), code="payer_unknown")
    if what == "refund":
        return [refund_line(line.pk, customer_id=customer.pk, memo=memo, actor=work.actor, today=work.today)]
    if what == "bounce":
        document = _key(request.POST.get("document", ""))
        return [bounce_receipt(line.pk, document_id=document, memo=memo, actor=work.actor, today=work.today)]
    choice = _choice(request, line, customer)
    return apply_matches([choice], actor=work.actor, today=work.today)


def _choice(request: HttpRequest, line: StatementLine, customer: Customer) -> Choice:
    """What was ticked, as an option; what is left of the money stays unapplied."""
    companions = tuple(_key(text) for text in request.POST.getlist("companion"))
    others = sum((left_of(row) for row in StatementLine.objects.filter(pk__in=companions)), ZERO)
    part = _amount(request, "part") or left_of(line)
    items = _settled(request, "item")
    credits = _settled(request, "credit")
    differences = {name: _amount(request, name) for name in DIFFERENCES if _amount(request, name)}
    gives = part + others + sum((each.amount for each in credits), ZERO)
    gives += sum((-amount if name == "over" else amount for name, amount in differences.items()), ZERO)
    left = gives - sum((each.amount for each in items), ZERO)
    advance = request.POST.get("advance", "").strip()[:64]
    if left < 0:
        raise HuikuanError(
            _("核销金额比到账与冲减多 %s，请减少核销金额或填写差额。") % f"{-left:.2f}",
            code="does_not_add_up",
        )
    option = Option(
        customer_id=customer.pk,
        tier="hand",
        score=0,
        items=items,
        credits=credits,
        differences=differences,
        companions=companions,
        unapplied=left,
        advance=advance,
    )
    return Choice(
        line.pk,
        option,
        amount=part,
        short_reason=request.POST.get("short_reason", ""),
        dispute_reason=request.POST.get("dispute_reason", "") or OTHER,
        memo=request.POST.get("memo", "")[:1000],
    )


def _settled(request: HttpRequest, name: str) -> tuple[Settled, ...]:
    found = []
    for text in request.POST.getlist(name):
        amount = _amount(request, f"{name}-{text}")
        if amount:
            found.append(Settled(_key(text), "", amount))
    return tuple(found)


def _amount(request: HttpRequest, name: str) -> Decimal:
    try:
        value: Decimal | None = AMOUNT.clean(request.POST.get(name, ""))
    except forms.ValidationError as error:
        raise HuikuanError("".join(error.messages), code="amount_wrong") from error
    return value or ZERO


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _context(request: HttpRequest, work: Work, line: StatementLine, customer: Customer | None) -> Row:
    tab, words = request.GET.get("tab", ""), request.GET.get("q", "").strip()
    here = address(work, "workbench-hand", line.pk)
    found = customers_found(words, salespeople=visible(work.actor), most=12) if words else []
    title = _("人工核销或拆分") if line.amount > 0 else _("退款或退票")
    return {
        "title": title,
        "line": line,
        "left": left_of(line),
        "currency": line.bank_account.currency,
        "tab": tab,
        "q": words,
        "found": [
            {
                "name": row.name,
                "code": row.code,
                "other": row.other_name or "",
                "url": with_query(here, {"tab": tab, "customer": row.code}),
            }
            for row in found
        ],
        "customer": customer,
        "reasons": list(SHORT_REASONS.items()),
        "dispute_reasons": reason_choices(),
        "differences": [(name, DIFFERENCE_WORDS[name]) for name in ("fee", "discount", "short", "over")],
        "back_url": with_query(address(work, "workbench"), {"tab": tab, "line": line.pk}),
        "breadcrumbs": [
            {"label": _("到账核销"), "url": address(work, "workbench")},
            {"label": title},
        ],
        **(_incoming(line, customer) if line.amount > 0 else _outgoing(line, customer)),
    }


def _incoming(line: StatementLine, customer: Customer | None) -> Row:
    if customer is None:
        return {}
    group = _group(customer)
    items = OpenItem.objects.filter(
        customer_id__in=group, open_amount__gt=0, currency=line.bank_account.currency
    ).select_related("document", "customer")
    debits = items.filter(side=1).order_by(F("effective_due_on").asc(nulls_last=True), "document_on", "pk")
    credits = items.filter(side=-1).order_by("document_on", "pk")
    return {
        "items": _rows(debits[:ITEMS_SHOWN], customer),
        "credits": _rows(credits[:ITEMS_SHOWN], customer),
        "agreements": _agreements(group),
        "others": list(
            waiting_lines()
            .filter(
                amount__gt=0,
                used=0,
                bank_account__currency=line.bank_account.currency,
                counterparty=line.counterparty,
            )
            .exclude(pk=line.pk)[:OTHERS_SHOWN]
        )
        if line.counterparty
        else [],
    }


def _agreements(group: Sequence[UUID]) -> list[str]:
    """The orders and contracts in force that money may come for before its invoice, the latest first."""
    contracts = Contract.objects.filter(customer_id__in=group, state=ContractState.ACTIVE)
    orders = Order.objects.filter(customer_id__in=group, state=OrderState.OPEN)
    latest = contracts.order_by("-signed_on", "-pk").values_list("number", flat=True)[:OTHERS_SHOWN]
    ordered = orders.order_by("-ordered_on", "-pk").values_list("number", flat=True)[:OTHERS_SHOWN]
    return [*latest, *ordered]


def _rows(items: Sequence[OpenItem] | Any, customer: Customer) -> list[Row]:
    return [
        {
            "key": item.pk,
            "number": item.document.number,
            "of": item.customer.name if item.customer_id != customer.pk else "",
            "due": item.effective_due_on,
            "open": item.open_amount,
        }
        for item in items
    ]


def _group(customer: Customer) -> list[UUID]:
    head = customer.parent_id or customer.pk
    members = Customer.objects.filter(Q(pk=head) | Q(parent_id=head)).values_list("pk", flat=True)
    return list(members)


def _outgoing(line: StatementLine, customer: Customer | None) -> Row:
    left, currency = left_of(line), line.bank_account.currency
    base = Organization.objects.values_list("currency", flat=True).get(pk=line.organization_id)
    waiting = unclaimed_receipts().filter(
        amount=left, received_on__lte=line.booked_on, currency="" if currency == base else currency
    )[:OTHERS_SHOWN]
    context: Row = {"waiting": list(waiting)}
    if customer is not None:
        free = OpenItem.objects.filter(
            customer=customer, side=-1, open_amount__gt=0, currency=currency
        ).exclude(document__event__in=ADVANCE_EVENTS)
        context["free"] = sum((item.open_amount for item in free), ZERO)
        context["receipts"] = list(
            Document.objects.filter(
                customer=customer,
                kind=Kind.RECEIPT,
                voided_by=None,
                amount=left,
                currency=currency,
                document_on__lte=line.booked_on,
            ).order_by("-document_on")[:OTHERS_SHOWN]
        )
    return context

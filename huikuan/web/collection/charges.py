"""What policies propose to charge for paying late: the list, one proposal, and what finance decides of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.charging import ChargeState
from huikuan.collection.models import Charge, ChargeLine
from huikuan.collection.operations import refuse_charge
from huikuan.collection.policy_wording import CHARGE_STATES
from huikuan.collection.queries import charges_seen
from huikuan.collection.requests import ask_charge
from huikuan.collection.wording import word
from huikuan.sales.models import InvoiceState
from huikuan.sales.queries import tax_rates
from huikuan.sales.shipped import USUAL_CODE
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.collection.policy_words import crumbs
from huikuan.web.collection.words import case_url
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.sales.late_days import unstated_notice
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
SHOWN = 200
TONES = {"proposed": "warn", "charged": "good", "refused": "plain", "withdrawn": "plain"}


class ChargeForm(forms.Form):
    """At which rate of VAT."""

    tax_code = forms.ChoiceField(label=_l("税率"), help_text=_l("价外费用，按所售货物的税率，税额含在内。"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["tax_code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, rate.name) for code, rate in tax_rates().items()]


def charges_url(work: Work, **query: object) -> str:
    return with_query(reverse("collection-charges", args=[work.organization.code]), query)


def charge_url(work: Work, key: UUID, act: str = "") -> str:
    """A proposal, or what is decided of it."""
    return reverse(f"collection-charge{act}", args=[work.organization.code, key])


@require_safe
@page("collection.read")
def charges(request: HttpRequest, work: Work) -> HttpResponse:
    """The proposals that wait, or those of another state."""
    state = request.GET.get("state", ChargeState.PROPOSED.value)
    if state not in list(ChargeState):
        state = ChargeState.PROPOSED.value
    seen = charges_seen(work.actor)
    counts = dict(seen.order_by().values_list("state").annotate(Count("pk")))
    found = seen.filter(state=state).select_related("action__step").order_by("-on", "-pk")
    context = {
        "tabs": [
            {
                "label": word(CHARGE_STATES, each.value),
                "url": charges_url(work, state=each.value),
                "count": counts.get(each.value, 0),
                "active": each.value == state,
            }
            for each in ChargeState
        ],
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("步骤"), "kind": "name"},
            {"label": _("提出日期"), "kind": "date"},
            {"label": _("费用"), "kind": "money"},
            {"label": _("合计"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": charge_url(work, each.pk),
                "cells": [
                    {"value": each.customer.name, "note": each.customer.code},
                    each.action.step.title,
                    each.on,
                    each.fee or None,
                    each.amount,
                ],
            }
            for each in found[:SHOWN]
        ],
        "more": max(0, counts.get(state, 0) - SHOWN),
        "empty": {
            "title": _("没有计收提案"),
            "text": _("催收策略里要求计收违约金或费用的步骤做过之后，提案列在这里。"),
            "icon": "circle-check",
        },
        "breadcrumbs": crumbs(work, {"label": _("计收提案")}),
    }
    return render(request, "collection/charges.html", context)


def charge_of(work: Work, key: UUID) -> Charge:
    """The proposal if the actor may see its customer."""
    found = charges_seen(work.actor).select_related("action__step", "fee_invoice").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("collection.read")
def charge(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One proposal: on what, for which days, and what became of it."""
    found = charge_of(work, key)
    lines = ChargeLine.objects.filter(charge=found).select_related("item", "invoice")
    context = {
        "charge": found,
        "state": {"label": word(CHARGE_STATES, found.state), "tone": TONES[found.state]},
        "facts": _facts(work, found),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("本金"), "kind": "money"},
            {"label": _("日利率")},
            {"label": _("从"), "kind": "date"},
            {"label": _("到"), "kind": "date"},
            {"label": _("天数"), "kind": "count"},
            {"label": _("违约金"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": document_url(work, each.item.document_id),
                "cells": [
                    each.number,
                    _money(work, each.currency, each.principal),
                    f"{(each.daily_rate * 100).normalize():f}%",
                    each.after_on + timedelta(days=1),
                    each.until_on,
                    each.days,
                    _money(work, each.currency, each.amount),
                ],
            }
            for each in lines.order_by("number", "pk")
        ],
        "warning": unstated_notice(work, found.customer_id) if found.state == ChargeState.PROPOSED else None,
        "notes": _invoices(work, found, lines),
        "actions": _actions(work, found),
        "breadcrumbs": crumbs(
            work,
            {"label": _("计收提案"), "url": charges_url(work)},
            {"label": found.customer.name},
        ),
    }
    return render(request, "collection/charge.html", context)


def _money(work: Work, currency: str, value: Any) -> Row:
    other = currency != work.organization.currency
    return {"value": value, "currency": currency, "code": currency if other else ""}


def _facts(work: Work, found: Charge) -> list[Row]:
    amount = {"kind": "money", "currency": work.organization.currency}
    rows: list[Row] = [
        {"label": _("客户"), "value": found.customer.name, "url": case_url(work, found.customer_id)},
        {"label": _("步骤"), "value": found.action.step.title},
        {"label": _("提出日期"), "value": found.on, "kind": "date"},
        {"label": _("逾期违约金"), "value": found.amount - found.fee or None, **amount},
        {"label": _("费用"), "value": found.fee or None, **amount},
        {"label": _("合计"), "value": found.amount, **amount},
        {"label": _("处理人"), "value": found.decided_by},
        {"label": _("处理日期"), "value": found.decided_on, "kind": "date"},
        {"label": _("原因"), "value": found.reason, "wide": True},
    ]
    return [row for row in rows if row["value"] not in (None, "")]


def _invoices(work: Work, found: Charge, lines: Any) -> list[Row]:
    """The debit notes that it became."""
    rows = {each.invoice_id: each.invoice for each in lines if each.invoice_id}
    if found.fee_invoice_id:
        rows[found.fee_invoice_id] = found.fee_invoice
    return [
        {
            "number": each.number,
            "url": document_url(work, each.document_id),
            "amount": each.amount,
            "currency": each.currency,
            "undone": each.state == InvoiceState.VOID,
        }
        for each in rows.values()
    ]


def _actions(work: Work, found: Charge) -> list[Row]:
    if found.state != ChargeState.PROPOSED or not work.actor.may("invoice.record"):
        return []
    return [
        {"label": _("不计收"), "url": charge_url(work, found.pk, "-refuse"), "icon": "x"},
        {"label": _("计收"), "url": charge_url(work, found.pk, "-agree"), "icon": "check", "primary": True},
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def charge_agree(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """计收, or ask for it where the organization wants agreement first."""
    found = charge_of(work, key)

    def act(values: dict[str, Any]) -> str:
        outcome = ask_charge(
            found,
            reason=found.action.step.name,
            tax_code=values["tax_code"],
            actor=work.actor,
            today=work.today,
        )
        said = _("已提交审批。") if outcome.pending else _("已计收，应收调增单已过账。")
        messages.success(request, said)
        return charge_url(work, key)

    form = ChargeForm(request.POST if request.method == "POST" else None, initial={"tax_code": USUAL_CODE})
    return ask_first(
        request, work, form, act,
        title=_("计收违约金和费用"), submit=_("计收"),
        note=_("按合同或法律规定应当支付的才能计收。确认后生成应收调增单并过账；公司规定要审批的，先提交审批。"),
        over=f"{found.customer.name} · {money(found.amount, work.organization.currency)}",
        back_url=charge_url(work, key), crumbs=crumbs(work, {"label": found.customer.name}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def charge_refuse(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """不计收: with the reason."""
    found = charge_of(work, key)

    def act(values: dict[str, Any]) -> str:
        refuse_charge(key, reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("已记为不计收。"))
        return charges_url(work)

    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("不计收"), submit=_("不计收"),
        note=_("这些天的违约金以后的步骤还可以再提出。"),
        over=f"{found.customer.name} · {money(found.amount, work.organization.currency)}",
        back_url=charge_url(work, key), crumbs=crumbs(work, {"label": found.customer.name}),
    )  # fmt: skip

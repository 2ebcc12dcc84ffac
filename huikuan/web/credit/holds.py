"""暂缓的订单: the queue, one of them, asking for its release and releasing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.sentences import enumerated
from huikuan.credit.errors import CreditRefused
from huikuan.credit.hold_queries import releasers_of
from huikuan.credit.models import HoldState, OrderHold
from huikuan.credit.operations import ask_release, recheck_holds, release_hold, would_pass
from huikuan.credit.queries import standing_of
from huikuan.web.credit.parts import credit_url, exposure_rows, gauge_of, joined, reasons_of
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import order_url
from huikuan.web.sales.invoices import ask_first
from huikuan.web.scopes import visible

SHOWN = 500


def waiting_for(work: Work) -> int:
    """How many orders wait that the actor may release; nothing for who only sees them."""
    return _seen(work).filter(state=HoldState.OPEN).count() if work.actor.may("credit.release") else 0


def _seen(work: Work) -> QuerySet[OrderHold]:
    """The holds of customers whom the actor sees."""
    found = OrderHold.objects.select_related("customer")
    people = visible(work.actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def _crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    crumbs = [{"label": _("暂缓的订单"), "url": reverse("credit-holds", args=[work.organization.code])}]
    return [*crumbs, *({"label": label} for label in more)]


@require_safe
@page("credit.read")
def holds(request: HttpRequest, work: Work) -> HttpResponse:
    """Orders that wait, the oldest first, each with every reason; below, what became of the last ones."""
    seen = _seen(work)
    waiting = list(seen.filter(state=HoldState.OPEN).order_by("held_on", "id")[:SHOWN])
    ready = _ready(waiting, work)
    waiting.sort(key=lambda row: row.pk not in ready)
    ended = list(seen.exclude(state=HoldState.OPEN).order_by("-ended_on", "-id")[:50])
    may_release = work.actor.may("credit.release")
    again = {
        "label": _("复查"),
        "url": reverse("credit-recheck", args=[work.organization.code]),
        "icon": "refresh",
        "post": True,
        "primary": True,
    }
    context = {
        "actions": [again] if may_release and waiting else [],
        "columns": [
            {"label": _("订单"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("金额"), "kind": "money", "figure": True},
            {"label": _("原因"), "kind": "name", "wide": True},
            {"label": _("状态"), "kind": "badge"},
            {"label": _("暂缓日期"), "kind": "date"},
        ],
        "ready": len(ready),
        "rows": [_waiting_row(work, row, ready) for row in waiting],
        "empty": {
            "title": _("没有暂缓的订单"),
            "text": _("超出信用额度、逾期或被冻结的订单会在这里等待放行。"),
            "icon": "circle-check",
        },
        "ended_columns": [
            {"label": _("订单"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("金额"), "kind": "money", "figure": True},
            {"label": _("状态"), "kind": "badge"},
            {"label": _("经办"), "minor": True},
            {"label": _("原因"), "kind": "name"},
            {"label": _("日期"), "kind": "date"},
        ],
        "ended_rows": [_ended_row(work, row) for row in ended],
        "breadcrumbs": _crumbs(work),
    }
    return render(request, "credit/holds.html", context)


def _ready(waiting: list[OrderHold], work: Work) -> set[UUID]:
    """Those that would pass now; nothing is said where it cannot be told, as without a rate."""
    try:
        return would_pass(waiting, today=work.today)
    except CreditRefused:
        return set()


def _standing_badge(row: OrderHold, ready: set[UUID]) -> dict[str, str]:
    if row.pk in ready:
        return {"label": _("可放行"), "tone": "good"}
    if row.forced:
        return {"label": _("不放行"), "tone": "bad"}
    return {
        "label": _("已申请") if row.asked_for else _("等待放行"),
        "tone": "notice" if row.asked_for else "warn",
    }


def _asked_words(row: OrderHold) -> str:
    if not row.asked_for:
        return ""
    return _("%(who)s申请放行：%(reason)s") % {"who": row.asked_by, "reason": row.asked_for}


def _waiting_row(work: Work, row: OrderHold, ready: set[UUID]) -> dict[str, Any]:
    reasons = reasons_of(row, work.organization.currency)
    return {
        "url": reverse("credit-hold", args=[work.organization.code, row.pk]),
        "cells": [
            row.reference,
            {"value": row.customer.name, "note": row.customer.code},
            {"value": row.amount, "currency": row.currency},
            {"value": joined(reasons), "note": _asked_words(row)},
            _standing_badge(row, ready),
            row.held_on,
        ],
    }


STATE_TONES = {HoldState.RELEASED: "warn", HoldState.CLEARED: "good", HoldState.ENDED: "plain"}


def _ended_row(work: Work, row: OrderHold) -> dict[str, Any]:
    state = HoldState(row.state)
    return {
        "url": reverse("credit-hold", args=[work.organization.code, row.pk]),
        "cells": [
            row.reference,
            {"value": row.customer.name, "note": row.customer.code},
            {"value": row.amount, "currency": row.currency},
            {"label": str(state.label), "tone": STATE_TONES.get(state, "plain")},
            row.ended_by,
            row.ended_for or None,
            row.ended_on,
        ],
    }


def hold_for(work: Work, key: UUID) -> OrderHold:
    """The hold if the actor sees its customer; one of somebody else's does not exist."""
    work.actor.require("credit.read")
    found = _seen(work).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("credit.read")
def hold(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One order that waits, on one screen: why, what the salesperson says, where the customer stands."""
    found = hold_for(work, key)
    standing = standing_of(found.customer, day=work.today)
    address = [work.organization.code, key]
    open_ = found.state == HoldState.OPEN
    actions: list[dict[str, Any]] = []
    if open_ and work.actor.may("order.write"):
        actions.append(
            {"label": _("申请放行"), "url": reverse("credit-hold-ask", args=address), "icon": "message"}
        )
    if open_ and not found.forced and work.actor.may("credit.release"):
        actions.append(
            {
                "label": _("放行"),
                "url": reverse("credit-hold-release", args=address),
                "icon": "check",
                "primary": True,
            }
        )
    state = HoldState(found.state)
    context = {
        "hold": found,
        "state_label": str(state.label),
        "reasons": reasons_of(found, work.organization.currency),
        "facts": _facts(work, found, standing.position().available),
        "exposure": exposure_rows(work, found.customer, standing),
        "gauge": gauge_of(work, standing),
        "credit_url": credit_url(work, found.customer_id),
        "ready": open_ and bool(_ready([found], work)),
        "actions": actions,
        "breadcrumbs": _crumbs(work, found.reference),
    }
    return render(request, "credit/hold.html", context)


def _facts(work: Work, found: OrderHold, available: Decimal | None) -> list[dict[str, Any]]:
    open_, base = found.state == HoldState.OPEN, work.organization.currency
    facts: list[dict[str, Any]] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
        },
        {
            "label": _("金额"),
            "value": found.amount,
            "kind": "money",
            "currency": found.currency,
        },
        {"label": _("申请理由"), "value": found.asked_for or None, "hint": found.asked_by, "wide": True},
        {
            "label": _("可用额度"),
            "value": available if open_ else None,
            "kind": "money",
            "currency": base,
        },
        {"label": _("可以放行的人"), "value": _people(releasers_of(found)) if open_ else None},
        {"label": _("订单"), "value": found.reference, "url": order_url(work, found.record_id)},
        {"label": _("暂缓日期"), "value": found.held_on, "kind": "date"},
        {"label": _("处理原因"), "value": found.ended_for or None, "hint": found.ended_by, "wide": True},
        {"label": _("其他订单放行至"), "value": found.released_until, "kind": "date"},
    ]
    return [fact for fact in facts if fact["value"] not in (None, "")]


NAMED = 5


def _people(names: list[str]) -> str:
    """Who may release: a few names, and how many more."""
    if len(names) <= NAMED:
        return enumerated(names)
    return _("%(names)s 等 %(count)d 人") % {"names": enumerated(names[:NAMED]), "count": len(names)}


class Argument(forms.Form):
    """What speaks for the order."""

    argument = forms.CharField(
        label=_l("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("批准人会看到这段话。"),
    )


class ReleaseReason(forms.Form):
    """Why the order may go ahead."""

    reason = forms.CharField(label=_l("放行原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    until = DayField(
        label=_l("同时放行这位客户的其他订单，到"),
        required=False,
        help_text=_l("不填只放行这一张、一次；最长 31 天，冻结等不能放行的情况仍会拦下。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def hold_ask(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The salesperson says what speaks for the order."""
    found = hold_for(work, key)

    def act(values: dict[str, Any]) -> str:
        ask_release(key, argument=values["argument"], actor=work.actor)
        messages.success(request, _("已申请放行订单 %s。") % found.reference)
        return reverse("credit-hold", args=[work.organization.code, key])

    return ask_first(
        request, work, Argument(request.POST or None), act,
        title=_("申请放行"), submit=_("提交"),
        note=joined(reasons_of(found, work.organization.currency)),
        over=f"{found.reference} · {found.customer.name}",
        back_url=reverse("credit-hold", args=[work.organization.code, key]),
        crumbs=_crumbs(work, found.reference, _("申请放行")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.release")
def hold_release(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """放行: the order goes ahead once."""
    found = hold_for(work, key)

    def act(values: dict[str, Any]) -> str:
        release_hold(key, reason=values["reason"], until=values["until"], actor=work.actor, today=work.today)
        messages.success(request, _("订单 %s 已放行。") % found.reference)
        return reverse("credit-holds", args=[work.organization.code])

    return ask_first(
        request, work, ReleaseReason(request.POST or None), act,
        title=_("放行订单"), submit=_("放行"),
        note=joined(reasons_of(found, work.organization.currency)),
        over=f"{found.reference} · {found.customer.name}",
        back_url=reverse("credit-hold", args=[work.organization.code, key]),
        crumbs=_crumbs(work, found.reference, _("放行")),
    )  # fmt: skip


@require_POST
@page("credit.release")
def recheck(request: HttpRequest, work: Work) -> HttpResponse:
    """Look again at all that wait."""
    ids = list(_seen(work).filter(state=HoldState.OPEN).values_list("pk", flat=True))
    count = recheck_holds(actor=work.actor, today=work.today, hold_ids=ids)
    messages.success(request, _("%d 张订单通过复查。") % count)
    return redirect("credit-holds", work.organization.code)

"""单项计提: customers whose loss is judged by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import actor_words
from huikuan.reports.filters import RECEIVABLE
from huikuan.risk.models import Assessment
from huikuan.risk.operations import assess, end_assessment
from huikuan.web.ledger.addresses import items_url
from huikuan.web.pages import Work, page
from huikuan.web.risk.forms import AssessmentForm, EndForm
from huikuan.web.risk.words import rate_text

SHOWN = 500


@require_safe
@page("report.read", whole=True)
def assessments(request: HttpRequest, work: Work) -> HttpResponse:
    """Who is judged by itself now, and who was."""
    rows = list(
        Assessment.objects.select_related("customer", "act").order_by("until_on", "-from_on", "-pk")[:SHOWN]
    )
    rows.sort(key=lambda row: row.until_on is not None)
    may_write = work.actor.may("provision.write")
    owed = _owed([row.customer_id for row in rows if row.until_on is None])
    add = {
        "label": _("增加客户"),
        "url": reverse("assessment-add", args=[work.organization.code]),
        "icon": "plus",
        "primary": True,
    }
    context = {
        "actions": [add] if may_write else [],
        "columns": _columns(may_write),
        "rows": [_row(work, row, owed, may_write) for row in rows],
        "empty": {
            "title": _("没有单项计提的客户"),
            "text": _("已有减值证据的客户（涉诉、破产、停止付款）可以单独判断，不再按账龄计提。"),
            "icon": "user",
            "actions": [add] if may_write else [],
        },
        "breadcrumbs": _crumbs(work),
    }
    return render(request, "risk/assessments.html", context)


def _crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    code = work.organization.code
    crumbs = [
        {"label": _("坏账准备"), "url": reverse("provisions", args=[code])},
        {"label": _("单项计提"), "url": reverse("assessments", args=[code])},
    ]
    return crumbs + [{"label": label} for label in more]


def _owed(customer_ids: list[UUID]) -> dict[UUID, Decimal]:
    """What each of the customers owes today, in base currency."""
    found = OpenItem.objects.filter(customer_id__in=customer_ids, side=Side.DEBIT, open_amount__gt=0)
    return dict(
        found.values("customer_id").annotate(owed=Sum("open_base")).values_list("customer_id", "owed")
    )


def _columns(may_write: bool) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("应收余额"), "kind": "money"},
        {"label": _("比例"), "kind": "num", "figure": True},
        {"label": _("依据"), "kind": "name"},
        {"label": _("从"), "kind": "date"},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("经办"), "minor": True},
    ]
    return [*columns, {"label": _("操作"), "kind": "actions"}] if may_write else columns


def _row(work: Work, row: Assessment, owed: dict[UUID, Decimal], may_write: bool) -> dict[str, Any]:
    active = row.until_on is None
    state = (
        {"label": _("进行中"), "tone": "notice"}
        if active
        else {
            "label": _("已结束"),
            "tone": "plain",
            "detail": row.until_on.isoformat() if row.until_on else "",
        }
    )
    cells: list[Any] = [
        {"value": row.customer.name, "note": row.customer.code},
        {
            "value": owed.get(row.customer_id, Decimal(0)) if active else None,
            "url": items_url(work, customer=row.customer.code, cell=RECEIVABLE) if active else "",
        },
        rate_text(row.rate),
        row.reason,
        row.from_on,
        state,
        actor_words(row.act.actor_name),
    ]
    if may_write:
        url = reverse("assessment-end", args=[work.organization.code, row.pk])
        cells.append({"value": [{"label": _("结束"), "url": url}] if active else []})
    return {"cells": cells}


@require_http_methods(["GET", "HEAD", "POST"])
@page("provision.write", whole=True)
def assessment_add(request: HttpRequest, work: Work) -> HttpResponse:
    """Judge a customer by itself."""
    initial = {"from_on": work.today.replace(day=1), "customer": request.GET.get("customer", "")[:64]}
    form = AssessmentForm(request.POST or None, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        try:
            assess(
                customer_id=values["customer"].pk,
                rate=values["rate"],
                reason=values["reason"],
                from_on=values["from_on"],
                actor=work.actor,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%s 改为单项计提。") % values["customer"].name)
            return redirect("assessments", work.organization.code)
    return _form_page(
        request,
        work,
        form,
        title=_("单项计提一个客户"),
        note=_("这个客户的全部应收不再按账龄计提，而按这里的比例。"),
        submit=_("保存"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("provision.write", whole=True)
def assessment_end(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Put a customer back into the matrix."""
    row = Assessment.objects.select_related("customer").filter(pk=key).first()
    if row is None:
        raise Http404
    form = EndForm(request.POST or None, initial={"until_on": work.today})
    if form.is_valid():
        values = form.cleaned_data
        try:
            end_assessment(
                assessment_id=row.pk, until_on=values["until_on"], reason=values["reason"], actor=work.actor
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%s 回到按账龄计提。") % row.customer.name)
            return redirect("assessments", work.organization.code)
    return _form_page(
        request,
        work,
        form,
        title=_("结束单项计提：%s") % row.customer.name,
        note=row.reason,
        submit=_("结束"),
    )


def _form_page(
    request: HttpRequest, work: Work, form: forms.Form, *, title: str, note: str, submit: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "note": note,
        "submit": submit,
        "back_url": reverse("assessments", args=[work.organization.code]),
        "breadcrumbs": _crumbs(work, title),
    }
    return render(request, "risk/form.html", context, status=422 if form.errors else 200)

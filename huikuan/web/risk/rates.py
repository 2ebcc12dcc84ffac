"""计提比例: the loss rates by age, from a day on, and those before them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.organizations.actors import actor_words
from huikuan.risk.models import ProvisionMatrix
from huikuan.risk.operations import set_matrix
from huikuan.risk.rolling import Basis, basis_of
from huikuan.risk.rules import BUCKETS, STARTING_RATES
from huikuan.web.pages import Work, page
from huikuan.web.reports.words import bucket_label
from huikuan.web.risk.forms import RatesForm, RollsForm, rates_initial
from huikuan.web.risk.words import rate_text


def first_day(today: date) -> date:
    """From when the first rates hold: the year of the month that would be provided for first."""
    return (today.replace(day=1) - timedelta(days=1)).replace(month=1, day=1)


def starting_form(today: date) -> RatesForm:
    """The rates to begin with, from the beginning of the year."""
    return RatesForm(initial=rates_initial(STARTING_RATES, effective_on=first_day(today)))


@require_http_methods(["GET", "HEAD", "POST"])
@page("report.read", whole=True)
def rates(request: HttpRequest, work: Work) -> HttpResponse:
    """The rates in force, the form for new ones, and the history; earlier provisions keep theirs."""
    history = list(ProvisionMatrix.objects.select_related("act").order_by("-effective_on", "-pk")[:60])
    given = request.POST if request.method == "POST" else request.GET
    asked = RollsForm(given if "rolls" in given else None)
    filled = "rolls" in given and asked.is_valid()
    form = _rolled_form(work, asked) if filled else _form(work, history)
    if request.method == "POST":
        work.actor.require("provision.write")
        form = RatesForm(request.POST)
        if form.is_valid() and _saved(form, work):
            messages.success(request, _("已保存计提比例。"))
            return redirect("provisions", work.organization.code)
    context = {
        "form": form,
        "may_write": work.actor.may("provision.write"),
        "note": _("以前的计提保留当时的比例；新的比例从生效日期起用于计提。"),
        "columns": _columns(),
        "rows": [_row(matrix) for matrix in history],
        "asked": asked,
        "filled": filled,
        "breadcrumbs": [
            {"label": _("坏账准备"), "url": reverse("provisions", args=[work.organization.code])},
            {"label": pgettext("plural", "计提比例")},
        ],
    }
    return render(request, "risk/rates.html", context, status=422 if form.errors else 200)


def _form(work: Work, history: list[ProvisionMatrix]) -> RatesForm:
    latest = next((each for each in history if each.effective_on <= work.today), None)
    if latest is None:
        return starting_form(work.today)
    known = {bucket: Decimal(latest.rates[bucket]) for bucket in BUCKETS}
    return RatesForm(initial=rates_initial(known, effective_on=work.today.replace(day=1)))


def _rolled_form(work: Work, asked: RollsForm) -> RatesForm:
    """The losses that the roll rates of the last whole months come to; what nothing rolled through, whole."""
    basis = _basis(work, asked)
    initial = rates_initial(basis.losses, effective_on=work.today.replace(day=1))
    note = _("按 %(from)s 至 %(to)s 的迁徙率") % {
        "from": f"{basis.since:%Y-%m}",
        "to": f"{basis.until:%Y-%m}",
    }
    if basis.forward != 1:
        note = _("%(note)s，前瞻系数 %(forward)s") % {
            "note": note,
            "forward": f"{basis.forward.normalize():f}",
        }
    return RatesForm(initial={**initial, "note": note})


def _basis(work: Work, asked: RollsForm) -> Basis:
    values = asked.cleaned_data
    return basis_of(work.today, months=values["rolls"], final=values["final"], forward=values["forward"])


def _saved(form: RatesForm, work: Work) -> bool:
    asked = RollsForm(form.data)
    try:
        set_matrix(
            rates=form.rates,
            effective_on=form.cleaned_data["effective_on"],
            note=form.cleaned_data["note"],
            basis=_basis(work, asked) if "rolls" in form.data and asked.is_valid() else None,
            actor=work.actor,
        )
    except HuikuanError as error:
        form.add_error(None, error.message)
        return False
    return True


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("生效日期"), "lead": True},
        *({"label": bucket_label(bucket), "kind": "num"} for bucket in BUCKETS),
        {"label": _("说明"), "kind": "name"},
        {"label": _("经办"), "minor": True},
    ]


def _row(matrix: ProvisionMatrix) -> dict[str, Any]:
    return {
        "cells": [
            matrix.effective_on.isoformat(),
            *(rate_text(Decimal(matrix.rates[bucket])) for bucket in BUCKETS),
            matrix.note or None,
            actor_words(matrix.act.actor_name),
        ]
    }

"""The way to a comparison: drop the customer's list, say what its columns are, see what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.letter_content import month_before
from huikuan.collection.queries import customers_seen
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.files import storage
from huikuan.files.models import AttachedFile
from huikuan.files.operations import too_large
from huikuan.files.rules import MAX_BYTES, shown_name
from huikuan.organizations.models import Scope
from huikuan.statements.models import Statement
from huikuan.statements.operations import NewReconciliation, compare_list, keep_list
from huikuan.statements.operations.trail import RECONCILIATION
from huikuan.statements.queries import reconciliations_seen
from huikuan.statements.rules import Mode
from huikuan.statements.their_list import KIND, Asked, look
from huikuan.tables import KINDS, Peek
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.statements.statement import statement_of
from huikuan.web.statements.words import crumbs, result_url

Row = dict[str, Any]
SHOWN = 50
SAMPLES = 4
AUTO, THEIR_SIGN, OUR_SIGN = "", "theirs", "ours"


def steps() -> list[str]:
    """The way to a result."""
    return [_("选择文件"), _("核对列"), _("结果")]


class AboutForm(forms.Form):
    """Whose list of what."""

    customer = forms.CharField(label=_l("客户编码"), max_length=64)
    mode = forms.ChoiceField(label=_l("核对什么"), widget=forms.RadioSelect)
    starts_on = DayField(label=_l("起始日"), required=False, help_text=_l("核对未付明细时不用填。"))
    ends_on = DayField(label=_l("截止日"))
    currency = forms.CharField(label=_l("币种"), max_length=3)
    statement = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        mode = self.fields["mode"]
        assert isinstance(mode, forms.ChoiceField)
        mode.choices = [
            (Mode.MOVEMENTS.value, _("一段期间的全部往来")),
            (Mode.OPEN.value, _("截止日未付的单据")),
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("mode") == Mode.MOVEMENTS
            and not values.get("starts_on")
            and "starts_on" not in self.errors
        ):
            self.add_error("starts_on", _("请填写起始日。"))
        values["currency"] = (values.get("currency") or "").upper()
        return values


@dataclass(frozen=True)
class About:
    """What a list is compared with."""

    customer: Customer
    mode: Mode
    starts_on: date
    ends_on: date
    currency: str
    statement_id: UUID | None


def about_of(work: Work, form: AboutForm) -> About | None:
    """What a form says, or None with the errors in it."""
    if not form.is_valid():
        return None
    values = form.cleaned_data
    customer = customers_seen(work.actor).filter(code=values["customer"].strip()).first()
    if customer is None:
        form.add_error("customer", _("没有编码为 %s 的客户。") % values["customer"])
        return None
    ends_on = values["ends_on"]
    return About(
        customer,
        Mode(values["mode"]),
        values["starts_on"] or ends_on,
        ends_on,
        values["currency"],
        values["statement"],
    )


@require_safe
@page("reconciliation.read")
def reconciliations(request: HttpRequest, work: Work) -> HttpResponse:
    """What was compared, the last first."""
    rows = reconciliations_seen(work.actor).defer("findings", "left_out").order_by("-id")[:SHOWN]
    context = {
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("期间"), "minor": True},
            {"label": _("我方"), "kind": "money"},
            {"label": _("客户"), "kind": "money"},
            {"label": pgettext("plural", "差异"), "kind": "count", "figure": True},
            {"label": _("核对日期"), "kind": "date"},
        ],
        "rows": [
            {
                "url": result_url(work, each.pk),
                "cells": [
                    {"value": each.customer.name, "note": each.customer.code},
                    f"{each.starts_on} – {each.ends_on}"
                    if each.mode == Mode.MOVEMENTS
                    else str(each.ends_on),
                    {"value": each.ours, "currency": each.currency},
                    {"value": each.theirs, "currency": each.currency},
                    each.differences,
                    each.made_on,
                ],
            }
            for each in rows
        ],
        "empty": {
            "title": _("还没有核对过"),
            "text": _("把客户发来的往来清单（Excel 或 CSV）拖进来，逐笔和我方比较。"),
            "icon": "arrows-exchange",
        },
        "actions": _actions(work),
        "breadcrumbs": crumbs(work, _("双边核对")),
    }
    return render(request, "statements/reconciliations.html", context)


def _actions(work: Work) -> list[Row]:
    if not work.actor.may("reconciliation.write"):
        return []
    url = reverse("reconciliation-new", args=[work.organization.code])
    return [{"label": _("核对一份清单"), "url": url, "icon": "plus", "primary": True}]


@require_safe
@page("reconciliation.write")
def compare_statement(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """From a statement: its customer and period are known."""
    found = statement_of(work, key)
    return redirect(f"{reverse('reconciliation-new', args=[work.organization.code])}?{_query_of(found)}")


def _query_of(found: Statement) -> str:
    return urlencode(
        {
            "customer": found.customer.code,
            "mode": Mode.MOVEMENTS.value,
            "starts_on": found.starts_on,
            "ends_on": found.ends_on,
            "currency": found.currency,
            "statement": found.pk,
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def new(request: HttpRequest, work: Work) -> HttpResponse:
    """Whose list it is and for which period; the file itself."""
    first, last = month_before(work.today)
    initial = {
        "mode": Mode.MOVEMENTS.value,
        "starts_on": first,
        "ends_on": last,
        "currency": work.organization.currency,
        **request.GET.dict(),
    }
    form = AboutForm(request.POST if request.method == "POST" else None, initial=initial)
    error = ""
    if request.method == "POST":
        about, file = about_of(work, form), request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            error = _("没有收到文件，请选择客户的清单。")
        elif about is not None:
            try:
                kept = _kept(work, about, file)
            except HuikuanError as refusal:
                error = refusal.message
            else:
                url = reverse("reconciliation-map", args=[work.organization.code, kept.pk])
                return redirect(f"{url}?{urlencode(_carried(form))}")
    context = {
        "form": form,
        "error": error,
        "steps": steps(),
        "max_bytes": MAX_BYTES,
        "max_mb": MAX_BYTES // 1024**2,
        "breadcrumbs": crumbs(work, _("双边核对")),
    }
    return render(
        request, "statements/compare_new.html", context, status=422 if error or form.errors else 200
    )


def _kept(work: Work, about: About, file: UploadedFile[bytes]) -> AttachedFile:
    if (file.size or 0) > MAX_BYTES:
        raise too_large(shown_name(file.name or ""))
    return keep_list(
        about.customer.pk, name=file.name or "", content=file.read(), actor=work.actor, now=timezone.now()
    )


def _carried(form: AboutForm) -> dict[str, str]:
    return {name: str(value) for name, value in form.cleaned_data.items() if value}


def _list_of(work: Work, key: UUID) -> AttachedFile:
    """A list that was kept to be compared; its uploader's, or anybody's for who sees all customers."""
    found = AttachedFile.objects.filter(pk=key, record_kind=RECONCILIATION, removed_at=None).first()
    mine = found is not None and found.uploaded_by_id == work.actor.membership_id
    if found is None or not (mine or work.actor.scope == Scope.ALL):
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("reconciliation.write")
def columns(request: HttpRequest, work: Work, file: UUID) -> HttpResponse:
    """What each column of the list is; POST compares."""
    kept = _list_of(work, file)
    posted = request.method == "POST"
    about = about_of(work, AboutForm(request.GET))
    if about is None:
        messages.warning(request, _("请先说明是哪个客户、哪段期间的清单。"))
        return redirect("reconciliation-new", work.organization.code)
    said: Mapping[str, Any] = request.POST if posted else {}
    sheet = str(said.get("sheet", ""))
    error, code, peek = "", "", None
    try:
        peek = look(storage.place(work.organization.pk, kept.sha256), sheet=sheet)
    except HuikuanError as refusal:
        error, code = refusal.message, refusal.code
    if posted and peek is not None and "look" not in request.POST:
        try:
            made = compare_list(
                kept, _new(about, request.POST, peek, sheet), actor=work.actor, today=work.today
            )
        except HuikuanError as refusal:
            error, code = refusal.message, refusal.code
        else:
            return redirect(result_url(work, made.pk))
    context = {
        "file": kept,
        "about": about,
        "error": error,
        "unreadable": code == "rows_unreadable",
        "peek": peek,
        "columns": _columns(peek, request.POST) if peek else [],
        "fields": [(each.name, KINDS[KIND].label(each.name)) for each in KINDS[KIND].fields],
        "signs": [
            (AUTO, _("自动判断")),
            (THEIR_SIGN, _("贷方是欠我方的（客户的应付账）")),
            (OUR_SIGN, _("借方是欠我方的（与我方账相同）")),
        ],
        "sign": said.get("sign", AUTO),
        "sheet": sheet,
        "steps": steps(),
        "breadcrumbs": crumbs(work, _("双边核对")),
    }
    return render(request, "statements/compare_columns.html", context, status=422 if error else 200)


def _columns(peek: Peek, said: Mapping[str, Any]) -> list[Row]:
    """The columns of a list with their first values and what each is taken for."""
    recognised = {place: name for name, place in peek.mapping.items()}
    unclear = {place for places in peek.unclear.values() for place in places}
    rows = []
    for place, title in enumerate(peek.columns):
        samples = [row[place] for row in peek.sample if place < len(row) and row[place].strip()]
        rows.append(
            {
                "index": place,
                "title": title,
                "samples": samples[:SAMPLES],
                "field": said.get(f"column-{place}", recognised.get(place, "")),
                "unclear": place in unclear,
            }
        )
    return [row for row in rows if row["title"] or row["samples"]]


def _new(about: About, said: QueryDict, peek: Peek, sheet: str) -> NewReconciliation:
    mapping = dict.fromkeys((each.name for each in KINDS[KIND].fields), "")
    for place in range(len(peek.columns)):
        name = str(said.get(f"column-{place}", ""))
        if name in mapping:
            mapping[name] = str(place + 1)
    sign = said.get("sign", AUTO)
    return NewReconciliation(
        customer_id=about.customer.pk,
        currency=about.currency,
        mode=about.mode,
        starts_on=about.starts_on,
        ends_on=about.ends_on,
        asked=Asked(mapping=mapping, sheet=sheet),
        turned=None if sign == AUTO else sign == OUR_SIGN,
        leave_unreadable="leave" in said,
        statement_id=about.statement_id,
    )

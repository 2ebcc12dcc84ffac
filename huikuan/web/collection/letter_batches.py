"""Printed batches: their file, and recording who carries which letter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.couriers import Courier
from huikuan.collection.letter_queries import letters_seen
from huikuan.collection.letter_wording import COURIERS
from huikuan.collection.models import Letter, LetterBatch, LetterState
from huikuan.collection.operations import Posted, post_letters
from huikuan.core.errors import HuikuanError
from huikuan.files import storage
from huikuan.web.collection.forms import choices
from huikuan.web.collection.letter_words import (
    batch_url,
    letter_crumbs,
    letter_url,
    pdf_answer,
    state_badge,
)
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page

Row = dict[str, Any]
SHOWN = 100
MOST_ROWS = 2000


class BatchForm(forms.Form):
    """Who carries all of them, and since when."""

    courier = forms.ChoiceField()
    posted_on = DayField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        courier, posted_on = self.fields["courier"], self.fields["posted_on"]
        assert isinstance(courier, forms.ChoiceField)
        courier.choices = choices(dict(COURIERS))
        courier.label, posted_on.label = _("快递"), _("寄出日期")


@require_safe
@page("collection.read", whole=True)
def batches(request: HttpRequest, work: Work) -> HttpResponse:
    """What was printed together, the last first."""
    rows = LetterBatch.objects.order_by("-id")[:SHOWN]
    opens = work.actor.may("collection.manage")
    context = {
        "columns": [
            {"label": _("打印日期"), "kind": "date", "lead": True},
            {"label": _("谁打印的")},
            {"label": _("信函"), "kind": "count", "figure": True},
            {"label": _("页数"), "kind": "count"},
        ],
        "rows": [
            {
                "url": batch_url(work, each.pk) if opens else "",
                "cells": [each.printed_on, each.printed_by, each.letters, each.pages],
            }
            for each in rows
        ],
        "empty": {"title": _("还没有打印过信函"), "text": "", "icon": "printer"},
        "breadcrumbs": letter_crumbs(work, _("打印批次")),
    }
    return render(request, "collection/letter_batches.html", context)


def batch_of(work: Work, key: UUID) -> LetterBatch:
    """A batch if the actor may see all its letters."""
    found = LetterBatch.objects.select_related("file").filter(pk=key).first()
    if found is None or letters_seen(work.actor).filter(batch=found).count() < found.letters:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def batch(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One batch; posting records the tracking numbers that were filled in."""
    found = batch_of(work, key)
    letters = list(letters_seen(work.actor).filter(batch=found).order_by("first_page")[:MOST_ROWS])
    form = BatchForm(
        request.POST if request.method == "POST" else None,
        initial={"courier": Courier.EMS.value, "posted_on": work.today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            done = _post(request, work, form, letters)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            text = ngettext("已登记寄出 %d 封信函。", "已登记寄出 %d 封信函。", done) % done
            messages.success(request, text)
            return redirect(batch_url(work, key))
    context = {
        "batch": found,
        "form": form,
        "letters": [_row(request, work, each) for each in letters],
        "waiting": any(each.state == LetterState.PRINTED for each in letters),
        "breadcrumbs": letter_crumbs(work, _("打印批次")),
    }
    return render(request, "collection/letter_batch.html", context, status=422 if form.errors else 200)


def _post(request: HttpRequest, work: Work, form: BatchForm, letters: list[Letter]) -> int:
    courier = Courier(form.cleaned_data["courier"])
    posted = []
    for each in letters:
        tracking = request.POST.get(f"tracking-{each.pk}", "").strip()
        by_hand = courier == Courier.HAND and f"chosen-{each.pk}" in request.POST
        if each.state == LetterState.PRINTED and (tracking or by_hand):
            posted.append(
                Posted(
                    letter_id=each.pk,
                    courier=courier,
                    tracking=tracking,
                    posted_on=form.cleaned_data["posted_on"],
                )
            )
    if posted:
        post_letters(posted, actor=work.actor, today=work.today, now=timezone.now())
    return len(posted)


def _row(request: HttpRequest, work: Work, row: Letter) -> Row:
    return {
        "key": row.pk,
        "url": letter_url(work, row.pk),
        "number": row.number,
        "customer": row.customer.name,
        "pages": row.pages,
        "state": state_badge(row),
        "open": row.state == LetterState.PRINTED,
        "tracking": request.POST.get(f"tracking-{row.pk}", row.tracking),
    }


@require_safe
@page("collection.manage")
def batch_pdf(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The whole batch as it was printed."""
    found = batch_of(work, key)
    content = storage.content(work.organization.pk, found.file.sha256, name=found.file.name)
    return pdf_answer(content, found.file.name, inline=True)

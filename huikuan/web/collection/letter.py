"""One letter: what it claims, how it went, its PDF, and what is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.couriers import Courier
from huikuan.collection.letter_queries import batch_file, letters_seen, previewed, template_of_letter
from huikuan.collection.letter_wording import COURIERS, LANGUAGES
from huikuan.collection.letters import letter_pdf, pages_of
from huikuan.collection.models import Letter, LetterItem, LetterState
from huikuan.collection.operations import (
    Posted,
    drop_letters,
    post_letters,
    record_delivery,
    record_return,
)
from huikuan.collection.operations.trail import LETTER
from huikuan.web.collection.forms import ReasonForm, choices
from huikuan.web.collection.letter_words import batch_url, letter_crumbs, letter_url, pdf_answer, state_badge
from huikuan.web.collection.letters import title_of
from huikuan.web.collection.words import case_url, contact_url
from huikuan.web.fields import DayField
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

Row = dict[str, Any]


def letter_of(work: Work, key: UUID) -> Letter:
    """The letter if the actor may see its customer."""
    found = letters_seen(work.actor).select_related("customer", "batch__file").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("collection.read")
def letter(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One letter with its items, its course and its files."""
    found = letter_of(work, key)
    items = list(LetterItem.objects.filter(letter=found).select_related("item").order_by("position"))
    context = {
        "letter": found,
        "title": title_of(found),
        "state": state_badge(found),
        "facts": _facts(work, found),
        "columns": _columns(items),
        "rows": [_item(work, each, interest=any(row.interest for row in items)) for each in items],
        "empty": None
        if items
        else {
            "title": _("打印时才定下催哪些款") if found.state == LetterState.ASKED else _("不催款的信函"),
            "text": _("有争议、已承诺、已付的款项不会写进信里。") if found.state == LetterState.ASKED else "",
            "icon": "mail",
        },
        "events": _course(work, found),
        "files": files_of(work, LETTER, found.pk) if found.posted_on else None,
        "actions": _actions(work, found),
        "breadcrumbs": letter_crumbs(work, found.number or found.customer.name),
    }
    return render(request, "collection/letter.html", context)


def _columns(items: Sequence[LetterItem]) -> list[Row]:
    columns: list[Row] = [
        {"label": _("单据"), "lead": True},
        {"label": _("到期日"), "kind": "date"},
        {"label": _("当时未付"), "kind": "money", "figure": True},
    ]
    return (
        [*columns, {"label": _("逾期利息"), "kind": "money"}]
        if any(row.interest for row in items)
        else columns
    )


def _item(work: Work, row: LetterItem, *, interest: bool) -> Row:
    code = row.currency if row.currency != work.organization.currency else ""
    money = {"currency": row.currency, "code": code}
    cells: list[Any] = [row.number, row.due_on, {"value": row.open_amount, **money}]
    if interest:
        cells.append({"value": row.interest, **money} if row.interest else None)
    return {"url": document_url(work, row.item.document_id), "cells": cells}


def _facts(work: Work, found: Letter) -> list[Row]:
    rows: list[Row] = [
        {"label": _("客户"), "value": found.customer.name, "url": case_url(work, found.customer_id)},
        {"label": _("编号"), "value": found.number or None},
        {"label": _("语言"), "value": str(LANGUAGES.get(found.language, found.language))},
    ]
    if found.number:
        currency = work.organization.currency
        rows.append({"label": _("催收金额"), "value": found.claimed, "kind": "money", "currency": currency})
    if found.courier:
        rows.append({"label": _("快递"), "value": str(COURIERS.get(found.courier, found.courier))})
    if found.tracking:
        rows.append({"label": _("快递单号"), "value": found.tracking})
    if found.digest:
        rows.append({"label": _("内容校验码"), "value": found.digest[:16], "wide": True})
    return rows


def _course(work: Work, found: Letter) -> list[Row]:
    """What happened to it, the last first."""
    rows: list[Row] = [{"title": _("申请"), "on": found.asked_on, "by": found.asked_by_name, "icon": "mail"}]
    if found.batch is not None:
        url = batch_url(work, found.batch.pk) if work.actor.may("collection.manage") else ""
        printed = {"title": _("打印"), "on": found.printed_on, "by": found.batch.printed_by, "url": url}
        rows.append({**printed, "icon": "printer"})
    if found.posted_on:
        note = f"{COURIERS.get(found.courier, found.courier)} {found.tracking}".strip()
        rows.append({"title": _("寄出"), "on": found.posted_on, "note": note, "icon": "truck"})
    if found.ended_on:
        state = state_badge(found)
        ended = {
            "title": state["label"],
            "on": found.ended_on,
            "note": found.ended_note,
            "tone": state["tone"],
        }
        if found.contact_id:
            ended["url"] = contact_url(work, found.contact_id)
        rows.append(ended)
    return rows[::-1]


def _actions(work: Work, found: Letter) -> list[Row]:
    def act(name: str, label: str, icon: str, **more: Any) -> Row:
        return {
            "label": label,
            "url": reverse(name, args=[work.organization.code, found.pk]),
            "icon": icon,
            **more,
        }

    writes, manages = work.actor.may("collection.write"), work.actor.may("collection.manage")
    rows = []
    if found.state != LetterState.DROPPED:
        label = _("预览") if found.state == LetterState.ASKED else _("打开 PDF")
        rows.append(act("collection-letter-pdf", label, "file-text"))
    if found.contact_id:
        rows.append({"label": _("联系记录"), "url": contact_url(work, found.contact_id), "icon": "notes"})
    if found.state == LetterState.ASKED and writes:
        rows.append(act("collection-letter-drop", _("撤销信函"), "x"))
    if found.state == LetterState.PRINTED and manages:
        rows.append(act("collection-letter-post", _("登记寄出"), "truck", primary=True))
    if found.state == LetterState.POSTED and writes:
        rows.append(act("collection-letter-returned", _("登记退回"), "arrow-back-up"))
        rows.append(act("collection-letter-delivered", _("登记送达"), "check", primary=True))
    return rows


@require_safe
@page("collection.read")
def letter_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The letter as it was printed; before that, as it would be printed today."""
    found = letter_of(work, key)
    if found.batch is None:
        if found.state != LetterState.ASKED:
            raise Http404
        template = template_of_letter(found.template, found.language)
        period = (
            (found.statement_from, found.statement_until)
            if found.statement_from and found.statement_until
            else None
        )
        content = previewed(
            found.customer,
            template,
            language=found.language,
            day=work.today,
            item_ids=[UUID(each) for each in found.item_ids],
            period=period,
        )
        made = letter_pdf([content], title=template.name, made_at=timezone.now()).content
        return pdf_answer(made, f"{template.name}.pdf", inline=True)
    made = pages_of(batch_file(found), found.first_page, found.pages)
    return pdf_answer(made, f"{found.number}.pdf", inline=True)


class PostForm(forms.Form):
    """By whom and when it was sent."""

    courier = forms.ChoiceField(label=_l("快递"))
    tracking = forms.CharField(
        label=_l("快递单号"),
        required=False,
        max_length=40,
        help_text=_l("EMS 和挂号信为 13 位；专人送达不填。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    posted_on = DayField(label=_l("寄出日期"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["courier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices(dict(COURIERS))


class ArrivedForm(forms.Form):
    """When it arrived, and what shows it."""

    delivered_on = DayField(label=_l("送达日期"))
    signed = forms.ChoiceField(label=_l("有什么证明"), widget=forms.RadioSelect)
    note = forms.CharField(label=_l("说明"), required=False, max_length=500)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["signed"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("快递的签收或投递证明")), ("yes", _("对方在回执上签字或盖章"))]
        field.required = False


class ReturnedForm(ReasonForm):
    """When it came back, and why."""

    returned_on = DayField(label=_l("退回日期"))
    field_order = ("returned_on", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def letter_drop(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """取消, before it is printed."""
    found = letter_of(work, key)

    def act(values: dict[str, Any]) -> str:
        drop_letters([key], reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("已取消，不会打印。"))
        return letter_url(work, key)

    return _ask(request, work, found, ReasonForm, act, title=_("撤销信函"), note="")


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def letter_post(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记寄出."""
    found = letter_of(work, key)

    def act(values: dict[str, Any]) -> str:
        new = Posted(
            letter_id=key,
            courier=Courier(values["courier"]),
            tracking=values["tracking"],
            posted_on=values["posted_on"],
        )
        post_letters([new], actor=work.actor, today=work.today, now=timezone.now())
        messages.success(request, _("已登记寄出，并记入联系记录。"))
        return letter_url(work, key)

    note = _("寄出会记入联系记录；有了送达或签收证明，诉讼时效从送达日起重新计算。")
    return _ask(
        request, work, found, PostForm, act, title=_("登记寄出"), note=note, initial={"posted_on": work.today}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def letter_delivered(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记送达: the proof interrupts limitation."""
    found = letter_of(work, key)

    def act(values: dict[str, Any]) -> str:
        record_delivery(
            key,
            delivered_on=values["delivered_on"],
            signed=bool(values["signed"]),
            note=values["note"],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("已登记送达，可以在这里上传签收证明。"))
        return letter_url(work, key)

    note = _("信里所列的款项，诉讼时效从送达日起重新计算。")
    return _ask(
        request,
        work,
        found,
        ArrivedForm,
        act,
        title=_("登记送达"),
        note=note,
        initial={"delivered_on": work.today},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def letter_returned(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记退回: nothing was proved."""
    found = letter_of(work, key)

    def act(values: dict[str, Any]) -> str:
        record_return(
            key,
            returned_on=values["returned_on"],
            reason=values["reason"],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("已登记退回。请核对地址，必要时改为上门送达。"))
        return letter_url(work, key)

    note = _("退回的信不中断诉讼时效。")
    return _ask(
        request,
        work,
        found,
        ReturnedForm,
        act,
        title=_("登记退回"),
        note=note,
        initial={"returned_on": work.today},
    )


def _ask(
    request: HttpRequest,
    work: Work,
    found: Letter,
    form: type[forms.Form],
    act: Any,
    *,
    title: str,
    note: str,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    return ask_first(
        request, work, form(data, initial=initial), act,
        title=title, submit=title, note=note,
        over=f"{found.number} {found.customer.name}".strip(),
        back_url=letter_url(work, found.pk), crumbs=letter_crumbs(work, found.number or found.customer.name),
    )  # fmt: skip

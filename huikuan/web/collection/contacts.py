"""One contact as it was recorded, its files, its correction, and what legal decided of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.models import Claim, Contact, Ruling
from huikuan.collection.operations import correct_contact, rule_on_limitation
from huikuan.collection.operations.contacts import recorded
from huikuan.collection.queries import contacts_seen, interruption_of
from huikuan.collection.rules import digest
from huikuan.collection.wording import CHANNELS, DIRECTIONS, PROOFS, RESULTS, STEPS, word
from huikuan.core.errors import HuikuanError
from huikuan.web.collection.forms import ContactForm, RulingForm
from huikuan.web.collection.words import case_url, contact_title, contact_url, list_url
from huikuan.web.customers.queries import contacts_of
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.dates import day as day_text

Row = dict[str, Any]


def contact_of(work: Work, key: UUID) -> Contact:
    """The contact if the actor may see its customer, corrected or not."""
    found = contacts_seen(work.actor, superseded=True).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def crumbs(work: Work, found: Contact, *more: str) -> list[dict[str, str]]:
    """The way from the worklist to a contact."""
    way = [
        {"label": _("催收"), "url": list_url(work)},
        {"label": found.customer.name, "url": case_url(work, found.customer_id)},
    ]
    if more:
        way.append({"label": contact_title(found), "url": contact_url(work, found.pk)})
    return [*way, *({"label": label} for label in more or (contact_title(found),))]


@require_safe
@page("collection.read")
def contact(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One contact: what was said and claimed, what shows it, and whether it interrupts limitation."""
    found = contact_of(work, key)
    claims = list(Claim.objects.filter(contact=found).select_related("item").order_by("due_on", "number"))
    later = Contact.objects.filter(supersedes_id=found.pk).first()
    context = {
        "contact": found,
        "title": contact_title(found),
        "facts": _facts(found),
        "evidence": _evidence(found, claims),
        "later_url": contact_url(work, later.pk) if later else "",
        "earlier_url": contact_url(work, found.supersedes_id) if found.supersedes_id else "",
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("当时未付"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": document_url(work, each.item.document_id),
                "cells": [
                    each.number,
                    each.due_on,
                    {
                        "value": each.open_amount,
                        "currency": each.currency,
                        "code": each.currency if each.currency != work.organization.currency else "",
                    },
                ],
            }
            for each in claims
        ],
        "rulings": _rulings(found),
        "files": files_of(work, "collection_contact", found.pk),
        "actions": [] if later else _actions(work, found),
        "breadcrumbs": crumbs(work, found),
    }
    return render(request, "collection/contact.html", context)


def _facts(found: Contact) -> list[Row]:
    step = f"{day_text(found.next_on)} {word(STEPS, found.next_step)}" if found.next_on else None
    return [
        {"label": _("结果"), "value": word(RESULTS, found.result)},
        {"label": _("方式"), "value": word(CHANNELS, found.channel)},
        {"label": _("时间"), "value": found.made_at, "kind": "moment"},
        {"label": _("谁联系谁"), "value": word(DIRECTIONS, found.direction)},
        {"label": _("我方"), "value": found.member_name},
        {"label": _("对方"), "value": found.person_name or None},
        {"label": _("下一步"), "value": step},
    ]


def _evidence(found: Contact, claims: list[Claim]) -> list[Row]:
    breaks = interruption_of(found)
    said = _("不中断") if breaks is None else _("自 %s 起重新计算") % day_text(breaks[0])
    intact = digest(recorded(found, claims)) == found.digest
    rows: list[Row] = [
        {"label": _("诉讼时效"), "value": said},
        {"label": _("证明"), "value": word(PROOFS, found.proof)},
        {"label": _("送达或签收日"), "value": found.proof_on, "kind": "date"},
        {"label": _("内容校验码"), "value": found.digest[:16]},
        {"label": _("与登记时"), "value": _("一致") if intact else _("不一致，内容被改动过")},
    ]
    if found.recording:
        place = urlsplit(found.recording).hostname
        rows.insert(3, {"label": _("录音"), "value": place, "url": found.recording})
    return rows


def _rulings(found: Contact) -> list[Row]:
    rows = Ruling.objects.filter(contact=found).order_by("-id")
    return [
        {
            "title": _("认定中断时效") if each.interrupts else _("认定不中断时效"),
            "on": each.ruled_on,
            "by": each.ruled_by,
            "note": each.basis,
            "icon": "gavel",
            "tone": "good" if each.interrupts else "",
        }
        for each in rows
    ]


def _actions(work: Work, found: Contact) -> list[Row]:
    address = [work.organization.code, found.pk]
    actions = []
    if work.actor.may("collection.rule"):
        url = reverse("collection-contact-rule", args=address)
        actions.append({"label": _("认定时效"), "url": url, "icon": "gavel"})
    if work.actor.may("collection.write"):
        url = reverse("collection-contact-correct", args=address)
        actions.append({"label": _("更正"), "url": url, "icon": "edit"})
    return actions


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def contact_correct(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """更正: another record takes its place; what was claimed stays the same items, as they stood on the day."""
    found = contact_of(work, key)
    people = contacts_of(found.customer)
    data = request.POST if request.method == "POST" else None
    form = ContactForm(work, people, data, initial=_as_typed(found))
    for name in ("promised_on", "amount"):
        del form.fields[name]
    if data is not None and form.is_valid():
        form.cleaned_data |= {"promised_on": None, "amount": None}
        items = list(Claim.objects.filter(contact=found).values_list("item_id", flat=True))
        try:
            made = correct_contact(
                key, form.contact(found.customer_id, items), actor=work.actor, today=work.today
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已更正，原来的记录仍可查看。"))
            return redirect(contact_url(work, made.pk))
    context = {
        "title": _("更正联系记录"),
        "over": found.customer.name,
        "note": _("原来的记录不会改动，更正后的记录取代它。"),
        "form": form,
        "submit": _("保存更正"),
        "back_url": contact_url(work, key),
        "breadcrumbs": crumbs(work, found, _("更正")),
    }
    return render(request, "sales/form.html", context, status=422 if form.errors else 200)


def _as_typed(found: Contact) -> Row:
    names = (
        "result",
        "channel",
        "text",
        "next_step",
        "next_on",
        "direction",
        "made_at",
        "proof",
        "proof_on",
        "recording",
    )
    typed: Row = {name: getattr(found, name) for name in names}
    typed["person"] = str(found.person_id) if found.person_id else ""
    typed["person_name"] = "" if found.person_id else found.person_name
    return typed


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.rule")
def contact_rule(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """认定时效: whether the contact interrupts limitation."""
    found = contact_of(work, key)

    def act(values: dict[str, Any]) -> str:
        rule_on_limitation(
            key,
            interrupts=values["interrupts"] == "yes",
            basis=values["basis"],
            on_day=values["on_day"],
            agreement=values["agreement"],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("认定已登记。"))
        return contact_url(work, key)

    form = RulingForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("认定时效"), submit=_("认定"),
        note=_("催收到达对方、对方同意履行，时效从那一天起重新计算三年。口头联系没有证明的，不中断。"),
        over=f"{found.customer.name} · {contact_title(found)}",
        back_url=contact_url(work, key), crumbs=crumbs(work, found, _("认定时效")),
    )  # fmt: skip

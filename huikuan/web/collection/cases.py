"""Cases at law: the list, one of them as a timeline, proposing one, leading it on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.models import CaseEvent, CaseItem, LegalCase
from huikuan.collection.operations import NewCase, lead_case, propose_case, take_case
from huikuan.collection.operations.trail import CASE
from huikuan.collection.queries import cases_seen
from huikuan.collection.requests import ask_case
from huikuan.collection.stages import CaseKind, EventKind, Stage, next_stages
from huikuan.collection.wording import CASE_KINDS, STAGES, word
from huikuan.core.errors import HuikuanError
from huikuan.core.keyset import Key
from huikuan.web.collection.case_forms import CaseForm, CasesForm, NewCaseForm, OwnerForm
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_file_url, case_url, list_url
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money

Row = dict[str, Any]
TONES = {"prepared": "warn", "closed": "plain"}
ICONS = {
    Stage.LETTER_SENT: "mail",
    Stage.APPROVED: "checks",
    Stage.CLOSED: "circle-check",
    Stage.PREPARED: "file-text",
}


def stage_badge(case: LegalCase) -> Row:
    """How far a case is, as a badge."""
    return {"label": word(STAGES, case.stage), "tone": TONES.get(case.stage, "notice")}


def _open(parameters: QueryDict, work: Work) -> Reading[LegalCase]:
    form = CasesForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    stage = wanted.get("stage", "")
    found = cases_seen(work.actor)
    if not stage:
        found = found.exclude(stage=Stage.CLOSED.value)
    elif stage != "all":
        found = found.filter(stage=stage)
    if "customer" in wanted:
        words = wanted["customer"].strip()
        found = found.filter(Q(customer__code__iexact=words) | Q(customer__name__icontains=words))
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("没有案件"),
            "text": _("在客户的催收页面上提出律师函、诉讼、支付令或仲裁。"),
            "icon": "gavel",
        },
    )


def _dressed(rows: Sequence[LegalCase]) -> list[LegalCase]:
    return list(rows)


def _summed(found: QuerySet[LegalCase]) -> Total:
    sums = found.order_by().aggregate(claimed=Sum("claimed"), fees=Sum("fees"))
    return Total(found.order_by().count(), {name: value for name, value in sums.items() if value})


ORDERS = {
    "prepared": Order((Key("prepared_on", date),)),
    "customer": Order((Key("customer__sort_key", str),)),
}
COLUMNS: tuple[Column[LegalCase], ...] = (
    customer_column(),
    Column("kind", _l("案件种类"), lambda work, row: word(CASE_KINDS, row.kind)),
    Column("prepared", _l("提出日期"), lambda work, row: row.prepared_on, kind="date", sort="prepared"),
    Column("claimed", _l("主张金额"), lambda work, row: row.claimed, kind="money", figure=True),
    Column("fees", _l("费用"), lambda work, row: row.fees or None, kind="money", minor=True),
    Column("court", _l("法院或仲裁机构"), lambda work, row: row.court or None, minor=True),
    Column(
        "next",
        _l("下一个日期"),
        lambda work, row: {"value": row.next_on, "note": row.next_what} if row.next_on else None,
        kind="date",
    ),
    Column("owner", _l("承办人"), lambda work, row: row.owner_name, minor=True),
    Column(
        "stage",
        _l("进展"),
        lambda work, row: stage_badge(row),
        kind="badge",
        text=lambda work, row: stage_badge(row)["label"],
    ),
)
CASES: List[LegalCase] = List(
    name="collection-cases",
    title=_l("案件"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-prepared",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: case_file_url(work, row.pk),
)


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """The way from the worklist to cases."""
    way = [{"label": _("催收"), "url": list_url(work)}]
    if more:
        way.append({"label": _("案件"), "url": reverse("collection-cases", args=[work.organization.code])})
    return [*way, *({"label": label} for label in more or (_("案件"),))]


@require_safe
@page("collection.read")
def cases(request: HttpRequest, work: Work) -> HttpResponse:
    """Cases that are not closed, others when asked for."""
    context = {**list_context(request, work, CASES), "breadcrumbs": crumbs(work)}
    return render(request, "collection/cases.html", context)


def case_of(work: Work, key: UUID) -> LegalCase:
    """The case if the actor may see its customer."""
    found = cases_seen(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.read")
def case_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One case: what is claimed, what happened; posting leads it on."""
    found = case_of(work, key)
    may_lead = work.actor.may("collection.legal") and found.stage != Stage.CLOSED
    stages = [
        each for each in next_stages(CaseKind(found.kind), Stage(found.stage)) if each != Stage.APPROVED
    ]
    form = CaseForm(found, stages, work.today, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        work.actor.require("collection.legal")
        if form.is_valid():
            try:
                lead_case(key, form.step(), actor=work.actor, today=work.today)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("已记入案件。"))
                return redirect(case_file_url(work, key))
    items = CaseItem.objects.filter(case=found).select_related("item")
    context = {
        "case": found,
        "kind": word(CASE_KINDS, found.kind),
        "state": stage_badge(found),
        "facts": _facts(work, found),
        "form": form if may_lead else None,
        "events": _events(work, found),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("主张金额"), "kind": "money"},
            {"label": _("现在未付"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": document_url(work, each.item.document_id),
                "cells": [
                    each.number,
                    each.due_on,
                    _money(work, each.currency, each.open_amount),
                    _money(work, each.currency, each.item.open_amount),
                ],
            }
            for each in items.order_by("due_on", "number")
        ],
        "files": files_of(work, CASE, found.pk),
        "notes": notes_of(work, CASE, found.pk),
        "actions": _actions(work, found),
        "breadcrumbs": crumbs(work, found.customer.name),
    }
    return render(request, "collection/case_file.html", context, status=422 if form.errors else 200)


def _money(work: Work, currency: str, value: Any) -> Row:
    other = currency != work.organization.currency
    return {"value": value, "currency": currency, "code": currency if other else ""}


def _events(work: Work, found: LegalCase) -> list[Row]:
    """What happened as events of components/timeline.html, the latest first."""
    rows = []
    for each in CaseEvent.objects.filter(case=found).order_by("-on", "-id"):
        fee = each.kind == EventKind.FEE
        stage = Stage(each.stage) if each.stage else None
        rows.append(
            {
                "title": _("费用") if fee else word(STAGES, each.stage) if stage else _("记录"),
                "on": each.on,
                "by": each.by_name,
                "note": each.text,
                "amount": each.amount,
                "currency": work.organization.currency,
                "icon": "coins" if fee else ICONS.get(stage, "gavel") if stage else "notes",
                "tone": "warn" if fee else "good" if stage == Stage.CLOSED else "notice" if stage else "",
            }
        )
    return rows


def _facts(work: Work, found: LegalCase) -> list[Row]:
    amount = {"kind": "money", "currency": work.organization.currency}
    following = f"{day_text(found.next_on)} {found.next_what}" if found.next_on else None
    rows: list[Row] = [
        {"label": _("客户"), "value": found.customer.name, "url": case_url(work, found.customer_id)},
        {"label": _("主张金额"), "value": found.claimed, **amount},
        {"label": _("费用"), "value": found.fees or None, **amount},
        {"label": _("下一个日期"), "value": following},
        {"label": _("法院或仲裁机构"), "value": found.court},
        {"label": _("案号"), "value": found.court_number},
        {"label": _("律师"), "value": found.lawyer},
        {"label": _("承办人"), "value": found.owner_name},
        {"label": _("提出日期"), "value": found.prepared_on, "kind": "date"},
        {"label": _("立案日期"), "value": found.filed_on, "kind": "date"},
        {"label": _("结案日期"), "value": found.closed_on, "kind": "date"},
        {"label": _("结果"), "value": found.outcome, "wide": True},
        {"label": _("原因"), "value": found.reason, "wide": True},
    ]
    return [row for row in rows if row["value"] not in (None, "")]


def _actions(work: Work, found: LegalCase) -> list[Row]:
    code, actions = work.organization.code, []
    if found.stage == Stage.PREPARED and work.actor.may("collection.write"):
        url = reverse("collection-case-approve", args=[code, found.pk])
        actions.append({"label": _("批准或提交审批"), "url": url, "icon": "checks", "primary": True})
    if found.stage != Stage.CLOSED and work.actor.may("collection.legal"):
        url = reverse("collection-case-owner", args=[code, found.pk])
        actions.append({"label": _("交办"), "url": url, "icon": "users"})
    return actions


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def case_approve(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """批准案件, or ask for it where the organization wants agreement first."""
    found = case_of(work, key)

    def act(_values: dict[str, Any]) -> str:
        outcome = ask_case(found, reason=found.reason, actor=work.actor, today=work.today)
        said = _("已提交审批。") if outcome.pending else _("案件已批准，可以发函或立案。")
        messages.success(request, said)
        return case_file_url(work, key)

    form = forms.Form(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("批准案件"), submit=_("批准或提交审批"),
        note=_("批准之后才能发律师函或立案。公司规定要审批的，先提交审批。"),
        over=f"{found.customer.name} · {money(found.claimed, work.organization.currency)}",
        back_url=case_file_url(work, key), crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.legal")
def case_owner(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """交办: who leads the case and is reminded of its dates."""
    found = case_of(work, key)
    form = OwnerForm(request.POST if request.method == "POST" else None, initial={"owner": found.owner_id})

    def act(values: dict[str, Any]) -> str:
        owner = UUID(values["owner"])
        take_case(key, owner_id=owner, name=form.people[owner], actor=work.actor)
        messages.success(request, _("已交办。"))
        return case_file_url(work, key)

    return ask_first(
        request, work, form, act,
        title=_("交办案件"), submit=_("交办"),
        note=_("承办人会在下一个日期之前几天收到提醒。"),
        over=found.customer.name, back_url=case_file_url(work, key), crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def case_new(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """提出案件: all that is overdue and undisputed of a customer."""
    customer = customer_of(work, key)
    form = NewCaseForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> str:
        new = NewCase(
            customer_id=key, kind=CaseKind(values["kind"]), reason=values["reason"],
            court=values["court"], lawyer=values["lawyer"],
        )  # fmt: skip
        made = propose_case(new, actor=work.actor, today=work.today)
        messages.success(request, _("案件已提出，等待批准。"))
        return case_file_url(work, made.pk)

    return ask_first(
        request, work, form, act,
        title=_("提出案件"), submit=_("提出"),
        note=_("列入全部逾期且没有争议的款项，金额按今天的未付数固定下来。批准之前不会发出任何东西。"),
        over=customer.name, back_url=case_url(work, key),
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("提出案件")},
        ],
    )  # fmt: skip

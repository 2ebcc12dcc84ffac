"""评分卡: the cards, one card with its versions, the editor with its preview, trying and comparing versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import labelled, version_words
from huikuan.credit.card_data import Card, card_from
from huikuan.credit.card_words import refusal_of
from huikuan.credit.operations import activate_version, create_card, retire_card, save_draft
from huikuan.credit.scorecards import Scorecard, ScorecardVersion, VersionState
from huikuan.credit.scoring import UnusableCard
from huikuan.organizations.actors import actor_words
from huikuan.organizations.models import Scope
from huikuan.web.credit.card_forms import definition_from, fields_of
from huikuan.web.credit.card_trials import preview_rows
from huikuan.web.credit.parts import Row
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

TONES = {VersionState.DRAFT: "notice", VersionState.ACTIVE: "good", VersionState.RETIRED: "plain"}


def card_crumbs(work: Work, card: Scorecard | None = None, *more: str) -> list[dict[str, str]]:
    """Where a page of cards stands."""
    org = [work.organization.code]
    crumbs = [
        {"label": _("客户评级"), "url": reverse("credit-grades", args=org)},
        {"label": pgettext("plural", "评分卡"), "url": reverse("scorecards", args=org)},
    ]
    if card is not None:
        crumbs.append({"label": card.title, "url": reverse("scorecard", args=[*org, card.pk])})
    return [*crumbs, *({"label": label} for label in more)]


def card_of_page(key: UUID) -> Scorecard:
    """The card of an address."""
    found = Scorecard.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("credit.read")
def scorecards(request: HttpRequest, work: Work) -> HttpResponse:
    """The cards with the version that counts."""
    org = [work.organization.code]
    rows = []
    for card in Scorecard.objects.order_by("segment", "code"):
        versions = list(ScorecardVersion.objects.filter(scorecard=card).order_by("-number"))
        active = next((each for each in versions if each.state == VersionState.ACTIVE), None)
        draft = next((each for each in versions if each.state == VersionState.DRAFT), None)
        rows.append(
            {
                "url": reverse("scorecard", args=[*org, card.pk]),
                "cells": [
                    {"value": card.title, "note": card.code},
                    card.segment or _("所有其他客户"),
                    version_words(active.number) if active else "—",
                    active.starts_on if active else None,
                    {"label": _("启用"), "tone": "good"}
                    if active
                    else {"label": _("未启用"), "tone": "plain"},
                    labelled(_("草稿"), version_words(draft.number)) if draft else None,
                ],
            }
        )
    new = {
        "label": _("新建评分卡"),
        "url": reverse("scorecard-new", args=org),
        "icon": "plus",
        "primary": True,
    }
    context = {
        "actions": [new] if work.actor.may("scorecard.write") else [],
        "columns": [
            {"label": _("评分卡"), "kind": "name", "lead": True},
            {"label": _("适用客户")},
            {"label": _("版本"), "whole": True},
            {"label": pgettext("scorecard", "启用日期"), "kind": "date"},
            {"label": _("状态"), "kind": "badge", "figure": True},
            {"label": _("草稿")},
        ],
        "rows": rows,
        "empty": {
            "title": _("还没有评分卡"),
            "text": _("新建一张评分卡，客户就会按它评级。"),
            "icon": "scale",
        },
        "breadcrumbs": card_crumbs(work),
    }
    return render(request, "credit/scorecards.html", context)


@require_safe
@page("credit.read")
def scorecard(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One card: what counts now in full, and its versions."""
    card = card_of_page(key)
    versions = list(ScorecardVersion.objects.filter(scorecard=card).select_related("act").order_by("-number"))
    shown = next((each for each in versions if each.state == VersionState.ACTIVE), versions[0])
    context = {
        "card": card,
        "shown": shown,
        "fields": fields_of(shown.definition),
        "actions": _actions(work, card, versions),
        "versions": _versions(work, card, versions),
        "breadcrumbs": card_crumbs(work, card),
    }
    return render(request, "credit/scorecard.html", context)


def _actions(work: Work, card: Scorecard, versions: list[ScorecardVersion]) -> list[Row]:
    where = [work.organization.code, card.pk]
    states = {version.state for version in versions}
    actions: list[Row] = []
    if len(versions) > 1 and work.actor.scope == Scope.ALL:
        compare = {
            "label": _("比较版本"),
            "url": reverse("scorecard-compare", args=where),
            "icon": "arrows-exchange",
        }
        actions.append(compare)
    if not work.actor.may("scorecard.write"):
        return actions
    if VersionState.ACTIVE in states and card.segment:
        actions.append({"label": _("停用"), "url": reverse("scorecard-retire", args=where), "icon": "ban"})
    edit = {
        "label": _("编辑草稿") if VersionState.DRAFT in states else _("新版本"),
        "url": reverse("scorecard-edit", args=where),
        "icon": "edit",
    }
    if VersionState.DRAFT in states:
        return [
            *actions,
            edit,
            {
                "label": _("启用草稿"),
                "url": reverse("scorecard-activate", args=where),
                "icon": "check",
                "primary": True,
            },
        ]
    return [*actions, {**edit, "primary": True}]


def _versions(work: Work, card: Scorecard, versions: list[ScorecardVersion]) -> Row:
    columns = [
        {"label": _("版本"), "lead": True},
        {"label": _("状态"), "kind": "badge", "figure": True},
        {"label": _("开始日期"), "kind": "date"},
        {"label": _("结束日期"), "kind": "date"},
        {"label": _("说明"), "kind": "name"},
        {"label": _("经办"), "minor": True},
    ]
    compare = reverse("scorecard-compare", args=[work.organization.code, card.pk])
    active = next(
        (each.number for each in versions if each.state == VersionState.ACTIVE), versions[-1].number
    )
    rows = []
    for version in versions:
        state = VersionState(version.state)
        row: Row = {
            "cells": [
                version_words(version.number),
                {"label": str(state.label), "tone": TONES[state]},
                version.starts_on,
                version.ends_on,
                version.note or None,
                actor_words(version.act.actor_name),
            ]
        }
        if version.number != active and work.actor.scope == Scope.ALL:
            row["url"] = f"{compare}?a={active}&b={version.number}"
        rows.append(row)
    return {"columns": columns, "rows": rows}


class NewCardForm(forms.Form):
    """A card and whom it is for."""

    name = forms.CharField(label=_l("名称"), max_length=100)
    code = forms.CharField(label=_l("代码"), max_length=40, help_text=_l("字母、数字、- 和 _。"))
    segment = forms.CharField(
        label=_l("客户分类"),
        max_length=60,
        required=False,
        help_text=_l("只用于这一分类的客户；留空则用于没有其他评分卡的所有客户。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("scorecard.write")
def scorecard_new(request: HttpRequest, work: Work) -> HttpResponse:
    """A card that starts as the shipped one."""

    def act(values: dict[str, Any]) -> str:
        version = create_card(actor=work.actor, **values)
        return reverse("scorecard-edit", args=[work.organization.code, version.scorecard_id])

    return ask_first(
        request, work, NewCardForm(request.POST or None), act,
        title=_("新建评分卡"), submit=_("新建草稿"), note=_("先得到一份通用评分卡的副本，修改、试算后再启用。"), over="",
        back_url=reverse("scorecards", args=[work.organization.code]),
        crumbs=card_crumbs(work, None, _("新建评分卡")),
    )  # fmt: skip


def _draft(card: Scorecard) -> ScorecardVersion | None:
    return ScorecardVersion.objects.filter(scorecard=card, state=VersionState.DRAFT).first()


def _base(card: Scorecard) -> ScorecardVersion:
    """What a new draft starts from: the draft itself, the active version, or the last one."""
    versions = list(ScorecardVersion.objects.filter(scorecard=card).order_by("-number"))
    active = next((each for each in versions if each.state == VersionState.ACTIVE), versions[0])
    return _draft(card) or active


@require_http_methods(["GET", "HEAD", "POST"])
@page("scorecard.write")
def scorecard_edit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The draft of a card as fields; what it means for some customers beside it."""
    card = card_of_page(key)
    base = _base(card)
    definition, note, error = base.definition, base.note if base.state == VersionState.DRAFT else "", ""
    if request.method == "POST":
        definition, note = definition_from(request.POST.dict()), str(request.POST.get("note", "")).strip()
        try:
            version = save_draft(card.pk, definition, note=note, actor=work.actor)
            messages.success(request, _("第 %d 版草稿已保存。") % version.number)
            return redirect(_after_saving(request, work, card, version))
        except HuikuanError as refused:
            error = refused.message
    context = {
        "card": card,
        "fields": fields_of(definition),
        "note": note,
        "error": error,
        "preview": _preview(work, card, definition),
        "preview_url": reverse("scorecard-preview", args=[work.organization.code, card.pk]),
        "back_url": reverse("scorecard", args=[work.organization.code, card.pk]),
        "breadcrumbs": card_crumbs(work, card, _("编辑草稿")),
    }
    return render(request, "credit/card_edit.html", context, status=422 if error else 200)


def _after_saving(request: HttpRequest, work: Work, card: Scorecard, version: ScorecardVersion) -> str:
    where = [work.organization.code, card.pk]
    if "try" in request.POST:
        active = ScorecardVersion.objects.filter(scorecard=card, state=VersionState.ACTIVE).first()
        return f"{reverse('scorecard-compare', args=where)}?a={active.number if active else version.number}&b={version.number}"
    if "more" in request.POST:
        return reverse("scorecard-edit", args=where)
    return reverse("scorecard", args=where)


@require_POST
@page("scorecard.write")
def scorecard_preview(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What the fields say now: the sums, what is wrong, and some customers under it; nothing is saved."""
    card = card_of_page(key)
    definition = definition_from(request.POST.dict())
    context = {"preview": _preview(work, card, definition), "fields": fields_of(definition)}
    return render(request, "credit/card_preview.html", context)


def _preview(work: Work, card: Scorecard, definition: Mapping[str, Any]) -> Row:
    try:
        wanted = card_from(definition)
    except UnusableCard as error:
        return {"error": refusal_of(error).message, "rows": []}
    return {"error": "", "rows": preview_rows(work, _in_force(card), wanted)}


def _in_force(card: Scorecard) -> Card:
    version = ScorecardVersion.objects.filter(scorecard=card, state=VersionState.ACTIVE).first()
    return card_from((version or _base(card)).definition)


class ActivateForm(forms.Form):
    """From which day on the draft counts."""

    starts_on = DayField(label=pgettext_lazy("scorecard", "启用日期"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("scorecard.write")
def scorecard_activate(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """启用: the draft counts from a day on."""
    card = card_of_page(key)
    draft = _draft(card)
    if draft is None:
        raise Http404

    def act(values: dict[str, Any]) -> str:
        version = activate_version(draft.pk, actor=work.actor, today=work.today, **values)
        messages.success(request, _("第 %d 版已启用，今晚按它重新评级。") % version.number)
        return reverse("scorecard", args=[work.organization.code, card.pk])

    return ask_first(
        request, work, ActivateForm(request.POST or None, initial={"starts_on": work.today}), act,
        title=_("启用第 %d 版") % draft.number, submit=pgettext("act", "启用"),
        note=_("启用后这个版本不能再修改；原来的版本到前一天为止，已有的评级保留。"),
        over=card.title, back_url=reverse("scorecard", args=[work.organization.code, card.pk]),
        crumbs=card_crumbs(work, card, _("启用")),
    )  # fmt: skip


class RetireForm(forms.Form):
    """Nothing to fill in."""


@require_http_methods(["GET", "HEAD", "POST"])
@page("scorecard.write")
def scorecard_retire(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """停用: the card for all counts from tomorrow on."""
    card = card_of_page(key)

    def act(_values: dict[str, Any]) -> str:
        retire_card(card.pk, actor=work.actor, today=work.today)
        messages.success(request, _("评分卡已停用。"))
        return reverse("scorecard", args=[work.organization.code, card.pk])

    return ask_first(
        request, work, RetireForm(request.POST if request.method == "POST" else None), act,
        title=_("停用评分卡"), submit=_("停用"), note=_("今天仍按这张卡评级，从明天起这一分类的客户按通用评分卡评级。"),
        over=card.title, back_url=reverse("scorecard", args=[work.organization.code, card.pk]),
        crumbs=card_crumbs(work, card, _("停用")),
    )  # fmt: skip

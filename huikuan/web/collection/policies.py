"""The policies, one of them with its steps in time, its versions, how two differ, and what is done with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.models import CollectionPolicy, PolicyVersion
from huikuan.collection.operations import copy_policy, discard_draft, end_policy, put_in_force
from huikuan.collection.policy_queries import (
    Difference,
    content_of,
    differences,
    draft_of,
    latest_version,
    scopes_of,
    steps_of,
)
from huikuan.collection.policy_wording import EFFECTS, MEANS, OURS, SENDERS, THEIRS
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.stepping import Content
from huikuan.core.sentences import version_words
from huikuan.organizations.models import Scope
from huikuan.web.collection.policy_words import (
    crumbs,
    policy_url,
    rhythm,
    runs_url,
    said,
    step_events,
    version_state,
    when,
    whom,
)
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.money import money

Row = dict[str, Any]


def version_asked(work: Work, key: UUID, number: str) -> PolicyVersion:
    """The version of that number, else what counts of the policy now."""
    found = None
    if number.isdecimal() and len(number) < 5:
        found = PolicyVersion.objects.select_related("policy").filter(policy_id=key, number=number).first()
    found = found or latest_version(key, work.today)
    if found is None:
        raise Http404
    return found


@require_safe
@page("collection.read")
def policies(request: HttpRequest, work: Work) -> HttpResponse:
    """Every policy with what counts of it, those that decide first in front."""
    versions = [
        found
        for policy in CollectionPolicy.objects.order_by("code")
        if (found := latest_version(policy.pk, work.today)) is not None
    ]
    versions.sort(key=lambda each: (version_state(each, work.today)["tone"] != "good", each.priority))
    keys = [each.pk for each in versions]
    steps, scopes = steps_of(keys), scopes_of(keys)
    code = [work.organization.code]
    actions: list[Row] = [
        {"label": _("等待同意"), "url": reverse("collection-waiting", args=code), "icon": "clipboard-check"},
        {"label": _("计收提案"), "url": reverse("collection-charges", args=code), "icon": "coins"},
    ]
    if work.actor.scope == Scope.ALL:
        actions.insert(0, {"label": _("执行记录"), "url": runs_url(work), "icon": "history"})
    if work.actor.may("collection.manage"):
        url = reverse("collection-policy-new", args=code)
        actions.append({"label": _("新建策略"), "url": url, "icon": "plus", "primary": True})
    context = {
        "columns": [
            {"label": _("策略"), "kind": "name", "lead": True},
            {"label": _("适用"), "kind": "name"},
            {"label": _("优先级"), "kind": "num", "hint": _("数字小的先决定")},
            {"label": pgettext("plural", "步骤"), "kind": "count"},
            {"label": _("催收日")},
            {"label": _("状态"), "kind": "badge", "figure": True},
        ],
        "rows": [
            {
                "url": policy_url(work, each.policy_id),
                "cells": [
                    {
                        "value": each.policy.title,
                        "note": f"{each.policy.code} · {version_words(each.number)}",
                    },
                    whom(scopes[each.pk]),
                    str(each.priority),
                    len(steps[each.pk]),
                    rhythm(each),
                    version_state(each, work.today),
                ],
            }
            for each in versions
        ],
        "empty": {"title": _("还没有催收策略"), "text": "", "icon": "list-details"},
        "actions": actions,
        "breadcrumbs": [*crumbs(work)[:1], {"label": _("催收策略")}],
    }
    return render(request, "collection/policies.html", context)


@require_safe
@page("collection.read")
def policy(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One policy: its steps from before the due day on, and its versions."""
    version = version_asked(work, key, request.GET.get("version", ""))
    content = content_of(version)
    versions = list(PolicyVersion.objects.filter(policy_id=key).order_by("-number"))
    context = {
        "policy": version.policy,
        "version": version,
        "state": version_state(version, work.today),
        "events": step_events(work, content),
        "facts": _facts(work, version, content),
        "versions": [
            {
                "title": version_words(each.number),
                "url": policy_url(work, key, version=each.number),
                "on": each.starts_on,
                "note": each.note,
                "icon": "check" if each.pk == version.pk else "history",
                "tone": version_state(each, work.today)["tone"],
                "by": version_state(each, work.today)["label"],
            }
            for each in versions
        ],
        "compare_url": _url(work, "collection-policy-compare", key) if len(versions) > 1 else "",
        "actions": _actions(work, version),
        "breadcrumbs": crumbs(work, {"label": version.policy.title}),
    }
    return render(request, "collection/policy.html", context)


def _url(work: Work, name: str, key: UUID) -> str:
    return reverse(name, args=[work.organization.code, key])


def _facts(work: Work, version: PolicyVersion, content: Content) -> list[Row]:
    return [
        {"label": _("适用"), "value": whom(content.scopes)},
        {"label": _("优先级"), "value": str(content.priority)},
        {"label": _("催收日"), "value": rhythm(version)},
        {"label": _("免打扰"), "value": f"{content.quiet_from:%H:%M} – {content.quiet_to:%H:%M}"},
        {"label": _("起催金额"), "value": money(content.minimum, work.organization.currency)},
        {"label": _("错过后补做"), "value": _("%d 个催收日以内") % content.window},
        {"label": _("说明"), "value": content.note or "—"},
    ]


def _actions(work: Work, version: PolicyVersion) -> list[Row]:
    key = version.policy_id
    trial = f"{_url(work, 'collection-policy-simulate', key)}?version={version.number}"
    actions: list[Row] = [{"label": _("模拟"), "url": trial, "icon": "chart-bar"}]
    if not work.actor.may("collection.manage"):
        return actions
    actions.append({"label": _("复制"), "url": _url(work, "collection-policy-copy", key), "icon": "copy"})
    running = PolicyVersion.objects.filter(policy_id=key, starts_on__isnull=False, ends_on=None).exists()
    if running:
        actions.append({"label": _("停用"), "url": _url(work, "collection-policy-end", key), "icon": "ban"})
    draft = draft_of(key)
    if draft is not None:
        if draft.number > 1:
            url = _url(work, "collection-policy-discard", key)
            actions.append({"label": _("放弃草稿"), "url": url, "icon": "trash"})
        url = _url(work, "collection-policy-activate", draft.pk)
        actions.insert(1, {"label": _("启用草稿"), "url": url, "icon": "check"})
    label = _("编辑草稿") if draft is not None else _("修改")
    edit = _url(work, "collection-policy-edit", key)
    return [*actions, {"label": label, "url": edit, "icon": "edit", "primary": True}]


@require_safe
@page("collection.read")
def policy_compare(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """How two versions differ: in general, and step by step."""
    numbers = list(
        PolicyVersion.objects.filter(policy_id=key).order_by("number").values_list("number", flat=True)
    )
    if not numbers:
        raise Http404
    former = numbers[-2] if len(numbers) > 1 else numbers[0]
    a = version_asked(work, key, request.GET.get("a", "") or str(former))
    b = version_asked(work, key, request.GET.get("b", "") or str(numbers[-1]))
    general, steps = differences(content_of(a), content_of(b))
    rows = [
        {"cells": [_("整体"), str(FIELDS[name]), _shown(work, name, old), _shown(work, name, new)]}
        for name, (old, new) in general.items()
    ]
    for each in steps:
        rows += _different(work, each)
    context = {
        "policy": a.policy,
        "a": a,
        "b": b,
        "numbers": numbers,
        "columns": [
            {"label": _("步骤"), "kind": "name", "lead": True},
            {"label": _("内容")},
            {"label": version_words(a.number), "wide": True},
            {"label": version_words(b.number), "wide": True},
        ],
        "rows": rows,
        "empty": {"title": _("两个版本没有差别"), "text": "", "icon": "circle-check"},
        "breadcrumbs": crumbs(
            work,
            {"label": a.policy.title, "url": policy_url(work, key)},
            {"label": _("比较版本")},
        ),
    }
    return render(request, "collection/policy_compare.html", context)


FIELDS = {
    "scopes": _l("适用"), "priority": _l("优先级"), "minimum": _l("起催金额"), "window": _l("错过后补做"),
    "weekdays": _l("星期"), "workdays_only": _l("只在工作日"), "quiet_from": _l("免打扰从"),
    "quiet_to": _l("免打扰到"), "name": _l("名称"), "trigger": _l("从什么算起"), "days": _l("天数"),
    "channels": _l("方式"), "template": _l("模板"), "sender": _l("由谁发出"), "theirs": _l("给对方谁"),
    "ours": _l("告知我方谁"), "repeat_days": _l("每几天重复"), "repeats": _l("最多重复几次"),
    "fee": _l("费用"), "with_interest": _l("写明逾期利息"), "effects": _l("同时"),
    "needs_approval": _l("先经同意"), "script": _l("话术"),
}  # fmt: skip
WORDS = {"channels": MEANS, "theirs": THEIRS, "ours": OURS, "effects": EFFECTS}


def _shown(work: Work, name: str, value: Any) -> str:
    if name == "scopes":
        return whom(value)
    if name in WORDS:
        return said(WORDS[name], value) or "—"
    if name == "sender":
        return str(SENDERS[value])
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name in ("minimum", "fee"):
        return money(value, work.organization.currency)
    return f"{value:%H:%M}" if name.startswith("quiet") else str(value) or "—"


def _different(work: Work, each: Difference) -> list[Row]:
    step = each.after or each.before
    assert step is not None
    label = f"{when(step)} · {shown_name(step.name)}"
    if each.before is None:
        return [{"cells": [label, _("新增的步骤"), "—", said(MEANS, step.channels)]}]
    if each.after is None:
        return [{"cells": [label, _("删去的步骤"), said(MEANS, step.channels), "—"]}]
    return [
        {"cells": [label, str(FIELDS[name]), _shown(work, name, old), _shown(work, name, new)]}
        for name, (old, new) in each.fields.items()
    ]


class StartForm(forms.Form):
    starts_on = DayField(label=_l("从哪天起"))


class CopyForm(forms.Form):
    code = forms.CharField(label=_l("代码"), max_length=40)
    name = forms.CharField(label=_l("名称"), max_length=100)


class NoForm(forms.Form):
    """Only asks."""


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_activate(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """启用: a draft counts from a day on."""
    version = PolicyVersion.objects.select_related("policy").filter(pk=key).first()
    if version is None:
        raise Http404

    def act(values: Row) -> str:
        put_in_force(key, starts_on=values["starts_on"], actor=work.actor, today=work.today)
        messages.success(request, _("已启用。"))
        return policy_url(work, version.policy_id)

    form = StartForm(request.POST if request.method == "POST" else None, initial={"starts_on": work.today})
    return ask_first(
        request, work, form, act,
        title=_("启用策略"), submit=_("启用"), over=f"{version.policy.title} · {version_words(version.number)}",
        note=_("从那天起，每天早上按它自动执行；原来的版本到那天为止。启用的版本不再改变。"),
        back_url=policy_url(work, version.policy_id),
        crumbs=crumbs(work, {"label": version.policy.title, "url": policy_url(work, version.policy_id)}, {"label": _("启用")}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_end(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """停用: from a day on the policy does nothing."""
    version = version_asked(work, key, "")

    def act(values: Row) -> str:
        end_policy(key, ends_on=values["starts_on"], actor=work.actor, today=work.today)
        messages.success(request, _("已停用。"))
        return policy_url(work, key)

    form = StartForm(request.POST if request.method == "POST" else None, initial={"starts_on": work.today})
    return ask_first(
        request, work, form, act,
        title=_("停用策略"), submit=_("停用"), over=version.policy.title,
        note=_("从那天起不再执行；它的客户由其他策略决定，没有其他策略的不再自动催收。"),
        back_url=policy_url(work, key),
        crumbs=crumbs(work, {"label": version.policy.title, "url": policy_url(work, key)}, {"label": _("停用")}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_copy(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """复制: another policy that says the same."""
    version = version_asked(work, key, "")

    def act(values: Row) -> str:
        made = copy_policy(version.pk, code=values["code"], name=values["name"], actor=work.actor)
        return reverse("collection-policy-edit", args=[work.organization.code, made.policy_id])

    initial = {"code": f"{version.policy.code}-2", "name": _("%s（副本）") % version.policy.title}
    form = CopyForm(request.POST if request.method == "POST" else None, initial=initial)
    return ask_first(
        request, work, form, act,
        title=_("复制策略"), submit=_("复制"), over=version.policy.title,
        note=_("副本是草稿，改好适用的客户和优先级后再启用。"), back_url=policy_url(work, key),
        crumbs=crumbs(work, {"label": version.policy.title, "url": policy_url(work, key)}, {"label": _("复制")}),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.manage")
def policy_discard(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """放弃草稿: what counts stays."""
    version = version_asked(work, key, "")

    def act(_values: Row) -> str:
        discard_draft(key, actor=work.actor)
        messages.success(request, _("草稿已放弃。"))
        return policy_url(work, key)

    return ask_first(
        request, work, NoForm(request.POST if request.method == "POST" else None), act,
        title=_("放弃草稿"), submit=_("放弃草稿"), over=version.policy.title,
        note=_("草稿里的修改会丢失，启用中的版本不变。"), back_url=policy_url(work, key),
        crumbs=crumbs(work, {"label": version.policy.title, "url": policy_url(work, key)}, {"label": _("放弃草稿")}),
    )  # fmt: skip

"""What the runs planned and left out, and the steps that wait for somebody's agreement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.collection.models import CollectionAction, CollectionRun, RunSkip
from huikuan.collection.operations import agree_to_actions, refuse_actions, run_collection
from huikuan.collection.policy_wording import MEANS
from huikuan.collection.policy_wording import REASONS as RUN_REASONS
from huikuan.collection.queries import customers_seen
from huikuan.collection.stepping import ActionState
from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import enumerated, in_succession, labelled
from huikuan.messaging.wording import REASONS as MESSAGE_REASONS
from huikuan.organizations.models import Scope
from huikuan.web.collection.policy_words import action_badge, crumbs, runs_url
from huikuan.web.collection.words import case_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page

Row = dict[str, Any]
RUNS, SHOWN = 60, 200
# Why a step was left out, or why what it sent was not sent.
REASONS = MESSAGE_REASONS | RUN_REASONS
LEFT_OUT = "left_out"


@require_safe
@page("collection.read", whole=True)
def runs(request: HttpRequest, work: Work) -> HttpResponse:
    """The latest runs."""
    found = CollectionRun.objects.order_by("-on", "-id")[:RUNS]
    code = [work.organization.code]
    actions: list[Row] = [
        {"label": _("等待同意"), "url": reverse("collection-waiting", args=code), "icon": "clipboard-check"}
    ]
    if work.actor.may("collection.manage"):
        url = reverse("collection-run-now", args=code)
        actions.append({"label": _("现在执行"), "url": url, "icon": "refresh", "post": True, "primary": True})
    context = {
        "columns": [
            {"label": _("日期"), "kind": "date", "lead": True},
            {"label": _("客户数"), "kind": "count", "figure": True},
            {"label": _("等待同意"), "kind": "count"},
            {"label": _("没有做的"), "kind": "name", "wide": True},
        ],
        "rows": [
            {
                "url": reverse("collection-run", args=[*code, each.pk]),
                "cells": [each.on, each.planned, each.waiting, _left_out(each)],
            }
            for each in found
        ],
        "empty": {"title": _("还没有执行过"), "text": _("每天早上五点以后自动执行。"), "icon": "history"},
        "actions": actions,
        "breadcrumbs": crumbs(work, {"label": _("执行记录")}),
    }
    return render(request, "collection/runs.html", context)


def _left_out(run: CollectionRun) -> str:
    parts = [labelled(REASONS.get(reason, reason), count) for reason, count in run.skipped.items()]
    return in_succession(parts) or "—"


@require_POST
@page("collection.manage", whole=True)
def run_now(request: HttpRequest, work: Work) -> HttpResponse:
    """Run the policies for today; what was done is not done again."""
    found = run_collection(actor=work.actor, day=work.today, now=timezone.localtime())
    said = _("已执行：计划 %(planned)d 位客户，排队 %(queued)d 条消息，%(waiting)d 项等待同意。")
    values = {"planned": found.planned, "queued": found.queued, "waiting": found.waiting_approval}
    messages.success(request, said % values)
    return redirect(runs_url(work))


@require_safe
@page("collection.read", whole=True)
def run(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One run: its actions, by state, and what it left out, by reason."""
    found = CollectionRun.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    part = request.GET.get("part", "")
    counts = dict(
        CollectionAction.objects.filter(run=found).order_by().values_list("state").annotate(Count("pk"))
    )
    url = reverse("collection-run", args=[work.organization.code, key])
    tabs = [{"label": _("全部动作"), "url": url, "count": sum(counts.values()), "active": not part}]
    for state, count in counts.items():
        label = action_badge(state)["label"]
        tabs.append(
            {"label": label, "url": with_query(url, {"part": state}), "count": count, "active": part == state}
        )
    skips = RunSkip.objects.filter(run=found).count()
    if skips:
        tabs.append(
            {
                "label": _("没有做的"),
                "url": with_query(url, {"part": LEFT_OUT}),
                "count": skips,
                "active": part == LEFT_OUT,
            }
        )
    table = _skips(work, found) if part == LEFT_OUT else _actions(work, found, part)
    context = {
        "run": found,
        "tabs": tabs,
        **table,
        "breadcrumbs": crumbs(
            work, {"label": _("执行记录"), "url": runs_url(work)}, {"label": found.on.isoformat()}
        ),
    }
    return render(request, "collection/run.html", context)


def _actions(work: Work, found: CollectionRun, state: str) -> Row:
    rows = CollectionAction.objects.filter(run=found).select_related("customer", "step")
    if state:
        rows = rows.filter(state=state)
    return {
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("步骤"), "kind": "name"},
            {"label": _("方式")},
            {"label": _("笔数"), "kind": "count"},
            {"label": _("欠款"), "kind": "money", "figure": True},
            {"label": _("状态"), "kind": "badge"},
            {"label": _("原因"), "kind": "name", "minor": True},
        ],
        "rows": [
            {
                "url": case_url(work, each.customer_id),
                "cells": [
                    {"value": each.customer.name, "note": each.customer.code},
                    each.step.title,
                    str(MEANS[each.channel]),
                    each.items,
                    each.amount,
                    _state(each),
                    str(REASONS.get(each.reason, each.reason)),
                ],
            }
            for each in rows.order_by("-amount", "pk")[:SHOWN]
        ],
        "more": max(0, rows.count() - SHOWN),
    }


def _state(action: CollectionAction) -> Row:
    """What became of an action; what came back of its mail says more."""
    if action.bounced_on:
        return {"label": _("被退信"), "tone": "bad"}
    if action.replied_on:
        return {"label": _("已回复"), "tone": "good"}
    return action_badge(action.state)


def _skips(work: Work, found: CollectionRun) -> Row:
    rows = RunSkip.objects.filter(run=found).select_related("customer", "step")
    return {
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("步骤"), "kind": "name"},
            {"label": _("原因"), "kind": "name"},
            {"label": _("笔数"), "kind": "count"},
            {"label": _("欠款"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": case_url(work, each.customer_id),
                "cells": [
                    {"value": each.customer.name, "note": each.customer.code},
                    each.step.title,
                    str(REASONS.get(each.reason, each.reason)),
                    each.items,
                    each.amount,
                ],
            }
            for each in rows.order_by("reason", "-amount", "pk")[:SHOWN]
        ],
        "more": max(0, rows.count() - SHOWN),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.read")
def waiting(request: HttpRequest, work: Work) -> HttpResponse:
    """Grave steps that wait; who may manage collection agrees to them or not, several at a time."""
    if request.method == "POST":
        work.actor.require("collection.manage")
        try:
            _decide(request, work)
        except HuikuanError as error:
            messages.error(request, error.message)
        return redirect(reverse("collection-waiting", args=[work.organization.code]))
    found = (
        CollectionAction.objects.filter(
            state=ActionState.WAITING.value, lead=None, customer__in=customers_seen(work.actor)
        )
        .select_related("customer", "step")
        .order_by("-amount", "pk")
    )
    context = {
        "actions_waiting": [
            {
                "key": each.pk,
                "name": each.customer.name,
                "code": each.customer.code,
                "url": case_url(work, each.customer_id),
                "step": each.step.title,
                "channels": enumerated(MEANS[code] for code in each.step.channels),
                "on": each.on,
                "items": each.items,
                "amount": each.amount,
            }
            for each in found[:SHOWN]
        ],
        "more": max(0, found.count() - SHOWN),
        "may_decide": work.actor.may("collection.manage"),
        "may_see_runs": work.actor.scope == Scope.ALL,
        "breadcrumbs": crumbs(work, {"label": _("等待同意")}),
    }
    return render(request, "collection/waiting.html", context)


def _decide(request: HttpRequest, work: Work) -> None:
    keys = []
    for text in request.POST.getlist("item")[:SHOWN]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    if request.POST.get("decision") == "refuse":
        count = refuse_actions(keys, reason=request.POST.get("reason", ""), actor=work.actor)
        messages.success(request, _("已取消 %d 项。") % count)
        return
    going, gone = agree_to_actions(keys, actor=work.actor, now=timezone.localtime())
    said = _("已同意 %(going)d 项；%(gone)d 项因已付款、有争议或已承诺而取消。")
    messages.success(request, said % {"going": going, "gone": gone})

"""The workbench: the queue on the left, the line that is looked at and what it may be on the right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.cash.banking import LineUse, StatementLine
from huikuan.cash.operations.line_uses import left_of
from huikuan.cash.proposals import SHORT_REASONS
from huikuan.cash.queries import standing_uses
from huikuan.disputes.wording import reason_choices
from huikuan.notices.queries import mentionable
from huikuan.web.cash.parts import address
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.workbench.candidates import candidates, first_possible, options_of
from huikuan.web.workbench.queue import TABS, first_tab, queue_of, tabs_of
from huikuan.web.workbench.words import USES, tier_badge

Row = dict[str, Any]
RECENT = 8


@require_safe
@page("bank.read", whole=True)
def workbench(request: HttpRequest, work: Work) -> HttpResponse:
    """The queue and one line of it; by htmx only what changed."""
    context = workbench_context(work, request.GET.get("tab", ""), _key(request.GET.get("line", "")))
    return show(request, work, context)


def show(request: HttpRequest, work: Work, context: Row) -> HttpResponse:
    """The page, or by htmx its body."""
    template = "workbench/body.html" if request.headers.get("HX-Request") else "workbench/page.html"
    return render(request, template, context)


def answered(
    request: HttpRequest, work: Work, context: Row, *, text: str = "", error: str = ""
) -> HttpResponse:
    """After an act: the next line in place by htmx, else the page anew with what happened."""
    if request.headers.get("HX-Request"):
        return render(request, "workbench/body.html", context | {"done_text": text, "error": error})
    if error:
        messages.error(request, error)
    elif text:
        messages.success(request, text)
    line = context["line"]["key"] if context["line"] else ""
    query = {"tab": context["tab"], "line": line}
    return redirect(with_query(address(work, "workbench"), query))


def workbench_context(work: Work, tab: str, wanted: UUID | None, *, done: list[LineUse] | None = None) -> Row:
    """Everything the workbench shows; `done`: what the last act made, so that it can be undone."""
    known = {name for name, _label in TABS}
    tab = tab if tab in known else first_tab(wanted)
    url = address(work, "workbench")
    queue = queue_of(tab, wanted)
    tabs, total = tabs_of(work, tab, url)
    may = may_settle(work)
    actions = _actions(work, may)
    return {
        "tab": tab,
        "tabs": tabs,
        "total": total,
        "currency": work.organization.currency,
        "queue": [_queued(line, url, tab, queue.current) for line in queue.lines],
        "more": queue.more,
        "line": _shown(work, queue.current) if queue.current else None,
        "skip": with_query(url, {"tab": tab, "line": queue.after}) if queue.after else "",
        "may": may,
        "actions": actions,
        "done_uses": [str(use.pk) for use in done or ()],
        "recent": _recent(work) if may else [],
        "reasons": [(code, label) for code, label in SHORT_REASONS.items()],
        "dispute_reasons": reason_choices(),
        "empty": {
            "title": _("这里没有待处理的流水") if total["count"] else _("没有待处理的流水"),
            "text": _("看看其他几类，或导入新的对账单。") if total["count"] else _("到账都已处理完。"),
            "icon": "circle-check",
        },
        "breadcrumbs": [{"label": _("到账核销")}],
    }


def may_settle(work: Work) -> bool:
    """Whether the actor may settle lines, not only look at them."""
    return work.actor.may("receipt.record") and work.actor.may("allocation.write")


def _actions(work: Work, may: bool) -> list[Row]:
    actions: list[Row] = [
        {"label": _("付款通知"), "url": address(work, "advices"), "icon": "mail"},
        {"label": _("匹配质量"), "url": address(work, "match-quality"), "icon": "chart-bar"},
    ]
    if work.actor.may("settlement.write"):
        rules = {
            "label": _("匹配规则"),
            "url": address(work, "match-policy"),
            "icon": "adjustments-horizontal",
        }
        actions.append(rules)
    if may:
        url = address(work, "workbench-match")
        actions.append({"label": _("自动匹配"), "url": url, "icon": "refresh", "post": True, "primary": True})
    return actions


def _queued(line: Any, url: str, tab: str, current: Any) -> Row:
    return {
        "key": line.pk,
        "url": with_query(url, {"tab": tab, "line": line.pk}),
        "on": line.booked_on,
        "payer": line.counterparty,
        "text": line.text,
        "kind": line.get_kind_display(),
        "amount": line.amount if line.used == 0 else (left_of(line) if line.amount > 0 else -left_of(line)),
        "currency": line.bank_account.currency,
        "badge": tier_badge(line.tier),
        "current": current is not None and line.pk == current.pk,
    }


def _shown(work: Work, line: Any) -> Row:
    found = candidates(work, line, options_of(line))
    code = line.pk
    left = left_of(line)
    return {
        "key": line.pk,
        "row": line,
        "bank": line.bank_account,
        "currency": line.bank_account.currency,
        "left": left,
        "part": line.used > 0,
        "incoming": line.amount > 0,
        "foreign": line.bank_account.currency != work.organization.currency,
        "account": masked(line.counterparty_account) if work.actor.may("bank.read") else "",
        "kind": line.get_kind_display(),
        "badge": tier_badge(line.tier),
        "waits_for": line.waits_for,
        "candidates": found,
        "chosen": first_possible(found),
        "uses": [_use(use) for use in standing_uses().filter(line_id=line.pk).order_by("pk")],
        "urls": {
            name: address(work, f"workbench-{name.replace('_', '-')}", code)
            for name in ("accept", "hand", "recorded", "leave_out", "book", "pool", "ask", "propose")
        },
        "people": sorted(handle for handle, _user in mentionable().values()),
    }


def _use(use: LineUse) -> Row:
    return {"key": use.pk, "label": USES.get(use.kind, use.kind), "amount": use.amount}


def _recent(work: Work) -> list[Row]:
    """What this person did last, so that each can be undone."""
    mine = standing_uses().select_related("line__bank_account", "document__customer")
    if work.actor.user_id is not None:
        mine = mine.filter(act__actor_id=work.actor.user_id)
    return [
        {
            "key": use.pk,
            "label": USES.get(use.kind, use.kind),
            "payer": use.document.customer.name if use.document else use.line.counterparty,
            "on": use.line.booked_on,
            "amount": use.amount,
            "currency": use.line.bank_account.currency,
            "automatic": use.automatic,
        }
        for use in mine.order_by("-pk")[:RECENT]
    ]


def masked(number: str) -> str:
    """The last four digits of an account, behind dots."""
    return f"···· {number[-4:]}" if number else ""


def line_or_none(key: UUID) -> StatementLine | None:
    """A line of the organization."""
    return StatementLine.objects.select_related("bank_account").filter(pk=key).first()


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

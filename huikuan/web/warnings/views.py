"""One warning: what was found, what it rests on, what was done."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.audit.models import Event
from huikuan.core.sentences import labelled
from huikuan.credit.queries import standing_of
from huikuan.organizations.actors import actor_words
from huikuan.warnings.models import EarlyWarning, State
from huikuan.warnings.queries import warnings_seen
from huikuan.warnings.wording import EXPLAINED, OUTCOMES, kind_word, sentence
from huikuan.web.credit.parts import credit_url, gauge_of
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.pages import Work, page
from huikuan.web.warnings.words import evidence_rows, state_of


def warning_of(work: Work, key: UUID) -> EarlyWarning:
    """The warning if the actor may see it."""
    found = warnings_seen(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    first = {"label": _("信用预警"), "url": reverse("credit-warnings", args=[work.organization.code])}
    return [first, *({"label": label} for label in more)]


@require_safe
@page("credit.read")
def warning(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One warning with its evidence, the customer's credit now, and what has happened."""
    found = warning_of(work, key)
    state = state_of(found)
    facts = [
        {"label": _("客户"), "value": found.customer.name, "url": customer_url(work, found.customer_id)},
        {"label": _("发现日期"), "value": found.found_on, "kind": "date"},
        {"label": _("负责人"), "value": found.owner_name or None},
    ]
    context = {
        "warning": found,
        "kind": kind_word(found.kind),
        "said": sentence(found.kind, found.figures),
        "explained": str(EXPLAINED.get(found.kind, "")),
        "state": state,
        "facts": facts,
        "columns": [
            {"label": _("编号"), "lead": True},
            {"label": _("种类"), "minor": True},
            {"label": _("日期"), "kind": "date"},
            {"label": _("金额"), "kind": "money", "figure": True},
        ],
        "rows": evidence_rows(work, found),
        "gauge": gauge_of(work, standing_of(found.customer, day=work.today)),
        "credit_url": credit_url(work, found.customer_id),
        "events": _events(found),
        "actions": _actions(work, found),
        "breadcrumbs": crumbs(work, found.customer.name),
    }
    return render(request, "warnings/warning.html", context)


def _actions(work: Work, found: EarlyWarning) -> list[dict[str, Any]]:
    if found.state != State.OPEN or not work.actor.may("warning.write"):
        return []
    address = [work.organization.code, found.pk]
    return [
        {"label": _("转交"), "url": reverse("credit-warning-hand-over", args=address), "icon": "users"},
        {
            "label": _("关闭预警"),
            "url": reverse("credit-warning-close", args=address),
            "icon": "circle-check",
        },
        {
            "label": _("登记处理"),
            "url": reverse("credit-warning-note", args=address),
            "icon": "edit",
            "primary": True,
        },
    ]


def _events(found: EarlyWarning) -> list[dict[str, Any]]:
    """What happened with the warning, the latest first."""
    titles = {
        "found": _("发现"),
        "acted": _("登记了处理"),
        "handed_over": _("转交"),
        "closed": _("关闭"),
    }
    icons = {"found": "alert-triangle", "acted": "edit", "handed_over": "users", "closed": "circle-check"}
    rows = Event.objects.filter(record_id=found.pk).select_related("act").order_by("-id")
    return [
        {
            "title": titles.get(row.action, row.action),
            "by": actor_words(row.act.actor_name),
            "at": row.act.recorded_at,
            "note": _note(row.action, row.content),
            "icon": icons.get(row.action, "history"),
            "tone": "warn" if row.action == "found" else "good" if row.action == "closed" else "",
        }
        for row in rows
    ]


def _note(action: str, content: Any) -> str:
    said = json.loads(content) if isinstance(content, str) else content
    if action == "acted":
        return str(said.get("done", ""))
    if action == "handed_over":
        return _("由 %s 处理") % str(said.get("owner", ""))
    if action == "closed":
        word = OUTCOMES.get(str(said.get("outcome")), "")
        return labelled(word, said.get("reason", ""))
    return ""

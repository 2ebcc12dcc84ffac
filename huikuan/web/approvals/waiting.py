"""What about a record waits for approval, and where a form leads whose act was put up for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from huikuan.approvals.models import Status
from huikuan.approvals.operations import Outcome
from huikuan.approvals.queries import needs_approval, open_requests, requests_seen
from huikuan.approvals.registry import kind_title
from huikuan.core.sentences import one_after_another
from huikuan.web.approvals.words import request_url
from huikuan.web.pages import Work


def waiting_notices(work: Work, record_id: UUID) -> list[dict[str, Any]]:
    """What about the record waits for approval; the link only for whom it concerns."""
    waiting = open_requests(record_id)
    if not waiting:
        return []
    seen = set(
        requests_seen(work.actor, work.today)
        .filter(pk__in=[each.pk for each in waiting])
        .values_list("pk", flat=True)
    )
    return [
        {
            "tone": "bad" if each.status == Status.STUCK else "warn",
            "title": (
                _("%(kind)s已批准，但未能执行") if each.status == Status.STUCK else _("%(kind)s等待审批")
            )
            % {"kind": kind_title(each.kind)},
            "text": f"{each.number} · {each.requester_name}",
            "url": request_url(work, each) if each.pk in seen else "",
        }
        for each in waiting
    ]


def to_request(request: HttpRequest, work: Work, outcome: Outcome) -> HttpResponse | None:
    """To the page of the request that waits now; None where the act was done at once."""
    if outcome.request is None:
        return None
    messages.success(request, _("已提交审批 %s，批准后自动执行。") % outcome.request.number)
    return redirect(request_url(work, outcome.request))


def asking_words(kind: str, *, note: str, submit: str) -> tuple[str, str]:
    """The note and the button of a form: where the organization wants agreement they say so."""
    if not needs_approval(kind):
        return note, submit
    return one_after_another([note, _("提交后由规定的人批准，批准后自动执行。")]), _("提交")

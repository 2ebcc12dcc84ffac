"""What requests and decisions are called on pages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from huikuan.approvals.models import Request, Status, Verdict
from huikuan.approvals.registry import Link
from huikuan.web.pages import Work, open_address

STATES: dict[str, tuple[str | Promise, str]] = {
    Status.PENDING: (gettext_lazy("待审批"), "notice"),
    Status.STUCK: (gettext_lazy("已批准，未能执行"), "bad"),
    Status.DONE: (gettext_lazy("已执行"), "good"),
    Status.RETURNED: (gettext_lazy("已退回"), "warn"),
    Status.WITHDRAWN: (gettext_lazy("已撤回"), "plain"),
}
# Title, icon, tone of a line of the history.
VERDICTS: dict[str, tuple[str | Promise, str, str]] = {
    Verdict.APPROVED: (gettext_lazy("批准"), "check", "good"),
    Verdict.RETURNED: (gettext_lazy("退回"), "arrow-back-up", "warn"),
    Verdict.WITHDRAWN: (gettext_lazy("撤回"), "x", ""),
    Verdict.DONE: (gettext_lazy("已执行"), "circle-check", "good"),
    Verdict.REFUSED: (gettext_lazy("未能执行"), "alert-triangle", "bad"),
}


def state_of(request: Request) -> dict[str, Any]:
    """The badge of a request; while it waits, at which step."""
    label, tone = STATES[request.status]
    detail = ""
    if request.status == Status.PENDING and len(request.steps) > 1:
        detail = f"{request.step}/{len(request.steps)}"
    return {"label": label, "tone": tone, "detail": detail}


def request_url(work: Work, request: Request) -> str:
    """The page of a request."""
    return reverse("approval", args=[work.organization.code, request.pk])


def link_url(work: Work, link: Link | None) -> str:
    """Where a link of a kind leads; nothing where there is no such page or it is not open to the reader."""
    return open_address(work, link.name, *link.values) if link else ""

"""Who is told what about a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.utils import translation

from huikuan.approvals.models import Request, Status
from huikuan.approvals.queries import agreed_to, members_with, transaction_time
from huikuan.approvals.registry import kind_title, page_of
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import (
    APPROVAL_DONE,
    APPROVAL_REMINDER,
    APPROVAL_RETURNED,
    APPROVAL_STUCK,
    APPROVAL_WAITING,
)
from huikuan.organizations.models import Organization

_OUTCOMES = {
    Status.DONE.value: APPROVAL_DONE,
    Status.STUCK.value: APPROVAL_STUCK,
    Status.RETURNED.value: APPROVAL_RETURNED,
}


def ask_approvers(request: Request, *, today: date, reminder: bool = False) -> int:
    """Tell those who may agree to the step that is waited for; returns how many."""
    role = request.waiting_role_id
    if role is None:
        return 0
    people = members_with([role], today, without=[*agreed_to(request), request.requester_id])[role]
    return _tell(people, APPROVAL_REMINDER if reminder else APPROVAL_WAITING, request, request.requester_name)


def tell_requester(request: Request, *, by: UUID | None, name: str, comment: str = "") -> None:
    """Tell who asked what became of it, unless they did it themselves."""
    kind = _OUTCOMES.get(request.status)
    if kind and request.requester_id and request.requester_id != by:
        _tell([request.requester_id], kind, request, name, comment or request.refusal)


def _tell(people: Iterable[UUID], kind: str, request: Request, name: str, excerpt: str = "") -> int:
    with translation.override("zh-hans"):  # the message id, translated when it is read
        act = kind_title(request.kind)
    return send_notices(
        people,
        kind=kind,
        parameters={
            "author": name,
            "act": act,
            "number": request.number,
            "record": request.subject,
            "excerpt": (excerpt or request.reason)[:200],
        },
        path=path_of(request),
        now=transaction_time(),
    )


def path_of(request: Request) -> str:
    """The page of the request; "" where there are no pages."""
    code = Organization.objects.values_list("code", flat=True).get(pk=current_organization_id())
    return page_of(organization=code, request=request.pk)

"""Reminding approvers of what waits for them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from huikuan.approvals.models import Request, Status
from huikuan.approvals.operations.telling import ask_approvers
from huikuan.approvals.queries import remind_after_days
from huikuan.approvals.rules import reminder_is_due
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization

MOST_AT_ONCE = 200


def remind(*, today: date) -> int:
    """Remind the approvers of requests that wait too long, each once a day; returns how many requests.

    At most `MOST_AT_ONCE`: call it again until it returns 0. Requests that somebody decides about at this
    moment are left out.
    """
    days = remind_after_days()
    if not days:
        return 0
    zone = ZoneInfo(Organization.objects.get(pk=current_organization_id()).time_zone)
    waiting = Request.objects.select_for_update(of=("self",), skip_locked=True).filter(status=Status.PENDING)
    waiting = waiting.exclude(reminded_on__gte=today).order_by("waiting_since", "pk")
    due = [
        request
        for request in waiting[:MOST_AT_ONCE]
        if reminder_is_due(
            waiting_since=request.waiting_since.astimezone(zone).date(),
            reminded_on=request.reminded_on,
            after_days=days,
            today=today,
        )
    ]
    for request in due:
        request.reminded_on = today
        request.save(update_fields=["reminded_on"])
        ask_approvers(request, today=today, reminder=True)
    return len(due)

"""The bell and the page of one's notices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.notices.models import Notice
from huikuan.notices.operations import mark_read
from huikuan.notices.queries import notices_of, unread_count
from huikuan.notices.wording import icon_of, title_of
from huikuan.web.pages import MEMBER, Work, page

LATEST = 8
PAGE = 200


def bell_of(work: Work) -> dict[str, Any]:
    """Context of components/shell_bell.html."""
    count = unread_count(work.actor.membership_id)
    return {"count": count, "shown": "99+" if count > 99 else str(count)}


def rows(work: Work, notices: list[Notice]) -> list[dict[str, Any]]:
    """Notices as the bell and the page draw them, in the reader's language."""
    return [
        {
            "title": title_of(notice.kind, notice.parameters),
            "excerpt": str(notice.parameters.get("excerpt", "")),
            "icon": icon_of(notice.kind),
            "at": notice.created_at,
            "unread": notice.read_at is None,
            "url": reverse("notice-open", args=[work.organization.code, notice.pk]),
        }
        for notice in notices
    ]


@require_safe
@page(MEMBER)
def bell(request: HttpRequest, work: Work) -> HttpResponse:
    """The button with the number of unread notices."""
    return render(request, "components/shell_bell.html", {"bell": bell_of(work)})


@require_safe
@page(MEMBER)
def latest(request: HttpRequest, work: Work) -> HttpResponse:
    """What unfolds below the bell."""
    found = list(notices_of(work.actor.membership_id)[:LATEST])
    return render(request, "notices/latest.html", {"notices": rows(work, found)})


@require_safe
@page(MEMBER)
def notices(request: HttpRequest, work: Work) -> HttpResponse:
    """All notices of the reader, the latest first."""
    found = list(notices_of(work.actor.membership_id)[:PAGE])
    context = {
        "notices": rows(work, found),
        "unread": unread_count(work.actor.membership_id),
        "breadcrumbs": [{"label": _("通知")}],
    }
    return render(request, "notices/page.html", context)


@require_POST
@page(MEMBER)
def read_all(request: HttpRequest, work: Work) -> HttpResponse:
    """Mark everything as read."""
    mark_read(actor=work.actor, now=timezone.now())
    return redirect("notices", work.organization.code)


@require_POST
@page(MEMBER)
def open_notice(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Mark one notice as read and lead to what it is about; somebody else's leads to one's own list."""
    mark_read(actor=work.actor, now=timezone.now(), notices=[key])
    notice = notices_of(work.actor.membership_id).filter(pk=key).first()
    if notice and notice.path and url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None):
        return redirect(notice.path)
    return redirect("notices", work.organization.code)

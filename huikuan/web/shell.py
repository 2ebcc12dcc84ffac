"""What every page shows around its content."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.urls import reverse

from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import enumerated
from huikuan.organizations.models import Role
from huikuan.organizations.permissions import role_name
from huikuan.organizations.queries import organizations_of
from huikuan.web.guide.library import INDEX, page_for
from huikuan.web.navigation import navigation
from huikuan.web.notices.views import bell_of
from huikuan.web.pages import Work


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame; asked only by pages that draw it, so that others cost nothing."""
    work: Work | None = getattr(request, "work", None)
    if work is None:
        return {}
    return {
        "work": work,
        "organization": work.organization,
        "actor": work.actor,
        "navigation": cache(lambda: navigation(request, work)),
        "organizations": cache(lambda: _organizations(work)),
        "viewer": cache(lambda: {"name": work.actor.name, "role": _role_names(work)}),
        "search_url": reverse("search", args=[work.organization.code]),
        "bell": cache(lambda: _bell(work)),
        "help_url": _help_url(request, work),
        # Only a server that can keep streams open is asked for one.
        "live_url": reverse("live", args=[work.organization.code])
        if isinstance(request, ASGIRequest)
        else "",
    }


def _bell(work: Work) -> dict[str, Any]:
    with tenant(work.organization.pk):
        return bell_of(work)


def _help_url(request: HttpRequest, work: Work) -> str:
    """The page of the guide about where the reader is."""
    match = request.resolver_match
    name = page_for(match.url_name or "") if match else INDEX
    return reverse("guide-page", args=[work.organization.code, name])


def _organizations(work: Work) -> list[dict[str, Any]]:
    """Where the person works, the present organization among them."""
    mine = organizations_of(work.actor.user_id) if work.actor.user_id else [work.organization]
    return [
        {
            "name": organization.name,
            "note": f"{organization.code} · {organization.currency}",
            "url": reverse("enter", args=[organization.code]),
            "active": organization.pk == work.organization.pk,
        }
        for organization in mine
    ]


def _role_names(work: Work) -> str:
    with tenant(work.organization.pk):
        roles = Role.objects.filter(code__in=work.actor.roles).order_by("code")
        return enumerated(role_name(role.code, role.name) for role in roles)

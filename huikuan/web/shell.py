"""What every page shows around its content."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Role
from huikuan.organizations.queries import organizations_of
from huikuan.web.navigation import navigation
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
        "search_url": _search_url(work),
    }


def _search_url(work: Work) -> str:
    if not work.actor.may("customer.read"):
        return ""
    return reverse("search", args=[work.organization.code])


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
        names = Role.objects.filter(code__in=work.actor.roles).order_by("code").values_list("name", flat=True)
        return "、".join(names)

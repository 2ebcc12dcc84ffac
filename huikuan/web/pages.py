"""How a page is made: who asks, in which organization, with which permission, inside which transaction.

Every page of an organization lives below `/o/<code>/` and is a function `(request, work, …) -> HttpResponse`
under `@page("permission")`. It parses, calls one operation or query, and renders before the transaction ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor, NotPermitted
from huikuan.organizations.models import Organization, Scope
from huikuan.organizations.queries import actor_of


@dataclass(frozen=True)
class Work:
    """The organization, the actor and the day of one request."""

    organization: Organization
    actor: Actor
    today: date


View = Callable[..., HttpResponse]
MEMBER = ""  # in place of a permission: open to every member of the organization


def page(permission: str, *, own_transactions: bool = False, whole: bool = False) -> Callable[[View], View]:
    """Let a view through for members who hold `permission` (MEMBER: for every member).

    `whole`: it shows figures of all customers together, and so is refused to who sees only some of them.
    A reading request sees one snapshot; with `own_transactions` the view opens `tenant()` itself (imports,
    exports that are written down). The view carries `permission` and `whole`, so that a test can walk every URL
    with every role.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def serve(request: HttpRequest, org: str, **values: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            organization = Organization.objects.filter(code=org).first()
            if organization is None:
                raise Http404
            try:
                if own_transactions:
                    with _working(request, organization, permission, snapshot=True) as work:
                        _require_all(work, whole)
                    return _rendered(view(request, work, **values))
                reading = request.method in ("GET", "HEAD")
                with _working(request, organization, permission, snapshot=reading) as work:
                    _require_all(work, whole)
                    return _rendered(view(request, work, **values))
            except NotPermitted as error:
                return render(request, "403.html", {"message": error.message}, status=403)
            except HuikuanError as error:
                with tenant(organization.pk):  # what stands around the reason is of the organization, too
                    return refused(request, error)

        serve.permission = permission  # type: ignore[attr-defined]
        serve.whole = whole  # type: ignore[attr-defined]
        return serve

    return decorate


def _require_all(work: Work, whole: bool) -> None:
    if whole and work.actor.scope != Scope.ALL:
        raise NotPermitted(_("这一页包含全部客户的数字，您的角色只看得到一部分客户。"))


def open_address(work: Work, name: str, *values: object) -> str:
    """Where a page is, for a link to it; empty where the actor may not open it or there is no such page."""
    try:
        address = reverse(name, args=[work.organization.code, *values])
    except NoReverseMatch:
        return ""
    view = resolve(address).func
    if getattr(view, "whole", False) and work.actor.scope != Scope.ALL:
        return ""
    permission = getattr(view, "permission", MEMBER)
    return address if permission == MEMBER or work.actor.may(permission) else ""


def refused(request: HttpRequest, error: HuikuanError) -> HttpResponse:
    """The page that says why an act was refused and that nothing was changed."""
    return render(request, "refused.html", {"error": error}, status=409)


@contextmanager
def _working(
    request: HttpRequest, organization: Organization, permission: str, *, snapshot: bool
) -> Iterator[Work]:
    with tenant(organization.pk, snapshot=snapshot):
        actor = actor_of(request.user, address=request.META.get("REMOTE_ADDR", ""))  # type: ignore[arg-type]
        if actor is None:
            raise Http404  # to a stranger the organization does not exist
        today = timezone.localdate(timezone=ZoneInfo(organization.time_zone))
        work = Work(organization=organization, actor=actor, today=today)
        request.work = work  # type: ignore[attr-defined]
        if permission != MEMBER:
            actor.require(permission)
        yield work


def _rendered(response: HttpResponse) -> HttpResponse:
    if isinstance(response, TemplateResponse):
        response.render()
    return response

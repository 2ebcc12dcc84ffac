"""The way in: to the only organization, or to a choice among several."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import actor_of, organizations_of
from huikuan.web.navigation import area_url, first_area
from huikuan.web.onboarding.steps import is_waiting
from huikuan.web.pages import Work


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead on to the only organization; with several, show them; with none, say whom to ask."""
    assert isinstance(request.user, User)
    organizations = organizations_of(request.user.pk)
    if len(organizations) == 1:
        url = _entrance(request.user, organizations[0])
        if url:
            return redirect(url)
    return render(request, "home.html", {"choices": organizations})


@require_POST
@login_required
def enter(request: HttpRequest, org: str) -> HttpResponse:
    """Switch to an organization the person works in."""
    assert isinstance(request.user, User)
    for organization in organizations_of(request.user.pk):
        if organization.code == org:
            return redirect(_entrance(request.user, organization) or "home")
    raise Http404


def _entrance(user: User, organization: Organization) -> str:
    """The first page of an organization that is open to the person; nothing when none is."""
    with tenant(organization.pk, snapshot=True):
        actor = actor_of(user)
        if actor is None:
            return ""
        work = Work(organization=organization, actor=actor, today=timezone.localdate())
        return area_url("onboarding", work) if is_waiting(work) else first_area(work)

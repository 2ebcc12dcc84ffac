"""A first password, given by an administrator, leads nowhere but to choosing one's own."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.organizations.models import User
from huikuan.organizations.queries import organizations_of

_OPEN = ("/sign-in", "/invitation/", "/sign-out", "/language/", "/static/")


class FirstPasswordMiddleware:
    """Sends people with a first password to the page where they change it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = None if request.path.startswith(_OPEN) else request.user
        if isinstance(user, User) and user.must_change_password:
            target = _page_of(request, user)
            if target and request.path != target:
                messages.warning(request, _("请先把初始密码换成您自己的密码。"))
                return redirect(target)
        return self.get_response(request)


def _page_of(request: HttpRequest, user: User) -> str:
    """Where the person changes the password: in an organization they work in; nowhere without one."""
    pages = [reverse("security", args=[each.code]) for each in organizations_of(user.pk)]
    return request.path if request.path in pages else next(iter(pages), "")

"""Signing in by e-mail or phone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from huikuan.organizations.models import User
from huikuan.organizations.queries import user_by_login


class LoginBackend(BaseBackend):
    """Checks a password against the person whose e-mail or phone number is the login."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if not username or password is None:
            return None
        user = user_by_login(username)
        if user is None:
            make_password(password)  # the same work as for a known login, so that time tells nothing
            return None
        return user if user.check_password(password) else None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

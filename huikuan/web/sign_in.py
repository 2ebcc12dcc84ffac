"""Signing in by e-mail or phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.views import LoginView
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.core.encryption import normalise_phone
from huikuan.core.errors import HuikuanError
from huikuan.demo.queries import SignIn, demo_organization, demo_sign_ins
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


class SignInForm(forms.Form):
    """A login and its password; which of the two is wrong is not said."""

    username = forms.CharField(label=gettext_lazy("邮箱或手机号"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("密码"), max_length=200, strip=False, widget=forms.PasswordInput
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **options: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **options)

    def clean(self) -> dict[str, Any]:
        """Check the pair.

        Raises ValidationError where they do not belong together, or the person is no longer active.
        """
        login, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if login and password:
            user = authenticate(self.request, username=login.lower(), password=password)
            if not isinstance(user, User):
                raise forms.ValidationError(_("邮箱、手机号或密码不正确，请核对后重试。"), code="wrong")
            self.user = user
        return self.cleaned_data

    def get_user(self) -> User | None:
        """The person who signed in; called by Django's view once the form is valid."""
        return self.user


class LockedForm(SignInForm):
    """The form as it stands while nobody may try: empty, with the reason above it."""

    def __init__(self, refusal: str) -> None:
        super().__init__()
        self.refusal = refusal

    def non_field_errors(self) -> ErrorList:
        """The reason, as one error of the whole form."""
        return self.error_class([self.refusal], error_class="nonfield")


class SignInView(LoginView):
    """The sign-in page; on the demo installation with the demo's people, one click each."""

    template_name = "sign_in.html"
    authentication_form = SignInForm  # type: ignore[assignment]
    redirect_authenticated_user = True

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        return super().get_context_data(**values) | {"demo_accounts": demo_accounts()}


def demo_accounts() -> list[SignIn]:
    """The demo's people with their passwords, where the demo was built on this installation; else nobody."""
    try:
        organization = demo_organization()
    except HuikuanError:
        return []  # somebody's own organization bears the demo's code
    return demo_sign_ins(organization) if organization else []


def login_counted(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The login under which failures are counted: one person's, however it was written."""
    said = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    login = str(said).strip().lower()
    return normalise_phone(login) or login


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """The answer after too many wrong passwords from one place for one login."""
    refusal = _("密码错误次数过多，为了您的账户安全，请 15 分钟后再试。")
    return render(request, "sign_in.html", {"form": LockedForm(refusal)}, status=429)

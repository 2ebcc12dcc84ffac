"""One's own password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huikuan.audit.operations import act, record_event
from huikuan.organizations.models import User
from huikuan.organizations.operations import password_weaknesses, set_password
from huikuan.web.pages import MEMBER, Work, page


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=gettext_lazy("新密码"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("至少 10 个字符，不要用常见的密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再输入一次新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        weaknesses = password_weaknesses(password)
        if weaknesses:
            raise forms.ValidationError(weaknesses)
        return password

    def clean(self) -> dict[str, Any]:
        """The two agree."""
        values = self.cleaned_data
        password, again = values.get("password"), values.get("again")
        if password and again and password != again:
            self.add_error("again", _("两次输入的新密码不一致。"))
        return values


class PasswordForm(NewPasswordForm):
    """The present password and, twice, the next one."""

    current = forms.CharField(
        label=gettext_lazy("当前密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "again")

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        self.user = user
        super().__init__(*args, **options)

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise forms.ValidationError(_("当前密码不正确。"), code="wrong")
        return current

    def clean(self) -> dict[str, Any]:
        """The new one differs from the present one, too."""
        values = super().clean()
        password = values.get("password")
        if password and "again" not in self.errors and password == values.get("current"):
            self.add_error("password", _("新密码不能与当前密码相同。"))
        return values


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page(MEMBER)
def security(request: HttpRequest, work: Work) -> HttpResponse:
    """Change one's password. All other browsers of the person are signed out, this one stays."""
    assert isinstance(request.user, User)
    form = PasswordForm(request.POST or None, user=request.user)
    if form.is_valid():
        with act("change_password", actor=work.actor):
            set_password(request.user, form.cleaned_data["password"], must_change=False)
            record_event(action="password_changed", record_kind="user", record_id=request.user.pk)
        update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已更改，您在其他设备上的登录都已退出。"))
        return redirect("security", work.organization.code)
    context = {"form": form, "breadcrumbs": [{"label": _("密码与安全")}]}
    return render(request, "security.html", context)

"""The first run of an installation: the first organization and its administrator."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from huikuan.administration.operations import Founder, set_up
from huikuan.core.errors import HuikuanError
from huikuan.core.secrets import installation_secret
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization, User
from huikuan.web.settings.frame import put_error

SECRET = "setup"


class SetupForm(forms.Form):
    """An organization, unless there is one, and a person."""

    name = forms.CharField(
        label=gettext_lazy("组织名称"),
        max_length=200,
        help_text=gettext_lazy("公司的全称，报表和函件上用它。"),
    )
    code = forms.RegexField(
        label=gettext_lazy("组织代码"),
        regex=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        help_text=gettext_lazy("出现在网址里：小写字母、数字、- 和 _，以后不能改。"),
        error_messages={"invalid": gettext_lazy("只能用小写字母、数字、- 和 _，最多 32 位。")},
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("本位币"), choices=[(code, code) for code in ("CNY", "HKD", "USD", "EUR", "SGD")]
    )
    person = forms.CharField(label=gettext_lazy("您的姓名"), max_length=100)
    login = forms.CharField(label=gettext_lazy("邮箱或手机号"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("至少 10 个字符，不要用常见的密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, *args: Any, with_organization: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_organization:
            for name in ("name", "code", "currency"):
                del self.fields[name]


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Only while nobody can sign in, and only with the token that `huikuan serve` printed."""
    if User.objects.exists():
        raise Http404
    token = request.POST.get("token") or request.GET.get("token", "")
    if not secrets.compare_digest(token.encode(), installation_secret(SECRET).encode()):
        message = _("请使用 huikuan serve 启动时打印的完整地址。")
        return render(request, "403.html", {"message": message}, status=403)
    known = list(Organization.objects.all())
    form = SetupForm(request.POST or None, with_organization=not known)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        founder = Founder(values["person"], values["login"], values["password"])
        try:
            _organization, user = set_up(
                founder=founder,
                actor=local_operator(),
                code=values.get("code", ""),
                name=values.get("name", ""),
                currency=values.get("currency", "CNY"),
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            login(request, user, backend="huikuan.web.sign_in.LoginBackend")
            return redirect("home")
    response = render(
        request,
        "onboarding/setup.html",
        {"form": form, "token": token, "known": known},
        status=422 if form.is_bound else 200,
    )
    response["Cache-Control"] = "no-store"
    return response

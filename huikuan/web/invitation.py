"""Coming in by an invitation: choosing the first password. And the link itself, shown and sent."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from huikuan.administration.operations import InvitationSpent, InvitedMember, accept_invitation
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.invitations import is_invited
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import actor_of
from huikuan.web.security import NewPasswordForm

LOG = logging.getLogger(__name__)
DAYS = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)


@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, org: str, user: UUID, token: str) -> HttpResponse:
    """Choose a password by a link that is good once; then the person is signed in."""
    organization = Organization.objects.filter(code=org).first()
    invited = _invited(organization, user, token) if organization else None
    if organization is None or invited is None:
        return _answer(request, {"spent": True}, status=410)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            with tenant(organization.pk):
                person = accept_invitation(
                    user_id=user,
                    token=token,
                    password=form.cleaned_data["password"],
                    address=request.META.get("REMOTE_ADDR", ""),
                )
        except InvitationSpent:
            return _answer(request, {"spent": True}, status=410)
        login(request, person, backend="huikuan.web.sign_in.LoginBackend")
        return redirect("home")
    context = {"form": form, "person": invited, "organization_name": organization.name}
    return _answer(request, context, status=422 if form.is_bound else 200)


def _invited(organization: Organization, user_id: UUID, token: str) -> User | None:
    """The person whom a link lets in, as long as it is good."""
    with tenant(organization.pk, snapshot=True):
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None or actor_of(user) is None:
            return None
        return user if is_invited(user, token, organization_id=organization.pk) else None


def _answer(request: HttpRequest, context: dict[str, object], *, status: int) -> HttpResponse:
    """The page; the address that opens it stays in no cache and is not told to other pages."""
    response = render(request, "invitation.html", context, status=status)
    response["Cache-Control"] = "no-store"
    # Not told elsewhere; with "no-referrer" a browser would not say where the form comes from either.
    response["Referrer-Policy"] = "same-origin"
    return response


def link_of(request: HttpRequest, organization: Organization, invited: InvitedMember) -> str:
    """The whole address of an invitation."""
    path = reverse("invitation", args=[organization.code, invited.membership.user_id, invited.token])
    return request.build_absolute_uri(path)


def send_link(organization: Organization, invited: InvitedMember, link: str) -> bool:
    """Send a link by e-mail, where the installation can send and the person has an address. Whether it went."""
    to = invited.membership.user.email
    if not settings.EMAIL_HOST or not to:
        return False
    subject = _("%s 邀请您使用回款") % organization.name
    lines = (
        _("%(name)s，您好：") % {"name": invited.membership.user.name},
        _("请打开下面的链接，设置您的密码。链接 %(days)d 天内有效，只能用一次。") % {"days": DAYS},
        link,
    )
    try:
        send_mail(subject, "\n\n".join(lines), None, [to])
    except (SMTPException, OSError):
        LOG.exception("an invitation could not be sent")
        return False
    return True

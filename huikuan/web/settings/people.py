"""Users: who works here, inviting, changing and shutting out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.administration.operations import (
    InvitedMember,
    change_member,
    invite_again,
    invite_member,
    set_member_active,
)
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Salesperson
from huikuan.organizations.models import Membership, MembershipRole, Role, User
from huikuan.organizations.permissions import role_name
from huikuan.web.invitation import DAYS, link_of, send_link
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form

SECTION = "settings-users"


class MemberForm(forms.Form):
    """Roles, team and salesperson of a member."""

    roles = forms.TypedMultipleChoiceField(
        label=gettext_lazy("角色"),
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一个角色。")},
    )
    team = forms.CharField(
        label=gettext_lazy("团队"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("范围为“本团队”的角色看到同一团队业务员的客户。"),
    )
    salesperson = forms.TypedChoiceField(
        label=gettext_lazy("业务员"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=gettext_lazy("范围为“自己的”角色看到这位业务员的客户。"),
    )

    def __init__(self, *args: Any, member: Membership | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        roles, people = self.fields["roles"], self.fields["salesperson"]
        assert isinstance(roles, forms.ChoiceField)
        assert isinstance(people, forms.ChoiceField)
        roles.choices = [(str(role.pk), role_name(role.code, role.name)) for role in in_order()]
        free = Salesperson.objects.filter(membership__isnull=True)
        if member:
            free = free | Salesperson.objects.filter(membership=member)
        people.choices = [("", "—"), *((str(each.pk), each.name) for each in free.order_by("name"))]


class InvitationForm(MemberForm):
    """Who is invited."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=100)
    login = forms.CharField(label=gettext_lazy("邮箱或手机号"), max_length=254)
    field_order = ("name", "login", "roles", "team", "salesperson")


def in_order() -> list[Role]:
    """The roles: shipped ones as shipped, then the organization's own."""
    from huikuan.organizations.permissions import SHIPPED_ROLES

    places = {role.code: place for place, role in enumerate(SHIPPED_ROLES)}
    return sorted(Role.objects.all(), key=lambda role: (places.get(role.code, 99), role.name))


def login_of(user: User) -> str:
    """The e-mail, else the phone number without its middle."""
    if user.email:
        return user.email
    phone = user.phone
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 8 else "****"


@require_safe
@page("organization.write")
def users(request: HttpRequest, work: Work) -> HttpResponse:
    """Everybody who works here, or did."""
    members = list(Membership.objects.select_related("user").order_by("-active", "user__name"))
    held: dict[UUID, list[str]] = {}
    for each in MembershipRole.objects.select_related("role").order_by("role__code"):
        held.setdefault(each.membership_id, []).append(role_name(each.role.code, each.role.name))
    sellers = dict(Salesperson.objects.filter(membership__isnull=False).values_list("membership_id", "name"))
    rows = [
        {
            "url": address(work, "settings-user", member.pk),
            "cells": [
                {"value": member.user.name, "note": login_of(member.user)},
                ", ".join(held.get(member.pk, [])),
                member.team or None,
                sellers.get(member.pk),
                member.user.last_login,
                _state(member),
            ],
        }
        for member in members
    ]
    columns = [
        {"label": _("姓名"), "kind": "name", "lead": True},
        {"label": _("角色"), "kind": "name"},
        {"label": _("团队")},
        {"label": _("业务员"), "minor": True},
        {"label": _("上次登录"), "kind": "moment"},
        {"label": _("状态"), "kind": "badge"},
    ]
    add = {
        "label": _("邀请用户"),
        "url": address(work, "settings-user-invite"),
        "icon": "plus",
        "primary": True,
    }
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=_("用户"),
        note=_("谁在本组织工作，以什么角色。"),
        actions=[add],
        tables=[{"id": "list", "caption": _("用户"), "columns": columns, "rows": rows}],
    )


def _state(member: Membership) -> dict[str, str]:
    if not member.active or not member.user.is_active:
        return {"label": _("已停用"), "tone": "plain"}
    if member.user.last_login is None:
        return {"label": _("未登录过"), "tone": "warn"}
    return {"label": _("在用"), "tone": "good"}


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def user_invite(request: HttpRequest, work: Work) -> HttpResponse:
    """Invite a person; the link is shown once, in the answer itself."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            invited = invite_member(
                name=values["name"],
                login=values["login"],
                role_ids=values["roles"],
                team=values["team"],
                salesperson_id=values["salesperson"],
                actor=work.actor,
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            return _show_invitation(request, work, invited)
    title = _("邀请用户")
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=title,
        crumb=title,
        note=_("新用户会得到一个邀请链接，打开后设置自己的密码。"),
        submit=_("邀请"),
        optional=["team", "salesperson"],
    )


def _show_invitation(request: HttpRequest, work: Work, invited: InvitedMember) -> HttpResponse:
    person = invited.membership.user
    link = link_of(request, work.organization, invited) if invited.token else ""
    response = show(
        request,
        work,
        "settings/invitation.html",
        section=SECTION,
        title=person.name,
        crumb=person.name,
        member=invited.membership,
        login=person.email or person.phone,
        link=link,
        sent=bool(link) and send_link(work.organization, invited, link),
        days=DAYS,
        back_url=address(work, SECTION),
    )
    response["Cache-Control"] = "no-store"
    return response


def _member(key: UUID) -> Membership:
    found = Membership.objects.select_related("user").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def user(request: HttpRequest, work: Work, member: UUID) -> HttpResponse:
    """One member."""
    found = _member(member)
    form = MemberForm(request.POST or None, initial=_initial(found), member=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_member(
                membership_id=found.pk,
                role_ids=form.cleaned_data["roles"],
                team=form.cleaned_data["team"],
                salesperson_id=form.cleaned_data["salesperson"],
                actor=work.actor,
            )
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存，从 %s 的下一个请求起生效。") % found.user.name)
            return redirect(SECTION, work.organization.code)
    return _show_member(request, work, found, form)


def _initial(member: Membership) -> dict[str, Any]:
    seller = Salesperson.objects.filter(membership=member).first()
    held: Sequence[UUID] = list(
        MembershipRole.objects.filter(membership=member).values_list("role_id", flat=True)
    )
    return {
        "roles": [str(key) for key in held],
        "team": member.team,
        "salesperson": str(seller.pk) if seller else "",
    }


def _show_member(
    request: HttpRequest, work: Work, member: Membership, form: MemberForm, *, error: str = ""
) -> HttpResponse:
    state = _state(member)
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=member.user.name,
        crumb=member.user.name,
        note=login_of(member.user),
        badge_label=state["label"],
        badge_tone=state["tone"],
        optional=["team", "salesperson"],
        notices=[{"tone": "bad", "title": error}] if error else [],
        dangers=_dangers(work, member),
    )


def _dangers(work: Work, member: Membership) -> list[dict[str, Any]]:
    if member.pk == work.actor.membership_id:
        return []
    invitation = {
        "title": _("新的邀请链接"),
        "text": _("用于忘记密码或链接过期的人。现在的密码和旧链接立即失效，新链接只显示一次。"),
        "label": _("生成邀请链接"),
        "url": address(work, "settings-user-invitation", member.pk),
        "icon": "key",
    }
    if not member.active:
        return [
            {
                "title": _("恢复"),
                "text": _("恢复后可以再次登录本组织，角色照旧。"),
                "label": _("恢复用户"),
                "url": address(work, "settings-user-active", member.pk),
                "value": "1",
                "icon": "refresh",
            }
        ]
    stop = {
        "title": _("停用"),
        "text": _("立即不能再进入本组织；做过的事留在审计轨迹里。"),
        "label": _("停用用户"),
        "url": address(work, "settings-user-active", member.pk),
        "value": "0",
        "icon": "ban",
    }
    return [invitation, stop]


@require_POST
@page("organization.write")
def user_active(request: HttpRequest, work: Work, member: UUID) -> HttpResponse:
    """Shut out, or let in again."""
    found = _member(member)
    active = request.POST.get("value") == "1"
    try:
        set_member_active(membership_id=found.pk, active=active, actor=work.actor)
    except HuikuanError as error:
        response = _show_member(
            request, work, found, MemberForm(initial=_initial(found), member=found), error=error.message
        )
        response.status_code = 409
        return response
    done = _("%s 已恢复。") if active else _("%s 已停用。")
    messages.success(request, done % found.user.name)
    return redirect("settings-user", work.organization.code, found.pk)


@require_POST
@page("organization.write")
def user_invitation(request: HttpRequest, work: Work, member: UUID) -> HttpResponse:
    """A new link, shown once."""
    found = _member(member)
    try:
        invited = invite_again(membership_id=found.pk, actor=work.actor)
    except HuikuanError as error:
        response = _show_member(
            request, work, found, MemberForm(initial=_initial(found), member=found), error=error.message
        )
        response.status_code = 409
        return response
    return _show_invitation(request, work, invited)

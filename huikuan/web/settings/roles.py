"""Roles: the matrix of what they may do, and each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.administration.operations import (
    RoleChange,
    add_role,
    change_roles,
    delete_role,
    rename_role,
    reset_role,
)
from huikuan.core.errors import HuikuanError
from huikuan.organizations.models import MembershipRole, Role, Scope
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES, permission_groups, role_name
from huikuan.organizations.queries import role_state
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form
from huikuan.web.settings.people import in_order

SECTION = "settings-roles"
SCOPES: dict[str, str | Promise] = {
    Scope.OWN.value: gettext_lazy("自己的"),
    Scope.TEAM.value: gettext_lazy("本团队"),
    Scope.ALL.value: gettext_lazy("全部"),
}
_SHIPPED = {role.code: role for role in SHIPPED_ROLES}


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def roles(request: HttpRequest, work: Work) -> HttpResponse:
    """Permissions down, roles across; saved whole or not at all."""
    found = in_order()
    error = ""
    if request.method == "POST":
        try:
            changed = change_roles(changes=_changes(request, found), actor=work.actor)
        except HuikuanError as refused:
            error = refused.message
        else:
            note = _("已保存 %d 个角色，从下一个请求起生效。") % changed if changed else _("没有改动。")
            messages.success(request, note)
            return redirect(SECTION, work.organization.code)
    return show(
        request,
        work,
        "settings/roles.html",
        section=SECTION,
        title=_("角色与权限"),
        note=_("勾选每个角色可以做什么；范围决定看到谁的客户。"),
        actions=[
            {
                "label": _("新增角色"),
                "url": address(work, "settings-role-add"),
                "icon": "plus",
                "primary": True,
            }
        ],
        error=error,
        status=409 if error else 200,
        **_matrix(request, work, found),
    )


def _changes(request: HttpRequest, found: list[Role]) -> list[RoleChange]:
    """What the form says of each role it shows."""
    return [
        RoleChange(
            role_id=role.pk,
            scope=request.POST.get(f"scope-{role.pk}", ""),
            permissions=frozenset(request.POST.getlist(f"role-{role.pk}")),
            seen=request.POST.get(f"seen-{role.pk}", ""),
        )
        for role in found
        if f"seen-{role.pk}" in request.POST
    ]


def _matrix(request: HttpRequest, work: Work, found: list[Role]) -> dict[str, Any]:
    """The heads and rows; after a refusal with what was ticked."""
    holders = dict(
        MembershipRole.objects.filter(membership__active=True)
        .values("role_id")
        .annotate(number_of=Count("pk"))
        .values_list("role_id", "number_of")
    )
    posted = request.method == "POST"
    ticked = {
        role.pk: set(request.POST.getlist(f"role-{role.pk}")) if posted else set(role.permissions)
        for role in found
    }
    heads = [
        {
            "id": str(role.pk),
            "name": role_name(role.code, role.name),
            "url": address(work, "settings-role", role.pk),
            "holders": holders.get(role.pk, 0),
            "scope": request.POST.get(f"scope-{role.pk}", "") if posted else role.scope,
            "seen": request.POST.get(f"seen-{role.pk}", "") if posted else role_state(role),
        }
        for role in found
    ]
    groups = [
        {
            "name": name,
            "rows": [
                {
                    "code": code,
                    "label": PERMISSIONS[code],
                    "cells": [
                        {"id": head["id"], "role": head["name"], "on": code in ticked[role.pk]}
                        for role, head in zip(found, heads, strict=True)
                    ],
                }
                for code in codes
            ],
        }
        for name, codes in permission_groups()
    ]
    return {"heads": heads, "groups": groups, "scopes": list(SCOPES.items())}


class RoleForm(forms.Form):
    """What a role is called."""

    name = forms.CharField(label=gettext_lazy("角色名称"), max_length=60)


class NewRoleForm(RoleForm):
    """A new role, perhaps like another one."""

    copy_of = forms.TypedChoiceField(
        label=gettext_lazy("权限照抄自"), required=False, coerce=UUID, empty_value=None
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["copy_of"]
        assert isinstance(field, forms.ChoiceField)
        models = [(str(role.pk), role_name(role.code, role.name)) for role in in_order()]
        field.choices = [("", _("不照抄，从空白开始")), *models]


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def role_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new role."""
    form = NewRoleForm(request.POST or None, initial={"copy_of": request.GET.get("copy_of", "")})
    if request.method == "POST" and form.is_valid():
        try:
            added = add_role(**form.cleaned_data, actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已新增角色“%s”，请勾选它的权限。") % added.name)
            return redirect(SECTION, work.organization.code)
    title = _("新增角色")
    return show_form(request, work, form, section=SECTION, title=title, crumb=title)


def _role(key: UUID) -> Role:
    found = Role.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def role(request: HttpRequest, work: Work, role: UUID) -> HttpResponse:
    """One role: its name, a copy, back to what it was, away with it."""
    found = _role(role)
    form = RoleForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_role(role_id=found.pk, name=form.cleaned_data["name"], actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    return _show_role(request, work, found, form)


def _show_role(
    request: HttpRequest, work: Work, found: Role, form: RoleForm, *, error: str = ""
) -> HttpResponse:
    name = role_name(found.code, found.name)
    copy_url = f"{address(work, 'settings-role-add')}?copy_of={found.pk}"
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=name,
        crumb=name,
        note=_("范围：%s") % SCOPES[found.scope],
        actions=[{"label": _("照它新增一个"), "url": copy_url, "icon": "copy"}],
        notices=[{"tone": "bad", "title": error}] if error else [],
        facts=[
            {"label": _("权限"), "value": _permission_names(found), "wide": True},
        ],
        dangers=_dangers(work, found),
    )


def _permission_names(role: Role) -> str:
    names = [str(label) for code, label in PERMISSIONS.items() if code in role.permissions]
    return " · ".join(names) or _("没有权限")


def _dangers(work: Work, found: Role) -> list[dict[str, Any]]:
    reset = {
        "title": _("恢复原样"),
        "text": _("权限和范围回到产品自带的样子。"),
        "label": _("恢复原样"),
        "url": address(work, "settings-role-reset", found.pk),
        "icon": "refresh",
    }
    delete = {
        "title": _("删除"),
        "text": _("只有没有用户的角色可以删除。"),
        "label": _("删除角色"),
        "url": address(work, "settings-role-delete", found.pk),
        "icon": "trash",
    }
    return [reset, delete] if found.code in _SHIPPED else [delete]


@require_POST
@page("organization.write")
def role_reset(request: HttpRequest, work: Work, role: UUID) -> HttpResponse:
    """Back to what it was shipped as."""
    found = _role(role)
    try:
        reset_role(role_id=found.pk, actor=work.actor)
    except HuikuanError as error:
        return _refused(request, work, found, error)
    messages.success(request, _("“%s”已恢复原样。") % role_name(found.code, found.name))
    return redirect(SECTION, work.organization.code)


@require_POST
@page("organization.write")
def role_delete(request: HttpRequest, work: Work, role: UUID) -> HttpResponse:
    """Away with a role that nobody holds."""
    found = _role(role)
    try:
        delete_role(role_id=found.pk, actor=work.actor)
    except HuikuanError as error:
        return _refused(request, work, found, error)
    messages.success(request, _("“%s”已删除。") % role_name(found.code, found.name))
    return redirect(SECTION, work.organization.code)


def _refused(request: HttpRequest, work: Work, found: Role, error: HuikuanError) -> HttpResponse:
    form = RoleForm(initial={"name": found.name})
    response = _show_role(request, work, found, form, error=error.message)
    response.status_code = 409
    return response

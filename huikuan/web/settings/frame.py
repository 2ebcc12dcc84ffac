"""What the pages of the settings share: the sub-navigation, and the page that is one form or one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.errors import HuikuanError
from huikuan.web.pages import Work, page


@dataclass(frozen=True)
class Section:
    """One subject of the settings."""

    label: str | Promise
    url_name: str
    icon: str
    permission: str = "organization.write"


SECTIONS: tuple[Section, ...] = (
    Section(gettext_lazy("开始使用"), "onboarding", "flag"),
    Section(gettext_lazy("组织"), "settings-organization", "building"),
    Section(pgettext_lazy("plural", "科目"), "settings-accounts", "book"),
    Section(pgettext_lazy("plural", "期间"), "settings-periods", "calendar", "period.close"),
    Section(gettext_lazy("工作日历"), "settings-calendar", "sun", "collection.manage"),
    Section(pgettext_lazy("plural", "汇率"), "settings-rates", "coins", "ledger.revalue"),
    Section(gettext_lazy("付款条件"), "settings-terms", "calendar-due"),
    Section(pgettext_lazy("plural", "单据编号"), "settings-numbering", "tag"),
    Section(gettext_lazy("凭证"), "settings-vouchers", "notes"),
    Section(gettext_lazy("用户"), "settings-users", "users"),
    Section(gettext_lazy("角色与权限"), "settings-roles", "shield-check"),
    Section(gettext_lazy("审批"), "settings-approvals", "clipboard-check"),
    Section(gettext_lazy("发送账号"), "settings-senders", "mail", "messaging.manage"),
    Section(gettext_lazy("导入的列对应"), "settings-mappings", "columns-3"),
    Section(gettext_lazy("审计轨迹"), "settings-trail", "history", "audit.read"),
)


def address(work: Work, name: str, *values: UUID | str) -> str:
    """Where a page of the settings is."""
    return reverse(name, args=[work.organization.code, *values])


@require_safe
@page("organization.write")
def index(request: HttpRequest, work: Work) -> HttpResponse:
    """The settings begin with the organization."""
    return redirect("settings-organization", work.organization.code)


def show(
    request: HttpRequest,
    work: Work,
    template: str,
    *,
    section: str,
    title: str,
    note: str = "",
    crumb: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A page of `section` beside the sub-navigation; `crumb` names a page below the section's own."""
    chosen = next(each for each in SECTIONS if each.url_name == section)
    crumbs: list[dict[str, str]] = [{"label": _("设置")}]
    crumbs.append({"label": str(chosen.label), "url": address(work, section)})
    if crumb:
        crumbs.append({"label": crumb})
    context |= {
        "title": title,
        "note": note,
        "breadcrumbs": crumbs,
        "sections": [
            {
                "label": each.label,
                "url": address(work, each.url_name),
                "icon": each.icon,
                "active": each is chosen,
            }
            for each in SECTIONS
            if work.actor.may(each.permission)
        ],
    }
    return render(request, template, context, status=status)


def show_form(
    request: HttpRequest, work: Work, form: forms.Form, *, section: str, title: str, **context: Any
) -> HttpResponse:
    """A page that is one form: refused input comes back as it was typed, with the reason."""
    context.setdefault("submit", _("保存"))
    context.setdefault("back_url", address(work, section))
    status = 422 if form.is_bound and form.errors else 200
    return show(
        request,
        work,
        "settings/form.html",
        section=section,
        title=title,
        form=form,
        status=status,
        **context,
    )


def put_error(form: forms.Form, error: HuikuanError) -> None:
    """Show why an operation refused: at the field it names, else above the form."""
    name = getattr(error, "field", "")
    form.add_error(name if name in form.fields else None, error.message)

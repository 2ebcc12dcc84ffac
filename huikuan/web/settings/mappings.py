"""How files were read: remembered columns of imports."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.sentences import enumerated
from huikuan.integrations.models import Kind, Mapping
from huikuan.integrations.operations import delete_mapping, rename_mapping
from huikuan.tables import KINDS
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, show, show_form

SECTION = "settings-mappings"


class MappingForm(forms.Form):
    """What a remembered reading is called."""

    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("例如：金蝶导出的应收单。"),
    )


@require_safe
@page("organization.write")
def mappings(request: HttpRequest, work: Work) -> HttpResponse:
    """All of them, the last used first."""
    rows = [
        {
            "url": address(work, "settings-mapping", mapping.pk),
            "cells": [
                mapping.name or _("未命名"),
                _(str(Kind(mapping.kind).label)),
                _pairs(mapping, limit=4),
                mapping.used_at,
            ],
        }
        for mapping in Mapping.objects.order_by("-used_at")
    ]
    columns = [
        {"label": _("名称"), "kind": "name", "lead": True},
        {"label": _("内容")},
        {"label": _("列"), "kind": "name"},
        {"label": _("上次使用"), "kind": "moment"},
    ]
    empty = {
        "title": _("还没有记住的列对应"),
        "text": _("导入文件时，列与字段的对应会被记住，下次遇到同样表头的文件就不用再选。"),
        "icon": "columns-3",
    }
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=_("导入的列对应"),
        note=_("同样表头的文件照上次的方式读取。"),
        tables=[
            {
                "id": "list",
                "caption": _("导入的列对应"),
                "columns": columns,
                "rows": rows,
                "empty": empty,
            }
        ],
    )


def _pairs(mapping: Mapping, *, limit: int) -> str:
    """Headers of the file and what they were taken for."""
    kind = KINDS[mapping.kind]
    pairs = [
        f"{header} → {kind.label(field)}"
        for field, header in mapping.columns.items()
        if field in kind.by_name
    ]
    rest = len(pairs) - limit
    return enumerated(pairs[:limit]) + (_(" 等 %d 列") % len(pairs) if rest > 0 else "")


def _mapping(key: UUID) -> Mapping:
    found = Mapping.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def mapping(request: HttpRequest, work: Work, mapping: UUID) -> HttpResponse:
    """One of them: its name, its columns, and forgetting it."""
    found = _mapping(mapping)
    form = MappingForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        rename_mapping(mapping_id=found.pk, name=form.cleaned_data["name"], actor=work.actor)
        messages.success(request, _("已保存。"))
        return redirect(SECTION, work.organization.code)
    kind = KINDS[found.kind]
    facts = [
        {"label": kind.label(field), "value": header}
        for field, header in found.columns.items()
        if field in kind.by_name
    ]
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=found.name or _("未命名"),
        crumb=found.name or _("未命名"),
        note=_(str(Kind(found.kind).label)),
        facts=facts,
        facts_title=_("字段与文件中的列"),
        optional=["name"],
        dangers=[
            {
                "title": _("删除"),
                "text": _("下次导入同样表头的文件会重新识别列。已导入的数据不受影响。"),
                "label": _("删除列对应"),
                "url": address(work, "settings-mapping-delete", found.pk),
            }
        ],
    )


@require_POST
@page("organization.write")
def mapping_delete(request: HttpRequest, work: Work, mapping: UUID) -> HttpResponse:
    """Forget it."""
    delete_mapping(mapping_id=_mapping(mapping).pk, actor=work.actor)
    messages.success(request, _("已删除。"))
    return redirect(SECTION, work.organization.code)

"""Where files are chosen: what may be imported by whom, the templates, and what was imported so far."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from huikuan.integrations import uploads
from huikuan.integrations.models import Batch, Kind
from huikuan.integrations.queries import batches
from huikuan.organizations.actors import Actor
from huikuan.web.imports.forms import UploadForm
from huikuan.web.imports.results import state_badge
from huikuan.web.imports.templates_file import template_xlsx
from huikuan.web.pages import Work, page

PER_PAGE = 20

# Kind of file → icon, what its rows are, and the permission without which none of them could be taken in.
_KINDS: dict[str, tuple[str, str | Promise, str]] = {
    Kind.INVOICES.value: (
        "file-invoice",
        gettext_lazy("每行一张应收单；红字为负数，可以带回款日期"),
        "invoice.record",
    ),
    Kind.RECEIPTS.value: ("cash", gettext_lazy("每行一笔到账，导入后等待核销"), "receipt.record"),
    Kind.CUSTOMERS.value: ("users", gettext_lazy("客户档案：编码、名称、账期、联系人"), "customer.write"),
    Kind.ALLOCATIONS.value: ("link", gettext_lazy("哪笔收款核销了哪张应收单"), "allocation.write"),
}


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of file whose rows the actor may record."""
    return [kind for kind, (_icon, _note, permission) in _KINDS.items() if actor.may(permission)]


@require_GET
@page("import.run")
def home(request: HttpRequest, work: Work) -> HttpResponse:
    """Choose a file; below, what was imported so far."""
    return home_page(request, work, UploadForm(initial={"kind": request.GET.get("kind", "")}))


def home_page(
    request: HttpRequest, work: Work, form: UploadForm, *, error: str = "", status: int = 200
) -> TemplateResponse:
    """The page where files are chosen, with the reason why the last one was refused."""
    allowed = kinds_for(work.actor)
    chosen = str(form["kind"].value() or "")
    context = {
        "form": form,
        "kind": chosen if chosen in allowed else next(iter(allowed), ""),
        "kinds": [
            {
                "value": kind,
                "label": _(str(Kind(kind).label)),
                "icon": _KINDS[kind][0],
                "note": _KINDS[kind][1],
            }
            for kind in allowed
        ],
        "error": error,
        "options_open": any(name in form.errors for name in form.fields if name != "kind"),
        "max_bytes": uploads.MAX_BYTES,
        "max_mb": uploads.MAX_BYTES // 1024**2,
        "breadcrumbs": [{"label": _("导入")}],
        **_history(request, work),
    }
    return TemplateResponse(request, "imports/home.html", context, status=status)


def _history(request: HttpRequest, work: Work) -> dict[str, Any]:
    """The table of imports, the latest first."""
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    found = batches(offset=(number - 1) * PER_PAGE, limit=PER_PAGE + 1)
    base = reverse("import-home", args=[work.organization.code])
    columns: list[dict[str, Any]] = [
        {"label": _("文件"), "kind": "name", "lead": True},
        {"label": _("内容")},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("读取"), "kind": "count"},
        {"label": _("导入"), "kind": "count"},
        {"label": _("已有"), "kind": "count", "minor": True},
        {"label": _("搁置"), "kind": "count"},
        {"label": _("拒绝"), "kind": "count"},
        {"label": _("新客户"), "kind": "count", "minor": True},
        {"label": _("时间"), "kind": "moment"},
        {"label": _("操作人"), "minor": True},
    ]
    return {
        "columns": columns,
        "rows": [_row(work, item) for item in found[:PER_PAGE]],
        "paging": {
            "previous_url": f"{base}?page={number - 1}#history" if number > 1 else "",
            "next_url": f"{base}?page={number + 1}#history" if len(found) > PER_PAGE else "",
        },
    }


def _row(work: Work, item: Batch) -> dict[str, Any]:
    return {
        "url": reverse("import-batch", args=[work.organization.code, item.pk]),
        "cells": [
            item.file_name,
            _(str(Kind(item.kind).label)),
            state_badge(item),
            item.rows_read,
            item.imported,
            item.unchanged,
            item.set_aside,
            item.rejected,
            item.customers_created,
            item.started_at,
            item.actor_name,
        ],
    }


@require_GET
@page("import.run")
def template(request: HttpRequest, work: Work, kind: str) -> HttpResponse:
    """The empty spreadsheet of a kind, to be filled in."""
    if kind not in _KINDS:
        raise Http404
    response = HttpResponse(
        template_xlsx(kind, currency=work.organization.currency, today=work.today),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="huikuan-{kind}.xlsx"'
    return response

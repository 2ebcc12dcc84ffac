"""A batch: how far it is, what it put into the books, and the rows it left out, to be settled in place."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations import queries
from huikuan.integrations.models import Batch, Kind, Problem, State
from huikuan.integrations.operations import (
    Settled,
    accept_rows,
    cancel_import,
    correct_rows,
    dismiss_problems,
    layout_of,
    undo_batch,
)
from huikuan.integrations.tables import KINDS, write_problems_xlsx
from huikuan.integrations.uploads import stored
from huikuan.ledger.models import Kind as DocumentKind
from huikuan.web.pages import Work, page

PER_PAGE = 20
_COMMAND_HINT = re.compile(r"[；;，,]\s*请用 --.*$")
_FILTERS = {
    "": queries.OPEN,
    "set_aside": (Problem.Status.SET_ASIDE,),
    "rejected": (Problem.Status.REJECTED,),
    "settled": (Problem.Status.ACCEPTED, Problem.Status.DISMISSED),
}

log = logging.getLogger(__name__)


def _batch(batch_id: UUID) -> Batch:
    found = queries.batch_by_id(batch_id)
    if found is None:
        raise Http404
    return found


def _exists(work: Work, batch_id: UUID) -> None:
    """An import of another organization does not exist here."""
    with tenant(work.organization.pk, snapshot=True):
        _batch(batch_id)


@require_GET
@page("import.run")
def batch(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """What became of a file."""
    found = _batch(batch_id)
    context = {
        **_shared(found),
        **(_problems(request, work, found) if found.state != State.READING else {}),
        "booked": [
            {
                "label": _(str(DocumentKind(item.kind).label)),
                "count": item.count,
                "amount": item.amount,
                "currency": item.currency,
            }
            for item in queries.booked_documents(batch_id)
        ],
        "allocated": queries.allocation_count(batch_id),
        "customers": queries.opened_customers(batch_id),
        "corrects": _corrected_batch(found),
        "waits_again": found.state == State.FAILED and bool(found.stored_path) and stored(found.stored_path).exists(),
        "token": found.stored_path.rpartition("/")[2],
        "may_undo": found.state in (State.DONE, State.FAILED) and found.kind != Kind.CUSTOMERS,
    }
    return TemplateResponse(request, "imports/batch.html", context)


def _corrected_batch(found: Batch) -> Batch | None:
    parent = found.options.get("corrects")
    return queries.batch_by_id(UUID(parent)) if parent else None


def _shared(found: Batch) -> dict[str, Any]:
    return {
        "batch": found,
        "kind_label": _(str(Kind(found.kind).label)),
        "notices": [notice.message for notice in layout_of(found).notices],
        "running": found.state == State.READING,
    }


@require_GET
@page("import.run")
def progress(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """How far a running import is: asked again every second, reloads the page at the end."""
    found = _batch(batch_id)
    if found.state != State.READING:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("import-batch", args=[work.organization.code, batch_id])
        return response if getattr(request, "htmx", False) else redirect(response["HX-Redirect"])
    return TemplateResponse(request, "imports/progress.html", {"batch": found})


@require_POST
@page("import.run")
def cancel(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """Stop a running import; what is in the books stays."""
    _batch(batch_id)
    if cancel_import(batch_id, actor=work.actor):
        messages.success(request, _("已取消。取消前导入的行保留；文件还在，可以继续导入，也可以撤销。"))
    else:
        messages.info(request, _("导入已经结束，没有什么可取消。"))
    return redirect("import-batch", work.organization.code, batch_id)


@require_GET
@page("import.run")
def problems(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """The rows left out, filtered and paged."""
    found = _batch(batch_id)
    return TemplateResponse(request, "imports/problems.html", {**_shared(found), **_problems(request, work, found)})


def _problems(request: HttpRequest, work: Work, found: Batch) -> dict[str, Any]:
    status = request.GET.get("status", "")
    status = status if status in _FILTERS else ""
    code = request.GET.get("code", "")[:40]
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    rows, total = queries.problem_rows(
        found, statuses=_FILTERS[status], code=code, offset=(number - 1) * PER_PAGE, limit=PER_PAGE
    )
    waiting = queries.waiting_rows(found.pk)
    set_aside = waiting.get(Problem.Status.SET_ASIDE, 0)
    rejected = waiting.get(Problem.Status.REJECTED, 0)
    settled = waiting.get(Problem.Status.ACCEPTED, 0) + waiting.get(Problem.Status.DISMISSED, 0)
    base = reverse("import-problems", args=[work.organization.code, found.pk])

    def url(**values: Any) -> str:
        kept = {name: value for name, value in values.items() if value and value != 1}
        return f"{base}?{urlencode(kept)}" if kept else base

    first = (number - 1) * PER_PAGE + 1
    return {
        "rows": [_row(found, row) for row in rows],
        "fields": _fields(found, rows),
        "waiting": set_aside + rejected,
        "any_problems": bool(waiting),
        "tabs": [
            {"label": _("全部待处理"), "count": set_aside + rejected, "url": url(), "active": not status},
            {"label": _("搁置"), "count": set_aside, "url": url(status="set_aside"), "active": status == "set_aside"},
            {"label": _("拒绝"), "count": rejected, "url": url(status="rejected"), "active": status == "rejected"},
            {"label": _("已处理"), "count": settled, "url": url(status="settled"), "active": status == "settled"},
        ],
        "codes": [
            {
                "code": item.code,
                "rows": item.rows,
                "label": code_label(item.code),
                "set_aside": item.status == Problem.Status.SET_ASIDE,
                "url": url(status=status, code="" if item.code == code else item.code),
                "active": item.code == code,
            }
            for item in queries.problem_codes(found.pk)
        ],
        "code": code,
        "status": status,
        "here": url(status=status, code=code, page=number),
        "paging": {
            "text": f"{first}–{first + len(rows) - 1} / {total:,}" if rows else "",
            "previous_url": url(status=status, code=code, page=number - 1) if number > 1 else "",
            "next_url": url(status=status, code=code, page=number + 1) if number * PER_PAGE < total else "",
        },
    }


def code_label(code: str) -> str:
    """A reason in a few words, as a filter shows it."""
    labels = {
        "due_before_issue": _("到期早于开票"),
        "paid_before_issue": _("付款早于开票"),
        "duplicate": _("重复的行"),
        "unknown_customer": _("没有这个客户"),
        "amount_missing": _("没有金额"),
        "amount_unreadable": _("看不懂金额"),
        "amount_not_positive": _("金额不大于零"),
        "customer_missing": _("没有客户"),
        "customer_ambiguous": _("客户重名"),
        "currency_unknown": _("不认识的币种"),
        "rate_missing": _("缺少汇率"),
        "date_missing": _("没有日期"),
        "date_invalid": _("日期不存在"),
        "date_unreadable": _("看不懂日期"),
        "date_out_of_range": _("日期超出范围"),
        "identifier_is_date": _("编号变成了日期"),
        "identifier_rounded": _("编号被抹成零"),
        "identifier_scientific": _("编号成了科学计数"),
        "number_taken": _("单号已被占用"),
        "period_closed": _("期间已关闭"),
        "tax_mismatch": _("价税合计不符"),
        "signs_differ": _("正负号不一致"),
        "total_row": _("合计行"),
        "row_too_wide": _("多出了列"),
        "cell_error": _("单元格错误值"),
    }
    return labels.get(code, code.replace("_", " "))


def _fields(found: Batch, rows: list[queries.ProblemRow]) -> list[dict[str, str]]:
    """The columns of the grid: the fields of the file in its order, then those a problem asks for besides."""
    kind, mapping = KINDS[found.kind], found.layout.get("mapping", {})
    columns = found.layout.get("columns", [])
    names = sorted(mapping, key=lambda name: mapping[name])
    names += sorted({name for row in rows for name in row.bad} - set(names))
    return [
        {
            "name": name,
            "label": kind.label(name),
            "title": columns[mapping[name]] if name in mapping else "",
            "role": kind.by_name[name].role.value,
        }
        for name in names
    ]


def _row(found: Batch, row: queries.ProblemRow) -> dict[str, Any]:
    fields = _fields(found, [row])
    return {
        "id": row.id,
        "row": row.row,
        "status": row.status,
        "open": row.status in queries.OPEN,
        "set_aside": row.status == Problem.Status.SET_ASIDE,
        "reasons": [{"column": item.column, "message": item.message} for item in row.problems],
        "values": row.values,
        "bad": row.bad,
        "extra": [field["name"] for field in fields],
    }


@require_GET
@page("import.run")
def problems_file(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """The rows that still wait as a spreadsheet: the file's own columns, the line and the reasons."""
    found = _batch(batch_id)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_problems_xlsx(target, layout_of(found), queries.problems_for_sheet(batch_id))
    target.seek(0)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return cast(HttpResponse, FileResponse(target, as_attachment=True, filename=_("%s-问题行.xlsx") % stem))


def _settling(act: Callable[[HttpRequest, Work, UUID], Settled]) -> Callable[..., HttpResponse]:
    """Try rows again and say what became of them; then back to where the person was."""

    def serve(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
        _exists(work, batch_id)
        try:
            _tell(request, act(request, work, batch_id))
        except HuikuanError as error:
            messages.error(request, _COMMAND_HINT.sub("。", error.message))
        except Exception:
            log.exception("trying rows of an import again failed")
            messages.error(request, _("出了意外，这些行没有导入，仍在下面等待处理。"))
        return redirect(_back(request, work, batch_id))

    return serve


def _back(request: HttpRequest, work: Work, batch_id: UUID) -> str:
    """The page of problems the person was on; nothing but an address of this very batch."""
    base = reverse("import-batch", args=[work.organization.code, batch_id])
    back = request.POST.get("back", "")
    return back if back.split("?")[0] in (base, f"{base}/problems") else base


def _tell(request: HttpRequest, settled: Settled) -> None:
    if settled.imported:
        messages.success(request, _("已导入 %d 行。") % settled.imported)
    if settled.unchanged:
        messages.info(request, _("%d 行已经在账上，没有重复导入。") % settled.unchanged)
    if settled.left:
        messages.warning(request, _("%d 行还有问题，原因已更新在表里。") % settled.left)


def _ids(texts: list[str]) -> list[UUID]:
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


@require_POST
@page("import.run", own_transactions=True)
def accept(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """Import rows that were set aside as they are: one, or all with the same reason."""

    def act(request: HttpRequest, work: Work, batch_id: UUID) -> Settled:
        ids = _ids(request.POST.getlist("problem"))
        if code := request.POST.get("code", ""):
            with tenant(work.organization.pk, snapshot=True):
                waiting = Problem.objects.filter(batch_id=batch_id, status=Problem.Status.SET_ASIDE, code=code)
                ids = list(waiting.values_list("pk", flat=True))
        return accept_rows(batch_id, ids, organization=work.organization, actor=work.actor, today=work.today)

    return _settling(act)(request, work, batch_id)


@require_POST
@page("import.run", own_transactions=True)
def retry(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """Import rows again with what was typed over them: the row of the button, else every changed row."""

    def act(request: HttpRequest, work: Work, batch_id: UUID) -> Settled:
        typed = _typed(request)
        only = _ids(request.POST.getlist("only"))
        if only:
            corrected = {key: typed.get(key, {}) for key in only}
        else:
            with tenant(work.organization.pk, snapshot=True):
                stored_values = dict(
                    Problem.objects.filter(batch_id=batch_id, pk__in=list(typed)).values_list("pk", "values")
                )
            corrected = {
                key: fields
                for key, fields in typed.items()
                if key in stored_values and _changed(fields, stored_values[key])
            }
        return correct_rows(
            batch_id, corrected, organization=work.organization, actor=work.actor, today=work.today
        )

    return _settling(act)(request, work, batch_id)


def _typed(request: HttpRequest) -> dict[UUID, dict[str, str]]:
    """The grid's inputs `value-<problem>-<field>`."""
    typed: dict[UUID, dict[str, str]] = {}
    for key, text in request.POST.items():
        match = re.fullmatch(r"value-([0-9a-f-]{36})-([a-z_]{1,40})", key)
        if match and (ids := _ids([match[1]])):
            typed.setdefault(ids[0], {})[match[2]] = str(text)[:1000]
    return typed


def _changed(fields: dict[str, str], before: dict[str, str]) -> bool:
    return any(text.strip() != before.get(name, "").strip() for name, text in fields.items())


@require_POST
@page("import.run")
def dismiss(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """Lay rows to rest that will not be imported."""
    found = _batch(batch_id)
    chosen = Problem.objects.filter(batch=found, pk__in=_ids(request.POST.getlist("problem")))
    lines = list(chosen.values_list("row", flat=True).distinct())
    ids = list(Problem.objects.filter(batch=found, row__in=lines).values_list("pk", flat=True))
    if dismiss_problems(ids, actor=work.actor):
        messages.success(request, _("已放弃 %d 行；它们不会导入。") % len(lines))
    else:
        messages.info(request, _("这些行已经处理过。"))
    return redirect(_back(request, work, batch_id))


@require_POST
@page("import.run", own_transactions=True)
def undo(request: HttpRequest, work: Work, batch_id: UUID) -> HttpResponse:
    """Undo the whole import while nothing else rests on it."""
    _exists(work, batch_id)
    try:
        with tenant(work.organization.pk):
            undone = undo_batch(batch_id, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, _("没有撤销，什么也没有改变：%s") % error.message)
    else:
        messages.success(request, _("已撤销，%d 张单据或核销已冲回。") % undone)
    return redirect("import-batch", work.organization.code, batch_id)

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
from django.utils import timezone
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
from huikuan.integrations.operations.corrections import NOT_UNDOABLE
from huikuan.integrations.uploads import stored
from huikuan.ledger.models import Kind as DocumentKind
from huikuan.tables import write_problems_xlsx
from huikuan.web.imports.forms import IMPORT, RESULT, import_steps
from huikuan.web.imports.problem_grid import problem_code, problem_grid
from huikuan.web.pages import Work, page

_COMMAND_HINT = re.compile(r"[；;，,]\s*请用 --.*$")
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
        **_shared(work, found),
        **(problem_grid(request, work, found) if found.state != State.READING else {}),
        "here": reverse("import-batch", args=[work.organization.code, batch_id]),
        "booked": [
            {
                "label": _(str(DocumentKind(item.kind).label)),
                "count": item.count,
                "amount": item.amount,
                "currency": item.currency,
            }
            for item in queries.booked_documents(batch_id)
        ],
        "made": [
            {"label": _(str(DocumentKind(kind).label)), "documents": documents}
            for kind, documents in queries.made_documents(batch_id).items()
        ],
        "allocated": queries.allocation_count(batch_id),
        "customers": queries.opened_customers(batch_id),
        "corrects": _corrected_batch(found),
        "waits_again": found.state == State.FAILED
        and bool(found.stored_path)
        and stored(found.stored_path).exists(),
        "token": found.stored_path.rpartition("/")[2],
        "speed": _speed(found),
        "may_undo": found.state in (State.DONE, State.FAILED) and found.kind not in NOT_UNDOABLE,
    }
    return TemplateResponse(request, "imports/batch.html", context)


def _corrected_batch(found: Batch) -> Batch | None:
    parent = found.options.get("corrects")
    return queries.batch_by_id(UUID(parent)) if parent else None


def state_badge(found: Batch) -> dict[str, str]:
    """The state of an import in words and colour."""
    tone = {State.READING: "notice", State.DONE: "good", State.FAILED: "bad", State.UNDONE: "plain"}
    return {"label": _(str(State(found.state).label)), "tone": tone[State(found.state)]}


def _shared(work: Work, found: Batch) -> dict[str, Any]:
    return {
        "breadcrumbs": [
            {"label": _("导入"), "url": reverse("import-home", args=[work.organization.code])},
            {"label": found.file_name},
        ],
        "batch": found,
        "state": state_badge(found),
        "kind_label": _(str(Kind(found.kind).label)),
        "notices": [notice.message for notice in layout_of(found).notices],
        "running": found.state == State.READING,
        "steps": import_steps(),
        "step": IMPORT if found.state == State.READING else RESULT,
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
    return TemplateResponse(request, "imports/progress.html", {"batch": found, "speed": _speed(found)})


def _speed(found: Batch) -> int:
    """Rows a second since the import was started; 0 before its first rows."""
    seconds = (timezone.now() - found.started_at).total_seconds()
    return round(found.rows_read / seconds) if seconds > 0 else 0


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
    return TemplateResponse(
        request, "imports/problems.html", {**_shared(work, found), **problem_grid(request, work, found)}
    )


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
        if code := problem_code(request.POST.get("code", "")):
            with tenant(work.organization.pk, snapshot=True):
                waiting = Problem.objects.filter(
                    batch_id=batch_id, status=Problem.Status.SET_ASIDE, code=code
                )
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
            documents = _batch(batch_id).kind != Kind.CUSTOMERS
            undone = undo_batch(batch_id, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, _("没有撤销，什么也没有改变：%s") % error.message)
    else:
        said = _("已撤销，%d 张单据或核销已冲回。") if documents else _("已撤销，%d 个客户已移出名单。")
        messages.success(request, said % undone)
    return redirect("import-batch", work.organization.code, batch_id)

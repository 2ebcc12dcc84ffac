"""From a file to a batch: choose it, see how it is read and what would become of it, start."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations import uploads
from huikuan.integrations.jobs import enqueue
from huikuan.integrations.models import Batch, Kind
from huikuan.integrations.operations import import_file, start_import
from huikuan.integrations.queries import is_abandoned
from huikuan.integrations.uploads import Upload, UploadGone
from huikuan.tables import KINDS, TableError, kind_of_file
from huikuan.tables.source import open_source
from huikuan.web.imports.checking import Check, look_at, options_for
from huikuan.web.imports.forms import CHECK, COLUMNS, CheckForm, UploadForm, columns_chosen, import_steps
from huikuan.web.imports.grid import changed_by
from huikuan.web.imports.home import home_page, kinds_for
from huikuan.web.pages import Work, page

IN_REQUEST_ROWS = 5_000
"""Files of up to so many rows are taken in at once; larger ones by a job."""

_ANSWERED_BY_OPTIONS = (
    "currency_marked",
    "rate_missing",
    "currency_unknown",
    "encoding_unknown",
    "delimiter_invalid",
)

log = logging.getLogger(__name__)


@require_POST
@page("import.run", own_transactions=True)
def upload(request: HttpRequest, work: Work) -> HttpResponse:
    """Keep the file and go on to checking it; what is no table is refused here, in one sentence."""
    form = UploadForm(request.POST)
    file = request.FILES.get("file")
    if not form.is_valid():
        return _refused(request, work, form, _("选项里有填错的地方，请更正后重新选择文件。"))
    if not isinstance(file, UploadedFile):
        return _refused(request, work, form, _("没有收到文件，请选择一个 CSV、TSV、XLSX 或 XLS 文件。"))
    uploads.remove_expired(work.organization.pk)
    try:
        if (file.size or 0) > uploads.MAX_BYTES:
            raise uploads.too_large()
        kept = uploads.keep(
            file.chunks(),
            organization_id=work.organization.pk,
            file_name=file.name or "",
            kind=form.cleaned_data["kind"],
            settings=form.settings(),
        )
    except HuikuanError as error:
        return _refused(request, work, form, error.message)
    try:
        _recognise(kept, kinds_for(work.actor))
    except HuikuanError as error:
        uploads.remove(kept)
        return _refused(
            request,
            work,
            form,
            _("“%(name)s”：%(reason)s") % {"name": kept.file_name, "reason": error.message},
        )
    return redirect("import-columns", work.organization.code, kept.token)


def _recognise(kept: Upload, kinds: list[str]) -> None:
    """Settle what the file holds: as the person said, else as its headers say. Raises TableError."""
    open_source(kept.path)
    if not kept.kind:
        try:
            kind, sure = kind_of_file(kept.path, kinds)
        except TableError:
            kind, sure = (
                kinds[0],
                False,
            )  # the next page says what is wrong and asks for encoding or delimiter
        uploads.save(replace(kept, kind=kind, recognised=sure))


def _refused(request: HttpRequest, work: Work, form: UploadForm, error: str) -> HttpResponse:
    with tenant(work.organization.pk, snapshot=True):
        return _rendered(home_page(request, work, form, error=error, status=422))


def _rendered(response: HttpResponse) -> HttpResponse:
    return cast(TemplateResponse, response).render()


def _with_upload(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the waiting file to a view; one that is gone leads back to where files are chosen."""

    @wraps(view)
    def serve(request: HttpRequest, work: Work, token: str) -> HttpResponse:
        try:
            waiting = uploads.waiting(work.organization.pk, token)
        except UploadGone as error:
            messages.warning(request, error.message)
            return redirect("import-home", work.organization.code)
        if not waiting.path.exists():
            if waiting.batch:
                return redirect("import-batch", work.organization.code, UUID(waiting.batch))
            messages.warning(request, _("这个文件已经过期，请重新上传。"))
            return redirect("import-home", work.organization.code)
        return view(request, work, waiting)

    return serve


@require_http_methods(["GET", "HEAD", "POST"])
@page("import.run", own_transactions=True)
@_with_upload
def check(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    """How the file is understood and what an import would do; POST changes how it is read."""
    if request.method == "POST":
        form = CheckForm(request.POST)
        decided, error = _decide(request, form, waiting)
        if error:
            return _show(request, work, waiting, form=form, error=error)
        uploads.save(decided)
        return redirect("import-check", work.organization.code, waiting.token)
    return _show(request, work, waiting)


@require_http_methods(["GET", "HEAD", "POST"])
@page("import.run", own_transactions=True)
@_with_upload
def columns(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    """What each column is; POST changes it and stays here."""
    if request.method == "POST":
        form = CheckForm(request.POST)
        decided, error = _decide(request, form, waiting)
        if error:
            return _show(request, work, waiting, form=form, error=error, step=COLUMNS)
        uploads.save(decided)
        return redirect("import-columns", work.organization.code, waiting.token)
    return _show(request, work, waiting, step=COLUMNS)


@require_POST
@page("import.run", own_transactions=True)
@_with_upload
def correct(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    """Keep what was typed over the rows of the grid, and look again; or import it with `start`."""
    uploads.save(changed_by(waiting, request.POST))
    return redirect("import-check", work.organization.code, waiting.token)


def _decide(request: HttpRequest, form: CheckForm, waiting: Upload) -> tuple[Upload, str]:
    """The file with what the form says about reading it, or the sentence that says what is wrong."""
    if not form.is_valid():
        return waiting, _("选项里有填错的地方，已在下面标出。")
    kind = form.cleaned_data["kind"]
    settings = form.settings()
    # Another kind, encoding, delimiter or sheet makes other columns: they are recognised afresh.
    same = kind == waiting.kind and all(
        settings.get(name) == waiting.settings.get(name) for name in ("encoding", "delimiter", "sheet")
    )
    try:
        mapping = columns_chosen(request.POST, frozenset(KINDS[kind].by_name))
    except ValidationError as error:
        label = KINDS[kind].label(str(error.message))
        return waiting, _("“%s”选了两次；一个字段只能来自一列。") % label
    if not same:
        settings.pop("date_format", None)
        afresh = replace(waiting, kind=kind, mapping=None, settings=settings)
        if kind != waiting.kind:
            return replace(afresh, recognised=None), ""
        return replace(afresh, retyped={}, shown={}, accepted=[], skipped=[]), ""
    return replace(
        waiting, mapping=mapping if mapping is not None else waiting.mapping, settings=settings
    ), ""


def _show(
    request: HttpRequest,
    work: Work,
    waiting: Upload,
    *,
    form: CheckForm | None = None,
    error: str = "",
    step: int = CHECK,
) -> HttpResponse:
    found = look_at(waiting, work, trial=step == CHECK)
    if error:
        found.error, found.error_code = error, "form"
    if not found.ready:
        step = COLUMNS  # there is something to decide first
    context: dict[str, Any] = {
        "check": found,
        "upload": waiting,
        "kind_label": _(str(Kind(waiting.kind).label)),
        "form": (form or CheckForm(initial={"kind": waiting.kind, **waiting.settings})).limited(
            {*kinds_for(work.actor), waiting.kind}
        ),
        "fields": [(item.name, KINDS[waiting.kind].label(item.name)) for item in KINDS[waiting.kind].fields],
        "in_background": found.layout is not None and found.layout.total_rows > IN_REQUEST_ROWS,
        "options_open": bool(form and form.errors) or found.error_code in _ANSWERED_BY_OPTIONS,
        "step": step,
        "steps": import_steps(),
        "breadcrumbs": [
            {"label": _("导入"), "url": reverse("import-home", args=[work.organization.code])},
            {"label": waiting.file_name},
        ],
    }
    status = 422 if error and not getattr(request, "htmx", False) else 200  # htmx shows no refused answer
    template = "imports/columns.html" if step == COLUMNS else "imports/check.html"
    with tenant(work.organization.pk, snapshot=True):
        return _rendered(TemplateResponse(request, template, context, status=status))


@require_POST
@page("import.run", own_transactions=True)
@_with_upload
def start(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    """Import the file: a small one at once, a large one by a job. A second click changes nothing."""
    if any(key.startswith("column-") for key in request.POST):
        form = CheckForm(request.POST)
        waiting, error = _decide(request, form, waiting)
        if error:
            return _show(request, work, waiting, form=form, error=error)
        uploads.save(waiting)
    if "row" in request.POST:
        waiting = changed_by(waiting, request.POST)
        uploads.save(waiting)
    found = look_at(waiting, work, trial=False)
    if not found.ready:
        return redirect("import-check", work.organization.code, waiting.token)
    if not uploads.claim(waiting) and not _abandoned(work, waiting):
        return _already_started(request, work, waiting)
    try:
        batch_id = _import(found, work)
    except HuikuanError as error:
        uploads.release(waiting)
        messages.error(request, error.message)
        return redirect("import-check", work.organization.code, waiting.token)
    except Exception:
        uploads.release(waiting)
        log.exception("import failed")
        messages.error(request, _("导入出了意外；已经导入的行保留，文件还在，可以再次导入。请联系管理员。"))
        return redirect("import-home", work.organization.code)
    return redirect("import-batch", work.organization.code, batch_id)


def _abandoned(work: Work, waiting: Upload) -> bool:
    """Whether whoever claimed the file has stopped: then the claim passes on."""
    with tenant(work.organization.pk, snapshot=True):
        return is_abandoned(waiting.stored_path)


def _already_started(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    known = uploads.waiting(work.organization.pk, waiting.token)
    if known.batch:
        return redirect("import-batch", work.organization.code, UUID(known.batch))
    messages.info(request, _("这个文件正在导入，请稍候刷新。"))
    return redirect("import-home", work.organization.code)


def _import(found: Check, work: Work) -> UUID:
    assert found.layout is not None
    waiting, options = found.upload, options_for(found)
    common: dict[str, Any] = {
        "kind": waiting.kind,
        "organization": work.organization,
        "actor": work.actor,
        "options": options,
        "file_name": waiting.file_name,
        "stored_path": waiting.stored_path,
    }
    if found.layout.total_rows > IN_REQUEST_ROWS:
        assert work.actor.user_id is not None
        batch_id, _layout = start_import(waiting.path, layout=found.layout, **common)
        uploads.save(replace(waiting, batch=str(batch_id)))
        with tenant(work.organization.pk):
            enqueue(Batch.objects.get(pk=batch_id), user_id=work.actor.user_id, token=waiting.token)
        return batch_id
    report = import_file(waiting.path, today=work.today, **common)
    assert report.batch_id is not None
    uploads.save(replace(waiting, batch=str(report.batch_id)))
    uploads.finish(waiting)
    return report.batch_id


@require_POST
@page("import.run", own_transactions=True)
@_with_upload
def discard(request: HttpRequest, work: Work, waiting: Upload) -> HttpResponse:
    """Delete a waiting file that will not be imported."""
    if uploads.claim(waiting):
        uploads.remove(waiting)
        messages.success(request, _("已删除上传的文件，没有导入任何一行。"))
    return redirect("import-home", work.organization.code)

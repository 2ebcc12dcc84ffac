"""Attaching, fetching and removing files; all of it only for those who may see the record."""

from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.files import storage
from huikuan.files.models import AttachedFile
from huikuan.files.operations import FileRefused, attach_file, remove_file, too_large
from huikuan.files.rules import BY_CONTENT_TYPE, MAX_BYTES, shown_name
from huikuan.web.files.attachments import files_of
from huikuan.web.notices.records import NotedRecord, noted_record
from huikuan.web.pages import Work, page

MOST_AT_ONCE = 20


@require_safe
@page("customer.read")
def card(request: HttpRequest, work: Work, kind: str, key: UUID) -> HttpResponse:
    """The card by itself, as it is now."""
    record = _record(work, kind, key)
    return render(request, "components/files.html", {"files": files_of(work, record.kind, record.key)})


@require_POST
@page("file.write", own_transactions=True)
def attach(request: HttpRequest, work: Work, kind: str, key: UUID) -> HttpResponse:
    """Attach what was sent, each file by itself; the card says which were refused and why."""
    with tenant(work.organization.pk, snapshot=True):
        record = _record(work, kind, key)
    sent = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile)]
    refusals = [] if sent else [_("没有收到文件，请选择要上传的文件。")]
    if len(sent) > MOST_AT_ONCE:
        refusals, sent = [_("一次最多上传 %d 个文件，请分几次上传。") % MOST_AT_ONCE], []
    for file in sent:
        try:
            with tenant(work.organization.pk):
                _attach(work, record, file, request.POST.get("note", ""))
        except HuikuanError as error:
            refusals.append(error.message)
    with tenant(work.organization.pk, snapshot=True):
        return _answered(request, work, record, refusals)


def _attach(work: Work, record: NotedRecord, file: UploadedFile[bytes], note: str) -> None:
    name = file.name or ""
    if (file.size or 0) > MAX_BYTES:
        raise too_large(shown_name(name))
    attach_file(
        record_kind=record.kind,
        record_id=record.key,
        name=name,
        content=file.read(),
        note=note,
        number=record.number,
        actor=work.actor,
        now=timezone.now(),
    )


@require_POST
@page("file.write")
def remove(request: HttpRequest, work: Work, file: UUID) -> HttpResponse:
    """Take a file from its record; the reason is kept."""
    found = _file(work, file)
    record = _record(work, found.record_kind, found.record_id)
    refusals = []
    try:
        remove_file(
            file_id=found.pk,
            reason=request.POST.get("reason", ""),
            number=record.number,
            actor=work.actor,
            now=timezone.now(),
        )
    except FileRefused as error:
        refusals.append(error.message)
    return _answered(request, work, record, refusals)


@require_safe
@page("customer.read")
def content(request: HttpRequest, work: Work, file: UUID) -> HttpResponse:
    """The file itself, unchanged since it was attached. With `view` some kinds are shown in the browser, where
    nothing in them can run."""
    found = _file(work, file)
    _record(work, found.record_kind, found.record_id)
    kind = BY_CONTENT_TYPE[found.content_type]
    inline = "view" in request.GET and kind.shown_inline
    return HttpResponse(
        storage.content(work.organization.pk, found.sha256, name=found.name),
        headers={
            "Content-Type": kind.content_type,
            "Content-Disposition": content_disposition_header(not inline, found.name) or "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


def _record(work: Work, kind: str, key: UUID) -> NotedRecord:
    record = noted_record(work, kind, key)
    if record is None:
        raise Http404
    return record


def _file(work: Work, key: UUID) -> AttachedFile:
    found = AttachedFile.objects.filter(pk=key, removed_at=None).first()
    if found is None:
        raise Http404
    return found


def _answered(request: HttpRequest, work: Work, record: NotedRecord, refusals: list[str]) -> HttpResponse:
    if request.headers.get("HX-Request") or refusals:
        context = {"files": files_of(work, record.kind, record.key, refusals=refusals)}
        if request.headers.get("HX-Request"):
            return render(request, "components/files.html", context)
        back = {"back_url": f"{record.path}#files", "label": record.label}
        return render(request, "files/refused.html", {**context, **back}, status=422)
    return redirect(f"{record.path}#files")

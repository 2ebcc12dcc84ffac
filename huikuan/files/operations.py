"""Attaching files to records and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from huikuan.audit.operations import Told, act, record_events
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.files import storage
from huikuan.files.models import AttachedFile
from huikuan.files.queries import bytes_kept
from huikuan.files.rules import MAX_BYTES, FileType, Refusal, kept_name, shown_name, type_of
from huikuan.organizations.actors import Actor

LONGEST_NOTE = 500


class FileRefused(HuikuanError):
    """The file is not attached, or not removed, as asked; nothing changed."""

    code = "file_refused"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file for a record; `number` is what people call the record, for the trail."""

    record_id: UUID
    name: str
    content: bytes
    number: str = ""


def attach_file(
    *,
    record_kind: str,
    record_id: UUID,
    name: str,
    content: bytes,
    actor: Actor,
    now: datetime,
    note: str = "",
    number: str = "",
) -> AttachedFile:
    """Attach a file to a record; see `attach_files`."""
    new = NewFile(record_id, name, content, number)
    [attached] = attach_files([new], record_kind=record_kind, actor=actor, now=now, note=note)
    return attached


def attach_files(
    files: Sequence[NewFile], *, record_kind: str, actor: Actor, now: datetime, note: str = ""
) -> list[AttachedFile]:
    """Attach files to records of a kind, in one act. What each is is told from its bytes; the same bytes are stored once.

    Raises FileRefused and storage.FileNotKept; then none is attached.
    """
    actor.require("file.write")
    kinds = [_checked(each.content, each.name) for each in files]
    _require_room(files)
    said = _text(note, _("说明"))
    organization_id = current_organization_id()
    with act("attach_file", actor=actor) as opened:
        rows = [
            AttachedFile(
                organization_id=organization_id,
                act_id=opened.id,
                record_kind=record_kind,
                record_id=each.record_id,
                name=kept_name(each.name, kind),
                size=len(each.content),
                sha256=storage.keep(organization_id, each.content),
                content_type=kind.content_type,
                note=said,
                uploaded_by_id=actor.membership_id,
                uploaded_by_name=actor.name,
                uploaded_at=now,
            )
            for each, kind in zip(files, kinds, strict=True)
        ]
        _require_new(record_kind, rows)
        AttachedFile.objects.bulk_create(rows)
        record_events(
            (
                _told("file_attached", row, each.number, sha256=row.sha256, size=row.size, note=said)
                for row, each in zip(rows, files, strict=True)
            ),
            opened=opened,
        )
    return rows


def remove_file(*, file_id: UUID, reason: str, actor: Actor, now: datetime, number: str = "") -> AttachedFile:
    """Take a file from its record: it is shown no longer; content, who, when and why are kept. Raises FileRefused."""
    actor.require("file.write")
    why = _text(reason, _("原因"))
    if not why:
        raise FileRefused(_("请说明移除的原因。"), code="reason_missing")
    with act("remove_file", actor=actor, reason=why) as opened:
        attached = AttachedFile.objects.select_for_update(no_key=True).filter(pk=file_id).first()
        if attached is None or attached.removed_at is not None:
            raise FileRefused(_("这个文件已被移除，请刷新页面。"), code="file_is_gone")
        attached.removed_act_id = opened.id
        attached.removed_at = now
        attached.removed_by_name = actor.name
        attached.removed_reason = why
        attached.save(update_fields=["removed_act", "removed_at", "removed_by_name", "removed_reason"])
        record_events([_told("file_removed", attached, number, reason=why)], opened=opened)
    return attached


def too_large(name: str) -> FileRefused:
    """The refusal of a file beyond the limit."""
    message = _("“%(name)s”超过 %(limit)d MB，没有上传。") % {"name": name, "limit": MAX_BYTES // 1024**2}
    return FileRefused(message, code="file_too_large")


def _checked(content: bytes, name: str) -> FileType:
    shown = shown_name(name)
    if len(content) > MAX_BYTES:
        raise too_large(shown)
    found = type_of(content, name)
    if isinstance(found, Refusal):
        raise FileRefused(_why(found) % shown, code=found.value)
    return found


def _require_room(files: Sequence[NewFile]) -> None:
    if bytes_kept() + sum(len(each.content) for each in files) > settings.FILES_QUOTA:
        limit = settings.FILES_QUOTA // 1024**2
        raise FileRefused(
            _("附件总量已达上限 %d MB，没有上传，请联系管理员。") % limit, code="file_quota_reached"
        )


def _why(refusal: Refusal) -> str:
    return {
        Refusal.EMPTY: _("“%s”是空的，没有上传。"),
        Refusal.PROGRAM: _("“%s”是程序或含有程序，不能作为附件。"),
        Refusal.PAGE: _("“%s”是网页或 SVG 图形，可能带有脚本，不能作为附件；请另存为 PDF 或图片。"),
        Refusal.MACROS: _("“%s”带有宏，不能作为附件；请另存为不带宏的文件或 PDF。"),
        Refusal.LOCKED: _("“%s”有打开密码，无法检查内容；请去掉密码后再上传。"),
        Refusal.UNKNOWN: _(
            "“%s”的类型不能作为附件。可以上传 PDF、图片、Word（docx）、Excel、OFD、XML、CSV、TXT、ZIP 和邮件（eml）。"
        ),
    }[refusal]


def _text(text: str, label: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if len(said) > LONGEST_NOTE:
        raise FileRefused(
            _("%(label)s最多 %(count)d 个字。") % {"label": label, "count": LONGEST_NOTE},
            code="text_too_long",
        )
    return said


def _require_new(record_kind: str, rows: Sequence[AttachedFile]) -> None:
    there = {
        (each.record_id, each.sha256): each
        for each in AttachedFile.objects.filter(
            record_kind=record_kind, record_id__in=[row.record_id for row in rows], removed_at=None
        )
    }
    for row in rows:
        same = there.setdefault((row.record_id, row.sha256), row)
        if same is not row:
            raise FileRefused(
                _("“%(name)s”与已有的附件“%(other)s”内容相同，没有重复上传。")
                % {"name": row.name, "other": same.name},
                code="file_already_attached",
            )


def _told(action: str, attached: AttachedFile, number: str, **content: object) -> Told:
    return Told(
        action=action,
        record_kind=attached.record_kind,
        record_id=attached.record_id,
        number=number,
        content={"file": str(attached.pk), "name": attached.name, **content},
    )

"""Files on a record: the card that any page of a record can show.

{% include "components/files.html" with files=files %}      files = files_of(work, "customer", customer.pk)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from huikuan.files.models import AttachedFile
from huikuan.files.operations import LONGEST_NOTE
from huikuan.files.queries import files_of_record
from huikuan.files.rules import ACCEPTED, BY_CONTENT_TYPE, MAX_BYTES
from huikuan.web.pages import Work

ICONS = {"pdf": "file-text", "docx": "file-text", "xlsx": "file-spreadsheet", "xls": "file-spreadsheet"}
ICONS |= {"csv": "file-spreadsheet", "zip": "archive", "eml": "mail", "ofd": "file-invoice"}


def files_of(
    work: Work, record_kind: str, record_id: UUID, *, refusals: Sequence[str] = ()
) -> dict[str, Any]:
    """Context of components/files.html for a record that the reader is known to see.

    `refusals`: why files that were sent are not among them.
    """
    place = {"org": work.organization.code, "kind": record_kind, "key": record_id}
    may_write = work.actor.may("file.write")
    return {
        "rows": [_row(work, file, may_write) for file in files_of_record(record_kind, record_id)],
        "may_write": may_write,
        "upload_url": reverse("file-attach", kwargs=place),
        "card_url": reverse("file-card", kwargs=place),
        "accept": ",".join(ACCEPTED),
        "max_bytes": MAX_BYTES,
        "max_megabytes": MAX_BYTES // 1024**2,
        "longest_note": LONGEST_NOTE,
        "refusals": list(refusals),
    }


def _row(work: Work, file: AttachedFile, may_write: bool) -> dict[str, Any]:
    kind = BY_CONTENT_TYPE[file.content_type]
    address = [work.organization.code, file.pk]
    url = reverse("file-content", args=address)
    return {
        "id": file.pk,
        "name": file.name,
        "size": size_text(file.size),
        "note": file.note,
        "by": file.uploaded_by_name,
        "at": file.uploaded_at,
        "icon": ICONS.get(kind.extension, "file-text"),
        "mark": kind.extension.upper(),
        "url": url,
        "view_url": f"{url}?view=1" if kind.shown_inline else "",
        "remove_url": reverse("file-remove", args=address) if may_write else "",
    }


def size_text(size: int) -> str:
    """Bytes as people read them: 812 B, 34 KB, 1.2 MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024**2:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024**2:.1f} MB"

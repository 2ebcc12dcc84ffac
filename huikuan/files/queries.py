"""Reads: the files of a record, and how much room an organization takes."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Sum

from huikuan.files.models import AttachedFile

FILES_SHOWN = 100


def files_of_record(record_kind: str, record_id: UUID) -> list[AttachedFile]:
    """The files attached to a record that were not removed, the latest first."""
    found = AttachedFile.objects.filter(record_kind=record_kind, record_id=record_id, removed_at=None)
    return list(found.order_by("-uploaded_at", "-pk")[:FILES_SHOWN])


def bytes_kept() -> int:
    """Bytes of all content the organization keeps, the same content once; removed files are kept too."""
    sizes = AttachedFile.objects.order_by().values("sha256", "size").distinct()
    return int(sizes.aggregate(total=Sum("size"))["total"] or 0)

"""Reads: the notes of a record, the notices of a person, and who can be mentioned."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from huikuan.notices.models import Note, Notice
from huikuan.notices.rules import handles
from huikuan.organizations.models import Membership, User

NOTES_SHOWN = 100


def current_notes(record_kind: str, record_id: UUID) -> list[Note]:
    """The notes of a record as they stand, the latest first."""
    later = Note.objects.filter(replaces_id=OuterRef("pk"))
    found = Note.objects.filter(~Exists(later), record_kind=record_kind, record_id=record_id, removed=False)
    return list(found.order_by("-written_at", "-pk")[:NOTES_SHOWN])


def current_note(first: UUID) -> Note | None:
    """The row that now stands for the note whose first row is `first`; None when there is none or it is removed."""
    later = Note.objects.filter(replaces_id=OuterRef("pk"))
    return Note.objects.filter(~Exists(later), first=first, removed=False).first()


def notices_of(recipient_id: UUID | None) -> QuerySet[Notice]:
    """The notices of one member, the latest first; the local operator has none."""
    if recipient_id is None:
        return Notice.objects.none()
    return Notice.objects.filter(recipient_id=recipient_id).order_by("-created_at", "-pk")


def unread_count(recipient_id: UUID | None) -> int:
    """How many notices the member has not read."""
    return notices_of(recipient_id).filter(read_at__isnull=True).order_by().count()


def mentionable() -> dict[UUID, tuple[str, User]]:
    """Active members of the organization: membership → (handle after the @, person)."""
    members = list(Membership.objects.filter(active=True, user__is_active=True).select_related("user"))
    names = handles((member.pk, member.user.name, member.user.email) for member in members)
    return {member.pk: (names[member.pk], member.user) for member in members}

"""Writing notes, sending notices, marking them as read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.sentences import enumerated
from huikuan.notices.models import Note, Notice
from huikuan.notices.queries import current_note, mentionable, notices_of
from huikuan.notices.rules import mentioned
from huikuan.notices.wording import MENTIONED
from huikuan.organizations.actors import Actor
from huikuan.organizations.queries import actor_of

LONGEST_NOTE = 4000
MOST_MENTIONS = 20

MaySee = Callable[[Actor], bool]


class NoteRefused(HuikuanError):
    """The note cannot be written as asked; nothing was."""

    code = "note_refused"


def write_note(
    *,
    record_kind: str,
    record_id: UUID,
    text: str,
    actor: Actor,
    now: datetime,
    label: str,
    path: str,
    may_see: MaySee,
    number: str = "",
) -> Note:
    """Add a note to a record and tell those whom it mentions.

    `label` names the record in the notices, `path` is its page, `may_see` says whether somebody may open it: a
    mention of one who may not is refused, for the notice would tell what they must not know. Raises NoteRefused.
    """
    actor.require("note.write")
    said = _checked(text)
    people = _mentions(said, may_see)
    with act("write_note", actor=actor) as opened:
        key = uuid7()
        note = Note.objects.create(
            organization_id=current_organization_id(),
            pk=key,
            act_id=opened.id,
            record_kind=record_kind,
            record_id=record_id,
            first=key,
            text=said,
            mentions=_stored(people),
            author_id=actor.membership_id,
            author_name=actor.name,
            written_at=now,
            created_at=now,
        )
        _record("noted", note, number)
        _tell(people, note, actor, now=now, label=label, path=path)
    return note


def edit_note(
    *,
    first: UUID,
    text: str,
    actor: Actor,
    now: datetime,
    label: str,
    path: str,
    may_see: MaySee,
    number: str = "",
) -> Note:
    """Correct one's own note; who is mentioned for the first time is told. Raises NoteRefused."""
    actor.require("note.write")
    old = _own(first, actor)
    said = _checked(text)
    people = _mentions(said, may_see)
    before = {str(mention["id"]) for mention in old.mentions}
    with act("edit_note", actor=actor) as opened:
        note = _successor(old, opened.id, now=now, text=said, mentions=_stored(people))
        _record("note_edited", note, number)
        fresh = {key: handle for key, handle in people.items() if str(key) not in before}
        _tell(fresh, note, actor, now=now, label=label, path=path)
    return note


def remove_note(*, first: UUID, actor: Actor, now: datetime, number: str = "") -> None:
    """Take one's own note from the record; the trail keeps what it said. Raises NoteRefused."""
    actor.require("note.write")
    old = _own(first, actor)
    with act("remove_note", actor=actor) as opened:
        gone = _successor(old, opened.id, now=now, text="", mentions=[], removed=True)
        _record("note_removed", gone, number)


def send_notices(
    recipients: Iterable[UUID],
    *,
    kind: str,
    parameters: Mapping[str, Any],
    path: str,
    now: datetime,
) -> int:
    """Tell members (by membership) something; returns how many. `kind` is one of `wording.WORDINGS`."""
    organization_id = current_organization_id()
    added = Notice.objects.bulk_create(
        Notice(
            organization_id=organization_id,
            recipient_id=recipient,
            kind=kind,
            parameters=dict(parameters),
            path=path,
            created_at=now,
        )
        for recipient in dict.fromkeys(recipients)
    )
    return len(added)


def mark_read(*, actor: Actor, now: datetime, notices: Iterable[UUID] | None = None) -> int:
    """Mark the actor's own notices as read (None: all of them); returns how many were unread."""
    unread = notices_of(actor.membership_id).filter(read_at__isnull=True)
    if notices is not None:
        unread = unread.filter(pk__in=list(notices))
    return unread.order_by().update(read_at=now)


def _checked(text: str) -> str:
    said = "\n".join(line.rstrip() for line in text.replace("\x00", "").strip().splitlines())
    if not said:
        raise NoteRefused(_("请先写点什么。"), code="note_is_empty")
    if len(said) > LONGEST_NOTE:
        raise NoteRefused(_("备注最多 %d 个字。") % LONGEST_NOTE, code="note_too_long")
    return said


def _mentions(text: str, may_see: MaySee) -> dict[UUID, str]:
    """Membership → handle of everybody mentioned; refuses those who may not see the record."""
    if "@" not in text:
        return {}
    members = mentionable()
    known = {key: handle for key, (handle, _user) in members.items()}
    found = mentioned(text, known)
    if len(found) > MOST_MENTIONS:
        raise NoteRefused(_("一条备注最多提到 %d 人。") % MOST_MENTIONS, code="too_many_mentions")
    blind = []
    for key in found:
        person = actor_of(members[key][1])
        if person is None or not may_see(person):
            blind.append(known[key])
    if blind:
        raise NoteRefused(
            _("%s 无权查看这条记录，不能在这里提到。备注没有保存。") % enumerated(blind),
            code="mention_may_not_see",
        )
    return {key: known[key] for key in found}


def _stored(people: Mapping[UUID, str]) -> list[dict[str, str]]:
    return [{"id": str(key), "handle": handle} for key, handle in people.items()]


def _own(first: UUID, actor: Actor) -> Note:
    note = current_note(first)
    if note is None:
        raise NoteRefused(_("这条备注已被删除或修改，请刷新页面。"), code="note_is_gone")
    if note.author_id != actor.membership_id:
        raise NoteRefused(_("只能修改或删除自己写的备注。"), code="note_of_somebody_else")
    return note


def _successor(
    old: Note, act_id: UUID, *, now: datetime, text: str, mentions: list[Any], removed: bool = False
) -> Note:
    return Note.objects.create(
        organization_id=old.organization_id,
        act_id=act_id,
        record_kind=old.record_kind,
        record_id=old.record_id,
        first=old.first,
        replaces=old,
        text=text,
        mentions=mentions,
        removed=removed,
        author_id=old.author_id,
        author_name=old.author_name,
        written_at=old.written_at,
        created_at=now,
    )


def _record(action: str, note: Note, number: str) -> None:
    content = {"note": str(note.first), "text": note.text}
    record_event(
        action=action,
        record_kind=note.record_kind,
        record_id=note.record_id,
        number=number,
        content=content,
    )


def _tell(
    people: Mapping[UUID, str], note: Note, actor: Actor, *, now: datetime, label: str, path: str
) -> None:
    others = [key for key in people if key != actor.membership_id]
    send_notices(
        others,
        kind=MENTIONED,
        parameters={"author": actor.name, "record": label, "excerpt": note.text[:200]},
        path=f"{path}#note-{note.first}",
        now=now,
    )

"""Notes on a record: the card that any page of a record can show, and what its buttons do.

{% include "components/notes.html" with notes=notes %}      notes = notes_of(work, "customer", customer.pk)
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.names import folded, pinyin_key
from huikuan.notices.models import Note
from huikuan.notices.operations import LONGEST_NOTE, NoteRefused, edit_note, remove_note, write_note
from huikuan.notices.queries import current_note, current_notes, mentionable
from huikuan.notices.rules import pieces
from huikuan.organizations.queries import actor_of
from huikuan.web.notices.records import NotedRecord, noted_record
from huikuan.web.pages import Work, page

MOST_PEOPLE = 8


def notes_of(
    work: Work, record_kind: str, record_id: UUID, *, draft: str = "", refusal: str = ""
) -> dict[str, Any]:
    """Context of components/notes.html for a record that the reader is known to see.

    `draft` and `refusal`: what was typed and why it was not saved.
    """
    place = {"org": work.organization.code, "kind": record_kind, "key": record_id}
    return {
        "rows": [_row(work, note) for note in current_notes(record_kind, record_id)],
        "may_write": work.actor.may("note.write"),
        "write_url": reverse("note-write", kwargs=place),
        "people_url": reverse("note-people", kwargs=place),
        "card_url": reverse("note-card", kwargs=place),
        "longest": LONGEST_NOTE,
        "draft": draft,
        "refusal": refusal,
    }


def _row(work: Work, note: Note) -> dict[str, Any]:
    names = [str(mention["handle"]) for mention in note.mentions]
    own = note.author_id is not None and note.author_id == work.actor.membership_id
    code = work.organization.code
    return {
        "id": note.first,
        "author": note.author_name,
        "at": note.written_at,
        "edited": note.replaces_id is not None,
        "pieces": list(pieces(note.text, names)),
        "text": note.text,
        "edit_url": reverse("note-edit", args=[code, note.first]) if own else "",
        "remove_url": reverse("note-remove", args=[code, note.first]) if own else "",
    }


@require_safe
@page("customer.read")
def card(request: HttpRequest, work: Work, kind: str, key: UUID) -> HttpResponse:
    """The card by itself, as it is now."""
    return _card(request, work, _record(work, kind, key))


@require_POST
@page("note.write")
def write(request: HttpRequest, work: Work, kind: str, key: UUID) -> HttpResponse:
    """Add a note; what is refused stays in the box with the reason."""
    record = _record(work, kind, key)
    text = request.POST.get("text", "")
    try:
        write_note(
            record_kind=kind,
            record_id=key,
            text=text,
            actor=work.actor,
            now=timezone.now(),
            label=record.label,
            number=record.number,
            path=record.path,
            may_see=record.may_see,
        )
    except NoteRefused as error:
        return _card(request, work, record, draft=text, refusal=error.message)
    return _answered(request, work, record)


@require_POST
@page("note.write")
def edit(request: HttpRequest, work: Work, first: UUID) -> HttpResponse:
    """Correct one's own note."""
    record = _record_of(work, first)
    try:
        edit_note(
            first=first,
            text=request.POST.get("text", ""),
            actor=work.actor,
            now=timezone.now(),
            label=record.label,
            number=record.number,
            path=record.path,
            may_see=record.may_see,
        )
    except NoteRefused as error:
        return _card(request, work, record, refusal=error.message)
    return _answered(request, work, record)


@require_POST
@page("note.write")
def remove(request: HttpRequest, work: Work, first: UUID) -> HttpResponse:
    """Take one's own note away."""
    record = _record_of(work, first)
    try:
        remove_note(first=first, actor=work.actor, now=timezone.now(), number=record.number)
    except NoteRefused as error:
        return _card(request, work, record, refusal=error.message)
    return _answered(request, work, record)


@require_safe
@page("note.write")
def people(request: HttpRequest, work: Work, kind: str, key: UUID) -> HttpResponse:
    """Members whose name begins with or holds `q` (also by pinyin) and who may see the record, as JSON."""
    record = _record(work, kind, key)
    sought = folded(request.GET.get("q", ""))[:40].replace(" ", "")
    found: list[dict[str, str]] = []
    for membership, (handle, person) in sorted(mentionable().items(), key=lambda pair: pair[1][0]):
        if membership == work.actor.membership_id or not _answers(person.name, sought):
            continue
        actor = actor_of(person)
        if actor is not None and record.may_see(actor):
            found.append({"handle": handle, "name": person.name})
        if len(found) == MOST_PEOPLE:
            break
    return JsonResponse({"people": found})


def _answers(name: str, sought: str) -> bool:
    if not sought or sought in folded(name).replace(" ", ""):
        return True
    if not sought.isascii():
        return False
    spoken = pinyin_key(name).split()
    return "".join(spoken).startswith(sought) or "".join(word[0] for word in spoken).startswith(sought)


def _record(work: Work, kind: str, key: UUID) -> NotedRecord:
    record = noted_record(work, kind, key)
    if record is None:
        raise Http404
    return record


def _record_of(work: Work, first: UUID) -> NotedRecord:
    note = current_note(first)
    if note is None:
        raise Http404
    return _record(work, note.record_kind, note.record_id)


def _card(request: HttpRequest, work: Work, record: NotedRecord, **said: str) -> HttpResponse:
    notes = notes_of(work, record.kind, record.key, **said)
    return render(request, "components/notes.html", {"notes": notes})


def _answered(request: HttpRequest, work: Work, record: NotedRecord) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _card(request, work, record)
    return redirect(f"{record.path}#notes")

"""Letters as pages say them: where they are, what state they are in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from huikuan.collection.models import Letter, LetterState
from huikuan.web.collection.words import list_url
from huikuan.web.pages import Work

Row = dict[str, Any]
TONES: dict[str, str] = {
    LetterState.ASKED: "warn",
    LetterState.PRINTED: "notice",
    LetterState.POSTED: "notice",
    LetterState.DELIVERED: "good",
    LetterState.RETURNED: "bad",
    LetterState.DROPPED: "plain",
}


def state_badge(row: Letter) -> Row:
    return {"label": str(LetterState(row.state).label), "tone": TONES[row.state]}


def letters_url(work: Work) -> str:
    return reverse("collection-letters", args=[work.organization.code])


def letter_url(work: Work, key: UUID) -> str:
    return reverse("collection-letter", args=[work.organization.code, key])


def batch_url(work: Work, key: UUID) -> str:
    return reverse("collection-letter-batch", args=[work.organization.code, key])


def letter_crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """The way from the worklist to letters."""
    way = [{"label": _("催收"), "url": list_url(work)}]
    if more:
        way.append({"label": _("信函"), "url": letters_url(work)})
    return [*way, *({"label": label} for label in more or (_("信函"),))]


def pdf_answer(content: bytes, name: str, *, inline: bool) -> HttpResponse:
    """A PDF, in which nothing can run."""
    return HttpResponse(
        content,
        headers={
            "Content-Type": "application/pdf",
            "Content-Disposition": content_disposition_header(not inline, name) or "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )

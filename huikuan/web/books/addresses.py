"""Where the rows behind a number of the books are."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.urls import reverse

from huikuan.web.lists import with_query
from huikuan.web.pages import Work


def address(work: Work, name: str, *values: object, **parameters: object) -> str:
    """A page of the books, with parameters; months as 2026-05."""
    shown = {key: f"{value:%Y-%m}" if isinstance(value, date) else value for key, value in parameters.items()}
    return with_query(reverse(name, args=[work.organization.code, *values]), shown)


def voucher_url(work: Work, key: UUID | None) -> str:
    """Where a voucher is; nothing for those who may not read the books."""
    if key is None or not work.actor.may("books.read"):
        return ""
    return reverse("voucher", args=[work.organization.code, key])

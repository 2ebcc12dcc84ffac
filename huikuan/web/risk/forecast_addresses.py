"""Where the forecast, its weeks and its files are."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict
from django.urls import reverse

from huikuan.web.lists import with_query
from huikuan.web.pages import Work


def week_url(work: Work, week: date) -> str:
    """What a week (its Monday) is made of."""
    return reverse("cash-forecast-week", args=[work.organization.code, week.isoformat()])


def file_url(work: Work, form: str, asked: QueryDict) -> str:
    """The forecast as a file, with the scenario that is looked at."""
    address = reverse("cash-forecast-file", args=[work.organization.code, form])
    return with_query(address, {name: asked[name] for name in asked})

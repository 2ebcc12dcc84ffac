"""Choosing a month, or a span of months, of the books."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from huikuan.ledger.models import Period


def parse_month(text: str) -> date | None:
    """2026-05 as its first day."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def known_months(today: date) -> list[date]:
    """The months in which anything was posted, and this one, the latest first."""
    found = set(Period.objects.filter(month__lte=today).values_list("month", flat=True))
    return sorted(found | {today.replace(day=1)}, reverse=True)


def latest_month(today: date) -> date:
    """The month to begin with: the one before this, where there is one, for this one is not over."""
    known = known_months(today)
    return known[1] if len(known) > 1 else known[0]


class MonthForm(forms.Form):
    """One month."""

    month = forms.ChoiceField(label=_("月份"), required=False)

    def __init__(self, parameters: QueryDict, *, today: date) -> None:
        self.chosen = parse_month(parameters.get("month", "")) or latest_month(today)
        data = parameters.copy()
        data["month"] = f"{self.chosen:%Y-%m}"
        super().__init__(data)
        _offer(self, "month", known_months(today), self.chosen)


class SpanForm(forms.Form):
    """From one month to another."""

    since = forms.ChoiceField(label=_("从"), required=False)
    until = forms.ChoiceField(label=_("到"), required=False)

    def __init__(self, parameters: QueryDict, *, today: date) -> None:
        until = parse_month(parameters.get("until", "")) or latest_month(today)
        since = parse_month(parameters.get("since", "")) or until
        self.first, self.last = min(since, until), max(since, until)
        data = parameters.copy()
        data["since"], data["until"] = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
        super().__init__(data)
        months = known_months(today)
        _offer(self, "since", months, self.first)
        _offer(self, "until", months, self.last)


def _offer(form: forms.Form, name: str, months: list[date], chosen: date) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    offered = months if chosen in months else sorted({*months, chosen}, reverse=True)
    field.choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in offered]

"""As of which day and as known when a page is read, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.web.fields import DayField
from huikuan.web.pages import Work


@dataclass(frozen=True)
class Asked:
    """The moment that an address asks for. Without `known_at`: as known now."""

    as_of: date
    known_at: datetime | None
    today: date

    def as_parameters(self) -> dict[str, str]:
        """The moment as parameters of an address; today, as known now, needs none."""
        parameters = {}
        if self.as_of != self.today:
            parameters["as_of"] = self.as_of.isoformat()
        if self.known_at:
            parameters["known_at"] = known_text(self.known_at)
        return parameters


def known_text(known_at: datetime) -> str:
    """A moment of the organization's clock for an address: to the minute, or to the millisecond where that would be earlier.

    Fields for moments take no finer parts, so that what is finer counts up.
    """
    known_at = known_at.replace(tzinfo=None)
    if not (known_at.second or known_at.microsecond):
        return known_at.isoformat(timespec="minutes")
    return (known_at + timedelta(microseconds=-known_at.microsecond % 1000)).isoformat(
        timespec="milliseconds"
    )


class MomentForm(forms.Form):
    """The two times of a report: the day it is of, and when it is known."""

    as_of = DayField(label=gettext_lazy("截至"), required=False)
    known_at = forms.DateTimeField(
        label=gettext_lazy("知悉时间"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def moment(self, work: Work) -> Asked:
        """The moment asked for, in the organization's time zone; what cannot be read is today, as known now."""
        self.is_valid()
        known_at = self.cleaned_data.get("known_at")
        if known_at:
            known_at = known_at.replace(tzinfo=ZoneInfo(work.organization.time_zone))
        return Asked(self.cleaned_data.get("as_of") or work.today, known_at, work.today)


def with_default_day(parameters: QueryDict, work: Work) -> QueryDict:
    """The parameters with the day filled in, so that the filter shows which day the page is of."""
    filled = parameters.copy()
    if not filled.get("as_of"):
        filled["as_of"] = work.today.isoformat()
    return filled


def moment_note(as_of: date, known_at: datetime | None) -> str:
    """One line that says what a page is of: the day, and until when it knows."""
    if known_at is None:
        return _("截至 %s") % as_of.isoformat()
    return _("截至 %(day)s · 知悉至 %(known)s") % {
        "day": as_of.isoformat(),
        "known": f"{known_at:%Y-%m-%d %H:%M:%S}",
    }

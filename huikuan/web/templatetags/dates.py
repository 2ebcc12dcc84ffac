"""Days and moments as pages print them: ISO order in every language, so that columns sort and line up."""

from datetime import date, datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter(is_safe=True)
def day(value: date | datetime | str | None) -> str:
    """`{{ due_on|day }}`: 2026-11-21. A moment prints its day in the current time zone; None prints nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = _local(value).date()
    return value.isoformat()


@register.filter(is_safe=True)
def moment(value: datetime | None) -> str:
    """`{{ recorded_at|moment }}`: 2026-11-21 14:03 in the current time zone; None prints nothing."""
    if value is None or not isinstance(value, datetime):
        return ""
    return f"{_local(value):%Y-%m-%d %H:%M}"


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value

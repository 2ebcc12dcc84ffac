"""Days and moments as pages print them: ISO order in every language, so that columns sort and line up."""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# 2026-11, 2026-11-21 or 2026-11-21 14:03 between words; not part of a number of a document, a file or a tag.
_DATE = re.compile(
    r"(?:– )?(?<![a-zA-Z0-9_\-=\"/.>])\d{4}-\d{2}(?:-\d{2}(?: \d{2}:\d{2})?)?(?![a-zA-Z0-9_\-\"/]|\.\w)"
)


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


@register.filter
def unbroken(text: Any) -> SafeString:
    """`{{ note|unbroken }}`: the days in running text stay on one line; browsers would break them at their hyphens."""
    shown = conditional_escape(text)
    if "-" not in shown:
        return shown
    return mark_safe(_DATE.sub(lambda found: f'<span class="date">{found[0]}</span>', shown))


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value

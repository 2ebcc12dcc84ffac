"""Pages as people read them."""

from __future__ import annotations

import re

_DATE = re.compile(r'<span class="date">([^<]*)</span>')


def running(html: str) -> str:
    """The page without the spans that keep days on one line, so that a sentence with a day in it is found."""
    return _DATE.sub(r"\1", html)

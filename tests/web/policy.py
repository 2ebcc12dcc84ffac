"""The content policy, as an answer has to keep it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from huikuan.web.middleware import POLICY


class Offences(HTMLParser):
    """Collects what a policy without 'unsafe-inline' would refuse, and what leads to another origin."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        named = dict(attrs)
        if tag == "style" or (
            tag == "script" and "src" not in named and named.get("type") != "application/json"
        ):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"{tag} {name}={value}")
            if name in ("src", "href", "action", "formaction") and re.match(
                r"(?:\w+:)?//|javascript:", value or ""
            ):
                self.found.append(f"{tag} {name}={value}")


def assert_kept(answer: Any, address: str, *, read: bool = True) -> None:
    """The headers of the answer are those of its kind; `read`: its page is looked through for offences."""
    policy = answer["Content-Security-Policy"]
    files = ("/content", "/batch.pdf", "/letter.pdf", "/statement.pdf")
    if address.endswith(files) and answer.status_code == 200:  # less is allowed than on a page
        assert policy.startswith("sandbox; default-src 'none'"), address
        assert "script-src" not in policy, address
    else:
        assert policy == POLICY, address
    assert answer["X-Content-Type-Options"] == "nosniff", address
    assert answer["Referrer-Policy"] == "same-origin", address
    assert answer["X-Frame-Options"] == "DENY", address
    assert "camera=()" in answer["Permissions-Policy"], address
    if read and not answer.streaming and answer["Content-Type"].startswith("text/html"):
        assert Offences(answer.content.decode()).found == [], address

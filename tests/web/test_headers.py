"""What every answer carries, and what no page contains: the content policy holds because nothing needs more."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from huikuan.web.middleware import POLICY
from tests.web.people import member, signed_in
from tests.web.test_permissions import PAGES, keys, patterns, url

assert keys  # the fixture


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


def test_the_reader_of_offences_finds_them() -> None:
    wrong = """<p style="x" onclick="y"><script>z</script><style></style><a href="//cdn.example/"></a>"""
    assert len(Offences(wrong).found) == 5


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _space, rest in (part.strip().partition(" ") for part in policy.split(";"))}


def test_the_policy_allows_only_what_is_served_here() -> None:
    policy = directives(POLICY)
    assert policy["default-src"] == "'none'"
    for kind in (
        "script-src",
        "style-src",
        "connect-src",
        "font-src",
        "form-action",
        "manifest-src",
        "worker-src",
    ):
        assert policy[kind] == "'self'", kind
    assert policy["img-src"] == "'self' data:"
    for kind in ("base-uri", "frame-ancestors", "object-src"):
        assert policy[kind] == "'none'", kind
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def assert_kept(answer: Any, address: str) -> None:
    policy = answer["Content-Security-Policy"]
    files = ("/content", "/batch.pdf", "/letter.pdf")
    if address.endswith(files):  # less is allowed than on a page
        assert policy.startswith("sandbox; default-src 'none'"), address
        assert "script-src" not in policy, address
    else:
        assert policy == POLICY, address
    assert answer["X-Content-Type-Options"] == "nosniff", address
    assert answer["Referrer-Policy"] == "same-origin", address
    assert answer["X-Frame-Options"] == "DENY", address
    assert "camera=()" in answer["Permissions-Policy"], address
    if not answer.streaming and answer["Content-Type"].startswith("text/html"):
        assert Offences(answer.content.decode()).found == [], address


def test_every_page_keeps_the_policy(organization: Any, keys: dict[str, dict[str, Any]]) -> None:
    client = signed_in(member(organization, "administrator", "finance_manager"))
    opened = 0
    for route, entry in PAGES:
        answer = client.get(url(route, entry, organization, keys))
        assert_kept(answer, route)
        opened += answer.status_code == 200
    assert opened > 25


@pytest.mark.parametrize("known", [False, True])
def test_pages_outside_an_organization_keep_the_policy(organization: Any, known: bool) -> None:
    client = signed_in(member(organization, "finance_manager")) if known else Client()
    names = {str(entry.name) for route, entry in patterns() if not route.startswith("o/<slug:org>/")}
    assert {"sign-in", "service-worker", "manifest"} <= names
    for address in (
        "/",
        "/sign-in",
        "/setup",
        "/manifest.webmanifest",
        "/service-worker.js",
        "/offline/en",
        "/nothing",
    ):
        assert_kept(client.get(address), address)


def test_htmx_injects_no_styles_and_evaluates_nothing(client: Client, db: None) -> None:
    page = client.get("/sign-in").content.decode()
    settings = re.search(r"<meta name=\"htmx-config\" content='([^']*)'", page)
    assert settings
    assert '"includeIndicatorStyles": false' in settings[1]
    assert '"allowEval": false' in settings[1]
    assert '"selfRequestsOnly": true' in settings[1]

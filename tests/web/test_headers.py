"""What every answer carries, and what no page contains: the content policy holds because nothing needs more.

That every page of an organization keeps to it is looked at where all of them are opened: in `test_permissions`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from huikuan.web.middleware import POLICY
from tests.web.people import member, signed_in
from tests.web.policy import Offences, assert_kept
from tests.web.test_permissions import patterns


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

"""What a first visit weighs, and how long browsers keep it."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.test import Client

from tests.web.people import member, signed_in

MOST_BYTES = 300_000


def sent(client: Client, address: str, encoding: str) -> Any:
    answer = client.get(address, headers={"accept-encoding": encoding})
    assert answer.status_code == 200, address
    return answer


def size(answer: Any) -> int:
    return len(b"".join(answer.streaming_content))


def first_visit(page: str) -> set[str]:
    """Scripts and styles that a page asks for before anything is clicked, static imports among them."""
    named = set(re.findall(r'<(?:script|link)[^>]*(?:src|href)="(/static/[^"]*\.(?:js|css))"', page))
    build = json.loads(settings.DJANGO_VITE["default"]["manifest_path"].read_text())
    files = {f"/static/dist/{entry['file']}": entry for entry in build.values()}
    for address in list(named & files.keys()):
        named |= {f"/static/dist/{build[name]['file']}" for name in files[address].get("imports", [])}
    return named


def test_a_first_visit_weighs_little(organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))
    page = client.get(f"/o/{organization.code}/").content.decode()
    asked = first_visit(page)
    assert {name.rsplit(".", 1)[1] for name in asked} == {"js", "css"}
    assert not [name for name in asked if "hart" in name], "charts come later, where one is drawn"
    for encoding in ("br", "gzip"):
        weight = sum(size(sent(client, address, encoding)) for address in asked)
        assert 20_000 < weight <= MOST_BYTES, encoding


def test_what_the_build_made_is_sent_compressed_and_kept_for_good(client: Client, db: None) -> None:
    build = json.loads(settings.DJANGO_VITE["default"]["manifest_path"].read_text())
    for entry in build.values():
        address = f"/static/dist/{entry['file']}"
        for encoding in ("br", "gzip"):
            answer = sent(client, address, encoding)
            assert answer["Content-Encoding"] == encoding, address
            assert "Accept-Encoding" in answer["Vary"]
            answer.close()
        assert "immutable" in answer["Cache-Control"], address
        assert "Access-Control-Allow-Origin" not in answer


def test_files_without_a_hash_are_asked_for_again(client: Client, db: None) -> None:
    answer = sent(client, "/static/huikuan/theme.js", "br")
    assert "immutable" not in answer["Cache-Control"]
    answer.close()

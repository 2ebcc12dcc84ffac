"""Manifest, service worker, offline pages and shortcuts of the installed program."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from huikuan.web.install import views
from tests.conftest import make_organization
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


def manifest(language: str) -> dict[str, Any]:
    answer = Client(headers={"accept-language": language}).get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    return dict(json.loads(answer.content))


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_manifest_names_icons_that_are_there_in_the_size_it_says(language: str) -> None:
    said = manifest(language)
    assert said["lang"] == language
    assert (said["start_url"], said["scope"], said["display"]) == ("/", "/", "standalone")
    sizes = set()
    for icon in said["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert found, icon
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", Path(found).read_bytes()[16:24])
            assert icon["sizes"] == f"{width}x{height}"
            sizes.add((icon["sizes"], icon.get("purpose", "any")))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


def test_shortcuts_lead_into_the_only_organization(organization: Any) -> None:
    client = signed_in(member(organization, "finance_manager"))
    shortcuts = manifest("zh-hans")["shortcuts"]
    assert len(shortcuts) == 4
    for shortcut in shortcuts:
        answer = client.get(shortcut["url"])
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"/o/{organization.code}/")
    assert client.get("/go/settings").status_code == 404
    assert Client().get(shortcuts[0]["url"])["Location"].startswith("/sign-in?next=")


def test_with_several_organizations_a_shortcut_leads_to_the_choice(organization: Any, actor: Any) -> None:
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.organizations.operations import add_member

    user = member(organization, "finance_manager")
    other = make_organization(actor)
    with tenant(other.pk):
        add_member(user=user, role_codes=["auditor"])
    assert signed_in(user).get("/go/customers")["Location"] == "/"


def test_the_worker_answers_for_the_whole_site_and_is_asked_for_again(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer
    source = answer.content.decode()
    assert "{{" not in source
    kept = re.search(r"const KEPT = (\[.*?\]);", source)
    assert kept
    for address in json.loads(kept[1]):
        assert not address.startswith("/o/")
        assert address.startswith("/static/") or client.get(address).status_code == 200
    assert 'const ASSETS = "/static/dist/assets/"' in source


def test_the_workers_version_follows_the_build(settings: Any, tmp_path: Path) -> None:
    def version() -> str:
        views._worker_source.cache_clear()
        return views._worker_source().split('"huikuan-')[1][:16]

    build = tmp_path / "manifest.json"
    settings.DJANGO_VITE = {"default": {"manifest_path": build}}
    build.write_text("{}")
    first = version()
    assert version() == first
    build.write_text('{"main": 2}')
    assert version() != first
    views._worker_source.cache_clear()


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "连接不上服务器"), ("zh-hant", '<html lang="zh-hant"'), ("en", '<html lang="en"')],
)
def test_the_offline_page_stands_alone_in_every_language(client: Client, language: str, words: str) -> None:
    page = client.get(f"/offline/{language}").content.decode()
    assert words in page
    assert "<script" not in page
    assert set(re.findall(r'(?:href|src)="(/[^"]*)"', page)) <= {
        "/static/huikuan/failure.css",
        "/static/huikuan/icon.svg",
    }
    assert client.get("/offline/fr").status_code == 404

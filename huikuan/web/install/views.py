"""Manifest, service worker and offline pages. None of them knows an organization or a person."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.organizations.models import User
from huikuan.organizations.queries import organizations_of
from huikuan.web.navigation import AREAS, Area

BACKGROUND = "#f3f6f6"
BRAND = "#0d6b66"
SHORTCUTS = ("customers", "items", "aging", "import-home")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, in the reader's language."""
    answer = JsonResponse(
        {
            "id": "/",
            "name": _("回款 Huikuan"),
            "short_name": _("回款"),
            "description": _("应收账款 · 账龄 · 催收 · 信用"),
            "lang": translation.get_language(),
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": BACKGROUND,
            "theme_color": BRAND,
            "categories": ["business", "finance"],
            "icons": [
                {"src": static("huikuan/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                _png("icon-192.png", 192),
                _png("icon-512.png", 512),
                {**_png("icon-maskable-512.png", 512), "purpose": "maskable"},
            ],
            "shortcuts": [
                _shortcut(area) for area in AREAS if isinstance(area, Area) and area.url_name in SHORTCUTS
            ],
        },
        content_type="application/manifest+json",
    )
    patch_vary_headers(answer, ["Accept-Language", "Cookie"])
    return answer


def _png(name: str, size: int) -> dict[str, str]:
    return {"src": static(f"huikuan/{name}"), "sizes": f"{size}x{size}", "type": "image/png"}


def _shortcut(area: Area) -> dict[str, Any]:
    return {
        "name": str(area.label),
        "url": reverse("go", args=[area.url_name]),
        "icons": [_png("icon-192.png", 192)],
    }


@require_safe
@login_required
def go(request: HttpRequest, area: str) -> HttpResponse:
    """Where a shortcut leads: an area of the person's only organization; with several, to the choice."""
    assert isinstance(request.user, User)
    if area not in SHORTCUTS:
        raise Http404
    organizations = organizations_of(request.user.pk)
    if len(organizations) != 1:
        return redirect("home")
    return redirect(area, organizations[0].code)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps hashed assets and the offline pages; its address makes it answer for the whole site."""
    answer = HttpResponse(_worker_source(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _worker_source() -> str:
    """The worker; its version changes with the build, its own text and the pages it keeps."""
    offline = {language: reverse("offline", args=[language]) for language in LANGUAGES}
    kept = [*offline.values(), static("huikuan/failure.css"), static("huikuan/icon.svg")]
    version = hashlib.sha256()
    build = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    version.update(build.read_bytes() if build.exists() else b"")
    version.update(_offline_pages().encode())
    version.update(get_template("install/service-worker.js").template.source.encode())  # type: ignore[attr-defined]
    return render_to_string(
        "install/service-worker.js",
        {
            "version": version.hexdigest()[:16],
            "offline": json.dumps(offline),
            "kept": json.dumps(kept),
            "assets": static("dist/assets/"),
        },
    )


def _offline_pages() -> str:
    pages = []
    for language in LANGUAGES:
        with translation.override(language):
            pages.append(render_to_string("install/offline.html"))
    return "".join(pages)


@require_safe
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """What is shown without a network, in one of the languages."""
    if language not in LANGUAGES:
        raise Http404
    with translation.override(language):
        return render(request, "install/offline.html")

"""Where the links of a page lead, and to whom those pages are open."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.urls import Resolver404, resolve

from huikuan.web.pages import MEMBER

LINK = re.compile(r'<(?:a|tr)\b[^>]*?\b(?:data-)?href="(/o/[^"]*)"')


def dead_ends(answer: Any, role: Any) -> set[str]:
    """The addresses below an organization that a page leads to although the role may not open them, or that are none."""
    if answer.streaming or "text/html" not in answer["Content-Type"]:
        return set()
    links = {unescape(link) for link in LINK.findall(answer.content.decode())}
    return {link for link in links if not _open(link.split("?")[0].split("#")[0], role)}


def _open(path: str, role: Any) -> bool:
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    if getattr(view, "whole", False) and role.scope != "all":
        return False
    return getattr(view, "permission", MEMBER) in {*role.permissions, MEMBER}

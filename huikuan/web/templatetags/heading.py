"""`{% heading_acts actions as acts %}`: which acts stand in the head of a page, and which in a menu there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()

SIDE_BY_SIDE = 4
BESIDE_THE_MENU = 3
FILES_SIDE_BY_SIDE = 2

Act = Mapping[str, Any]


@register.simple_tag
def heading_acts(actions: Iterable[Act] | None) -> list[Act]:
    """The acts from left to right; one with `menu` opens a menu of others.

    More than two files stand in a menu, which counts as one act. Up to four acts stand side by side; of more, the
    primary and the first ones stay beside a menu of the others.
    """
    acts = _files_together([act for act in actions or () if act.get("url")])
    if len(acts) <= SIDE_BY_SIDE:
        return acts
    primary = [act for act in acts if act.get("primary")]
    others = [act for act in acts if not act.get("primary")]
    staying = max(0, BESIDE_THE_MENU - len(primary))
    seldom = [each for act in others[staying:] for each in act.get("menu", [act])]
    return [*others[:staying], {"label": _("更多"), "icon": "dots", "menu": seldom}, *primary]


def _files_together(acts: list[Act]) -> list[Act]:
    files = [act for act in acts if act.get("file")]
    if len(files) <= FILES_SIDE_BY_SIDE:
        return acts
    first = acts.index(files[0])
    download = {"label": _("下载"), "icon": "download", "menu": files}
    return [*acts[:first], download, *(act for act in acts[first:] if not act.get("file"))]

"""`{% heading_acts actions as acts %}`: which acts stand in the head of a page, and which in a menu there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django import template

register = template.Library()

SIDE_BY_SIDE = 4
BESIDE_THE_MENU = 3

Act = Mapping[str, Any]


class Acts(NamedTuple):
    """Acts from left to right: in the open, in the menu, and at the end what is most likely done."""

    shown: list[Act]
    more: list[Act]
    primary: list[Act]


@register.simple_tag
def heading_acts(actions: Iterable[Act] | None) -> Acts:
    """Up to four acts stand side by side; of more, the primary and the first ones stay beside a menu of the others."""
    acts = [act for act in actions or () if act.get("url")]
    if len(acts) <= SIDE_BY_SIDE:
        return Acts(acts, [], [])
    primary = [act for act in acts if act.get("primary")]
    others = [act for act in acts if not act.get("primary")]
    staying = max(0, BESIDE_THE_MENU - len(primary))
    return Acts(others[:staying], others[staying:], primary)

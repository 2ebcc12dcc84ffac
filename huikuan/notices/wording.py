"""What a notice says, in the language of whoever reads it.

A kind of notice is added here: its title with named parameters, and its icon. Parameters are the data of people
(names, numbers) and are never translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Wording:
    title: str | Promise
    icon: str


MENTIONED = "mentioned"
WORDINGS: dict[str, Wording] = {
    MENTIONED: Wording(gettext_lazy("%(author)s 在 %(record)s 的备注中提到了您"), "message"),
}


class _Said(dict[str, object]):
    """Parameters of a title; one that an old notice lacks stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


def title_of(kind: str, parameters: Mapping[str, object]) -> str:
    """The title of a notice; one of a kind that is no longer known is called so."""
    wording = WORDINGS.get(kind)
    if wording is None:
        return _("通知")
    return str(wording.title) % _Said(parameters)


def icon_of(kind: str) -> str:
    wording = WORDINGS.get(kind)
    return wording.icon if wording else "bell"

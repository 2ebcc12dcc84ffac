"""Sentences that are kept and said again in the language of whoever reads them later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext


class Said(str):
    """A sentence in the active language that remembers its message id and what it was filled in with.

    `%` keeps both; whatever else is done to it makes a plain string, which stays in its language.
    """

    words: str
    filling: Any

    def __new__(cls, sentence: str, words: str, filling: Any = None) -> Said:
        said = super().__new__(cls, sentence)
        said.words, said.filling = words, filling
        return said

    def __mod__(self, filling: Any) -> Said:
        return Said(super().__mod__(filling), self.words, _plain(filling))


def said(words: str) -> Said:
    """The message `words` in the active language; imported as `_` where its sentences are kept."""
    return Said(gettext(words), words)


def as_kept(sentence: str) -> dict[str, Any]:
    """What `said_again` needs, as JSON; empty for a sentence that was not made by `said`."""
    return {"words": sentence.words, "filling": sentence.filling} if isinstance(sentence, Said) else {}


def said_again(kept: Mapping[str, Any]) -> str:
    """A kept sentence in the active language; "" where nothing was kept or the message is another by now."""
    if not kept:
        return ""
    words, filling = gettext(kept["words"]), kept["filling"]
    try:
        return (
            words if filling is None else words % (tuple(filling) if isinstance(filling, list) else filling)
        )
    except (KeyError, TypeError, ValueError):
        return ""


def _plain(filling: Any) -> Any:
    """The filling as JSON keeps it: numbers that are counted with stay, all else as it is written."""
    if isinstance(filling, Mapping):
        return {str(name): _plain(value) for name, value in filling.items()}
    if isinstance(filling, tuple):
        return [_plain(value) for value in filling]
    return filling if isinstance(filling, int) else str(filling)

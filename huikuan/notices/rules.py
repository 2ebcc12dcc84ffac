"""Who is meant by the @ signs of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar
from uuid import UUID

Key = TypeVar("Key")

# "a@b.cn" is an address, not a mention; 请看@王一 is one.
_SIGN = re.compile(r"(?<![A-Za-z0-9._%+-])@")


def handles(people: Iterable[tuple[UUID, str, str]]) -> dict[UUID, str]:
    """What stands after the @ for each of `(id, name, e-mail)`: the name; namesakes are told apart by e-mail."""
    known = list(people)
    names = [name for _key, name, _email in known]
    return {
        key: name if names.count(name) == 1 else f"{name}({email.partition('@')[0] or key.hex[-4:]})"
        for key, name, email in known
    }


def mentioned(text: str, known: Mapping[Key, str]) -> list[Key]:
    """The keys of `known` (key → handle) that the text mentions, in order, each once; the longest handle wins."""
    longest_first = sorted(known.items(), key=lambda pair: -len(pair[1]))
    found: dict[Key, None] = {}
    for sign in _SIGN.finditer(text):
        for key, handle in longest_first:
            if handle and text.startswith(handle, sign.end()):
                found[key] = None
                break
    return list(found)


def pieces(text: str, known: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The text cut into `(part, is a mention)`, for those handles that were mentioned when it was written."""
    names = sorted({name for name in known if name}, key=len, reverse=True)
    if not names:
        yield text, False
        return
    pattern = re.compile(_SIGN.pattern + "(?:" + "|".join(map(re.escape, names)) + ")")
    place = 0
    for found in pattern.finditer(text):
        if found.start() > place:
            yield text[place : found.start()], False
        yield found[0], True
        place = found.end()
    if place < len(text):
        yield text[place:], False

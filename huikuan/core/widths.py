"""How wide texts are in letters, of which a Chinese one takes two, and into how many lines they go."""

from __future__ import annotations

import re
from unicodedata import east_asian_width


def text_width(text: str) -> int:
    """How many letters wide a text is."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def word_width(text: str) -> int:
    """How wide the longest piece of a text is that no line breaks; between Chinese letters all may."""
    return max((text_width(word) for word in _pieces(text)), default=0)


def lines_of(text: str, room: int) -> int:
    """In how many lines of so many letters a text is set."""
    if 2 * len(text) <= room or text_width(text) <= room:
        return 1
    lines, left = 1, room
    for piece in _pieces(text):
        width = text_width(piece)
        if width > left and left < room:
            lines, left = lines + 1, room
        while width > left:
            lines, width, left = lines + 1, width - left, room
        left -= width + piece.isascii()  # the space behind a word
    return lines


def _pieces(text: str) -> list[str]:
    return re.findall(r"[^\W\d_a-zA-Z\u00c0-\u024f][，。、：）”；]*|[!-~\u00a1-\u024f]+|\S", text)

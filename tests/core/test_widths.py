"""How wide texts are, and into how many lines they go."""

import pytest

from huikuan.core.widths import lines_of, text_width, word_width


@pytest.mark.parametrize(
    ("text", "width", "word"),
    [
        ("", 0, 0),
        ("Receivable balance", 18, 10),
        ("应收余额", 8, 2),
        ("最佳可能 DSO", 12, 3),
        ("已批准未发货（预占）", 20, 4),
    ],
)
def test_widths(text: str, width: int, word: int) -> None:
    assert (text_width(text), word_width(text)) == (width, word)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("Receivable balance", 18, 1),
        ("Receivable balance", 17, 2),
        ("Approved orders not delivered", 15, 2),
        ("Approved orders not delivered", 9, 4),
        ("应收余额", 8, 1),
        ("应收余额", 6, 2),
        ("x" * 30, 10, 3),
        ("", 5, 1),
    ],
)
def test_lines(text: str, room: int, lines: int) -> None:
    assert lines_of(text, room) == lines

"""Enumerations and successions of statements are joined by messages of the catalogue."""

import pytest

from huikuan.core import sentences


def test_chinese_joins_with_its_own_marks() -> None:
    assert sentences.enumerated(["甲", 2, "丙"]) == "甲、2、丙"
    assert sentences.in_succession(["甲", "乙"]) == "甲；乙"
    assert sentences.enumerated([]) == ""


def test_the_marks_are_those_of_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {"、": ", ", "；": "; "}
    monkeypatch.setattr(sentences, "_", marks.__getitem__)
    assert sentences.enumerated(["a", "b"]) == "a, b"
    assert sentences.in_succession(["a", "b"]) == "a; b"

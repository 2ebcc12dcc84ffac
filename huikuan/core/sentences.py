"""Joining parts of a sentence as the reader's language does: Chinese enumerates with 、 and others with a comma."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def enumerated(parts: Iterable[object]) -> str:
    """Several names in a row: 甲、乙、丙 or A, B, C."""
    return _("、").join(map(str, parts))


def in_succession(sentences: Iterable[str]) -> str:
    """Several statements in a row: 甲；乙 or A; B."""
    return _("；").join(sentences)


def one_after_another(sentences: Iterable[object]) -> str:
    """Whole sentences in a row, each with its own stop: Chinese sets no space between them."""
    return ("" if (get_language() or "zh").startswith("zh") else " ").join(
        str(each) for each in sentences if each
    )


def version_words(number: int) -> str:
    """A version of a policy, a scorecard or a model: 第 2 版 or Version 2."""
    return _("第 %s 版") % number


def bracketed(text: object, detail: object) -> str:
    """A statement with a remark behind it: 甲（乙） or A (B)."""
    return _("%(text)s（%(detail)s）") % {"text": text, "detail": detail}


def labelled(label: object, text: object) -> str:
    """A statement with what it is about before it: 甲：乙 or A: B."""
    return _("%(label)s：%(text)s") % {"label": label, "text": text}

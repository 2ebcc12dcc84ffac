"""Facts as people write them: "65%", "1,200 万", "是", "A"."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

from django.utils.translation import override

from huikuan.credit.fact_kinds import KINDS, FactKind, Measure

YES = frozenset({"是", "有", "yes", "y", "true", "1"})
NO = frozenset({"否", "无", "no", "n", "false", "0"})
MANIFOLD = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
LANGUAGES = ("zh-hans", "zh-hant", "en")


class UnreadableFact(ValueError):
    """The text is no value of this fact."""


def read_value(code: str, text: str) -> Decimal:
    """The value that a text says of the fact `code`; raises UnreadableFact, and KeyError for an unknown code."""
    kind = KINDS[code]
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    if kind.measure == Measure.YES_NO:
        if plain.lower() in YES:
            return Decimal(1)
        if plain.lower() in NO:
            return Decimal(0)
        raise UnreadableFact(text)
    if kind.measure == Measure.CHOICE:
        return _choice(kind, plain)
    factor = Decimal(1)
    if plain.endswith("%"):
        plain, factor = plain[:-1], Decimal("0.01")
    elif plain[-1:] in MANIFOLD and kind.measure == Measure.MONEY:
        plain, factor = plain[:-1], MANIFOLD[plain[-1]]
    if factor == Decimal("0.01") and kind.measure != Measure.SHARE:
        raise UnreadableFact(text)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise UnreadableFact(text) from None
    if not number.is_finite():
        raise UnreadableFact(text)
    return number * factor


def _choice(kind: FactKind, plain: str) -> Decimal:
    """A choice by its number or by its word in any language."""
    for number, word in kind.choices.items():
        words = {str(number)}
        for language in LANGUAGES:
            with override(language):
                words.add(str(word).lower())
        if plain.lower() in words:
            return Decimal(number)
    raise UnreadableFact(plain)


def code_named(text: str) -> str | None:
    """The code of the entered fact called so, by its code or its title in any language; None for no such."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    for code, kind in KINDS.items():
        if kind.computed:
            continue
        words = {code}
        for language in LANGUAGES:
            with override(language):
                words.add(unicodedata.normalize("NFKC", str(kind.title)).lower())
        if plain in words:
            return code
    return None

"""How the organization keeps its vouchers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huikuan.books.models import BooksPolicy, Source
from huikuan.books.rules.words import ONE_WORD


@dataclass(frozen=True)
class Policy:
    """The 凭证字 by what moves money in, out or not at all; whether preparing and reviewing are kept apart; how
    entries are grouped by default."""

    words: Mapping[str, str]
    separate_duties: bool
    grouping: str

    @property
    def all_words(self) -> list[str]:
        """Each word once, in the order in, out, other."""
        return list(dict.fromkeys(self.words[name] for name in ("in", "out", "other")))


def policy() -> Policy:
    """The policy of the current organization, or the defaults."""
    row = BooksPolicy.objects.first()
    if row is None:
        return Policy(words=ONE_WORD, separate_duties=False, grouping=Source.ENTRY.value)
    return Policy(words={**ONE_WORD, **row.words}, separate_duties=row.separate_duties, grouping=row.grouping)

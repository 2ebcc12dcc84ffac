"""What kind of movement a line is, told by the words that banks put beside it."""

from __future__ import annotations

import re
from typing import Final

# In this order: what comes back is told before what it was for (手续费退回 is a return).
_WORDS: Final = (
    (
        "return",
        re.compile(
            r"退汇|退票|退回|冲正|冲账|冲销|抹账|红冲|被退|\breturn(?:ed)?\b|\bretoure\b|\breversal\b|\brejec(?:t|ted)\b|"
            r"\bstorno\b|\bchargeback\b|r[uü]ck(?:lastschrift|[uü]berweisung)|terugboeking",
            re.IGNORECASE,
        ),
    ),
    (
        "fee",
        re.compile(
            r"手续费|服务费|工本费|管理费扣|账户管理费|年费|汇划费|汇兑费|电子汇划|邮电费|短信费|网银费|"
            r"\b(?:bank\s+)?(?:fees?|charges?)\b|\bcommission\b|entgelt|geb[uü]hr",
            re.IGNORECASE,
        ),
    ),
    (
        "interest",
        re.compile(r"结息|利息(?!税)|存款息|\binterest\b|\bzinsen\b|habenzins|sollzins", re.IGNORECASE),
    ),
)
_LONGEST_LOOKED_AT: Final = 400


def kind_by_words(*texts: str) -> str:
    """One of `LineKind`: return, fee, interest, else transfer; earlier texts speak first."""
    for text in texts:
        for kind, words in _WORDS:
            if text and words.search(text[:_LONGEST_LOOKED_AT]):
                return kind
    return "transfer"

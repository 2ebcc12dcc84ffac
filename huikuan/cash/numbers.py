"""Account numbers in the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata


def plain_number(number: str) -> str:
    """An account number as it is compared: without width, spaces, dashes and dots, in capitals.

    A wallet may be called by an e-mail address, which keeps its dots.
    """
    plain = unicodedata.normalize("NFKC", number).strip()
    if "@" in plain:
        return plain.lower()
    return re.sub(r"[\s.\-]", "", plain).upper()

"""Account numbers in the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata


def plain_number(number: str) -> str:
    """An account number as it is compared: without width, spaces, dashes and dots, in capitals."""
    return re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", number)).upper()

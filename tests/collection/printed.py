"""Reading printed pages."""

from __future__ import annotations

import io

from pypdf import PdfReader


def text_of(content: bytes, page: int) -> str:
    """The text of a page without any space."""
    return "".join(PdfReader(io.BytesIO(content)).pages[page].extract_text().split())

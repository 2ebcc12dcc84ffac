"""Printed pages: a typst template and its data become a PDF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).resolve().parent / "fonts"
"""Noto Sans SC in two weights, put here when the pages are built; without it the fonts of the machine do."""


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """The fonts, read once per process."""
    return typst.Fonts(font_paths=[str(FONTS)] if FONTS.is_dir() else [])


def pdf(template: Path, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Set `template`, which reads its data with `json(bytes(sys.inputs.data))`; text in it is never taken for markup.

    `made_at` (aware) is the time that the file names: equal data at one time make the same file. Raises
    typst.TypstError where the template is wrong.
    """
    text = json.dumps(data, ensure_ascii=False, default=str)
    made = typst.compile(
        template.read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"data": text},
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),
    )
    assert isinstance(made, bytes)
    return made

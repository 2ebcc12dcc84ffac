"""Letters and statements of account as PDF: many in one file, each with its own pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pypdf import PdfReader, PdfWriter

from huikuan.core.typesetting import pdf

TEMPLATE = Path(__file__).with_name("letters.typ")
SET_TOGETHER = 10
"""How many letters are set in one pass: each looks for its last page among all of them, and the typesetter keeps what it
made of the last ten passes in memory (forty letters each: 800 MB, ten: 380)."""


@dataclass(frozen=True, slots=True)
class PrintedLetters:
    """A file of letters. `pages`: for each letter the index of its first page, and how many it has."""

    content: bytes
    pages: list[tuple[int, int]]


def letter_pdf(contents: Sequence[Mapping[str, Any]], *, title: str, made_at: datetime) -> PrintedLetters:
    """Letters in the order given as one PDF, with a bookmark for each.

    `contents`: see `letter_content`. Text in them is never taken for markup. Equal letters at one time make the same
    file.
    """
    parts = [_set(part, title, made_at) for part in _parts(contents)]
    if len(parts) == 1:
        return parts[0]
    writer = PdfWriter()
    pages: list[tuple[int, int]] = []
    for part in parts:
        offset = len(writer.pages)
        writer.append(io.BytesIO(part.content))
        pages += [(offset + first, count) for first, count in part.pages]
    stream = io.BytesIO()
    writer.write(stream)
    return PrintedLetters(stream.getvalue(), pages)


def _parts(contents: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for start in range(0, len(contents), SET_TOGETHER):
        yield contents[start : start + SET_TOGETHER]


def _set(contents: Sequence[Mapping[str, Any]], title: str, made_at: datetime) -> PrintedLetters:
    marked = [
        {**each, "mark": f"{position}:{each['number'][1]} {each['to']['name']}"}
        for position, each in enumerate(contents)
    ]
    author = str(contents[0]["head"]["name"]) if contents else ""
    made = pdf(TEMPLATE, {"letters": marked, "title": title, "author": author}, made_at=made_at)
    reader = PdfReader(io.BytesIO(made))
    starts = sorted(_starts(reader))
    ends = [*starts[1:], len(reader.pages)]
    return PrintedLetters(made, [(first, end - first) for first, end in zip(starts, ends, strict=True)])


def _starts(reader: PdfReader) -> Iterator[int]:
    for mark in reader.outline:
        assert not isinstance(mark, list)
        page = reader.get_destination_page_number(mark)
        assert page is not None
        yield page


def pages_of(content: bytes, first: int, count: int) -> bytes:
    """Some pages of a file as a file of their own."""
    reader, writer = PdfReader(io.BytesIO(content)), PdfWriter()
    for number in range(first, first + count):
        writer.add_page(reader.pages[number])
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()

"""What a remittance advice says: references with amounts, read from a spreadsheet, a text or a PDF with text."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pypdf
from django.utils.translation import gettext as _
from pypdf.errors import PyPdfError

from huikuan.core.errors import HuikuanError
from huikuan.tables import TableError
from huikuan.tables.sheets import Workbook
from huikuan.tables.source import open_source

MOST_BYTES = 5_000_000
MOST_PAGES = 50
MOST_LINES = 2000

_AMOUNT = re.compile(r"(?<![\w.,-])(-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,2})?)(?![\w.,]*[\w])")
_DAY = re.compile(r"(20[0-9]{2})\s*[-/.年]\s*([01]?[0-9])\s*[-/.月]\s*([0-3]?[0-9])\s*日?")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_/]{3,}")
_TOTAL = re.compile(r"合计|总计|总额|付款金额|汇款金额|共计|total|amount paid", re.IGNORECASE)


class RemittanceUnreadable(HuikuanError):
    """The file or text names nothing that could be paid."""

    code = "remittance_unreadable"


@dataclass(frozen=True, slots=True)
class ReadRemittance:
    """References with amounts in their order, what they come to, and the day where the text names one."""

    lines: tuple[tuple[str, Decimal], ...]
    amount: Decimal
    paid_on: date | None = None


def read_remittance_file(name: str, content: bytes) -> ReadRemittance:
    """A file by what it is: a PDF with text, a workbook, or text. Raises RemittanceUnreadable or TableError."""
    if len(content) > MOST_BYTES:
        raise RemittanceUnreadable(_("文件超过 %d MB。") % (MOST_BYTES // 1_000_000), code="file_too_large")
    if content.startswith(b"%PDF-"):
        return read_remittance_text(_pdf_text(content))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return read_remittance_text("\n".join(_sheet_lines(name, content)))
    text = _decoded(content)
    if name.lower().endswith(".csv"):
        text = "\n".join("\t".join(row) for row in csv.reader(io.StringIO(text)))
    return read_remittance_text(text)


def read_remittance_text(text: str) -> ReadRemittance:
    """Line by line: the first word that could be a number of a document, and the last that is an amount.

    A line that says 合计 gives the total; without one the lines are added.
    """
    found: list[tuple[str, Decimal]] = []
    total: Decimal | None = None
    paid_on: date | None = None
    for line in unicodedata.normalize("NFKC", text).splitlines()[:MOST_LINES]:
        day = _DAY.search(line)
        paid_on = paid_on or (_day(day) if day else None)
        rest = _DAY.sub(" ", line)
        amounts = list(_AMOUNT.finditer(rest))
        if not amounts:
            continue
        amount = Decimal(amounts[-1][1].replace(",", "")).quantize(Decimal("0.01"))
        if _TOTAL.search(rest):
            total = amount
            continue
        reference = _reference(rest[: amounts[-1].start()])
        if reference and amount:
            found.append((reference, amount))
    if not found:
        raise RemittanceUnreadable(_("没有认出任何单号和金额；每行应有一个单号和一个金额。"))
    added = sum((amount for _reference, amount in found), Decimal(0))
    paid = total if total and total > 0 else added
    if paid <= 0:
        raise RemittanceUnreadable(_("付款金额必须大于零。"))
    return ReadRemittance(tuple(found), paid, paid_on)


def _reference(text: str) -> str:
    """The first word with digits enough to be a number, amounts aside."""
    for match in _REFERENCE.finditer(text):
        if sum(letter.isdigit() for letter in match[0]) >= 3:
            return match[0][:140]
    return ""


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RemittanceUnreadable(_("认不出文件的编码，请另存为 UTF-8 或 Excel。"), code="encoding_unknown")


def _pdf_text(content: bytes) -> str:
    try:
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        text = "\n".join(page.extract_text() for page in pages[:MOST_PAGES])
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RemittanceUnreadable(_("PDF 文件不完整或已加密，无法读取。"), code="pdf_broken") from error
    if not text.strip():
        raise RemittanceUnreadable(
            _("PDF 里没有文字（可能是扫描件），请改用表格或粘贴文字。"), code="pdf_without_text"
        )
    return text


def _sheet_lines(name: str, content: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"advice{Path(name).suffix[:5]}"
        path.write_bytes(content)
        source = open_source(path)
        if source.format == "text":
            raise TableError(_("文件是空的。"), code="file_empty")
        book = Workbook(path, source.format)
        for sheet in book.names[:1]:
            for block in book.table(sheet).blocks(after=0, size=MOST_LINES):
                yield from (_row_text(row) for row in block.rows)


def _row_text(row: Iterable[object]) -> str:
    return "\t".join(_cell(cell) for cell in row)


def _cell(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float):
        return f"{Decimal(str(cell)).quantize(Decimal('0.01'))}" if cell % 1 else str(int(cell))
    return "" if cell is None else str(cell)

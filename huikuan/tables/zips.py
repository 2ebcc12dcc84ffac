"""Judges an .xlsx before a library opens it: cut off, protected, macros, bombs, tricks in its XML.

The sizes in a zip's directory are claims, so every part is also inflated here, counting, and its XML is
looked through as it streams by. Nothing is kept in memory.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from huikuan.tables import limits
from huikuan.tables.errors import TableError, _

_BLOCK = 1024 * 1024
_FILLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"(?:[^<>]*[^/<>])?>')
_BLANK = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>]*/>')
_ANY_CELL = re.compile(rb"<(?:\w+:)?c\s[^<]*")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"']")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c\s")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UTF16 = (b"\xfe\xff", b"\xff\xfe", b"<\0", b"\0<")
_MACRO_PARTS = re.compile(r"vbaProject|vbaData|(^|/)macrosheets/", re.IGNORECASE)


@dataclass(frozen=True)
class Workbook:
    """What is known of a judged .xlsx."""

    date1904: bool


def judge(path: Path) -> Workbook:
    """Raise TableError unless the file is a sound .xlsx without macros, protection, bombs or tricks."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _judge_directory(parts)
            return _judge_parts(file, parts)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OSError) as error:
        raise truncated() from error
    except (NotImplementedError, OverflowError) as error:
        raise TableError(_("这不是可以读取的表格文件，请另存为 .xlsx 后重试。"), code="file_type") from error


def truncated() -> TableError:
    return TableError(_("文件不完整或已损坏，请重新导出或重新上传。"), code="file_truncated")


def bomb() -> TableError:
    return TableError(_("文件解压后异常巨大，已拒绝读取。"), code="file_bomb")


def macros() -> TableError:
    return TableError(_("文件含有宏，已拒绝读取；请另存为不含宏的 .xlsx。"), code="file_macros")


def encrypted() -> TableError:
    return TableError(_("文件有密码保护，请取消密码后重试。"), code="file_encrypted")


def _judge_directory(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > limits.MAX_ZIP_ENTRIES or sum(part.file_size for part in parts) > limits.MAX_UNCOMPRESSED:
        raise bomb()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 0x1 for part in parts):
        raise encrypted()
    if any(_MACRO_PARTS.search(name) for name in names):
        raise macros()
    if "xl/workbook.xml" not in {name.lower().lstrip("/") for name in names}:
        raise TableError(_wrong_archive(names), code="file_type")
    for part in parts:
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TableError(_("这不是可以读取的表格文件，请另存为 .xlsx 后重试。"), code="file_type")
        if _suspicious(part.file_size, part.compress_size):
            raise bomb()


def _wrong_archive(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return _("不支持 .xlsb 文件，请另存为 .xlsx 后重试。")
    if "word/document.xml" in names:
        return _("这是 Word 文档，不是表格文件。")
    if "content.xml" in names:
        return _("不支持 OpenDocument 文件，请另存为 .xlsx 后重试。")
    return _("这是压缩包，不是表格文件；请解压后上传其中的表格。")


def _suspicious(inflated: int, deflated: int) -> bool:
    return inflated > limits.RATIO_FROM and inflated > limits.MAX_RATIO * max(deflated, 1)


def _judge_parts(file: BinaryIO, parts: list[zipfile.ZipInfo]) -> Workbook:
    total, date1904 = 0, False
    for part in parts:
        name = part.filename.lower()
        judged = _Xml(sheet="/worksheets/" in name) if name.endswith((".xml", ".rels")) else None
        size, checksum = 0, 0
        for block in _inflated(file, part):
            size += len(block)
            if total + size > limits.MAX_UNCOMPRESSED or _suspicious(size, part.compress_size):
                raise bomb()
            checksum = zlib.crc32(block, checksum)
            if judged:
                judged.feed(block)
            if name.endswith("xl/workbook.xml"):
                date1904 = date1904 or re.search(rb"date1904\s*=\s*[\"'](?:1|true)", block) is not None
            if name == "[content_types].xml" and b"macroEnabled" in block:
                raise macros()
        if judged:
            judged.close()
        if size != part.file_size or checksum != part.CRC:
            raise truncated()
        total += size
    return Workbook(date1904=date1904)


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a part in blocks, whatever sizes its directory entry claims."""
    file.seek(part.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise truncated()
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, 1)
    left = part.compress_size
    stored = part.compress_type == zipfile.ZIP_STORED
    inflate = zlib.decompressobj(-15)
    while left > 0:
        data = file.read(min(left, 64 * 1024))
        if not data:
            raise truncated()
        left -= len(data)
        if stored:
            yield data
            continue
        while data and not inflate.eof:
            yield inflate.decompress(data, _BLOCK)
            data = inflate.unconsumed_tail
    if not stored and not inflate.eof:
        yield inflate.flush()
        if not inflate.eof:
            raise truncated()


class _Xml:
    """Looks through one XML part as it streams by: declarations that expand, cells far outside."""

    def __init__(self, *, sheet: bool) -> None:
        self._sheet, self._tail, self._first = sheet, b"", True
        self._width = self._last_row = 0

    def feed(self, block: bytes) -> None:
        if self._first and block.startswith(_UTF16):
            raise self._unsafe()
        self._first = self._first and not block
        data = self._tail + block
        cut = data.rfind(b"<")
        if cut < 0 or len(data) - cut > 4 * _BLOCK:
            cut = len(data)
        self._look(data[:cut])
        self._tail = data[cut:]

    def close(self) -> None:
        self._look(self._tail)

    def _look(self, data: bytes) -> None:
        if b"<!" in data and _DOCTYPE.search(data):
            raise self._unsafe()
        found = self._filled_cells(data) if self._sheet else []
        if not found:
            return
        columns, rows = zip(*found, strict=True)
        self._width = max(self._width, max(map(column_number, set(columns))))
        self._last_row = max(self._last_row, max(map(int, set(rows))))
        if self._width > limits.MAX_COLUMNS:
            raise too_many_columns(self._width)
        if self._width * self._last_row > limits.MAX_SHEET_AREA:
            raise sheet_too_large(self._last_row, self._width)

    @staticmethod
    def _filled_cells(data: bytes) -> list[tuple[bytes, bytes]]:
        """Column letters and row of every cell with content; quick for the form all programs write."""
        found: list[tuple[bytes, bytes]] = _FILLED.findall(data)
        if len(found) == data.count(b"<c") and b":c" not in data:
            return found
        if len(found) + len(_BLANK.findall(data)) == len(_CELL_TAG.findall(data)):
            return found
        tags = (tag for tag in _ANY_CELL.findall(data) if not tag.rstrip().endswith(b"/>"))
        return [place for tag in tags for place in _PLACE.findall(tag)]

    @staticmethod
    def _unsafe() -> TableError:
        return TableError(
            _("文件的内部结构异常（含实体声明或少见的编码），已拒绝读取。"), code="file_unsafe_xml"
        )


def too_many_columns(width: int, line: int | None = None) -> TableError:
    return TableError(
        _("表格有 %(width)d 列，超过上限 %(limit)d 列；请只保留需要的列。")
        % {"width": width, "limit": limits.MAX_COLUMNS},
        code="too_many_columns",
        line=line,
    )


def sheet_too_large(rows: int, width: int) -> TableError:
    return TableError(
        _("工作表占 %(rows)d 行 × %(width)d 列，过大；请删除远处的零星单元格，或改用 CSV。")
        % {"rows": rows, "width": width},
        code="sheet_too_large",
    )


def column_number(letters: bytes | str) -> int:
    """The 1-based number of a column's letters: A is 1, AA is 27. No letters: 0."""
    number = 0
    for letter in letters.decode("ascii").upper() if isinstance(letters, bytes) else letters.upper():
        number = number * 26 + ord(letter) - 64
    return number

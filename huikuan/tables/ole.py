"""Just enough of OLE compound files and BIFF records to judge an .xls before a library opens it.

Structures: [MS-CFB] Compound File Binary File Format; [MS-XLS] Excel Binary File Format.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFE
_FILEPASS = 0x002F
_CELL_RECORDS = frozenset({0x0006, 0x00BD, 0x00D6, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD})


class BrokenContainer(ValueError):
    """The container does not hold together: cut off or damaged."""


@dataclass(frozen=True)
class _Entry:
    name: str
    start: int
    size: int


class CompoundFile:
    """A compound file held in memory; streams are looked up by their name, wherever they lie."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(MAGIC):
            raise BrokenContainer("no header")
        self._data = data
        (shift, mini_shift) = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise BrokenContainer("sector size")
        self._sector, self._mini_sector = 1 << shift, 1 << mini_shift
        (directory, self._cutoff, mini_fat) = struct.unpack_from("<I4xII", data, 48)
        self._fat = self._read_fat()
        entries = list(self._entries(self._chain(directory)))
        self.names = {entry.name for entry in entries}
        self._by_name = {entry.name: entry for entry in reversed(entries)}
        root = self._by_name.get("Root Entry", entries[0] if entries else None)
        if root is None:
            raise BrokenContainer("no directory")
        self._mini_fat = self._numbers(self._chain(mini_fat)) if mini_fat < _END else []
        self._mini = self._chain(root.start) if root.start < _END else b""

    def stream(self, name: str) -> bytes:
        """The bytes of the stream `name`; raises BrokenContainer when it is cut off."""
        entry = self._by_name[name]
        if entry.size >= self._cutoff:
            content = self._chain(entry.start)
        else:
            content = self._mini_chain(entry.start) if entry.size else b""
        if len(content) < entry.size:
            raise BrokenContainer("stream cut off")
        return content[: entry.size]

    def _read_fat(self) -> list[int]:
        (next_list, lists) = struct.unpack_from("<II", self._data, 68)
        sectors = list(struct.unpack_from("<109I", self._data, 76))
        for _count in range(min(lists, len(self._data) // self._sector)):
            numbers = self._numbers(self._at(next_list))
            sectors.extend(numbers[:-1])
            next_list = numbers[-1]
        fat: list[int] = []
        for sector in sectors:
            if sector < _END:
                fat.extend(self._numbers(self._at(sector)))
        return fat

    @staticmethod
    def _numbers(data: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        content = self._data[start : start + self._sector]
        if (len(content) < self._sector and start + len(content) != len(self._data)) or not content:
            raise BrokenContainer("sector outside the file")
        return content.ljust(self._sector, b"\0")

    def _chain(self, start: int) -> bytes:
        parts, sector, seen = [], start, 0
        while sector < _END:
            if sector >= len(self._fat) or seen > len(self._fat):
                raise BrokenContainer("chain broken")
            parts.append(self._at(sector))
            sector, seen = self._fat[sector], seen + 1
        return b"".join(parts)

    def _mini_chain(self, start: int) -> bytes:
        parts, sector, seen = [], start, 0
        while sector < _END:
            if sector >= len(self._mini_fat) or seen > len(self._mini_fat):
                raise BrokenContainer("small chain broken")
            parts.append(self._mini[sector * 64 : sector * 64 + 64])
            sector, seen = self._mini_fat[sector], seen + 1
        return b"".join(parts)

    @staticmethod
    def _entries(directory: bytes) -> Iterator[_Entry]:
        for offset in range(0, len(directory) - 127, 128):
            (length, kind) = struct.unpack_from("<HB", directory, offset + 64)
            (start, size) = struct.unpack_from("<II", directory, offset + 116)
            if kind and 2 <= length <= 64:
                name = directory[offset : offset + length - 2].decode("utf-16-le", "replace")
                yield _Entry(name, start, size)


@dataclass(frozen=True)
class WorkbookShape:
    """What the records of a workbook stream say: protected or not, and the largest sheet."""

    encrypted: bool
    rows: int
    columns: int


def workbook_shape(stream: bytes) -> WorkbookShape:
    """Walks the records of a Workbook stream; raises BrokenContainer when it ends inside a record."""
    position, end = 0, len(stream)
    rows = columns = 0
    unpack = struct.Struct("<HHHH").unpack_from
    padded = stream + b"\0\0\0\0"
    if end < 8 or struct.unpack_from("<H", stream, 0)[0] & 0xFF != 0x09:
        raise BrokenContainer("no workbook records")
    while position + 4 <= end:
        kind, length, row, column = unpack(padded, position)
        if kind == 0 and length == 0:
            break
        position += 4 + length
        if position > end:
            raise BrokenContainer("record cut off")
        if kind in _CELL_RECORDS:
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind == _FILEPASS:
            return WorkbookShape(encrypted=True, rows=0, columns=0)
    return WorkbookShape(encrypted=False, rows=rows, columns=columns)

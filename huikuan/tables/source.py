"""Recognises what a file is by its content, whatever its name says, and refuses what is no table."""

import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from huikuan.tables import limits, ole, zips
from huikuan.tables.errors import TableError, _, gettext_noop

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"RIFF", "RIFF"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ", "XZ"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3", "SQLite"),
    (b"{\\rtf", "RTF"),
)
_MARKUP = re.compile(
    rb"\s*(?:MIME-Version:|<(?:!doctype|!--|html|head|meta|body|table|\?xml|\w+[\s:>]))", re.IGNORECASE
)
_JSON = re.compile(rb"\s*(?:\{\s*\"|\[\s*[\[{])")
_OTHER_OFFICE = {"WordDocument": gettext_noop("这是 Word 文档，不是表格文件。")}


@dataclass(frozen=True)
class SourceFile:
    """A file that may be read: its `format` is "text", "xlsx" or "xls"."""

    path: Path
    format: str
    size: int
    sha256: str
    date1904: bool = False


def open_source(path: str | Path) -> SourceFile:
    """Recognise and guard a file; raises TableError naming what is wrong with it."""
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise TableError(_("这是文件夹或设备，不是文件。"), code="file_type")
        with path.open("rb") as file:
            head = file.read(4096)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(
            _("无法打开文件 %(name)s：%(reason)s。") % {"name": path.name, "reason": reason},
            code="file_missing",
        ) from error
    return _recognised(path, head, size, sha256)


def _recognised(path: Path, head: bytes, size: int, sha256: str) -> SourceFile:
    if size == len(head) and not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise TableError(_("文件是空的。"), code="file_empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        workbook = zips.judge(path)
        return SourceFile(path, "xlsx", size, sha256, workbook.date1904)
    if head.startswith(ole.MAGIC[:4]):
        _judge_xls(path, size)
        return SourceFile(path, "xls", size, sha256)
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise _wrong_type(name)
    without_mark = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(without_mark):
        raise TableError(
            _("这其实是网页或 XML 文件，不是表格；请用 Excel 打开后另存为 .xlsx。"), code="file_type"
        )
    if _JSON.match(without_mark):
        raise _wrong_type("JSON")
    return SourceFile(path, "text", size, sha256)


def _wrong_type(name: str) -> TableError:
    return TableError(
        _("这是 %(type)s 文件，不是表格；可以导入 CSV、TSV、XLSX 和 XLS。") % {"type": name}, code="file_type"
    )


def _judge_xls(path: Path, size: int) -> None:
    if size > limits.MAX_XLS_BYTES:
        raise TableError(_("XLS 文件过大，请另存为 .xlsx 或 CSV 后重试。"), code="sheet_too_large")
    try:
        container = ole.CompoundFile(path.read_bytes())
        names = container.names
        if "EncryptedPackage" in names or "EncryptionInfo" in names:
            raise zips.encrypted()
        if "_VBA_PROJECT_CUR" in names or "_VBA_PROJECT" in names:
            raise zips.macros()
        stream = next((name for name in ("Workbook", "Book") if name in names), None)
        if stream is None:
            other = next((text for name, text in _OTHER_OFFICE.items() if name in names), None)
            raise TableError(_(other), code="file_type") if other else _wrong_type("OLE")
        shape = ole.workbook_shape(container.stream(stream))
    except ole.BrokenContainer as error:
        raise zips.truncated() from error
    if shape.encrypted:
        raise zips.encrypted()
    if shape.columns > limits.MAX_COLUMNS:
        raise zips.too_many_columns(shape.columns)
    if shape.rows * shape.columns > limits.MAX_SHEET_AREA:
        raise zips.sheet_too_large(shape.rows, shape.columns)

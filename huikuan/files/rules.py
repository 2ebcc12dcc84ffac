"""What a file is, told from its bytes, and what it may be called. Nothing here trusts a name.

Signatures: PDF ISO 32000-2 §7.5.2, PNG ISO/IEC 15948 §5.2, JPEG ISO/IEC 10918-1 B.1.1.3, WebP RFC 9649 §2.4,
HEIC ISO/IEC 23008-12 §10, ZIP APPNOTE 4.3, Office Open XML ECMA-376 part 2, OFD GB/T 33190, compound files MS-CFB.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import Enum

MAX_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 150


class Refusal(Enum):
    """Why bytes are not kept."""

    EMPTY = "file_empty"
    PROGRAM = "file_is_a_program"
    PAGE = "file_is_a_page"
    MACROS = "file_has_macros"
    LOCKED = "file_is_locked"
    UNKNOWN = "file_type_unknown"


@dataclass(frozen=True)
class FileType:
    """A kind of file that is kept; `extensions` the first of which is the usual one."""

    content_type: str
    extensions: tuple[str, ...]
    shown_inline: bool = False

    @property
    def extension(self) -> str:
        return self.extensions[0]


PDF = FileType("application/pdf", ("pdf",), shown_inline=True)
PNG = FileType("image/png", ("png",), shown_inline=True)
JPEG = FileType("image/jpeg", ("jpg", "jpeg"), shown_inline=True)
WEBP = FileType("image/webp", ("webp",))
HEIC = FileType("image/heic", ("heic", "heif"))
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
XLS = FileType("application/vnd.ms-excel", ("xls",))
OFD = FileType("application/ofd", ("ofd",))
ZIP = FileType("application/zip", ("zip",))
XML = FileType("application/xml", ("xml",))
CSV = FileType("text/csv", ("csv",))
TEXT = FileType("text/plain", ("txt",))
MAIL = FileType("message/rfc822", ("eml",))

TYPES = (PDF, PNG, JPEG, WEBP, HEIC, DOCX, XLSX, XLS, OFD, ZIP, XML, CSV, TEXT, MAIL)
BY_CONTENT_TYPE = {each.content_type: each for each in TYPES}
ACCEPTED = tuple(f".{extension}" for each in TYPES for extension in each.extensions)

_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"#!",
)
_PROGRAM_NAMES = re.compile(
    r"\.(exe|dll|com|bat|cmd|scr|pif|msi|jar|apk|js|jse|vbs|vbe|wsf|hta|ps1|lnk|reg|sh|html?|svg|"
    r"doc[mt]m?|xls[mb]|xlam|xltm|ppt[ms]m?)$",
    re.IGNORECASE,
)
_SCRIPTED_NAMES = frozenset(
    [
        "html",
        "htm",
        "xhtml",
        "mht",
        "mhtml",
        "svg",
        "js",
        "mjs",
        "jse",
        "vbs",
        "vbe",
        "wsf",
        "hta",
        "bat",
        "cmd",
        "ps1",
        "sh",
        "py",
        "pl",
        "rb",
        "php",
        "jsp",
        "asp",
        "aspx",
        "reg",
    ]
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_PAGE_MARKS = re.compile(
    rb"<\s*(!doctype\s+(html|svg)|html|head|body|script|svg|iframe|\w+:(html|svg|script))[\s>/]"
)
_MAIL_HEADERS = re.compile(
    r"^(received|from|to|subject|date|message-id|mime-version|return-path|delivered-to|x-[\w-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_MACRO_STREAMS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "VBA_PROJECT_CUR", "Macros"))


def type_of(content: bytes, name: str) -> FileType | Refusal:
    """What the bytes are. Plain text has no signature: only among text, CSV and mail does the name decide."""
    if not content.strip(b"\x00\r\n\t "):
        return Refusal.EMPTY
    if content.startswith(_PROGRAMS):
        return Refusal.PROGRAM
    for signature, found in ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG)):
        if content.startswith(signature):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return HEIC
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _package(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(content)
    return _written(content, extension_of(name))


def _package(content: bytes) -> FileType | Refusal:
    """A ZIP: an Office document, an OFD invoice, or an archive without programs in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            listed = "[Content_Types].xml"
            declared = _beginning(archive, listed).lower() if listed in names else b""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        return Refusal.UNKNOWN
    lower = [name.lower() for name in names]
    if any(name.rsplit("/", 1)[-1] == "vbaproject.bin" for name in lower) or b"macroenabled" in declared:
        return Refusal.MACROS
    if any(_PROGRAM_NAMES.search(name) for name in lower) or "meta-inf/manifest.mf" in lower:
        return Refusal.PROGRAM
    if listed in names:
        if "word/document.xml" in lower:
            return DOCX
        return XLSX if "xl/workbook.xml" in lower else Refusal.UNKNOWN
    return OFD if "ofd.xml" in lower else ZIP


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(1 << 20)  # a bomb unfolds no further than this


def _compound(content: bytes) -> FileType | Refusal:
    """An old Office file: workbooks without macros only. A workbook under a password cannot be looked into."""
    if any(stream in content for stream in _MACRO_STREAMS):
        return Refusal.MACROS
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Refusal.LOCKED
    streams = [f"{name}\0".encode("utf-16-le") for name in ("Workbook", "Book")]
    return XLS if any(stream in content for stream in streams) else Refusal.UNKNOWN


def _written(content: bytes, extension: str) -> FileType | Refusal:
    text = _as_text(content)
    if text is None:
        return Refusal.UNKNOWN
    start = text.lstrip("\ufeff \t\r\n")
    mail = extension == "eml" and len(_MAIL_HEADERS.findall(start[:4000])) >= 2
    if not mail and _PAGE_MARKS.search(start.lower().encode("utf-8", "ignore")):
        return Refusal.PAGE
    if extension in _SCRIPTED_NAMES:
        return (
            Refusal.PAGE if extension in {"html", "htm", "xhtml", "mht", "mhtml", "svg"} else Refusal.PROGRAM
        )
    if mail:
        return MAIL
    if start.startswith("<"):
        return XML if start.startswith("<?xml") or extension == "xml" else Refusal.UNKNOWN
    return CSV if extension == "csv" else TEXT


def _as_text(content: bytes) -> str | None:
    """The text, if the bytes are text in an encoding that is in use; else None."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content:
        return None
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        controls = sum(1 for sign in text[:20_000] if ord(sign) < 32 and sign not in "\t\r\n\f\x1a")
        return text if controls == 0 else None
    return None


def extension_of(name: str) -> str:
    """What follows the last full stop, in small letters."""
    stem, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot and stem else ""


def kept_name(name: str, kind: FileType) -> str:
    """The name under which a file is kept, with its true extension.

    A name that claims another type gets the true one behind it: "a.pdf" holding a picture is "a.pdf.png".
    """
    seen = shown_name(name)
    extension = extension_of(seen)
    if extension in kind.extensions:
        stem = seen[: -len(extension) - 1].rstrip(" .")
    else:
        stem, extension = seen, kind.extension
    return f"{stem[:LONGEST_NAME] or 'file'}.{extension}"


def shown_name(name: str) -> str:
    """A name as it may be shown: without folders, invisible signs and tricks."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Control signs, and those that turn the direction of writing and make "gpj.exe" look like "exe.jpg".
    seen = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else sign for sign in last
    )
    seen = re.sub(r'[<>:"|?*]', "_", seen)
    return re.sub(r"\s+", " ", seen).strip(" .")[: LONGEST_NAME + 10]

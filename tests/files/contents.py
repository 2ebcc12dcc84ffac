"""The beginnings of real files, as small as they can be."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>x</body></html>"
XML = b'<?xml version="1.0" encoding="UTF-8"?><Invoice><No>1</No></Invoice>'
MAIL = (
    "From: a@example.com\r\nTo: b@example.com\r\nSubject: 对账\r\n\r\n<html><body>你好</body></html>".encode()
)


def stream(name: str) -> bytes:
    """A directory entry of a compound file, as far as it is looked at."""
    return f"{name}\0".encode("utf-16-le")


XLS = OLE + stream("Workbook")


def package(*names: str, types: str = "") -> bytes:
    """A ZIP with these members; `types` is what [Content_Types].xml says, where it has one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, types if name == "[Content_Types].xml" else "x")
    return made.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
XLSX = package("[Content_Types].xml", "xl/workbook.xml")
OFD = package("OFD.xml", "Doc_0/Document.xml")
ZIP = package("发货单/1.pdf", "发货单/2.pdf")

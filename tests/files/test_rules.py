"""What a file is is told from its bytes, whatever it is called."""

from __future__ import annotations

import pytest

from huikuan.files import rules
from huikuan.files.rules import FileType, Refusal, kept_name, type_of
from tests.files import contents as c


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (c.PDF, "合同.pdf", rules.PDF),
        (c.PDF, "合同.exe", rules.PDF),
        (c.PNG, "a.pdf", rules.PNG),
        (c.JPEG, "a.jpeg", rules.JPEG),
        (c.WEBP, "a", rules.WEBP),
        (c.HEIC, "IMG_1.HEIC", rules.HEIC),
        (c.DOCX, "a.zip", rules.DOCX),
        (c.XLSX, "a.xlsx", rules.XLSX),
        (c.XLS, "a.xls", rules.XLS),
        (c.OFD, "发票.ofd", rules.OFD),
        (c.ZIP, "a.zip", rules.ZIP),
        (c.XML, "a.xml", rules.XML),
        (c.XML, "a.txt", rules.XML),
        (c.MAIL, "a.eml", rules.MAIL),
        ("日期,金额\n2026-01-01,3".encode("gb18030"), "a.csv", rules.CSV),
        ("\ufeff说明".encode(), "a.txt", rules.TEXT),
        ("说明 A".encode("utf-16"), "a.txt", rules.TEXT),
    ],
)
def test_the_bytes_decide(content: bytes, name: str, expected: FileType) -> None:
    assert type_of(content, name) is expected


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"MZ\x90\x00\x03", "invoice.pdf", Refusal.PROGRAM),
        (b"\x7fELF\x02\x01", "a.png", Refusal.PROGRAM),
        (b"#!/bin/sh\nrm -rf /", "a.txt", Refusal.PROGRAM),
        (b"@echo off", "a.bat", Refusal.PROGRAM),
        (b"alert(1)", "a.js", Refusal.PROGRAM),
        (c.package("setup.EXE"), "a.zip", Refusal.PROGRAM),
        (c.package("META-INF/MANIFEST.MF", "A.class"), "a.zip", Refusal.PROGRAM),
        (c.HTML, "a.pdf", Refusal.PAGE),
        (b"\xef\xbb\xbf \n<SCRIPT>alert(1)</SCRIPT>", "a.txt", Refusal.PAGE),
        (b"harmless <script src=x></script>", "a.csv", Refusal.PAGE),
        (c.HTML.decode().encode("utf-16"), "a.txt", Refusal.PAGE),
        (c.HTML, "a.eml", Refusal.PAGE),
        (c.SVG, "a.xml", Refusal.PAGE),
        (b'<?xml version="1.0"?><s:svg xmlns:s="http://www.w3.org/2000/svg"/>', "a.xml", Refusal.PAGE),
        (c.package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "a.xlsx", Refusal.MACROS),
        (
            c.package(
                "[Content_Types].xml",
                "word/document.xml",
                types="application/vnd.ms-word.document.macroEnabled.main+xml",
            ),
            "a.docx",
            Refusal.MACROS,
        ),
        (c.XLS + c.stream("_VBA_PROJECT_CUR"), "a.xls", Refusal.MACROS),
        (c.OLE + c.stream("EncryptedPackage"), "a.xlsx", Refusal.LOCKED),
        (c.OLE + c.stream("WordDocument"), "a.doc", Refusal.UNKNOWN),
        (c.package("[Content_Types].xml", "ppt/presentation.xml"), "a.docx", Refusal.UNKNOWN),
        (b"PK\x03\x04broken", "a.zip", Refusal.UNKNOWN),
        (b"\x00\x01\x02\x03\xff\xfe", "a.pdf", Refusal.UNKNOWN),
        (b"GIF89a\x01\x00", "a.png", Refusal.UNKNOWN),
        (b"  \n", "a.txt", Refusal.EMPTY),
    ],
)
def test_what_is_not_kept(content: bytes, name: str, expected: Refusal) -> None:
    assert type_of(content, name) is expected


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("../../etc/passwd.pdf", rules.PDF, "passwd.pdf"),
        ("C:\\合同\\2026年 框架合同.PDF", rules.PDF, "2026年 框架合同.pdf"),
        ("..", rules.TEXT, "file.txt"),
        ("", rules.PDF, "file.pdf"),
        ("a.pdf", rules.PNG, "a.pdf.png"),
        ("photo\u202egpj.png", rules.PNG, "photo gpj.png"),
        ('a"\r\nSet-Cookie: x.txt', rules.TEXT, "a_ Set-Cookie_ x.txt"),
        ("发票\x00.ofd", rules.OFD, "发票.ofd"),
        ("照" * 400 + ".jpeg", rules.JPEG, "照" * 150 + ".jpg"),
        ("scan.jpeg", rules.JPEG, "scan.jpeg"),
    ],
)
def test_names_lose_folders_and_tricks(name: str, kind: FileType, expected: str) -> None:
    assert kept_name(name, kind) == expected

import io
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from huikuan.tables import CODES, TableError, inspect, limits, peek
from huikuan.tables.ole import CompoundFile, workbook_shape

HEADER = ["客户编码", "客户名称", "开票日期", "金额"]


def _xlsx(rows: int = 3) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for row in range(1, rows):
            sheet.write_row(row, 0, [f"C{row}", f"客户{row}", "2026-01-05", row])
    return target.getvalue()


def _xls(rows: int = 400) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("x")
    for row in range(rows):
        for column, cell in enumerate(HEADER if not row else [f"C{row}", "客户", "2026-01-05", row]):
            sheet.write(row, column, cell)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _rezipped(changes: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An .xlsx with parts replaced or added."""
    source, target = zipfile.ZipFile(io.BytesIO(_xlsx())), io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name in source.namelist():
            archive.writestr(name, changes.get(name, source.read(name)))
        for name in changes.keys() - set(source.namelist()):
            archive.writestr(name, changes[name])
    return target.getvalue()


def _part(name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(_xlsx())).read(name)


SHEET = "xl/worksheets/sheet1.xml"


def _code(path: Path, kind: str = "invoices") -> str:
    with pytest.raises(TableError) as raised:
        inspect(path, kind=kind)
    assert raised.value.code in CODES
    assert raised.value.message.endswith(("。", ".")), raised.value.message
    return raised.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\r\n", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"\xff\xfe", "file_empty"),
        (b"\n" * 9000, "file_empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "file_type"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file_type"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "file_type"),
        (b"GIF89a", "file_type"),
        (b"\x1f\x8b\x08\0\0", "file_type"),
        (b"7z\xbc\xaf\x27\x1c", "file_type"),
        (b"\x7fELF\x02\x01", "file_type"),
        (b"{\\rtf1\\ansi}", "file_type"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "file_type"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html></html>", "file_type"),
        (b'<?xml version="1.0"?><Workbook/>', "file_type"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "file_type"),
        (b'{"invoices": []}', "file_type"),
        (b'[{"a": 1}]', "file_type"),
        (bytes(range(256)) * 40, "file_type"),
        (b"a,b\0,c\n" * 50, "file_type"),
        (b"\0" * 9000, "file_type"),
        (b"PK\x03\x04" + b"junk" * 50, "file_truncated"),
        (b"PK\x05\x06" + b"\0" * 18, "file_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "file_truncated"),
    ],
)
def test_what_is_no_table(text_file: Callable[..., Path], content: bytes, code: str) -> None:
    for name in ("a.csv", "a.xls", "a.xlsx"):
        assert _code(text_file(content, name=name)) == code


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert _code(tmp_path / "none.csv") == "file_missing"
    assert _code(tmp_path / "a\0b") == "file_missing"
    assert _code(tmp_path) == "file_type"
    assert _code(Path("/dev/null")) == "file_type"


@pytest.mark.parametrize("make", [_xlsx, _xls])
def test_a_file_cut_off_anywhere(text_file: Callable[..., Path], make: Callable[[], bytes]) -> None:
    content = make()
    for share in range(1, 20):
        assert _code(text_file(content[: len(content) * share // 20], name="cut")) == "file_truncated"


def test_a_damaged_part(text_file: Callable[..., Path]) -> None:
    content = bytearray(_rezipped({}, zipfile.ZIP_STORED))
    content[content.index(b"<sheetData>") + 3] ^= 1
    assert _code(text_file(bytes(content), name="a.xlsx")) == "file_truncated"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"xl/vbaProject.bin": b"x"}, "file_macros"),
        ({"xl/macrosheets/sheet1.xml": b"<x/>"}, "file_macros"),
        (
            {
                "[Content_Types].xml": _part("[Content_Types].xml").replace(
                    b"sheet.main", b"sheet.macroEnabled.main"
                )
            },
            "file_macros",
        ),
        (
            {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]>' + _part("xl/workbook.xml")},
            "file_unsafe_xml",
        ),
        (
            {"xl/sharedStrings.xml": b"<!-- " + b"x" * 3_000_000 + b" --><!DOCTYPE x><sst/>"},
            "file_unsafe_xml",
        ),
        ({"xl/workbook.xml": _part("xl/workbook.xml").decode().encode("utf-16")}, "file_unsafe_xml"),
        ({SHEET: _part(SHEET).replace(b'r="A2"', b'r="ALM2"')}, "too_many_columns"),
        ({SHEET: _part(SHEET).replace(b'<c r="A2"', b"<c t='s' r = 'XFD2'")}, "too_many_columns"),
        ({SHEET: _part(SHEET).replace(b'r="A2"', b'r="ZZ1048576"')}, "sheet_too_large"),
        ({SHEET: _part(SHEET)[:-40]}, "file_truncated"),
        ({"xl/bomb.xml": b"\0" * (limits.RATIO_FROM + 1)}, "file_bomb"),
    ],
)
def test_an_xlsx_with_tricks(text_file: Callable[..., Path], changes: dict[str, bytes], code: str) -> None:
    assert _code(text_file(_rezipped(changes), name="a.xlsx")) == code


def test_styled_but_empty_cells_far_away_do_no_harm(text_file: Callable[..., Path]) -> None:
    sheet = _part(SHEET).replace(
        b"</sheetData>", b'<row r="1048576"><c r="ZZ1048576" s="0"/></row></sheetData>'
    )
    assert inspect(text_file(_rezipped({SHEET: sheet}), name="a.xlsx"), kind="invoices").total_rows == 2


def test_other_archives(text_file: Callable[..., Path]) -> None:
    for name in ("word/document.xml", "content.xml", "xl/workbook.bin", "a.csv"):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(name, "x")
        assert _code(text_file(target.getvalue())) == "file_type"


def test_a_zip_with_a_password(text_file: Callable[..., Path]) -> None:
    content = bytearray(_xlsx())
    position = -1
    while (position := content.find(b"PK\x01\x02", position + 1)) >= 0:
        content[position + 8] |= 1
    assert _code(text_file(bytes(content))) == "file_encrypted"


def test_too_many_parts(text_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ZIP_ENTRIES", 5)
    assert _code(text_file(_xlsx())) == "file_bomb"


def test_sizes_are_counted_not_believed(
    text_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory entry that claims a small size for a part that inflates to much."""
    big = b"<x>" + b"a" * 5_000_000 + b"</x>"
    content = bytearray(_rezipped({"xl/big.xml": big}))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        position = -1
        while (position := content.find(mark, position + 1)) >= 0:
            if struct.unpack_from("<I", content, position + offset)[0] == len(big):
                struct.pack_into("<I", content, position + offset, 100)
    assert _code(text_file(bytes(content))) == "file_truncated"
    monkeypatch.setattr(limits, "MAX_UNCOMPRESSED", 1_000_000)
    assert _code(text_file(bytes(content))) == "file_bomb"


def _with_stream_renamed(content: bytes, name: str) -> bytes:
    old, new = "Workbook".encode("utf-16-le"), name.encode("utf-16-le")
    position = content.index(old)
    entry = bytearray(content[position : position + 128])
    entry[: len(old)] = b"\0" * len(old)
    entry[: len(new)] = new
    struct.pack_into("<H", entry, 64, len(new) + 2)
    return content[:position] + bytes(entry) + content[position + 128 :]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        ("EncryptedPackage", "file_encrypted"),
        ("_VBA_PROJECT_CUR", "file_macros"),
        ("WordDocument", "file_type"),
        ("Contents", "file_type"),
    ],
)
def test_other_compound_files(text_file: Callable[..., Path], stream: str, code: str) -> None:
    assert _code(text_file(_with_stream_renamed(_xls(), stream), name="a.xls")) == code


def _with_record(kind: int, body: bytes) -> bytes:
    """An .xls whose first record after the beginning is replaced."""
    content = _xls()
    stream = CompoundFile(content).stream("Workbook")
    start = content.index(stream[:64])
    position = 4 + struct.unpack_from("<H", stream, 2)[0]
    while struct.unpack_from("<H", stream, position + 2)[0] != len(body):
        position += 4 + struct.unpack_from("<H", stream, position + 2)[0]
    place = start + position
    return content[:place] + struct.pack("<HH", kind, len(body)) + body + content[place + 4 + len(body) :]


def test_an_xls_with_a_password(text_file: Callable[..., Path]) -> None:
    content = _with_record(0x2F, b"\0\0")
    assert workbook_shape(CompoundFile(content).stream("Workbook")).encrypted
    assert _code(text_file(content, name="a.xls")) == "file_encrypted"


def test_an_xls_with_a_cell_far_outside(text_file: Callable[..., Path]) -> None:
    content = _xls()
    cell = content.index(struct.pack("<HHHH", 0xFD, 10, 399, 2))
    for row, column, code in ((65535, 65535, "too_many_columns"), (65535, 900, "sheet_too_large")):
        changed = content[: cell + 4] + struct.pack("<HH", row, column) + content[cell + 8 :]
        assert _code(text_file(changed, name="a.xls")) == code


def test_a_row_of_a_million_columns(text_file: Callable[..., Path]) -> None:
    header = ",".join(HEADER)
    assert _code(text_file("," * 1_000_000)) == "too_many_columns"
    assert _code(text_file(f"{header}\n" + "x," * 1_000_000 + "\n")) == "too_many_columns"
    assert _code(text_file(f"{header}\nC1,甲,2026-01-05,1\n" + "," * 1_001 + "\n")) == "too_many_columns"


def test_a_line_without_end(text_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_LINE_BYTES", 2_000_000)
    assert _code(text_file(b"a,b\n" + b"x" * 4_000_000)) == "line_too_long"


def test_a_huge_cell(text_file: Callable[..., Path]) -> None:
    rows = "C1,甲,2026-01-05,1\n" * 3_000
    content = f"{','.join(HEADER)}\n{rows}C1,{'x' * 140_000},2026-01-05,1\n"
    path = text_file(content)
    assert _code(path) == "cell_too_long"
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices")
    assert raised.value.details["line"] == 3_002


def test_a_long_cell_costs_only_its_row(text_file: Callable[..., Path], load: Callable[..., object]) -> None:
    content = f"{','.join(HEADER)}\nC1,{'x' * 100_000},2026-01-05,1\nC2,乙,2026-01-05,1\n"
    loaded = load(text_file(content), "invoices")
    assert loaded.codes == [(2, "too_long")]  # type: ignore[attr-defined]
    assert loaded.lines == [3]  # type: ignore[attr-defined]


def test_a_quote_never_closed(text_file: Callable[..., Path]) -> None:
    path = text_file(f'{",".join(HEADER)}\nC1,甲,2026-01-05,1\nC2,"乙,2026-01-05,1\nC3,丙,2026-01-05,1\n')
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices")
    assert raised.value.code == "quote_unclosed"
    assert raised.value.details["line"] == 3


@pytest.mark.parametrize("content", [b"", b"%PDF", b"PK\x03\x04"])
def test_peek_refuses_them_too(text_file: Callable[..., Path], content: bytes) -> None:
    with pytest.raises(TableError):
        peek(text_file(content), kind="invoices")


def test_messages_need_no_settings(tmp_path: Path) -> None:
    """The reader also works in a process where Django was never set up."""
    path = tmp_path / "x.csv"
    path.write_text("客户编码,开票日期,金额\nC1,2026-02-30,1\n", encoding="utf-8")
    script = (
        "import sys; from huikuan.tables import inspect, read\n"
        "layout = inspect(sys.argv[1], kind='invoices')\n"
        "print(ascii([p.message for c in read(sys.argv[1], layout) for p in c.problems]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, env={}, check=True
    )
    assert "2026-02-30" in done.stdout

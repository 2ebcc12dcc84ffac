"""A workbook written a row at a time: values come back as they were, and what a sheet cannot hold harms nothing."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from huikuan.web.lists.sheets import Amount, Head, Share, write_sheet

HEADS = [Head("文字", 10), Head("金额", 12), Head("日期", 12), Head("时间", 20), Head("数", 8)]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ROWS = [
    ("=1+1", Amount(Decimal("1234.5600"), "CNY"), date(2026, 2, 28), datetime(2026, 1, 1, 4, tzinfo=UTC), 7),
    ("<b>&\x00\x0b\ud800甲", Amount(Decimal("-5"), "JPY"), date(1899, 1, 1), None, Decimal("2.5")),
    ("  两边  ", Amount(Decimal("123456789012345.67"), "KWD"), None, None, True),
    ("长" * 40_000, None, date(1900, 3, 1), None, ""),
    (None, None, None, None, None),
]


def test_values_come_back(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    assert list(write_sheet(path, "表", HEADS, [ROWS[:2], ROWS[2:]], made_at=NOON)) == [2, 5]
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name("表").to_python()
    assert sheet[0] == ["文字", "金额", "日期", "时间", "数"]
    assert sheet[1] == ["=1+1", 1234.56, date(2026, 2, 28), datetime(2026, 1, 1, 12), 7]
    assert sheet[2][:3] == ["<b>&甲", -5, "1899-01-01"]
    assert sheet[2][4] == 2.5
    assert sheet[3][:2] == ["  两边  ", "123456789012345.670"]
    assert len(sheet[4][0]) == 32_767
    assert sheet[4][2] == date(1900, 3, 1)
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        assert len(names) == len(set(names))
        for name in names:
            ElementTree.fromstring(package.read(name))
        assert '<autoFilter ref="A1:E6"/>' in package.read("xl/worksheets/sheet1.xml").decode()
        assert "$A$1:$E$6" in package.read("xl/workbook.xml").decode()


def test_no_rows_and_no_filter(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    assert list(write_sheet(path, "表", HEADS, [], made_at=NOON)) == []
    assert CalamineWorkbook.from_path(path).get_sheet_by_name("表").to_python() == [
        [each.label for each in HEADS]
    ]
    with zipfile.ZipFile(path) as package:
        assert "autoFilter" not in package.read("xl/worksheets/sheet1.xml").decode()
        assert "definedName" not in package.read("xl/workbook.xml").decode()


def test_the_same_rows_of_the_same_moment_are_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    list(write_sheet(path, "表", HEADS, [ROWS], made_at=NOON))
    with zipfile.ZipFile(path) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        said = package.read("docProps/core.xml").decode()
    assert set(re.findall(r"2026-[^<]*", said)) == {"2026-07-01T12:00:00Z"}


def test_a_long_list_prints_with_its_heads_on_every_page(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    heads = [Head(f"列{number}", 30) for number in range(20)]
    list(write_sheet(path, "表", heads, [[tuple("x" * 20)]], made_at=NOON))
    with zipfile.ZipFile(path) as package:
        sheet, book = (package.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "workbook"))
    assert '<pageSetup paperSize="9" fitToWidth="3" fitToHeight="0" orientation="landscape"/>' in sheet
    assert "$A:$A,'" in book.replace("表!", "'表'!") and "$1:$1" in book and "&amp;P / &amp;N" in sheet


def test_columns_are_as_wide_as_their_texts_and_figures_stand_under_their_heads(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    heads = [Head("客户", 8), Head("Counterparty's account", 8), Head("使用率", 10)]
    rows = [("中国工商银行股份有限公司宁波分行", "", Share(Decimal("0.63606"))), ("甲", "乙" * 99, None)]
    list(write_sheet(path, "表", heads, [rows], made_at=NOON))
    with zipfile.ZipFile(path) as package:
        sheet, styles = (package.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]
    assert [int(width) for width in widths] == [34, 60, 10]
    kinds = re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])
    codes = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]+)"', styles))
    style = {cell: int(number) for cell, number in re.findall(r'<c r="(\w+)" s="(\d+)"', sheet)}
    assert codes[kinds[style["C1"]]] == "@_)" and codes[kinds[style["C2"]]] == "0.00%_)"
    assert kinds[style["A1"]] == "0"

"""Plain sheets on paper and byte for byte: heads on every page, figures under their heads, days that are days."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

from python_calamine import CalamineWorkbook

from huikuan.reports.sheets import Sheets, workbook

DAY = date(2026, 7, 1)
LONG = "中国（上海）自由贸易试验区临港新片区国际新能源汽车零部件智能制造股份有限公司"


def made() -> bytes:
    def write(sheets: Sheets) -> None:
        heads = ["客户", "日期", *(f"2026-07-{day:02d}" for day in range(1, 29))]
        rows = [[LONG, DAY, *(Decimal("1234567890.12") for _day in range(28))]]
        sheets.table("明细", "预测", heads, rows, totals=range(2, 30))
        sheets.table("空", "预测", heads, [])

    return workbook("预测", "CNY", write, on=DAY)


def part(name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        return package.read(name).decode()


def test_the_same_content_is_the_same_file() -> None:
    assert set(re.findall(r"20\d\d-[^<]*", part("docProps/core.xml"))) == {"2026-07-01T00:00:00Z"}
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        assert {each.date_time[0] for each in package.infolist()} == {1980}


def test_it_can_be_printed_and_read_back() -> None:
    sheet = part("xl/worksheets/sheet1.xml")
    assert 'fitToWidth="3" fitToHeight="0" orientation="landscape"' in sheet
    assert "&amp;P / &amp;N" in sheet
    assert "明细!$A:$A,明细!$3:$3" in part("xl/workbook.xml")
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]
    assert len(widths) == 3 and 40 <= widths[0] < 42 and widths[2] > len("1,234,567,890.12")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(made())).get_sheet_by_name("明细").to_python()
    assert rows[3][:3] == [LONG, DAY, 1234567890.12]
    assert rows[4][2:] == [1234567890.12] * 28

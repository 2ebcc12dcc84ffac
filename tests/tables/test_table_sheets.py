from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from huikuan.tables import TableError, inspect, peek

HEADER = ["客户编码", "客户名称", "发票号", "开票日期", "金额"]


def test_cells_of_an_xlsx(sheet_file: Callable[..., Path], load: Callable[..., Any]) -> None:
    path = sheet_file(
        [
            ["应收明细"],
            [],
            HEADER,
            [123456, "甲", "F1", date(2026, 1, 5), 1234.5],
            ["00123", "=1+1", 20260001.0, datetime(2026, 1, 5, 9, 30), 100],
            [],
            [True, "<b>", "F3", 46027, "1,000.50"],
        ]
    )
    loaded = load(path, "invoices")
    assert loaded.layout.format == "xlsx"
    assert loaded.layout.sheet == "明细"
    assert loaded.layout.header_row == 3
    assert loaded.lines == [4, 5, 7]
    assert loaded.columns["customer_code"] == ["123456", "00123", "TRUE"]
    assert loaded.columns["customer_name"] == ["甲", "=1+1", "<b>"]
    assert loaded.columns["number"] == ["F1", "20260001", "F3"]
    assert loaded.columns["document_on"] == [date(2026, 1, 5)] * 3
    assert loaded.columns["amount"] == [Decimal("1234.5"), Decimal(100), Decimal("1000.50")]
    assert loaded.notices == ["date_serials"]


def test_damage_in_an_xlsx_is_named(sheet_file: Callable[..., Path], load: Callable[..., Any]) -> None:
    loaded = load(
        sheet_file(
            [
                HEADER,
                [1.23456789012346e18, "甲", "F1", date(2026, 1, 5), 1],
                ["C2", "乙", date(2026, 3, 1), date(2026, 1, 5), 1],
                ["C3", "丙", "F3", date(1900, 1, 5), 1],
                ["C4", "丁", "F4", date(2026, 1, 5), date(2026, 1, 5)],
                ["C5", "戊", "F5", date(2026, 1, 5), 33.3333333],
            ]
        ),
        "invoices",
    )
    assert loaded.codes == [
        (2, "identifier_rounded"),
        (3, "identifier_is_date"),
        (4, "date_out_of_range"),
        (5, "amount_is_date"),
        (6, "amount_decimals"),
    ]
    assert loaded.problems[0].column == "客户编码"
    assert loaded.problems[3].raw == ["C4", "丁", "F4", "2026-01-05", "2026-01-05"]


def test_formulas_give_their_last_values(tmp_path: Path, load: Callable[..., Any]) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["C1", "甲", "F1", "2026-01-05"])
        sheet.write_formula(1, 4, "=40+2", None, 42)
    assert load(path, "invoices").columns["amount"] == [Decimal(42)]


def test_a_table_that_starts_further_right(tmp_path: Path, load: Callable[..., Any]) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, HEADER)
        sheet.write_row(4, 2, ["C1", "甲", "F1", "2026-01-05", 5])
    loaded = load(path, "invoices")
    assert (loaded.layout.header_row, loaded.lines) == (4, [5])
    assert loaded.layout.mapping["customer_code"] == 2
    assert load(path, "invoices", mapping={"memo": "D"}).columns["memo"] == ["甲"]


def _book(path: Path, **sheets: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_the_first_sheet_that_has_the_columns_is_read(tmp_path: Path, load: Callable[..., Any]) -> None:
    row = ["C1", "甲", "F1", "2026-01-05", 5]
    path = _book(tmp_path / "f.xlsx", 说明=[["请填写"]], 空=[], 数据=[HEADER, row], 更多=[HEADER, row, row])
    loaded = load(path, "invoices")
    assert loaded.layout.sheet == "数据"
    assert loaded.notices == ["sheets_left_out"]
    assert len(load(path, "invoices", sheet="更多").lines) == 2
    assert len(load(path, "invoices", sheet="4").lines) == 2
    assert peek(path, kind="invoices").sheets == ("说明", "空", "数据", "更多")
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices", sheet="没有")
    assert raised.value.code == "sheet_unknown"
    assert "数据" in raised.value.message


def test_an_empty_workbook(tmp_path: Path) -> None:
    for act in (inspect, peek):
        with pytest.raises(TableError) as raised:
            act(_book(tmp_path / "f.xlsx", 空=[]), kind="invoices")
        assert raised.value.code == "file_empty"


def test_date_cells_beside_dates_as_text_are_noticed(
    sheet_file: Callable[..., Path], load: Callable[..., Any]
) -> None:
    rows = [["C1", "甲", "F1", date(2026, 4, 3), 1], ["C1", "甲", "F2", "13/04/2026", 1]]
    loaded = load(sheet_file([HEADER, *rows]), "invoices")
    assert loaded.notices == ["date_cells_mixed"]
    assert loaded.columns["document_on"] == [date(2026, 4, 3), date(2026, 4, 13)]


def test_numbers_in_a_workbook_that_counts_from_1904(tmp_path: Path, load: Callable[..., Any]) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["C1", "甲", "F1", date(2026, 1, 5), 5])
        sheet.write_row(2, 0, ["C1", "甲", "F2", 46027 - 1462, 5])
    assert load(path, "invoices").columns["document_on"] == [date(2026, 1, 5)] * 2


def test_an_xls(tmp_path: Path, load: Callable[..., Any]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("应收")
    dated = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, text in enumerate(HEADER):
        sheet.write(0, column, text)
    for row in range(1, 301):
        for column, cell in enumerate((100000 + row, f"客户{row}", f"F{row}")):
            sheet.write(row, column, cell)
        sheet.write(row, 3, date(2026, 1, 5), dated)
        sheet.write(row, 4, row * 1.25)
    book.save(str(tmp_path / "t.xls"))
    loaded = load(tmp_path / "t.xls", "invoices")
    assert loaded.layout.format == "xls"
    assert loaded.columns["customer_code"][:2] == ["100001", "100002"]
    assert loaded.columns["document_on"] == [date(2026, 1, 5)] * 300
    assert sum(loaded.columns["amount"]) == sum(Decimal("1.25") * row for row in range(1, 301))
    assert loaded.lines == list(range(2, 302))


def test_a_date_beyond_all_reason_is_named(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["C1", "甲", "F1"])
        sheet.write_number(1, 3, -1e15, book.add_format({"num_format": "yyyy-mm-dd"}))
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices")
    assert raised.value.code == "file_malformed"

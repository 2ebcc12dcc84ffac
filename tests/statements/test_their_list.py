"""Customers' lists as they come: preamble, heads of two rows, merged cells, subtotals, balances, amounts nobody can read."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from huikuan.statements.errors import ListRefused
from huikuan.statements.merged import _overlapping, spread
from huikuan.statements.rules import Line
from huikuan.statements.their_list import Asked, TheirList, look, read_list
from huikuan.tables import TableError

D = Decimal


def ledger(path: Path, *, amount: Any = 600.5) -> Path:
    """Accounts payable as a program prints them: a title, a head of two rows, days merged over rows, subtotals."""
    book = xlsxwriter.Workbook(str(path))
    sheet, day = book.add_worksheet("应付明细"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range("A1:F1", "应付账款明细账")
    sheet.write("A2", "单位名称:甲公司")
    sheet.merge_range("A3:A4", "日期")
    sheet.merge_range("B3:B4", "发票号")
    sheet.merge_range("C3:C4", "摘要")
    sheet.merge_range("D3:E3", "发生额")
    sheet.write_row("D4", ["借方", "贷方"])
    sheet.merge_range("F3:F4", "余额")
    sheet.write_row("C5", ["上年结转", "", "", 1000])
    sheet.merge_range("A6:A7", "", day)
    sheet.write_datetime("A6", date_time(2026, 3, 5), day)
    sheet.write_row("B6", ["0017", "购货", "", amount])
    sheet.write_row("B7", ["0018", "购货", "", 99])
    sheet.write_row("C8", ["本月合计", "", 699.5, 1699.5])
    sheet.write_datetime("A9", date_time(2026, 4, 2), day)
    sheet.write_row("C9", ["付款", 500, "", 1199.5])
    sheet.write_row("C10", ["本年累计", 500, 699.5, 1199.5])
    sheet.write_row("C11", ["期末余额", "", "", 1199.5])
    book.close()
    return path


def date_time(*parts: int) -> Any:
    from datetime import datetime

    return datetime(*parts)  # type: ignore[arg-type]


def lines(found: TheirList) -> list[tuple[str, date | None, str, Decimal | None]]:
    return [(each.key, each.on, each.number, each.amount) for each in found.lines]


def test_a_printed_ledger_is_read_as_every_row_means_it(tmp_path: Path) -> None:
    found = read_list(ledger(tmp_path / "a.xlsx"), Asked(), currency="CNY")
    assert lines(found) == [
        ("6", date(2026, 3, 5), "0017", D("600.5")),
        ("7", date(2026, 3, 5), "0018", D(99)),
        ("9", date(2026, 4, 2), "", D(-500)),
    ]
    assert found.opening is not None and (found.opening.amount, found.opening.turned(True)) == (1000, 1000)
    assert found.closing is not None and found.closing.amount == D("1199.5")
    assert [(each.line, each.why) for each in found.left_out] == [
        (5, "opening"), (8, "subtotal"), (10, "subtotal"), (11, "closing"),
    ]  # fmt: skip
    assert any("合并" in each for each in found.notices)


def test_an_amount_nobody_can_read_is_named_with_its_row_and_nothing_is_kept(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx", amount="六百多")
    with pytest.raises(ListRefused) as refused:
        read_list(path, Asked(), currency="CNY")
    assert refused.value.code == "rows_unreadable" and "第 6 行" in refused.value.message
    assert "六百多" in refused.value.message
    found = read_list(path, Asked(), currency="CNY", leave_unreadable=True)
    assert [each.line for each in found.left_out if each.why == "unreadable"] == [6]
    assert [each.key for each in found.lines] == ["7", "9"]


def test_a_merged_amount_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row("A1", ["单据号", "日期", "金额"])
    sheet.write_row("A2", ["A-1", "2026-03-05"])
    sheet.merge_range("C2:C3", 700)
    sheet.write_row("A3", ["A-2", "2026-03-05"])
    book.close()
    found = read_list(path, Asked(), currency="CNY", leave_unreadable=True)
    assert lines(found) == [("2", date(2026, 3, 5), "A-1", D(700))]
    assert [(each.line, each.why) for each in found.left_out] == [(3, "unreadable")]


def test_a_hidden_sheet_stays_hidden_though_cells_are_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    old, sheet = book.add_worksheet("去年"), book.add_worksheet("今年")
    old.write_row("A1", ["单据号", "日期", "金额"])
    old.write_row("A2", ["OLD", "2025-03-05", 1])
    sheet.write_row("A1", ["单据号", "日期", "金额"])
    sheet.merge_range("B2:B3", "2026-03-05")
    sheet.write_column("A2", ["A-1", "A-2"])
    sheet.write_column("C2", [700, 0.5])
    sheet.activate()
    old.hide()
    book.close()
    found = read_list(path, Asked(), currency="CNY")
    assert [(key, on) for key, on, *_rest in lines(found)] == [
        ("2", date(2026, 3, 5)),
        ("3", date(2026, 3, 5)),
    ]
    assert look(path).sheets == ("今年",)
    assert [each.number for each in read_list(path, Asked(sheet="去年"), currency="CNY").lines] == ["OLD"]


def test_merged_cells_that_lie_over_each_other_are_left_alone() -> None:
    wide, tall = ((0, 0), (0, 3)), ((1, 0), (4, 0))
    assert not _overlapping([wide, tall, ((1, 1), (4, 3))], 5, 4)
    assert not _overlapping([wide, ((1, 0), (10**6, 3))], 5, 4)
    assert _overlapping([tall] * 6, 5, 4)
    assert _overlapping([wide] * 6, 5, 4)


def test_a_workbook_that_is_not_safe_to_open_is_refused_before_it_is(tmp_path: Path) -> None:
    path = ledger(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(TableError) as refused:
        spread(path, tmp_path / "b.xlsx")
    assert refused.value.code == "file_macros"


def test_a_cell_of_many_spaces_is_read_as_fast_as_others(tmp_path: Path) -> None:
    content = f"发票号,摘要,金额\nA1,{' ' * 900}x,100\nA2,{' ' * 5000}x,两\n,本月{' ' * 900}合计,100\n"
    found = read_list(text(tmp_path / "a.csv", content), Asked(), currency="CNY", leave_unreadable=True)
    assert [each.number for each in found.lines] == ["A1"]
    assert [(each.line, each.why) for each in found.left_out] == [(3, "unreadable"), (4, "subtotal")]


def text(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("发票号,开票日期,类型,金额\nA1,2026-03-05,采购,100\nA2,2026-03-06,退货,30\n", [D(100), D(-30)]),
        ("Invoice No,Date,Debit,Credit\nA1,2026-03-05,,100\n,2026-03-06,30,\n", [D(100), D(-30)]),
        ("发票号,金额,币种\nA1,100,USD\nA2,30,CNY\n", [D(30)]),
    ],
)
def test_the_sign_of_a_line(tmp_path: Path, content: str, expected: list[Decimal]) -> None:
    found = read_list(text(tmp_path / "a.csv", content), Asked(), currency="CNY")
    assert [each.amount for each in found.lines] == expected


def test_open_items_say_what_is_paid_or_what_is_left(tmp_path: Path) -> None:
    content = "发票号,发票金额,已付金额\nA1,100,40\nA2,70,0\n"
    found = read_list(text(tmp_path / "a.csv", content), Asked(), currency="CNY")
    assert [(each.amount, each.open) for each in found.lines] == [(100, 60), (70, 70)]
    found = read_list(text(tmp_path / "b.csv", "发票号,未付金额\nA1,60\n"), Asked(), currency="CNY")
    [only] = found.lines
    assert isinstance(only, Line) and (only.amount, only.open) == (None, 60)


def test_columns_that_nobody_recognises_are_asked_for_or_given(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "甲,乙\nA1,60\n")
    with pytest.raises(TableError) as refused:
        read_list(path, Asked(), currency="CNY")
    assert {"amount", "open"} <= set(refused.value.details["missing"])
    found = read_list(path, Asked(mapping={"number": "甲", "amount": "乙"}), currency="CNY")
    assert [(each.number, each.amount) for each in found.lines] == [("A1", 60)]


def test_a_list_without_a_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused) as refused:
        read_list(text(tmp_path / "a.csv", "发票号,金额\n合计,100\n"), Asked(), currency="CNY")
    assert refused.value.code == "list_empty"

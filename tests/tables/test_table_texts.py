from datetime import date

import pytest

from huikuan.tables.cells import Bad
from huikuan.tables.currencies import CurrencyColumn
from huikuan.tables.texts import CodeColumn, CodeEvidence, TextColumn


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  甲 公司  ", "甲 公司"),
        ("甲　　公司", "甲 公司"),
        ("a\u00a0b\tc\r\nd", "a b c d"),
        ("\ufeff甲\u200b公司\u202e", "甲公司"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE x; --", "'; DROP TABLE x; --"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("（甲）公司", "（甲）公司"),
        ("-", "-"),
        (12.0, "12"),
        (12.5, "12.5"),
        (date(2026, 1, 5), "2026-01-05"),
        ("", None),
        ("   ", None),
        ("\u200b", None),
    ],
)
def test_names_and_texts(raw: object, text: str | None) -> None:
    for column in (TextColumn(200).column([raw]), TextColumn(200).column([raw, "x"]), [TextColumn(200)[raw]]):
        assert column[0] == text


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a\x00b", "control_characters"),
        ("a\x1bb", "control_characters"),
        ("a\x9fb", "control_characters"),
        ("甲\ufffd司", "text_damaged"),
        ("x" * 201, "too_long"),
        ("#N/A", "cell_error"),
        ("#REF!", "cell_error"),
    ],
)
def test_texts_that_are_refused(raw: str, code: str) -> None:
    column = TextColumn(200)
    good, bad = column.column(["甲公司", raw])
    assert good == "甲公司"
    assert isinstance(bad, Bad)
    assert bad.code == code
    assert column.bad


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("00123", "00123"),
        ("Ａ００１", "A001"),
        ("（2024）001号", "（2024）001号"),
        ("1661240395903230676", "1661240395903230676"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("`00123", "00123"),
        ("2024-01", "2024-01"),
        ("2024-01-05", "2024-01-05"),
        ("12E10", "12E10"),
        ("1E5", "1E5"),
        ("#12", "#12"),
        ("-", None),
        ("NULL", None),
        (123456.0, "123456"),
        (999999999999999.0, "999999999999999"),
        (7, "7"),
        (12.5, "12.5"),
    ],
)
def test_codes(raw: object, text: str | None) -> None:
    assert CodeColumn(64).column([raw]) == [text]
    assert CodeColumn(64)[raw] == text


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.23457E+18", "identifier_scientific"),
        ("1.38E+10", "identifier_scientific"),
        ("1e+15", "identifier_scientific"),
        (1.23456789012346e18, "identifier_rounded"),
        (1e15, "identifier_rounded"),
        (date(2026, 1, 5), "identifier_is_date"),
        ("5-Jan", "identifier_is_date"),
        ("Mar-01", "identifier_is_date"),
        ("1月5日", "identifier_is_date"),
        ("x" * 65, "too_long"),
    ],
)
def test_damaged_codes(raw: object, code: str) -> None:
    assert CodeColumn(64).column([raw, "INV-0000001"])[0].code == code


@pytest.mark.parametrize(
    ("cells", "rounded"),
    [
        (["1234567890123450000"], True),
        (["1234567890123450", "2234567890123450"], False),
        (["1234567890123450", "2234567890123450", "3234567890123450"], True),
        (["1234567890123450000", "1234567890123451234"], False),
        (["123456789012345", "INV"], False),
        (["1234567890123450000A"], False),
        ([1.5, "x"], False),
    ],
)
def test_a_spreadsheet_rounded_all_long_numbers_of_a_column(cells: list[object], rounded: bool) -> None:
    evidence = CodeEvidence()
    evidence.add(cells)
    evidence.add(cells)
    assert evidence.rounded is rounded


def test_only_rounded_numbers_of_a_rounded_column_are_refused() -> None:
    column = CodeColumn(64, rounded=True).column(["1234567890123450000", "INV-0000001", "123456789012345"])
    assert column[0].code == "identifier_rounded"
    assert column[1:] == ["INV-0000001", "123456789012345"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("CNY", "CNY"),
        ("usd", "USD"),
        ("人民币", "CNY"),
        ("ＲＭＢ", "CNY"),
        ("￥", "CNY"),
        ("美元", "USD"),
        ("", None),
    ],
)
def test_currencies(raw: str, code: str | None) -> None:
    assert CurrencyColumn()[raw] == code


@pytest.mark.parametrize("raw", ["XXQ", "dollars", "12", 5.0])
def test_unknown_currencies(raw: object) -> None:
    assert CurrencyColumn()[raw].code == "currency_unknown"

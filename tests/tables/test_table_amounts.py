from datetime import date, time
from decimal import Decimal

import pytest

from huikuan.tables.amounts import AmountColumn, AmountEvidence, settle_marks
from huikuan.tables.cells import Bad

POINT = [
    ("1234.5", "1234.5"),
    ("1,234.50", "1234.50"),
    ("1，234．50", "1234.50"),
    ("1 234.50", "1234.50"),
    ("1\u00a0234.50", "1234.50"),
    ("1'234.50", "1234.50"),
    ("1,234,567", "1234567"),
    ("１２３", "123"),
    ("¥1,234.50", "1234.50"),
    ("￥ 1,234.50", "1234.50"),
    ("$1,234.50", "1234.50"),
    ("€1.50", "1.50"),
    ("RMB 1,234.50", "1234.50"),
    ("CNY1234.50", "1234.50"),
    ("1,234.50 CNY", "1234.50"),
    ("1234.50元", "1234.50"),
    ("人民币1234元", "1234"),
    ("(1,234.50)", "-1234.50"),
    ("（1,234.50）", "-1234.50"),
    ("($1,234.50)", "-1234.50"),
    ("1,234.50-", "-1234.50"),
    ("-1234.50", "-1234.50"),
    ("－1234.50", "-1234.50"),
    ("\u22121234.50", "-1234.50"),
    ("-¥1234.50", "-1234.50"),
    ("¥-1234.50", "-1234.50"),
    ("+1234.50", "1234.50"),
    ("0", "0"),
    ("-0.00", "0"),
    (".5", "0.5"),
    ("5.", "5"),
    ("007.10", "7.10"),
    ("1.230000", "1.23"),
    ("'1234.50", "1234.50"),
    ('="1234.50"', "1234.50"),
    ("999999999999999.9999", "999999999999999.9999"),
    ("1,234", "1234"),
]
COMMA = [
    ("1.234,50", "1234.50"),
    ("1234,5", "1234.5"),
    ("1 234,50", "1234.50"),
    ("1.234.567", "1234567"),
    ("1.234", "1234"),
    ("R$ 1.234,50", "1234.50"),
    ("-1.234,50", "-1234.50"),
    ("12", "12"),
]


@pytest.mark.parametrize(
    ("mark", "text", "value"), [(".", *case) for case in POINT] + [(",", *case) for case in COMMA]
)
def test_reads(mark: str, text: str, value: str) -> None:
    for found in (AmountColumn(mark)[text], *AmountColumn(mark).column([text, "1"])[:1]):
        assert type(found) is Decimal
        assert found == Decimal(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "amount_unreadable"),
        ("nan", "amount_unreadable"),
        ("inf", "amount_unreadable"),
        ("-Infinity", "amount_unreadable"),
        ("1e400", "amount_scientific"),
        ("1.5E+3", "amount_scientific"),
        ("0x10", "amount_unreadable"),
        ("٣", "amount_unreadable"),
        ("१२", "amount_unreadable"),
        ("1_000", "amount_unreadable"),
        ("abc", "amount_unreadable"),
        ("1.2.3", "amount_unreadable"),
        ("1,23", "amount_unreadable"),
        ("1,2345", "amount_unreadable"),
        ("12,34,567", "amount_unreadable"),
        ("1.234,50", "amount_unreadable"),
        ("(5", "amount_unreadable"),
        ("5)", "amount_unreadable"),
        ("(-5)", "amount_unreadable"),
        ("--5", "amount_unreadable"),
        ("-5-", "amount_unreadable"),
        ("5 XYZ", "amount_unreadable"),
        ("12%", "amount_unreadable"),
        ("1.2万", "amount_unreadable"),
        ("1\n2", "amount_unreadable"),
        ("=1+1", "amount_unreadable"),
        ("#DIV/0!", "cell_error"),
        ("#####", "cell_error"),
        ("1.23456", "amount_decimals"),
        ("1000000000000000", "amount_too_large"),
        ("1" * 400, "amount_too_large"),
    ],
)
def test_names_what_is_no_amount(text: str, code: str) -> None:
    for found in (AmountColumn(".")[text], *AmountColumn(".").column([text, "1"])[:1]):
        assert isinstance(found, Bad)
        assert found.code == code


@pytest.mark.parametrize("blank", ["", " ", "-", "—", "N/A", "NULL"])
def test_blank_marks_are_no_amount(blank: str) -> None:
    assert AmountColumn(".")[blank] is None
    assert AmountColumn(".").column([blank, "1"]) == [None, Decimal(1)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (1234.5, "1234.5"),
        (100.0, "100"),
        (1e14, "100000000000000"),
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (1234567.891, "1234567.891"),
        (0.00001 - 0.00001, "0"),
        (-5.25, "-5.25"),
        (7, "7"),
        (2.675, "2.675"),
    ],
)
def test_number_cells_are_exact(cell: float, value: str) -> None:
    found = AmountColumn(".")[cell]
    assert type(found) is Decimal
    assert found == Decimal(value)
    assert "E" not in str(found)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (33.333333333333336, "amount_decimals"),
        (1e15, "amount_too_large"),
        (float("nan"), "amount_unreadable"),
        (float("inf"), "amount_unreadable"),
        (date(2026, 1, 5), "amount_is_date"),
        (time(9, 30), "amount_is_date"),
    ],
)
def test_number_cells_that_are_no_amount(cell: object, code: str) -> None:
    assert AmountColumn(".")[cell].code == code


def test_a_whole_column_of_ordinary_numbers() -> None:
    cells = ("1234.50", "", "-7", "+0.1")
    assert AmountColumn(".").column(cells) == [Decimal("1234.50"), None, Decimal(-7), Decimal("0.1")]
    grouped = ("1,234.50", "12", "", "1,000,000.0001")
    expected = [Decimal("1234.50"), Decimal(12), None, Decimal("1000000.0001")]
    assert AmountColumn(".").column(grouped) == expected
    assert AmountColumn(",").column(("1.234,50", "12,5")) == [Decimal("1234.50"), Decimal("12.5")]


def test_one_bad_cell_does_not_disturb_the_others() -> None:
    column = AmountColumn(".")
    good, bad, blank = column.column(["1.50", "x", ""])
    assert (good, bad.code, blank) == (Decimal("1.50"), "amount_unreadable", None)
    assert column.bad


def _mark(*columns: list[object]) -> list[str]:
    evidence = {str(number): AmountEvidence() for number in range(len(columns))}
    for number, cells in enumerate(columns):
        evidence[str(number)].add(cells)
    marks, _doubtful = settle_marks(evidence)
    return list(marks.values())


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1234.50"], "."),
        (["1.234,50"], ","),
        (["1234,50"], ","),
        (["1,234", "5,678"], "."),
        (["1,234", "0,5"], ","),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1.234", "5.678"], "."),
        (["1234.567"], "."),
        (["0.500"], "."),
        (["12", "13"], "."),
        (["¥1,234.50", "￥2"], "."),
        (["12,5"] * 3 + ["x", "7"], ","),
        ([1.5, "1.234,50"], ","),
        ([], "."),
    ],
)
def test_decimal_mark_of_a_column(cells: list[object], mark: str) -> None:
    assert _mark(cells) == [mark]


def test_thousands_points_follow_the_other_columns() -> None:
    assert _mark(["1.234", "5.678"], ["1.234,50"]) == [",", ","]
    assert _mark(["1,234", "5,678"], ["1.234,50"]) == [".", ","]


def test_three_decimals_without_proof_are_noticed() -> None:
    evidence = AmountEvidence()
    evidence.add(["1.234"])
    assert settle_marks({"amount": evidence}) == ({"amount": "."}, ["amount"])
    proven = AmountEvidence()
    proven.add(["1.234", "1.5"])
    assert settle_marks({"amount": proven}) == ({"amount": "."}, [])

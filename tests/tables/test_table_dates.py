from datetime import date, datetime

import pytest

from huikuan.tables import TableError
from huikuan.tables.cells import Bad
from huikuan.tables.dates import DateColumn, DateEvidence, declared_format, settle_orders

FIFTH = date(2026, 1, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05",
        "2026/1/5",
        "2026.1.5",
        "2026年1月5日",
        "2026年01月05号",
        "２０２６年１月５日",
        "20260105",
        "20260105.0",
        "26年1月5日",
        " 2026-01-05 ",
        "2026-01-05 13:45",
        "2026-01-05 13:45:59.123",
        "2026-01-05T13:45:59Z",
        "2026-01-05T13:45:59+08:00",
        "20260105134559",
        "2026/1/5 下午 3:04:05",
        "2026年1月5日 星期一",
        "2026年1月5日13时45分",
        "5-Jan-2026",
        "05 January 2026",
        "05-JAN-26",
        "Jan 5, 2026",
        '="2026-01-05"',
        "46027",
        "46027.5",
    ],
)
def test_reads_every_unmistakable_form(text: str) -> None:
    for order in ("YMD", "DMY", "MDY"):
        assert DateColumn(order)[text] == FIFTH


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ("DMY", "5/1/2026"),
        ("DMY", "05-01-2026"),
        ("DMY", "05.01.2026"),
        ("DMY", "5/1/26"),
        ("DMY", "05/01/2026 9:30"),
        ("MDY", "1/5/2026"),
        ("MDY", "1/5/26 3:04 PM"),
        ("YMD", "26-01-05"),
        ("YMD", "26/1/5"),
        ("%d%m%y", "050126"),
        ("%d. %B %Y", "05. January 2026"),
    ],
)
def test_reads_in_the_order_of_the_column(order: str, text: str) -> None:
    assert DateColumn(order)[text] == FIFTH


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-30", "date_invalid"),
        ("30/02/2026", "date_invalid"),
        ("2026-13-01", "date_invalid"),
        ("2026-00-10", "date_invalid"),
        ("31/31/2026", "date_invalid"),
        ("1989-12-31", "date_out_of_range"),
        ("2101-01-01", "date_out_of_range"),
        ("0026-01-05", "date_out_of_range"),
        ("2026-01", "date_unreadable"),
        ("2026-1/5", "date_unreadable"),
        ("tomorrow", "date_unreadable"),
        ("٢٠٢٦-٠١-٠٥", "date_unreadable"),
        ("1234", "date_unreadable"),
        ("99999", "date_unreadable"),
        ("2026-01-05 x", "date_unreadable"),
        ("NaN", "date_unreadable"),
        ("#VALUE!", "cell_error"),
        ("########", "cell_error"),
    ],
)
def test_names_what_cannot_be_a_date(text: str, code: str) -> None:
    found = DateColumn("DMY")[text]
    assert isinstance(found, Bad)
    assert found.code == code


@pytest.mark.parametrize("blank", ["", "  ", "-", "—", "/", "NULL", "\\N", "N/A", "0000-00-00", "无"])
def test_blank_marks_are_no_date(blank: str) -> None:
    assert DateColumn("YMD")[blank] is None


def test_typed_cells() -> None:
    column = DateColumn("DMY")
    assert column[datetime(2026, 1, 5, 9, 30)] == FIFTH
    assert type(column[datetime(2026, 1, 5, 9, 30)]) is date
    assert column[FIFTH] == FIFTH
    assert column[46027.0] == FIFTH
    assert column[20260105.0] == FIFTH
    assert DateColumn("YMD", date1904=True)[46027 - 1462] == FIFTH
    assert column[date(1900, 1, 1)].code == "date_out_of_range"
    assert column[5.0].code == "date_unreadable"


def _settled(override: str | None = None, **columns: list[object]) -> dict[str, str]:
    evidence = {name: DateEvidence(name, override) for name in columns}
    for name, cells in columns.items():
        evidence[name].add(cells)
    return settle_orders(evidence, override)[0]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2026-01-05"], "YMD"),
        (["03/04/2026", "13/04/2026"], "DMY"),
        (["03/04/2026", "04/13/2026"], "MDY"),
        (["03.04.26", "31.04.26"], None),
        (["05/05/2026"], "DMY"),
        (["03/04/2026 09:30:00", "13/04/2026 09:31:00"], "DMY"),
        (["3/4/2026 9:30 PM", "4/13/2026 10:30 PM"], "MDY"),
        (["05 January 2026"], "YMD"),
        (["03/04/2026", "n/a", "99/99/2026", "25/12/2026"], "DMY"),
        (["30/02/2026", "03/04/2026"], "DMY"),
        (["13012026", "04032026"], "DMY"),
        ([f"{day:02}/03/24" for day in range(1, 32)], "DMY"),
        ([f"24-03-{day:02}" for day in range(1, 32)], "YMD"),
        ([f"12/{day:02}/{24 + day % 2}" for day in range(1, 32)], "MDY"),
        ([f"{1 + n % 28:02}/06/2026" for n in range(60)] + ["06/25/2026"], "DMY"),
        ([], "YMD"),
    ],
)
def test_order_of_a_column(cells: list[object], order: str | None) -> None:
    if order is None:
        with pytest.raises(TableError):
            _settled(on=cells)
    else:
        assert _settled(on=cells) == {"on": order}


def test_an_ambiguous_column_is_asked_for() -> None:
    with pytest.raises(TableError) as raised:
        _settled(due_on=["03/04/2026", "05/06/2026"])
    error = raised.value
    assert error.code == "date_ambiguous"
    assert error.details["choices"] == ["DMY", "MDY"]
    assert error.details["column"] == "due_on"
    assert error.details["sample"] in {"03/04/2026", "05/06/2026"}
    assert "DMY（2026-" in error.message
    assert "--date-format" in error.message


def test_a_column_of_both_orders_is_asked_for() -> None:
    with pytest.raises(TableError) as raised:
        _settled(due_on=["13/04/2026", "14/04/2026", "04/15/2026", "04/16/2026"])
    assert raised.value.details["choices"] == ["DMY", "MDY"]


def test_two_digit_years_may_stand_first() -> None:
    with pytest.raises(TableError) as raised:
        _settled(on=["05/01/24"])
    assert raised.value.details["choices"] == ["YMD", "DMY", "MDY"]


def test_an_ambiguous_column_takes_the_order_of_a_clear_one_with_the_same_separator() -> None:
    assert _settled(on=["03/04/2026", "13/04/2026"], due=["03/05/2026"])["due"] == "DMY"
    with pytest.raises(TableError):
        _settled(on=["03/04/2026", "13/04/2026"], due=["03-05-2026"])
    with pytest.raises(TableError):
        _settled(on=["2026/04/13"], due=["03/05/2026"])
    with pytest.raises(TableError):
        _settled(on=["13/04/2026"], paid=["04/13/2026"], due=["03/05/2026"])


def test_an_override_decides_only_where_it_fits() -> None:
    orders = _settled("MDY", on=["2026-04-13"], due=["03/05/2026"], paid=["13/04/2026"])
    assert orders == {"on": "YMD", "due": "MDY", "paid": "DMY"}
    assert _settled("%d|%m|%Y", on=["13|04|2026"], due=["2026-04-13"]) == {"on": "%d|%m|%Y", "due": "YMD"}


@pytest.mark.parametrize(
    ("text", "declared"),
    [("DMY", "DMY"), ("mdy", "MDY"), ("dd/mm/yyyy", "DMY"), ("YYYY-MM-DD", "YMD"), ("%d.%m.%Y", "%d.%m.%Y")],
)
def test_declared_formats(text: str, declared: str) -> None:
    assert declared_format(text) == declared


@pytest.mark.parametrize("text", ["DDD", "YDM", "%Y-%m", "%q", "day month year", "", "%"])
def test_unusable_declared_formats(text: str) -> None:
    with pytest.raises(TableError) as raised:
        declared_format(text)
    assert raised.value.code == "date_format_invalid"

"""A report as a workbook: read back to the digit, sums and shares live, text unable to run."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from huikuan.reports.asking import Column, Kind, Question, Report, Result, Row
from huikuan.reports.output.as_csv import as_csv
from huikuan.reports.output.as_pdf import PAGE_WIDTH, SMALLEST, _millimetres, _parts, _table, as_pdf
from huikuan.reports.output.as_xlsx import as_xlsx
from huikuan.reports.output.heading import Heading

TAKEN = Heading("demo", "=HYPERLINK(1)公司", "@小王", datetime(2026, 7, 1, 8, tzinfo=UTC))
COLUMNS = (
    Column("code", "代码", Kind.TEXT),
    Column("name", "名称", Kind.TEXT),
    Column("owed", "应收", totalled=True),
    Column("late", "逾期", totalled=True),
    Column("share", "逾期率", Kind.PERCENT, formula="=ROUND({late}/{owed},4)"),
    Column("part", "占比", Kind.PERCENT, formula="=ROUND({owed}/{total:owed},4)"),
    Column("reach", "累计", Kind.PERCENT, formula="=ROUND({sum:owed}/{total:owed},4)"),
)


def read(question: Question) -> Result:
    raise AssertionError


REPORT = Report(name="r", title="表", definition="说明", read=read)


def row(level: int, key: str, owed: str, late: str, **values: Any) -> Row:
    owing, overdue = Decimal(owed), Decimal(late)
    share = (overdue / owing).quantize(Decimal("0.0001")) if owing else None
    said = {"code": key, "name": f"=客户{key}", "owed": owing, "late": overdue, "share": share}
    return Row(level, (key,), {**said, **values})


def result(rows: list[Row], total: Row | None) -> Result:
    question = Question(report="r", as_of=date(2026, 6, 30))
    return Result(question, "CNY", datetime(2026, 7, 1, tzinfo=UTC), COLUMNS, rows, total)


FLAT = result(
    [
        row(0, "A", "60.00", "30.00", part=Decimal("0.6"), reach=Decimal("0.6")),
        row(0, "B", "40.00", "0.00", part=Decimal("0.4"), reach=Decimal(1)),
    ],
    row(0, "合计", "100.00", "30.00"),
)
NESTED = result(
    [
        row(0, "甲", "60.00", "30.00"),
        row(1, "A", "50.00", "30.00"),
        row(1, "B", "10.00", "0.00"),
        row(0, "乙", "40.00", "0.00"),
        row(1, "C", "40.00", "0.00"),
    ],
    row(0, "合计", "100.00", "30.00"),
)
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheet_xml(content: bytes, number: int = 1) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return ElementTree.fromstring(package.read(f"xl/worksheets/sheet{number}.xml"))


def formulas(content: bytes) -> dict[str, tuple[str, str]]:
    """cell: (formula, value it carries)"""
    found = {}
    for cell in sheet_xml(content).iterfind(".//m:c", NAMES):
        formula = cell.find("m:f", NAMES)
        if formula is not None:
            value = cell.find("m:v", NAMES)
            found[cell.attrib["r"]] = (
                str(formula.text),
                f"{float(value.text or 0):g}" if value is not None else "",
            )
    return found


def rows_of(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def as_pdf_parts(table: Result) -> list[dict[str, Any]]:
    return _parts(_table(table), 2)


def test_figures_come_back_and_sums_are_live() -> None:
    content = as_xlsx(REPORT, FLAT, TAKEN)
    rows = rows_of(content)
    head = next(place for place, line in enumerate(rows) if line[0] == "代码")
    assert rows[head + 1][:6] == ["A", "=客户A", 60.0, 30.0, 0.5, 0.6]
    assert rows[head + 3][2:5] == [100.0, 30.0, 0.3]
    first, total = head + 2, head + 4  # rows of a sheet count from one
    found = formulas(content)
    assert found[f"C{total}"] == (f"SUBTOTAL(9,C{first}:C{total - 1})", "100")
    assert found[f"E{first}"] == (f"ROUND(D{first}/C{first},4)", "0.5")
    assert found[f"F{first}"] == (f"ROUND(C{first}/$C${total},4)", "0.6")
    assert found[f"G{first + 1}"] == (f"ROUND(SUM($C${first}:C{first + 1})/$C${total},4)", "1")
    assert found[f"E{total}"] == (f"ROUND(D{total}/C{total},4)", "0.3")
    assert not [cell for cell in found if cell[0] in "AB"]


def test_levels_are_outlined_and_their_sums_leave_each_other_out() -> None:
    content = as_xlsx(REPORT, NESTED, TAKEN)
    head = next(place for place, line in enumerate(rows_of(content)) if line[0] == "代码")
    top = head + 2
    found = formulas(content)
    assert found[f"C{top}"] == (f"SUBTOTAL(9,C{top + 1}:C{top + 2})", "60")
    assert found[f"C{top + 3}"] == (f"SUBTOTAL(9,C{top + 4}:C{top + 4})", "40")
    assert found[f"C{top + 5}"] == (f"SUBTOTAL(9,C{top}:C{top + 4})", "100")
    assert f"C{top + 1}" not in found
    levels = [each.attrib.get("outlineLevel", "0") for each in sheet_xml(content).iterfind(".//m:row", NAMES)]
    assert levels[-6:] == ["0", "1", "1", "0", "1", "0"]


def test_the_sheet_is_ready_to_print_and_says_what_it_is() -> None:
    content = as_xlsx(REPORT, FLAT, TAKEN)
    sheet = sheet_xml(content)
    page = sheet.find("m:pageSetup", NAMES)
    assert page is not None
    assert (page.attrib["paperSize"], page.attrib["orientation"]) == ("9", "landscape")
    pane = sheet.find(".//m:pane", NAMES)
    assert pane is not None
    assert pane.attrib["state"] == "frozen"
    texts = [str(line[0]) for line in rows_of(content)]
    assert texts[0] == "=HYPERLINK(1)公司 表"
    assert any("2026-06-30" in text and "2026-07-01" in text for text in texts)
    assert any("@小王" in text for text in texts)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        book = package.read("xl/workbook.xml").decode()
    assert "_xlnm.Print_Titles" in book


def test_long_names_and_amounts_have_room() -> None:
    long = "宁波市鄞州区远东国际精密机械制造与进出口贸易股份有限公司第三分公司"
    wide = result(
        [row(0, "A", "12345678901.25", "0"), row(0, "B", "1.00", "0")],
        row(0, "合计", "12345678902.25", "0"),
    )
    values = {**wide.rows[1].values, "name": long}
    sheet = sheet_xml(
        as_xlsx(REPORT, replace(wide, rows=(wide.rows[0], wide.rows[1]._replace(values=values))), TAKEN)
    )
    widths = [float(each.attrib["width"]) for each in sheet.iterfind(".//m:col", NAMES)]
    assert widths[1] >= 44
    assert widths[2] >= len("12,345,678,902.25")
    heights = [each.attrib.get("ht") for each in sheet.iterfind(".//m:row", NAMES)]
    assert heights[-3:] == [None, "30", None]
    footer = sheet.find(".//m:oddFooter", NAMES)
    # A size takes all digits behind it: the year would be a part of it.
    assert footer is not None and re.search(r"&8\D[^&]*2026-06-30", footer.text or "")


def test_texts_have_the_room_that_they_need_and_days_their_heads() -> None:
    columns = (Column("on", "日期", Kind.DATE), Column("number", "单据", Kind.TEXT), *COLUMNS[:2])
    lines = [
        Row(0, (), {"on": date(2026, 6, 1), "number": number, "code": "C1", "name": "客户"})
        for number in ("YS1", "INV-2026-06-000000012345", "X" * 60)
    ]
    content = as_xlsx(REPORT, replace(FLAT, columns=columns, rows=lines, total=None), TAKEN)
    widths = [float(each.attrib["width"]) for each in sheet_xml(content).iterfind(".//m:col", NAMES)]
    assert 32 <= widths[1] < 34 and widths[2] < 10


def test_amounts_too_long_for_a_number_are_text_and_nothing_sums_them() -> None:
    long = result(
        [row(0, "A", "12345678901234567.89", "0"), row(0, "B", "1.00", "0")], row(0, "合计", "1.00", "0")
    )
    content = as_xlsx(REPORT, long, TAKEN)
    assert any("12345678901234567.89" in map(str, line) for line in rows_of(content))
    assert not [cell for cell in formulas(content) if cell[0] == "C"]


def test_csv_keeps_text_from_running() -> None:
    text = as_csv(REPORT, FLAT, TAKEN).decode("utf-8-sig")
    assert "'=HYPERLINK(1)公司 表" in text
    assert "A,'=客户A,60.00,30.00,0.5000,0.6000,0.6000" in text


@pytest.mark.parametrize("found", [FLAT, NESTED, result([], None)])
def test_every_table_becomes_a_pdf(found: Result) -> None:
    assert as_pdf(REPORT, found, TAKEN).startswith(b"%PDF")


def test_noughts_behind_an_amount_need_no_digit() -> None:
    large = result([row(0, "A", "123456789012.3400", "0")], row(0, "合计", "123456789012.3400", "0"))
    content = as_xlsx(REPORT, large, TAKEN)
    head = next(place for place, line in enumerate(rows_of(content)) if line[0] == "代码")
    assert rows_of(content)[head + 1][2] == 123456789012.34


def test_a_workbook_was_made_when_it_was_taken_and_its_parts_are_of_no_day() -> None:
    content = as_xlsx(REPORT, FLAT, TAKEN)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}
        said = package.read("docProps/core.xml").decode()
    assert set(re.findall(r"20\d\d-[^<]*", said)) == {"2026-07-01T08:00:00Z"}


def test_heads_of_several_lines_have_room_and_wide_tables_go_on_on_pages_beside() -> None:
    figures = [Column(f"f{number}", f"Approved orders not delivered {number}") for number in range(30)]
    table = replace(FLAT, columns=(*COLUMNS[:2], *figures))
    content = as_xlsx(REPORT, table, TAKEN)
    head = next(place for place, line in enumerate(rows_of(content)) if line[0] == "代码")
    tall = {
        row.attrib["r"]: float(row.attrib.get("ht", 15))
        for row in sheet_xml(content).iterfind(".//m:row", NAMES)
    }
    assert tall[str(head + 1)] >= 45
    setup = sheet_xml(content).find("m:pageSetup", NAMES)
    assert setup is not None
    assert (setup.attrib["fitToWidth"], setup.attrib["fitToHeight"]) == ("2", "0")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert "$A:$B" in package.read("xl/workbook.xml").decode()
    narrow = sheet_xml(as_xlsx(REPORT, FLAT, TAKEN)).find("m:pageSetup", NAMES)
    assert narrow is not None and narrow.attrib.get("fitToWidth", "1") == "1"


def test_days_are_days_and_long_texts_go_on_in_a_line_below() -> None:
    columns = (*COLUMNS[:2], Column("on", "日期", Kind.DATE), Column("why", "原因", Kind.TEXT))
    rows = [
        row(
            0,
            "A",
            "1.00",
            "0.00",
            on=date(2026, 2, 28),
            why="停止付款并已起诉，查封的财产预计可清偿一半，" * 3,
        )
    ]
    content = as_xlsx(REPORT, replace(FLAT, columns=columns, rows=rows, total=None), TAKEN)
    head = next(place for place, line in enumerate(rows_of(content)) if line[0] == "代码")
    assert rows_of(content)[head + 1][2] == date(2026, 2, 28)
    tall = {
        each.attrib["r"]: each.attrib.get("ht") for each in sheet_xml(content).iterfind(".//m:row", NAMES)
    }
    assert float(tall[str(head + 2)] or 0) >= 60


def test_a_table_that_is_too_wide_for_a_page_is_set_in_parts_that_can_be_read() -> None:
    figures = [Column(f"f{number}", f"Approved orders not delivered {number}") for number in range(30)]
    values = {f"f{number}": Decimal("1234567.89") for number in range(30)}
    table = replace(
        FLAT, columns=(*COLUMNS[:2], *figures), rows=[row(0, "A", "1", "1", **values)], total=None
    )
    [whole] = as_pdf_parts(FLAT)
    assert "letters" in whole["columns"][0] and whole["title"] == ""
    parts = as_pdf_parts(table)
    assert [part["title"] for part in parts] == [
        f"{number} / {len(parts)}" for number in range(1, len(parts) + 1)
    ]
    assert len(parts) > 1
    shown = [column["label"] for part in parts for column in part["columns"][2:]]
    assert shown == [column.label for column in figures]
    for part in parts:
        assert [column["label"] for column in part["columns"][:2]] == ["代码", "名称"]
        assert {len(each["cells"]) for each in part["rows"]} == {len(part["columns"])}
        assert _millimetres(part["columns"], SMALLEST) <= PAGE_WIDTH

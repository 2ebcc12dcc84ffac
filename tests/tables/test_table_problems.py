import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import python_calamine

from huikuan.tables import MESSAGES, inspect, read, write_problems_xlsx
from huikuan.tables.problems import sentence

CONTENT = (
    "报表\n"
    "客户编码,客户名称,开票日期,金额\n"
    "C1,甲,2026-01-05,10\n"
    "=1+1,http://example.invalid,2026-02-30,x\n"
    "007,<b>乙</b>,,5\n"
)


def _written(path: Path) -> list[list[Any]]:
    layout = inspect(path, kind="invoices")
    problems = [problem for chunk in read(path, layout) for problem in chunk.problems]
    target = io.BytesIO()
    assert write_problems_xlsx(target, layout, problems) == 2
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    target.seek(0)
    return python_calamine.load_workbook(target).get_sheet_by_index(0).to_python()


def test_rows_come_back_with_line_and_reasons(text_file: Callable[..., Path]) -> None:
    rows = _written(text_file(CONTENT))
    assert rows[0] == ["客户编码", "客户名称", "开票日期", "金额", "原文件行号", "原因"]
    assert rows[1][:5] == ["=1+1", "http://example.invalid", "2026-02-30", "x", 4.0]
    assert rows[2][:5] == ["007", "<b>乙</b>", "", "5", 5.0]
    assert re.fullmatch("开票日期：.*日历上没有这一天；金额：.*", rows[1][5])
    assert rows[2][5].startswith("开票日期：")


def test_the_download_can_be_corrected_and_read_again(
    text_file: Callable[..., Path], load: Callable[..., Any], tmp_path: Path
) -> None:
    path = text_file(CONTENT)
    layout = inspect(path, kind="invoices")
    problems = [problem for chunk in read(path, layout) for problem in chunk.problems]
    write_problems_xlsx(tmp_path / "problems.xlsx", layout, problems)
    again = load(tmp_path / "problems.xlsx", "invoices")
    assert again.layout.mapping == layout.mapping
    assert [problem.code for problem in again.problems] == [problem.code for problem in problems]


def test_nothing_wrong_still_gives_a_sheet(text_file: Callable[..., Path]) -> None:
    path = text_file("客户编码,开票日期,金额\n")
    target = io.BytesIO()
    assert write_problems_xlsx(target, inspect(path, kind="invoices"), []) == 0
    target.seek(0)
    assert python_calamine.load_workbook(target).get_sheet_by_index(0).to_python()[0][0] == "客户编码"


def test_every_message_can_be_formed() -> None:
    details = dict.fromkeys(("value", "order", "amount", "net", "tax"), "x")
    numbers = dict.fromkeys(("decimals", "digits", "first", "last", "width", "length", "limit"), 4)
    for code in MESSAGES:
        assert re.fullmatch(r"[a-z_]+", code)
        assert "%" not in sentence(code, {**details, **numbers})

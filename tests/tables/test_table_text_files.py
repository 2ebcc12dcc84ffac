from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from huikuan.tables import TableError, inspect, read

HEADER = "客户名称,发票号,开票日期,金额"
ROWS = "".join(f"宁波永兴机械{n}有限公司,发票{n},2026-01-05,{n}.50\n" for n in range(1, 30))


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_encodings_are_recognised(load_text: Callable[..., Any], encoding: str, codec: str) -> None:
    loaded = load_text(f"{HEADER}\n{ROWS}", encoding=encoding)
    assert loaded.layout.encoding == codec
    assert loaded.columns["customer_name"][0] == "宁波永兴机械1有限公司"
    assert loaded.lines[0] == 2
    assert not loaded.problems


def test_big_endian_with_mark(load_text: Callable[..., Any]) -> None:
    content = b"\xfe\xff" + f"{HEADER}\n{ROWS}".encode("utf-16-be")
    assert load_text(content).columns["number"][0] == "发票1"


def test_a_short_chinese_file_in_gb18030(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户名称\n甲公司\n", "customers", encoding="gb18030")
    assert loaded.columns["customer_name"] == ["甲公司"]


def test_other_encodings_are_a_noticed_guess(load_text: Callable[..., Any]) -> None:
    content = "ID;Nome;Data;Valor\n" + "1;Serviços São João Ltda;2026-01-05;10,50\n" * 20
    mapping = {"customer_code": "ID", "customer_name": "Nome", "document_on": "Data", "amount": "Valor"}
    loaded = load_text(content, encoding="cp1252", mapping=mapping)
    assert loaded.columns["customer_name"][0] == "Serviços São João Ltda"
    assert loaded.columns["amount"][0] == Decimal("10.50")
    assert "encoding_guessed" in loaded.notices


def test_a_short_western_file(load_text: Callable[..., Any]) -> None:
    loaded = load_text("Name\nSociété Générale\n", "customers", encoding="cp1252")
    assert loaded.columns["customer_name"] == ["Société Générale"]


def test_big5_is_not_taken_for_gb18030(load_text: Callable[..., Any]) -> None:
    content = "客戶名稱,發票號碼,開票日期,金額\n" + "寧波機械貿易有限公司,發票1,2026-01-05,5\n" * 10
    loaded = load_text(content, encoding="big5")
    assert loaded.columns["customer_name"][0] == "寧波機械貿易有限公司"
    assert loaded.notices == ["encoding_guessed"]


def test_a_declared_encoding_wins(text_file: Callable[..., Path]) -> None:
    path = text_file(f"{HEADER}\n{ROWS}", encoding="gb18030")
    assert inspect(path, kind="invoices", encoding="GB2312").encoding == "gb18030"
    assert (
        inspect(text_file(f"{HEADER}\n", encoding="utf-8-sig"), kind="invoices", encoding="utf8").columns[0]
        == "客户名称"
    )


@pytest.mark.parametrize(
    ("encoding", "code"),
    [
        ("utf-8", "encoding_wrong"),
        ("klingon", "encoding_unknown"),
        ("base64", "encoding_unknown"),
        ("\0", "encoding_unknown"),
    ],
)
def test_declared_encodings_that_do_not_fit(text_file: Callable[..., Path], encoding: str, code: str) -> None:
    path = text_file(f"{HEADER}\n{ROWS}", encoding="gb18030")
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices", encoding=encoding)
    assert raised.value.code == code


def test_a_few_broken_characters_cost_only_their_rows(load_text: Callable[..., Any]) -> None:
    content = f"{HEADER}\n{ROWS}".encode().replace(
        "宁波永兴机械7".encode(), "宁波永兴机".encode()[:-1] + b"7"
    )
    loaded = load_text(content)
    assert loaded.codes == [(8, "text_damaged")]
    assert loaded.notices == ["text_damaged"]
    assert len(loaded.lines) == 28


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x1f", "，", "；"])
def test_delimiters_are_recognised(load_text: Callable[..., Any], delimiter: str) -> None:
    loaded = load_text(f"{HEADER}\n{ROWS}".replace(",", delimiter))
    assert loaded.layout.delimiter == delimiter
    assert loaded.columns["amount"][:2] == [Decimal("1.50"), Decimal("2.50")]


def test_decimal_commas_between_semicolons(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户编码;开票日期;金额\nC1;2026-01-05;1.234,50\nC2;2026-01-06;12,5\n")
    assert loaded.columns["amount"] == [Decimal("1234.50"), Decimal("12.5")]
    assert loaded.layout.decimal == {"amount": ","}


def test_commas_in_names_do_not_mislead(load_text: Callable[..., Any]) -> None:
    rows = "".join(f"a, b, c{n}|F{n}|2026-01-05|1,000.00\n" for n in range(9))
    loaded = load_text(f"客户名称|发票号|开票日期|金额\n{rows}")
    assert loaded.layout.delimiter == "|"
    assert loaded.columns["amount"][0] == Decimal(1000)


@pytest.mark.parametrize(
    ("declared", "delimiter"), [("tab", "\t"), ("\\t", "\t"), ("semicolon", ";"), (":", ":")]
)
def test_a_declared_delimiter_wins(load_text: Callable[..., Any], declared: str, delimiter: str) -> None:
    content = f"{HEADER}\n{ROWS}".replace(",", delimiter)
    assert load_text(content, delimiter=declared).columns["number"][0] == "发票1"


@pytest.mark.parametrize("declared", ["ab", "x", '"', "5", "\n", "."])
def test_declared_delimiters_that_cannot_be(text_file: Callable[..., Path], declared: str) -> None:
    with pytest.raises(TableError) as raised:
        inspect(text_file(f"{HEADER}\n{ROWS}"), kind="invoices", delimiter=declared)
    assert raised.value.code == "delimiter_invalid"


def test_a_single_column(load_text: Callable[..., Any]) -> None:
    assert load_text("客户名称\n甲\n乙\n", "customers").columns["customer_name"] == ["甲", "乙"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_row_counts_by_the_line_it_starts_on(load_text: Callable[..., Any], newline: str) -> None:
    lines = [
        "客户名称,发票号,开票日期,金额,备注",
        '甲,F1,2026-01-05,1,"一',
        '二"',
        "",
        '乙,F2,2026-01-05,2,"三',
        "",
        '四"',
        "丙,F3,2026-02-30,3,",
        "丁,F4,2026-01-05,4,",
    ]
    for chunk_rows in (1, 2, 5_000):
        loaded = load_text(newline.join(lines), chunk_rows=chunk_rows)
        assert loaded.lines == [2, 5, 9]
        assert loaded.columns["memo"] == ["一 二", "三 四", None]
        assert loaded.codes == [(8, "date_invalid")]
        assert loaded.layout.total_rows == 4


def test_a_header_over_two_lines(load_text: Callable[..., Any]) -> None:
    loaded = load_text('"客户\n名称",发票号,开票日期,金额\n甲,F1,2026-01-05,1\n')
    assert loaded.layout.columns[0] == "客户 名称"
    assert loaded.lines == [3]


def test_quotes_and_doubled_quotes(load_text: Callable[..., Any]) -> None:
    loaded = load_text('客户名称,开票日期,金额\n"甲""乙"", 公司", 2026-01-05, "1,000.50"\n')
    assert loaded.columns["customer_name"] == ['甲"乙", 公司']
    assert loaded.columns["amount"] == [Decimal("1000.50")]


def test_short_rows_blank_rows_and_rows_of_commas(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户名称,开票日期,金额,备注\n甲,2026-01-05,1\n\n,,,\n ,  ,,\n乙,2026-01-06,2,x,,\n")
    assert loaded.columns["customer_name"] == ["甲", "乙"]
    assert loaded.columns["memo"] == [None, "x"]
    assert loaded.lines == [2, 6]
    assert loaded.rejected == 0


def test_a_row_with_more_cells_than_the_header_is_rejected(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户名称,开票日期,金额\n甲,2026-01-05,1,234.50\n乙,2026-01-05,5\n")
    assert loaded.codes == [(2, "row_too_wide")]
    assert loaded.lines == [3]


def test_chunks_join_to_the_same_whole(load_text: Callable[..., Any], text_file: Callable[..., Path]) -> None:
    rows = "".join(
        f"C{n},2026-01-{n % 28 + 1:02},{n}\n" if n % 7 else f"C{n},x,{n}\n" for n in range(1, 5000)
    )
    path = text_file(f"客户编码,开票日期,金额\n{rows}")
    layout = inspect(path, kind="invoices")
    assert layout.total_rows == 4999
    whole = [(chunk.line, chunk.columns, chunk.problems) for chunk in read(path, layout, chunk_rows=10_000)]
    assert len(whole) == 1
    for size in (1, 999, 1000, 1001, 3000):
        lines: list[int] = []
        codes: list[str] = []
        problems: list[Any] = []
        for chunk in read(path, layout, chunk_rows=size):
            assert chunk.read <= size
            lines += chunk.line
            codes += chunk.columns["customer_code"]
            problems += chunk.problems
        assert (lines, codes, problems) == (whole[0][0], whole[0][1]["customer_code"], whole[0][2])


def test_a_header_without_rows_is_noticed(load_text: Callable[..., Any]) -> None:
    loaded = load_text(f"{HEADER}\n")
    assert loaded.layout.total_rows == 0
    assert loaded.notices == ["no_rows"]


def test_a_file_changed_after_inspection_is_refused(text_file: Callable[..., Path]) -> None:
    path = text_file(f"{HEADER}\n{ROWS}")
    layout = inspect(path, kind="invoices")
    path.write_text("x")
    with pytest.raises(TableError) as raised:
        list(read(path, layout))
    assert raised.value.code == "file_changed"


def test_the_layout_identifies_the_file(text_file: Callable[..., Path]) -> None:
    layout = inspect(text_file(f"{HEADER}\n"), kind="invoices")
    again = inspect(text_file(f"{HEADER}\n{ROWS}", name="b.csv"), kind="invoices")
    assert layout.header_signature == again.header_signature
    assert layout.file_sha256 != again.file_sha256
    assert len(layout.file_sha256) == 64

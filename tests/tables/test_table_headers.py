from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from huikuan.tables import KINDS, TableError, inspect, peek
from huikuan.tables.headers import column_letters, compact, recognise, signature


def _fields(kind: str, header: str) -> dict[str, str]:
    columns = header.split("|")
    found = recognise(KINDS[kind], columns)
    assert not found.open
    return {name: columns[index] for name, index in found.mapping.items()}


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("invoices", "客户编码|客户名称|发票号码|开票日期|到期日|价税合计|币种|业务员|产品名称|备注"),
        ("invoices", "客户代码|购方名称|单据编号|单据日期|应付日期|含税金额|币别|销售员|商品名称|备注"),
        (
            "invoices",
            "*客户编号|*客户名称（全称）|*发票号|发票日期|付款到期日|发票金额(元)|货币|客户经理|品名|附注",
        ),
        ("invoices", "客戶編號|客戶名稱|發票號碼|開票日期|到期日|含稅金額|幣別|業務員|產品名稱|備註"),
        (
            "invoices",
            "customerID|customer_name|Invoice No.|InvoiceDate|due_date|Total Amount|Currency|SalesRep|item|Remarks",
        ),
        (
            "invoices",
            "CUST NO|Cust Name|Invoice #|Doc Date|DueDate|Gross Amount|CURR|Salesperson|Product|Memo",
        ),
        (
            "invoices",
            "ＣＵＳＴＯＭＥＲ ＩＤ|客 户 名 称|发票号：|开票日期\n|到期日期|金额（元）|币种|销售|产品|说明",
        ),
    ],
)
def test_invoice_headers(kind: str, header: str) -> None:
    order = [
        "customer_code",
        "customer_name",
        "number",
        "document_on",
        "due_on",
        "amount",
        "currency",
        "salesperson",
        "product",
        "memo",
    ]
    assert _fields(kind, header) == dict(zip(order, header.split("|"), strict=True))


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        (
            "invoices",
            "客户|发票号|日期|金额|税额|价税合计",
            {"net": "金额", "tax": "税额", "amount": "价税合计"},
        ),
        ("invoices", "客户|发票号|日期|金额|税率|税额", {"net": "金额", "tax": "税额"}),
        ("invoices", "客户|发票号|日期|金额", {"amount": "金额"}),
        ("invoices", "Customer|Date|Amount|Tax|Total", {"net": "Amount", "tax": "Tax", "amount": "Total"}),
        ("invoices", "Customer|Date|Amount|Tax", {"amount": "Amount", "tax": "Tax"}),
        (
            "invoices",
            "客户|日期|金额（不含税）|税额|金额（含税）",
            {"net": "金额（不含税）", "amount": "金额（含税）"},
        ),
        ("invoices", "客户|日期|金额|收款日期|收款金额", {"paid_on": "收款日期", "paid_amount": "收款金额"}),
        ("invoices", "日期|单据日期|客户|金额", {"document_on": "单据日期"}),
        ("invoices", "对方客户名称|开票日期|金额", {"customer_name": "对方客户名称"}),
        ("invoices", "客户名称|原发票号码|发票号码|开票日期|金额", {"number": "发票号码"}),
        (
            "receipts",
            "交易日期|收入金额|对方户名|对方账号|交易流水号|附言|备注",
            {
                "received_on": "交易日期",
                "amount": "收入金额",
                "payer_name": "对方户名",
                "payer_account": "对方账号",
                "number": "交易流水号",
                "reference": "附言",
                "memo": "备注",
            },
        ),
        (
            "receipts",
            "Receipt No|Receipt Date|Customer ID|Amount Received|Payer|Reference",
            {
                "number": "Receipt No",
                "received_on": "Receipt Date",
                "customer_code": "Customer ID",
                "amount": "Amount Received",
                "payer_name": "Payer",
                "reference": "Reference",
            },
        ),
        (
            "allocations",
            "发票号|收款单号|核销金额|核销日期",
            {"invoice": "发票号", "receipt": "收款单号", "amount": "核销金额", "on": "核销日期"},
        ),
        (
            "allocations",
            "invoice|receipt|amount|on",
            {"invoice": "invoice", "receipt": "receipt", "amount": "amount", "on": "on"},
        ),
        (
            "customers",
            "客户编码|客户名称|曾用名|统一社会信用代码|区域|所属行业|企业规模|客户等级|业务员|账期（天）|上级客户编码"
            "|联系人|联系电话|邮箱",
            {
                "customer_code": "客户编码",
                "customer_name": "客户名称",
                "former_names": "曾用名",
                "uscc": "统一社会信用代码",
                "region": "区域",
                "sector": "所属行业",
                "size": "企业规模",
                "segment": "客户等级",
                "salesperson": "业务员",
                "terms": "账期（天）",
                "parent_code": "上级客户编码",
                "contact_name": "联系人",
                "contact_phone": "联系电话",
                "contact_email": "邮箱",
            },
        ),
        (
            "customers",
            "Code|Name|Tax ID|Region|Industry|Payment Terms|Contact|Phone|E-mail",
            {
                "customer_code": "Code",
                "customer_name": "Name",
                "uscc": "Tax ID",
                "region": "Region",
                "sector": "Industry",
                "terms": "Payment Terms",
                "contact_name": "Contact",
                "contact_phone": "Phone",
                "contact_email": "E-mail",
            },
        ),
    ],
)
def test_what_headers_mean(kind: str, header: str, expected: dict[str, str]) -> None:
    found = _fields(kind, header)
    assert {name: found.get(name) for name in expected} == expected
    if kind == "customers":
        assert found == expected


@pytest.mark.parametrize(
    "header", ["税率", "DaysToSettle", "序号", "单位", "规格型号", "未回款金额", "原发票号码", "countryCode"]
)
def test_headers_that_mean_nothing_here(header: str) -> None:
    found = recognise(KINDS["invoices"], [header])
    assert not found.mapping
    assert not found.open


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_header_means_two_fields_and_all_are_compact(kind: Any) -> None:
    seen: dict[str, str] = {}
    for field in kind.fields:
        for word in (*field.strong, *field.weak):
            assert word == compact(word)
            assert seen.setdefault(word, field.name) == field.name
        assert not set(field.strong) & set(field.weak)
        assert compact(field.name) in field.strong


HEADER = "客户编码,发票号,开票日期,金额"
ROW = "C1,F1,2026-01-05,10"


def test_two_columns_for_one_field_are_asked_for(text_file: Callable[..., Path]) -> None:
    path = text_file("客户编码,客户代码,开票日期,金额\nC1,D1,2026-01-05,10\n")
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices")
    error = raised.value
    assert error.code == "field_ambiguous"
    assert error.details["candidates"] == {"customer_code": [0, 1]}
    assert "客户编码（A）、客户代码（B）" in error.message
    assert inspect(path, kind="invoices", mapping={"customer_code": "客户代码"}).mapping["customer_code"] == 1
    left_out = inspect(path, kind="invoices", mapping={"customer_code": "B", "number": "客户编码"})
    assert left_out.mapping == {"customer_code": 1, "number": 0, "document_on": 2, "amount": 3}


def test_a_header_that_occurs_twice_needs_its_place(text_file: Callable[..., Path]) -> None:
    path = text_file("客户编码,开票日期,金额,金额\nC1,2026-01-05,10,20\n")
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices", mapping={"amount": "金额"})
    assert raised.value.code == "field_ambiguous"
    for place in ("4", "D", "d"):
        assert inspect(path, kind="invoices", mapping={"amount": place}).mapping["amount"] == 3


def test_a_header_text_wins_over_a_number(text_file: Callable[..., Path]) -> None:
    path = text_file("2,甲,b,乙\nC1,2026-01-05,10,x\n")
    mapping = {"customer_code": "2", "document_on": "甲", "amount": "B"}
    assert inspect(path, kind="invoices", mapping=mapping).mapping == {
        "customer_code": 0,
        "document_on": 1,
        "amount": 2,
    }


def test_missing_fields_are_named_with_the_columns_there_are(text_file: Callable[..., Path]) -> None:
    path = text_file("客户编码,甲,乙\nC1,2026-01-05,10\n")
    with pytest.raises(TableError) as raised:
        inspect(path, kind="invoices")
    error = raised.value
    assert error.code == "field_missing"
    assert error.details["missing"] == ["amount", "document_on", "net", "tax"]
    assert error.details["columns"] == ["客户编码", "甲", "乙"]
    assert error.details["header_row"] == 1
    assert "开票日期（document_on）" in error.message
    assert "客户编码、甲、乙" in error.message
    assert error.details["header_signature"] == signature(["客户编码", "甲", "乙"])


def test_an_unknown_header(text_file: Callable[..., Path]) -> None:
    with pytest.raises(TableError) as raised:
        inspect(text_file("x,y,z\n1,2,3\n"), kind="invoices")
    assert raised.value.code == "header_missing"
    assert raised.value.details["columns"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"amnt": "金额"}, "field_unknown"),
        ({"amount": "总价"}, "column_unknown"),
        ({"amount": "9"}, "column_unknown"),
    ],
)
def test_wrong_mappings(text_file: Callable[..., Path], mapping: dict[str, str], code: str) -> None:
    with pytest.raises(TableError) as raised:
        inspect(text_file(f"{HEADER}\n{ROW}\n"), kind="invoices", mapping=mapping)
    assert raised.value.code == code


def test_a_field_can_be_left_out(text_file: Callable[..., Path]) -> None:
    layout = inspect(text_file(f"{HEADER}\n{ROW}\n"), kind="invoices", mapping={"number": ""})
    assert "number" not in layout.mapping


def test_an_unnamed_index_column(load_text: Callable[..., Any]) -> None:
    loaded = load_text(f",{HEADER}\n0,{ROW}\n1,{ROW}\n")
    assert loaded.columns["customer_code"] == ["C1", "C1"]
    assert loaded.layout.columns[0] == ""


def test_a_file_without_a_header_is_mapped_by_place(load_text: Callable[..., Any]) -> None:
    loaded = load_text(
        f"{ROW}\n{ROW}\n", mapping={"customer_code": "1", "number": "B", "document_on": "3", "amount": "4"}
    )
    assert loaded.layout.header_row == 0
    assert loaded.layout.columns == ("A", "B", "C", "D")
    assert loaded.lines == [1, 2]
    assert loaded.columns["number"] == ["F1", "F1"]


@pytest.mark.parametrize(
    "preamble",
    [
        "应收账款明细表\n\n",
        "导出信息：张三,2026-01-31\n导出时间：2026-01-31\n\n",
        "报表\n单位：元\n制表人,李四,,\n",
        "说明：金额为含税金额\n",
        ",,,\n\n\n,,,\n",
    ],
)
def test_lines_before_the_header_are_skipped(load_text: Callable[..., Any], preamble: str) -> None:
    loaded = load_text(f"{preamble}{HEADER}\n{ROW}\n")
    header = preamble.count("\n") + 1
    assert loaded.layout.header_row == header
    assert loaded.lines == [header + 1]
    assert loaded.columns["customer_code"] == ["C1"]


@pytest.mark.parametrize(
    "content",
    [
        "客户编码,开票日期,金额（万元）\nC1,2026-01-05,10\n",
        "客户编码,开票日期,含税金额(千元)\nC1,2026-01-05,10\n",
        "单位：万元\n客户编码,开票日期,金额\nC1,2026-01-05,10\n",
        "Customer ID,Date,Amount (k)\nC1,2026-01-05,10\n",
    ],
)
def test_amounts_in_large_units_are_refused(text_file: Callable[..., Path], content: str) -> None:
    with pytest.raises(TableError) as raised:
        inspect(text_file(content), kind="invoices")
    assert raised.value.code == "amount_unit"


@pytest.mark.parametrize(
    ("header", "amount", "currency"),
    [
        ("金额(USD)", "5", "USD"),
        ("金额（美元）", "5", "USD"),
        ("金额（元）", "5", "CNY"),
        ("金额", "$5", "USD"),
        ("金额(JPY)", "¥5", "JPY"),
        ("金额（港币）", "$5", "HKD"),
        ("金额（美元）", "5元", "USD"),
        ("金额（大写）", "5", None),
        ("金额", "5", None),
    ],
)
def test_the_currency_that_amounts_show(
    text_file: Callable[..., Path], header: str, amount: str, currency: str | None
) -> None:
    path = text_file(f"客户编码,开票日期,{header}\nC1,2026-01-05,{amount}\n")
    assert inspect(path, kind="invoices").currency == currency


def test_amounts_in_mixed_currencies_need_a_currency_column(text_file: Callable[..., Path]) -> None:
    with pytest.raises(TableError) as raised:
        inspect(text_file("客户编码,开票日期,金额\nC1,2026-01-05,$5\nC1,2026-01-05,€5\n"), kind="invoices")
    assert raised.value.code == "currency_mixed"


def test_the_signature_ignores_how_headers_are_spelled() -> None:
    assert signature(["Invoice No", "金额(元)"]) == signature(["invoice_no", "金额（元）"])
    assert signature(["a", "b"]) != signature(["b", "a"])


def test_peek_shows_what_a_person_needs_for_mapping(text_file: Callable[..., Path]) -> None:
    seen = peek(text_file("报表\n客户编码,客户代码,甲,乙\nC1,D1,2026-01-05,10\n"), kind="invoices")
    assert seen.columns == ("客户编码", "客户代码", "甲", "乙")
    assert (seen.header_row, seen.mapping, seen.unclear) == (2, {}, {"customer_code": [0, 1]})
    assert seen.missing == ["amount", "document_on", "net", "tax"]
    assert seen.sample == [["C1", "D1", "2026-01-05", "10"]]


def test_column_letters() -> None:
    assert [column_letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]

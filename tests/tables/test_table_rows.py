from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

D = Decimal


@pytest.mark.parametrize(
    ("header", "row", "triple"),
    [
        ("含税金额", "113", ("113", "113", "0")),
        ("含税金额,税额", "113,13", ("113", "100", "13")),
        ("含税金额,税额", "113,", ("113", "113", "0")),
        ("不含税金额,税额", "100,13", ("113", "100", "13")),
        ("含税金额,不含税金额", "113,100", ("113", "100", "13")),
        ("含税金额,不含税金额,税额", "113.00,100,13", ("113", "100", "13")),
        ("含税金额,不含税金额,税额", "113,,13", ("113", "100", "13")),
        ("含税金额,不含税金额,税额", ",100,13", ("113", "100", "13")),
        ("含税金额,不含税金额,税额", "113,,", ("113", "113", "0")),
        ("金额,税额", "-100,-13", ("-113", "-100", "-13")),
        ("含税金额", "0", ("0", "0", "0")),
    ],
)
def test_amount_net_and_tax_complete_each_other(
    load_text: Callable[..., Any], header: str, row: str, triple: tuple[str, str, str]
) -> None:
    loaded = load_text(f"客户编码,开票日期,{header}\nC1,2026-01-05,{row}\n")
    found = tuple(loaded.columns[name][0] for name in ("amount", "net", "tax"))
    assert found == tuple(map(D, triple))
    assert all(type(value) is Decimal for value in found)


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        ("含税金额", "", "amount_missing"),
        ("含税金额,税额", ",13", "amount_missing"),
        ("不含税金额,税额", "100,", "amount_missing"),
        ("含税金额,不含税金额,税额", "113,100,13.01", "tax_mismatch"),
    ],
)
def test_amounts_that_do_not_tell(load_text: Callable[..., Any], header: str, row: str, code: str) -> None:
    loaded = load_text(f"客户编码,开票日期,{header}\nC1,2026-01-05,{row}\n")
    assert loaded.codes == [(2, code)]
    assert loaded.lines == []


def test_a_rejected_row_has_all_its_problems(load_text: Callable[..., Any]) -> None:
    loaded = load_text(
        "客户编码,发票号,开票日期,到期日,金额,币种\n"
        "C1,F1,2026-01-05,2026-02-05,10,CNY\n"
        ",1.2E+17,2026-02-30,soon,NaN,XXQ\n"
        "C3,F3,2026-01-07,,30,\n"
    )
    assert {row for row, _code in loaded.codes} == {3}
    assert sorted(code for _row, code in loaded.codes) == [
        "amount_unreadable",
        "currency_unknown",
        "customer_missing",
        "date_invalid",
        "date_unreadable",
        "identifier_scientific",
    ]
    assert loaded.rejected == 1
    assert loaded.lines == [2, 4]
    assert loaded.columns["due_on"] == [date(2026, 2, 5), None]
    assert all(
        problem.raw == ["", "1.2E+17", "2026-02-30", "soon", "NaN", "XXQ"] for problem in loaded.problems
    )
    assert {problem.column for problem in loaded.problems} == {
        "客户编码",
        "发票号",
        "开票日期",
        "到期日",
        "金额",
        "币种",
    }
    assert all("%" not in problem.message and problem.message for problem in loaded.problems)


@pytest.mark.parametrize(
    ("kind", "content", "codes"),
    [
        ("invoices", "客户编码,客户名称,开票日期,金额\n,,2026-01-05,1\n", ["customer_missing"]),
        ("invoices", "客户编码,客户名称,开票日期,金额\n,甲,2026-01-05,1\n", []),
        ("invoices", "客户编码,开票日期,金额\nC1,,1\n", ["date_missing"]),
        ("receipts", "付款人,收款日期,金额\n,2026-01-05,1\n", ["customer_missing"]),
        ("receipts", "付款人,收款日期,金额\n甲,,\n", ["date_missing", "amount_missing"]),
        ("receipts", "付款人,客户编码,收款日期,金额\n,C1,2026-01-05,0\n", []),
        (
            "allocations",
            "发票号,收款单号,核销金额,核销日期\n,,,x\n",
            ["date_unreadable", "invoice_missing", "receipt_missing", "amount_missing"],
        ),
        ("allocations", "发票号,收款单号,核销金额,核销日期\nF1,R1,5,2026-01-05\n", []),
        ("customers", "客户编码,客户名称,地区\n,,浙江\nC1,,浙江\n", ["customer_missing"]),
    ],
)
def test_what_every_row_must_tell(
    load_text: Callable[..., Any], kind: str, content: str, codes: list[str]
) -> None:
    assert [code for _row, code in load_text(content, kind).codes] == codes


@pytest.mark.parametrize("word", ["合计", "总 计", "小计：", "Total", "Grand Total", "本页合计"])
def test_a_total_at_the_foot_is_one_problem(load_text: Callable[..., Any], word: str) -> None:
    loaded = load_text(f"客户编码,发票号,开票日期,金额\nC1,F1,2026-01-05,10\n{word},,,10\n")
    assert loaded.codes == [(3, "total_row")]
    assert loaded.problems[0].column == ""


def test_a_customer_may_be_called_total(load_text: Callable[..., Any]) -> None:
    assert load_text("客户名称,开票日期,金额\nTotal Energies,2026-01-05,10\n").rejected == 0


def test_every_field_of_the_kind_is_there(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户名称,开票日期,金额\n甲,2026-01-05,10\n")
    assert list(loaded.columns) == [
        "customer_code",
        "customer_name",
        "number",
        "document_on",
        "due_on",
        "amount",
        "net",
        "tax",
        "currency",
        "paid_on",
        "paid_amount",
        "salesperson",
        "product",
        "memo",
    ]
    assert loaded.columns["due_on"] == [None]


def test_an_unreadable_part_is_the_only_complaint_about_amounts(load_text: Callable[..., Any]) -> None:
    loaded = load_text("客户编码,开票日期,含税金额,不含税金额,税额\nC1,2026-01-05,113,x,13\n")
    assert loaded.codes == [(2, "amount_unreadable")]


def test_the_bad_rows_of_later_blocks_are_found_too(load_text: Callable[..., Any]) -> None:
    rows = [f"C{n},2026-01-05,{n}" for n in range(2, 2600)]
    rows[0], rows[1500], rows[2597] = "C2,2026-01-05,x", "C1502,x,1502", "C2599,,2599"
    loaded = load_text("客户编码,开票日期,金额\n" + "\n".join(rows))
    assert loaded.codes == [(2, "amount_unreadable"), (1502, "date_unreadable"), (2599, "date_missing")]
    assert sum(loaded.columns["amount"]) == sum(range(2, 2600)) - 2 - 1502 - 2599


def test_receipts_and_customers_come_out_typed(load_text: Callable[..., Any]) -> None:
    receipts = load_text(
        '收款日期,收款金额,付款人,付款账号,附言,币种\n2026/1/5,"1,000",甲公司,6222021234567890123,货款,人民币\n',
        "receipts",
    ).columns
    assert receipts["received_on"] == [date(2026, 1, 5)]
    assert receipts["amount"] == [D(1000)]
    assert receipts["payer_account"] == ["6222021234567890123"]
    assert receipts["currency"] == ["CNY"]
    customers = load_text("编码,名称,税号,电话\n001,甲,91330200MA2AE12345,13800138000\n", "customers").columns
    assert (customers["customer_code"], customers["uscc"]) == (["001"], ["91330200MA2AE12345"])
    assert customers["contact_phone"] == ["13800138000"]

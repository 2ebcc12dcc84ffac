"""Exports of banks and wallets as tables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.reading import read_statements
from tests.cash.formats.files import CCB, workbook, written


def amounts(path: Path, **options: object) -> list[tuple[Decimal, str]]:
    found = read_statements(path, **options)  # type: ignore[arg-type]
    return [(line.amount, line.kind) for statement in found for line in statement.lines]


def test_debit_and_credit_columns_with_balances(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.csv", CCB, "gb18030"))
    assert (statement.format, statement.account, statement.currency) == ("ccb", "6222020000012345", "CNY")
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("2500.00"))
    assert [(line.amount, line.kind, line.reference) for line in statement.lines] == [
        (Decimal("1500.00"), "transfer", "101-1"),
        (Decimal("-10.00"), "fee", "101-2"),
        (Decimal("10.00"), "return", "102-1"),
    ]
    assert statement.lines[0].counterparty_account == "31001234567890"
    assert statement.lines[0].booked_on == date(2026, 3, 2)


ICBC = """[HISTORYDETAIL]
查询账号：6222 0200 0001 2345,币种：人民币,起始日期：2026-03-01 截止日期：2026-03-31

凭证号,本方账号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,对方行号,摘要,用途,对方单位名称,余额
0,6222020000012345,31001234567890,2026-03-05,贷,,100.00,102,,货款　INV-1,甲公司,300.00
0,6222020000012345,31001234567890,2026-03-04,贷,,100.00,102,,货款　INV-1,甲公司,200.00
合计,,,,,,200.00,,,,,
"""
ABC = """账号：6222020000012345,币种：人民币
交易时间,收入金额,支出金额,账户余额,交易行名,对方省市,对方账号,对方户名,交易用途
2026-03-05 09:00:00,100.00,,300.00,北京分行,上海,31001234567890,甲公司,货款
2026-03-05 10:00:00,,--,300.00,北京分行,上海,,,查询
"""
BOC = """交易类型[ Transaction Type ],付款人账号[ Debit Account No. ],付款人名称[ Payer's Name ],收款人账号[ Payee's Account Number ],收款人名称[ Payee's Name ],交易日期[ Transaction Date ],交易货币[ Trade Currency ],交易金额[ Trade Amount ],交易后余额[ After-transaction balance ],交易流水号[ Transaction reference number ],交易附言[ Remark ]
来账,31001234567890,甲公司,6222020000012345,我司,20260305,CNY,100.00,300.00,R1,INV-1
往账,6222020000012345,我司,31009999999999,乙公司,20260305,CNY,-40.00,260.00,R2,采购
"""
BOCOM = """交通银行对账单
记账日期,摘要,借贷标志,发生额,余额,对方账号,对方户名
2026-03-05,货款,贷,100.00,300.00,31001234567890,甲公司
2026-03-05,采购,借,40.00,260.00,31009999999999,乙公司
2026-03-06,采购冲正,借,-40.00,300.00,31009999999999,乙公司
"""
CMB = """账号,账号名称,币种,交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,收(付)方名称,收(付)方帐号,收(付)方开户行名,冲账标志
6222020000012345,我司,人民币,20260305,093000,20260305,汇入,,100.00,300.00,货款,K1,甲公司,31001234567890,工行,
6222020000012345,我司,人民币,20260306,093000,20260306,汇入,100.00,,200.00,退,K2,甲公司,31001234567890,工行,*
"""
CITIC = """中信银行
交易日期,借方发生额,贷方发生额,账户余额,对方账号,对方账户名称,摘要
2026/03/05,,"1,000.00","1,300.00",31001234567890,甲公司,货款
2026/03/06,8.00,,"1,292.00",,,手续费
"""
SPDB = """浦发银行 账号:6222020000012345
交易日期;交易流水号;借方金额;贷方金额;余额;对手账号;对手户名;摘要
20260305;S1;;1.000,50;1.300,50;31001234567890;甲公司;货款
20260306;S2;300,00;;1.000,50;31001234567890;甲公司;货款
"""


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (ICBC, "icbc", [("100.00", "transfer"), ("100.00", "transfer")]),
        (ABC, "abc", [("100.00", "transfer")]),
        (BOC, "boc", [("100.00", "transfer"), ("-40.00", "transfer")]),
        (BOCOM, "bocom", [("100.00", "transfer"), ("-40.00", "transfer"), ("40.00", "return")]),
        (CMB, "cmb", [("100.00", "transfer"), ("-100.00", "return")]),
        (CITIC, "citic", [("1000.00", "transfer"), ("-8.00", "fee")]),
        (SPDB, "spdb", [("1000.50", "transfer"), ("-300.00", "transfer")]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_banks_by_their_headers(
    tmp_path: Path, text: str, name: str, expected: list[tuple[str, str]], encoding: str
) -> None:
    path = written(tmp_path, "a.csv", text, encoding)
    [statement] = read_statements(path)
    assert statement.format == name
    assert statement.currency == "CNY"
    assert [(line.amount, line.kind) for line in statement.lines] == [
        (Decimal(amount), kind) for amount, kind in expected
    ]
    assert statement.opening is not None
    assert statement.closing is not None
    assert statement.lines[0].counterparty == "甲公司"


def test_newest_first_opens_with_its_last_row(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.csv", ICBC))
    assert (statement.opening, statement.closing) == (Decimal("100.00"), Decimal("300.00"))
    assert (statement.starts_on, statement.ends_on) == (date(2026, 3, 1), date(2026, 3, 31))
    assert statement.lines[0].text == "货款 INV-1"


def test_workbook_with_typed_cells(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["某银行流水"],
        ["日　期", "收入", "支出", "余额", "对方户名", "摘要"],
        ["2026-03-05", 100.5, "", 300.5, "甲公司", "货款"],
        ["2026-03-06", "", 0.5, 300, "", "手续费"],
    ]
    assert amounts(workbook(tmp_path, "a.xlsx", rows)) == [
        (Decimal("100.5"), "transfer"),
        (Decimal("-0.5"), "fee"),
    ]


def test_several_accounts_in_one_file_are_several_statements(tmp_path: Path) -> None:
    text = CCB + CCB.splitlines()[1].replace("6222020000012345", "6222020000099999") + "\n"
    found = read_statements(written(tmp_path, "a.csv", text))
    assert [(s.account[-5:], len(s.lines)) for s in found] == [("12345", 3), ("99999", 1)]


def test_columns_that_a_person_named(tmp_path: Path) -> None:
    text = 'Wann,Wieviel,Wer\n05.03.2026,"100,50",Alpha\n'
    path = written(tmp_path, "a.csv", text)
    with pytest.raises(StatementUnreadable):
        read_statements(path)
    mapping = {"day": "Wann", "amount": "B", "counterparty": "Wer"}
    [statement] = read_statements(path, mapping=mapping, date_order="DMY")
    assert (statement.format, statement.lines[0].amount, statement.lines[0].counterparty) == (
        "table",
        Decimal("100.50"),
        "Alpha",
    )


ALIPAY = """支付宝账户：money@example.com
起始时间：[2026-03-01 00:00:00]    终止时间：[2026-03-31 23:59:59]
交易时间 ,交易分类 ,交易对方 ,对方账号 ,商品说明 ,收/支 ,金额 ,收/付款方式 ,交易状态 ,交易订单号 ,商家订单号 ,备注 ,
2026-03-05 09:00:00 ,转账 ,甲公司 ,a@example.com ,货款 ,收入 ,100.00 ,余额 ,交易成功 ,T1\t,\t, ,
2026-03-05 10:00:00 ,退款 ,乙公司 ,/ ,退款-货 ,不计收支 ,30.00 ,余额 ,退款成功 ,T2\t,\t, ,
2026-03-05 11:00:00 ,理财 ,丙公司 ,/ ,基金 ,不计收支 ,50.00 ,余额宝 ,交易成功 ,T3\t,\t, ,
2026-03-05 12:00:00 ,购物 ,丁公司 ,/ ,货 ,支出 ,20.00 ,余额 ,交易关闭 ,T4\t,\t, ,
"""


def test_alipay_leaves_out_what_moved_nothing_and_says_so(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.csv", ALIPAY, "gb18030"))
    assert (statement.format, statement.account) == ("alipay", "money@example.com")
    assert [(line.amount, line.reference) for line in statement.lines] == [
        (Decimal("100.00"), "T1"),
        (Decimal("30.00"), "T2"),
    ]
    assert "2" in statement.notices[0]
    assert (statement.starts_on, statement.ends_on) == (date(2026, 3, 1), date(2026, 3, 31))


MERCHANT = """交易时间,公众账号ID,商户号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,微信退款单号,退款金额,商品名称,手续费
`2026-03-05 09:00:00,`wx1,`1900000001,`W1,`M1,`u1,`NATIVE,`SUCCESS,`ICBC,`CNY,`100.00,`0,`0.00,`货,`0.60000
`2026-03-06 09:00:00,`wx1,`1900000001,`W1,`M1,`u1,`NATIVE,`REFUND,`ICBC,`CNY,`0.00,`R1,`40.00,`货,`-0.24
总交易单数,应结订单总金额,退款总金额,手续费总金额
`2,`100.00,`40.00,`0.36
"""


def test_wechat_merchant_bill_separates_fees_and_refunds(tmp_path: Path) -> None:
    assert amounts(written(tmp_path, "a.csv", MERCHANT)) == [
        (Decimal("100.00"), "transfer"),
        (Decimal("-0.60"), "fee"),
        (Decimal("-40.00"), "return"),
        (Decimal("0.24"), "fee"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ('"1,500.00"', "1500.00001", 2),
        ('"1,500.00"', "一千五", 2),
        ("20260302,货款", "20260230,货款", 2),
        ("20260302,手续费", ",手续费", 3),
        ("10.00,0.00", "10.00,5.00", 3),
        ("人民币元,,,,20260303", "甲元,,,,20260303", 4),
    ],
)
def test_rows_that_cannot_be_read_are_named(tmp_path: Path, before: str, after: str, row: int) -> None:
    assert before in CCB
    with pytest.raises(StatementUnreadable) as caught:
        read_statements(written(tmp_path, "a.csv", CCB.replace(before, after, 1)))
    assert caught.value.row == row


def test_a_missing_row_shows_in_the_balances(tmp_path: Path) -> None:
    lines = CCB.splitlines()
    text = "\n".join([*lines[:2], lines[3].replace("2,500.00", "2,480.00").replace("-10.00", "10.00")])
    [statement] = read_statements(written(tmp_path, "a.csv", text))
    assert statement.opening is None
    assert "3" in statement.notices[0]


def test_half_a_character_at_the_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CCB.encode("gb18030").replace("手续费冲正".encode("gb18030"), b"\xca\xd6\xd0\xff\xff"))
    with pytest.raises(StatementUnreadable):
        read_statements(path)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatementUnreadable):
        read_statements(written(tmp_path, "a.csv", CCB.splitlines()[0] + "\n"))


def test_dates_that_fit_two_orders_are_not_guessed(tmp_path: Path) -> None:
    text = "Date,Amount,Description\n03/04/2026,10.00,x\n05/04/2026,10.00,x\n"
    with pytest.raises(StatementUnreadable):
        read_statements(written(tmp_path, "a.csv", text))


def test_day_of_a_workbook_may_be_a_date(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "d.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["交易日期", "金额", "摘要"])
    sheet.write_datetime(1, 0, datetime(2026, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(1, 1, [12.34, "货款"])
    book.close()
    [statement] = read_statements(path)
    assert statement.lines[0].booked_on == date(2026, 3, 5)

"""What an answer seems to promise: days and amounts in the ways people write them, never what it quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from huikuan.collection.said import Said, own_words, said_in

ON = date(2026, 11, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "day", "amount"),
    [
        ("下周五付款。", "2026-11-27", None),
        ("这周五先付 5 万，其余下周", "2026-11-20", "50000"),
        ("周一付", "2026-11-23", None),
        ("我司将于2026年12月5日支付货款120,000.00元", "2026-12-05", "120000.00"),
        ("12月5日付清", "2026-12-05", None),
        ("1月8号安排", "2027-01-08", None),
        ("月底前付一半，30000元", "2026-11-30", "30000"),
        ("下个月底", "2026-12-31", None),
        ("下月10号", "2026-12-10", None),
        ("明天打款 ¥800", "2026-11-19", "800"),
        ("We will transfer RMB 12,500.50 by 5 December", "2026-12-05", "12500.50"),
        ("Payment on Dec 3rd", "2026-12-03", None),
        ("已收到，谢谢", None, None),
        ("10月5日已经付了", None, None),
        ("2月30日付", None, None),
        ("发票号 20260001 对吗", None, None),
        ("2025-12-01 的单子有问题", None, None),
        ("12月底付", "2026-12-31", None),
    ],
)
def test_days_and_amounts(text: str, day: str | None, amount: str | None) -> None:
    expected = Said(date.fromisoformat(day) if day else None, Decimal(amount) if amount else None)
    assert said_in(text, on=ON) == expected


@pytest.mark.parametrize(
    "mark",
    ["> 逾期 300,000.00 元，请于 2026-11-30 前付款", "-----原始邮件-----", "发件人: ar@seller.example",
     "On Wed, 18 Nov 2026 at 08:00, AR <ar@seller.example> wrote:", "在 2026年11月18日 08:00，应收 <ar@seller.example> 写道："],
)  # fmt: skip
def test_what_is_quoted_is_not_said(mark: str) -> None:
    text = f"下周五付款。\n\n{mark}\n> 2026-11-20 前请付 300,000.00 元"
    assert own_words(text) == "下周五付款。"
    assert said_in(text, on=ON) == Said(date(2026, 11, 27), None)


def test_a_mail_of_any_length_is_read_at_once() -> None:
    assert said_in("-" * 1_000_000 + "x", on=ON) == Said(None, None)
    assert said_in("￥" + "9" * 40 + "元，另付 500 元", on=ON).amount == 500

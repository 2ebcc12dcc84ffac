"""Payment terms as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.customers.rules import BaseEvent, Instalment, TermRule, parse_instalments, parse_term

NET_30 = TermRule.net(30)
ON_RECEIPT_OF_INVOICE = BaseEvent.INVOICE_RECEIVED


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("NET 30", NET_30),
        ("net30 days", NET_30),
        ("n/30", NET_30),
        ("NET-30", NET_30),
        ("30", NET_30),
        ("30天", NET_30),
        ("\uff13\uff10天", NET_30),
        ("三十天内付款", NET_30),
        ("30日内付清", NET_30),
        ("账期30天", NET_30),
        ("开票后30天", NET_30),
        ("自开票之日起30天内付清", NET_30),
        ("30 days from invoice date", NET_30),
        ("0", TermRule.net(0)),
        ("票到30天", TermRule.net(30, base_event=ON_RECEIPT_OF_INVOICE)),
        ("收到发票后45日内支付", TermRule.net(45, base_event=ON_RECEIPT_OF_INVOICE)),
        ("票到付款", TermRule.net(0, base_event=ON_RECEIPT_OF_INVOICE)),
        ("货到30天", TermRule.net(30, base_event=BaseEvent.DELIVERY)),
        ("验收合格后60天付款", TermRule.net(60, base_event=BaseEvent.ACCEPTANCE)),
        ("签合同付款", TermRule.net(0, base_event=BaseEvent.ORDER)),
        ("月结30天", TermRule.period_months(1)),
        ("月结60", TermRule.period_months(2)),
        ("月结 90 天", TermRule.period_months(3)),
        ("月结45天", TermRule.period_days(45)),
        ("月结120天", TermRule.period_days(120)),
        ("月结三个月", TermRule.period_months(3)),
        ("30 days EOM", TermRule.period_days(30)),
        ("当月底", TermRule.period_days(0)),
        ("每月25日截止30天", TermRule.period_days(30, cutoff=25)),
        ("25号结账+30天", TermRule.period_days(30, cutoff=25)),
        ("次月15日", TermRule.after_months(1, day=15)),
        ("次月15号前付款", TermRule.after_months(1, day=15)),
        ("对账后次月15日", TermRule.after_months(1, day=15, base_event=BaseEvent.STATEMENT)),
        ("下月底", TermRule.after_months(1, day=31)),
        ("隔月10日", TermRule.after_months(2, day=10)),
        ("第二个月30号", TermRule.after_months(2, day=30)),
        ("3个月", TermRule.after_months(3)),
        ("两个月内", TermRule.after_months(2)),
        ("半年", TermRule.after_months(6)),
        ("货到付款", TermRule.on_delivery()),
        ("C.O.D.", TermRule.on_delivery()),
        ("on delivery", TermRule.on_delivery()),
        ("款到发货", TermRule.prepaid()),
        ("预付100%", TermRule.prepaid()),
        ("Payment in advance", TermRule.prepaid()),
        ("质保12个月", TermRule.retention(12)),
        ("质保金一年", TermRule.retention(12)),
    ],
)
def test_wordings(text: str, rule: TermRule) -> None:
    assert parse_term(text) == rule
    assert parse_instalments(text) == (Instalment(Decimal(100), rule),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "月结",
        "30日",
        "3月",
        "2/10 n/30",
        "30/60/10",
        "30-60天",
        "30 60",
        "1.5个月",
        "二三天",
        "2026",
        "9999天",
        "次月32日",
        "次月0日",
        "发货前付款",
        "预付30%",
        "面议",
        "-30",
        "30" + " " * 1_000_000,
        "٣٠天",
        "30天60天",
        "月结30天次月15日",
    ],
)
def test_what_has_no_single_meaning_is_not_guessed(text: str) -> None:
    assert parse_term(text) is None
    assert parse_instalments(text) is None


def _shares(*pairs: tuple[str, TermRule]) -> tuple[Instalment, ...]:
    return tuple(Instalment(Decimal(percent), rule) for percent, rule in pairs)


@pytest.mark.parametrize(
    ("text", "instalments"),
    [
        ("预付30%余款货到", _shares(("30", TermRule.prepaid()), ("70", TermRule.on_delivery()))),
        (
            "预付30%\uff0c余款货到付款\u3002",
            _shares(("30", TermRule.prepaid()), ("70", TermRule.on_delivery())),
        ),
        ("预付12.5%余款月结30", _shares(("12.5", TermRule.prepaid()), ("87.5", TermRule.period_months(1)))),
        (
            "prepaid 30%, balance on delivery",
            _shares(("30", TermRule.prepaid()), ("70", TermRule.on_delivery())),
        ),
        (
            "30%预付,60%货到,10%质保12个月",
            _shares(
                ("30", TermRule.prepaid()), ("60", TermRule.on_delivery()), ("10", TermRule.retention(12))
            ),
        ),
        (
            "签合同付30%\uff1b货到付60%\uff1b质保金10%一年",
            _shares(
                ("30", TermRule.net(0, base_event=BaseEvent.ORDER)),
                ("60", TermRule.on_delivery()),
                ("10", TermRule.retention(12)),
            ),
        ),
    ],
)
def test_wordings_of_instalments(text: str, instalments: tuple[Instalment, ...]) -> None:
    assert parse_term(text) is None
    assert parse_instalments(text) == instalments


@pytest.mark.parametrize(
    "text",
    [
        "预付30%,货到付60%",
        "预付130%余款货到",
        "预付100%余款货到",
        "预付30%,发货前付70%",
        "余款货到",
        "预付0%余款货到",
    ],
)
def test_instalments_that_do_not_add_up_are_not_guessed(text: str) -> None:
    assert parse_instalments(text) is None


@given(st.integers(1, 199))
def test_chinese_numerals_count_like_digits(days: int) -> None:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = days // 100, days // 10 % 10, days % 10
    if hundreds and ones:
        return
    numeral = (
        ("一百" if hundreds else "") + (f"{digits[tens]}十" if tens else "") + (digits[ones] if ones else "")
    )
    assert parse_term(f"{numeral}天") == TermRule.net(days)
    assert parse_term(f"{days}天") == TermRule.net(days)


@given(st.text(alphabet="月结日天号次下第个年付款货到预余%0123456789 ,./-一十两net", max_size=20))
def test_any_text_is_a_term_or_nothing(text: str) -> None:
    parse_term(text)
    instalments = parse_instalments(text)
    assert instalments is None or sum(instalment.percent for instalment in instalments) == 100

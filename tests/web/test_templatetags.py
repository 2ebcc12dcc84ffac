"""The template libraries of the pages, called directly: no database, no rendering engine."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.html import SafeString
from django.utils.safestring import mark_safe

from huikuan.web.templatetags.aging import strip_parts
from huikuan.web.templatetags.cells import cells
from huikuan.web.templatetags.dates import day, moment, unbroken
from huikuan.web.templatetags.listing import cell_class, sort_after_click, sort_direction, with_cells
from huikuan.web.templatetags.money import count, money, percent, signed_money


@pytest.mark.parametrize(
    ("value", "currency", "printed"),
    [
        (Decimal("1234.5"), "CNY", "1,234.50"),
        (Decimal("-1234567.895"), "CNY", "\u22121,234,567.90"),
        (Decimal("0.005"), "USD", "0.01"),
        (Decimal("-0.004"), "CNY", "0.00"),
        (Decimal("1234.5"), "JPY", "1,235"),
        (Decimal("1.2345"), "KWD", "1.235"),
        (Decimal("12345678901234.5678"), "CNY", "12,345,678,901,234.57"),
        ("98765.40", "CNY", "98,765.40"),
        (7, "CNY", "7.00"),
        (Decimal("7"), "", "7.00"),
        (None, "CNY", "\u2014"),
        ("", "CNY", ""),
    ],
)
def test_money_prints_the_currencys_decimals_with_separators_and_a_real_minus(
    value: object, currency: str, printed: str
) -> None:
    assert money(value, currency) == printed


def test_money_takes_decimals_from_a_currency_that_knows_its_exponent() -> None:
    class Dinar:
        code = "XXX"
        exponent = 3

    assert money(Decimal("1.5"), Dinar()) == "1.500"


@pytest.mark.parametrize("value", [1.5, True])
def test_money_refuses_what_is_never_an_amount(value: object) -> None:
    with pytest.raises(TypeError, match="not"):
        money(value, "CNY")


@pytest.mark.parametrize("value", ["12,34x", "NaN", Decimal("Infinity"), "abc"])
def test_money_refuses_text_that_is_no_number_instead_of_printing_zero(value: object) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        money(value, "CNY")


def test_signed_money_wraps_only_negative_amounts() -> None:
    negative = signed_money(Decimal("-3500"), "CNY")
    assert negative == '<span class="num-negative">\u22123,500.00</span>'
    assert isinstance(negative, SafeString)
    assert signed_money(Decimal("3500"), "CNY") == "3,500.00"
    assert signed_money(Decimal("-0.001"), "CNY") == "0.00"


def test_counts_and_percentages() -> None:
    assert count(2466) == "2,466"
    assert count(None) == "\u2014"
    assert percent(Decimal(120) / Decimal(450)) == "26.67%"
    assert percent(Decimal("0.875"), 1) == "87.5%"
    assert percent(None) == "\u2014"


def test_days_and_moments_print_in_iso_order() -> None:
    assert day(dt.date(2026, 11, 21)) == "2026-11-21"
    assert day(dt.datetime(2026, 11, 21, 23, 59)) == "2026-11-21"
    assert day("2026-11-21") == "2026-11-21"
    assert day(None) == day("") == ""
    assert moment(dt.datetime(2026, 11, 21, 9, 5)) == "2026-11-21 09:05"
    assert moment(None) == ""


def test_a_click_on_a_header_sorts_and_then_turns_round() -> None:
    words = {"label": "客户", "sort": "customer"}
    figures = {"label": "金额", "sort": "amount", "kind": "money"}
    assert sort_after_click("due_on", words) == "customer"
    assert sort_after_click("customer", words) == "-customer"
    assert sort_after_click("-customer", words) == "customer"
    assert sort_after_click("due_on", figures) == "-amount"
    assert sort_after_click("-amount", figures) == "amount"


def test_the_sorted_header_announces_its_direction_and_only_that_one() -> None:
    column = {"label": "到期日", "sort": "due_on", "kind": "date"}
    assert sort_direction("due_on", column) == "ascending"
    assert sort_direction("-due_on", column) == "descending"
    assert sort_direction("amount", column) == ""
    assert sort_direction(None, column) == ""
    assert sort_direction("", {"label": "状态"}) == ""


def test_figures_stand_at_the_right_and_the_lead_heads_the_card() -> None:
    assert cell_class({"kind": "money"}) == "num"
    assert cell_class({"kind": "date", "minor": True}) == "date cell-minor"
    assert cell_class({"kind": "name", "lead": True}) == "cell-lead"
    assert cell_class({}) == ""


def test_cells_stand_beside_their_columns_as_mappings() -> None:
    columns = [{"label": "单据号"}, {"label": "金额", "kind": "money"}]
    assert with_cells(columns, ["YS1", {"value": 3, "currency": "USD"}]) == [
        (columns[0], {"value": "YS1"}),
        (columns[1], {"value": 3, "currency": "USD"}),
    ]
    assert with_cells(columns, [{"note": "x"}, None])[0][1] == {"value": None, "note": "x"}


def test_a_row_that_begins_with_a_day_is_led_to_by_its_name() -> None:
    columns = [{"kind": "date"}, {"label": "摘要"}, {"kind": "name", "lead": True}]
    made = cells(columns, [dt.date(2026, 11, 22), "货款", "宁波海翔"], "CNY", "/there")
    assert made.count("href") == 1 and '<a class="cell-link" href="/there">宁波海翔</a>' in made
    assert '"/there">货款' in cells(columns[:2], [dt.date(2026, 11, 22), "货款"], "CNY", "/there")
    leading = cells(
        columns, [dt.date(2026, 11, 22), {"value": "货款", "url": "/there"}, "宁波海翔"], "CNY", "/there"
    )
    assert leading.count("href") == 1


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        with_cells([{"label": "a"}, {"label": "b"}], ["only one"])


def test_the_aging_strip_shares_its_width_exactly_and_skips_credits() -> None:
    parts = strip_parts(
        [
            {"name": "not_due", "label": "未到期", "amount": Decimal(1)},
            {"name": "1-30", "label": "1–30", "amount": Decimal("-5")},
            {"name": "31-60", "label": "31–60", "amount": Decimal(1)},
            {"name": ">365", "label": ">365", "amount": Decimal(1)},
        ]
    )
    assert [(part["step"], part["x"], part["width"]) for part in parts] == [
        (0, "0.000", "33.333"),
        (2, "33.333", "33.334"),
        (6, "66.667", "33.333"),
    ]


def test_own_buckets_take_the_ramp_in_their_order() -> None:
    parts = strip_parts([{"name": f"b{n}", "label": "", "amount": Decimal(1)} for n in range(9)])
    assert [part["step"] for part in parts] == [0, 1, 2, 3, 4, 5, 6, 6, 6]


def test_nothing_owed_draws_an_empty_strip() -> None:
    assert strip_parts([{"name": "not_due", "label": "", "amount": Decimal(0)}]) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("顺延到 2026-10-26", '顺延到 <span class="date">2026-10-26</span>'),
        ("自2026-11-01起", '自<span class="date">2026-11-01</span>起'),
        ("at 2026-11-21 14:03.", 'at <span class="date">2026-11-21 14:03</span>.'),
        ("2025-12", '<span class="date">2025-12</span>'),
        ("<b> 2026-01-02", '&lt;b&gt; <span class="date">2026-01-02</span>'),
        (mark_safe('<a href="?on=2026-11-01">x</a>'), '<a href="?on=2026-11-01">x</a>'),
        ("HT-2026-003", "HT-2026-003"),
        ("明细 2026-10.csv", "明细 2026-10.csv"),
        ("2026-01-002", "2026-01-002"),
        (12, "12"),
    ],
)
def test_days_in_running_text_stay_on_one_line(text: object, shown: str) -> None:
    assert unbroken(text) == shown

"""Capital numerals: the table of accepted writings."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.core.amount_words import amount_in_words, in_capitals


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.01", "壹拾元零壹分"),
        ("20.20", "贰拾元零贰角整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1005", "壹仟零伍元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("100500", "壹拾万零伍佰元整"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("10010000.10", "壹仟零壹万元零壹角整"),
        ("100001000", "壹亿零壹仟元整"),
        ("2000305000", "贰拾亿零叁拾万伍仟元整"),
        ("-1234.50", "负壹仟贰佰叁拾肆元伍角整"),
    ],
)
def test_amounts(amount: str, text: str) -> None:
    assert in_capitals(Decimal(amount)) == text


def test_too_large() -> None:
    with pytest.raises(ValueError, match="too large"):
        in_capitals(Decimal(10) ** 16)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1409.50", "CNY", "zh-hans", "人民币壹仟肆佰零玖元伍角整"),
        ("16409.02", "CNY", "zh-hant", "人民幣壹萬陸仟肆佰零玖元零貳分"),
        ("325.04", "HKD", "zh-hans", "港币叁佰贰拾伍元零肆分"),
        ("1409.50", "CNY", "en", "Renminbi one thousand four hundred and nine and 50/100"),
        ("2000305000", "USD", "en", "US dollars two billion three hundred and five thousand only"),
        ("1005", "CNY", "en", "Renminbi one thousand and five only"),
        ("0", "CNY", "en", "Renminbi zero only"),
        ("0.05", "CHF", "en", "CHF zero and 05/100"),
        ("21219", "JPY", "en", "Japanese yen twenty-one thousand two hundred and nineteen only"),
        ("-40", "EUR", "en", "Euro minus forty only"),
        ("1.234", "KWD", "en", ""),
    ],
)
def test_words_in_other_languages(amount: str, currency: str, language: str, text: str) -> None:
    assert amount_in_words(Decimal(amount), currency, language) == text

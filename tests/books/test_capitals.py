"""Capital numerals: the table of accepted writings."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.books.rules.capitals import in_capitals


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

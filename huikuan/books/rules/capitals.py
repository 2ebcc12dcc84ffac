"""Amounts in capital numerals (大写金额), as 支付结算办法 appendix 1 and 会计基础工作规范 article 52 write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
SECTIONS = ("", "万", "亿", "万亿")


def in_capitals(amount: Decimal) -> str:
    """1409.50 is 壹仟肆佰零玖元伍角整; always with 整 where there are no 分, negative amounts begin with 负.

    Raises ValueError from ten quadrillion on.
    """
    cents = int((abs(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    whole, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    if whole >= 10**16:
        raise ValueError("too large for capital numerals")
    if not cents:
        return "零元整"
    text = _whole(whole) + "元" if whole else ""
    if whole and ((jiao and whole % 10 == 0) or (fen and not jiao)):
        text += "零"
    text += f"{DIGITS[jiao]}角" if jiao else ""
    text += f"{DIGITS[fen]}分" if fen else "整"
    return ("负" if amount < 0 else "") + text


def _whole(whole: int) -> str:
    sections = []
    while whole:
        sections.append(whole % 10000)
        whole //= 10000
    text, skipped = "", False
    for place in range(len(sections) - 1, -1, -1):
        section = sections[place]
        if not section:
            skipped = True
            continue
        if text and (skipped or section < 1000):
            text += "零"
        text += _section(section) + SECTIONS[place]
        skipped = False
    return text


def _section(section: int) -> str:
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = section // 10**place % 10
        if not digit:
            zero = bool(text)
            continue
        text += ("零" if zero else "") + DIGITS[digit] + UNITS[place]
        zero = False
    return text

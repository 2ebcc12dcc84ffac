"""Amounts in words: capital numerals (大写金额), as 支付结算办法 appendix 1 and 会计基础工作规范 article 52 write them, and English."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from huikuan.core.money import currency_exponent

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


TRADITIONAL = str.maketrans("零壹贰叁肆伍陆柒捌玖拾佰仟万亿负", "零壹貳參肆伍陸柒捌玖拾佰仟萬億負")
NAMES = {
    "zh-hans": {"CNY": "人民币", "USD": "美元", "EUR": "欧元", "HKD": "港币", "GBP": "英镑", "JPY": "日元"},
    "zh-hant": {"CNY": "人民幣", "USD": "美元", "EUR": "歐元", "HKD": "港幣", "GBP": "英鎊", "JPY": "日圓"},
    "en": {
        "CNY": "Renminbi",
        "USD": "US dollars",
        "EUR": "Euro",
        "HKD": "Hong Kong dollars",
        "GBP": "Pounds sterling",
        "JPY": "Japanese yen",
    },
}
"""What currencies are called before an amount in words; others by their code."""


def amount_in_words(amount: Decimal, currency: str, language: str) -> str:
    """人民币壹仟元整, 人民幣壹仟元整 or "Renminbi one thousand only"; empty for currencies with three decimals."""
    exponent = currency_exponent(currency)
    if exponent > 2:
        return ""
    name = NAMES.get(language, NAMES["en"]).get(currency, currency)
    if not language.startswith("zh"):
        return f"{name} {in_english(amount, exponent)}"
    text = in_capitals(amount)
    return name + (text.translate(TRADITIONAL) if language == "zh-hant" else text)


ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def in_english(amount: Decimal, exponent: int = 2) -> str:
    """1409.50 is "one thousand four hundred and nine and 50/100", 1000 is "one thousand only"."""
    smallest = int((abs(amount) * 10**exponent).quantize(Decimal(1), ROUND_HALF_UP))
    whole, rest = divmod(smallest, 10**exponent)
    text = ("minus " if amount < 0 and smallest else "") + _english(whole)
    return f"{text} and {rest:0{exponent}d}/{10**exponent}" if rest else f"{text} only"


def _english(whole: int) -> str:
    if not whole:
        return ONES[0]
    parts = []
    for scale in range(len(SCALES) - 1, -1, -1):
        section = whole // 1000**scale % 1000
        if section:
            parts.append(_below_thousand(section) + SCALES[scale])
    last = whole % 1000
    if len(parts) > 1 and 0 < last < 100:
        parts[-1] = f"and {parts[-1]}"
    return " ".join(parts)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest:
        small = ONES[rest] if rest < 20 else TENS[rest // 10] + (f"-{ONES[rest % 10]}" if rest % 10 else "")
        words.append(f"and {small}" if hundreds else small)
    return " ".join(words)

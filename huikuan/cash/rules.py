"""Pure decisions about bills and settlements: who accepted, what a discount costs, how an amount is shared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from huikuan.core.money import quantize

# The six state-owned and nine joint-stock banks whose acceptances practice derecognises on endorsement and
# discount ("6+9", from the disclosures of listed companies under 企业会计准则第23号).
MAJOR_BANKS = (
    "工商银行",
    "农业银行",
    "中国银行",
    "建设银行",
    "交通银行",
    "邮政储蓄银行",
    "招商银行",
    "浦东发展银行",
    "浦发银行",
    "中信银行",
    "光大银行",
    "华夏银行",
    "民生银行",
    "平安银行",
    "兴业银行",
    "浙商银行",
)
_MAJOR = re.compile(rf"(中国|上海)?({'|'.join(MAJOR_BANKS)})(股份有限公司|有限责任公司|$|.*[行部])")
NUMBER = re.compile(r"[0-9]{30}")
SPLIT_UNIT = Decimal("0.01")
"""A bill with a sub-range is made of units of one fen each: from 1 to 5,000,000 is 50,000.00 yuan."""


def acceptor_class(acceptor: str) -> str:
    """What kind of acceptor a name speaks of: major_bank, other_bank, finance_company or enterprise."""
    name = acceptor.strip()
    if _MAJOR.match(name):
        return "major_bank"
    if re.search(r"(银行|农商行|信用社|信用合作)", name):
        return "other_bank"
    return "finance_company" if "财务" in name and "公司" in name else "enterprise"


def bill_kind(acceptor: str) -> str:
    """银承 where a bank accepted, else 商承."""
    return "bank" if acceptor_class(acceptor) in ("major_bank", "other_bank") else "commercial"


def range_amount(first: int, last: int) -> Decimal:
    """The face of a sub-range, both ends counted."""
    return (last - first + 1) * SPLIT_UNIT


def split_ranges(first: int, last: int, amounts: Iterable[Decimal]) -> list[tuple[int, int]]:
    """The sub-ranges that these amounts take of one, in order; ValueError unless they fill it exactly."""
    ranges = []
    start = first
    for amount in amounts:
        units = amount / SPLIT_UNIT
        if units <= 0 or units != units.to_integral_value():
            raise ValueError("an amount is at least one unit, and whole units")
        ranges.append((start, start + int(units) - 1))
        start += int(units)
    if start != last + 1:
        raise ValueError("the amounts do not add up to the range")
    return ranges


def discount_interest(
    face: Decimal, rate: Decimal, discounted_on: date, matures_on: date, currency: str
) -> Decimal:
    """贴现利息 = face × rate × days / 360; `rate` a fraction per year: 50,000 at 0.024 for 90 days is 300.00."""
    return quantize(face * rate * (matures_on - discounted_on).days / 360, currency)


def share(whole: Decimal, part: Decimal, total: Decimal, currency: str) -> Decimal:
    """What `part` of `total` takes of `whole`; all of it takes all."""
    return whole if part == total else quantize(whole * part / total, currency)

"""Amounts as the strict formats write them: digits and one decimal mark, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.core.money import currency_exponent

_AMOUNT: Final = re.compile(r"0*[0-9]{1,15}(?:[.,][0-9]{0,18})?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


def read_amount(text: str, *, row: int, signed: bool = False) -> Decimal:
    """An amount with point or comma as decimal mark and no grouping; raises StatementUnreadable."""
    plain = text.strip()
    negative = signed and plain.startswith("-")
    bare = plain[1:] if signed and plain[:1] in "+-" else plain
    if not _AMOUNT.fullmatch(bare):
        raise StatementUnreadable(_("看不懂金额“%s”。") % shortened(text), row=row)
    value = Decimal(bare.replace(",", ".").rstrip("."))
    return -value if negative and value else value


def read_currency(text: str, *, row: int) -> str:
    """A currency code of three capitals; raises StatementUnreadable."""
    if not _CURRENCY.fullmatch(text):
        raise StatementUnreadable(_("看不懂币种“%s”。") % shortened(text), row=row)
    return text


def require_whole_units(amount: Decimal, currency: str, *, row: int) -> None:
    """Refuse what is finer than the currency's smallest unit: such an amount was damaged, or is a rate."""
    exponent = currency_exponent(currency) if currency else 2
    if amount != amount.quantize(Decimal(1).scaleb(-exponent)):
        raise StatementUnreadable(
            _("金额 %(amount)s 的小数超过 %(currency)s 的 %(decimals)d 位。")
            % {"amount": f"{amount:f}", "currency": currency or "CNY", "decimals": exponent},
            row=row,
        )

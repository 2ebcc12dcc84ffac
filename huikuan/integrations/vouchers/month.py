"""What every form is written from, and how texts and amounts are made safe for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from huikuan.books.queries.receivables import ReceivableRow
from huikuan.books.queries.vouchers import PrintedVoucher
from huikuan.core.money import currency_exponent

CURRENCIES = {
    "CNY": ("RMB", "人民币"),
    "USD": ("USD", "美元"),
    "EUR": ("EUR", "欧元"),
    "HKD": ("HKD", "港币"),
}


@dataclass(frozen=True)
class VoucherMonth:
    """The posted vouchers of a month, in the order of their numbers."""

    organization_code: str
    organization_name: str
    currency: str
    month: date
    vouchers: tuple[PrintedVoucher, ...]
    receivables: tuple[ReceivableRow, ...] = ()

    def amount(self, value: Decimal) -> str:
        """As the base currency is written: 1130.00, never with commas or an exponent."""
        return f"{value:.{currency_exponent(self.currency)}f}"

    @property
    def currency_names(self) -> tuple[str, str]:
        """The currency's number and name as Chinese systems have them: RMB, 人民币."""
        return CURRENCIES.get(self.currency, (self.currency, self.currency))


def one_line(text: str) -> str:
    """Text without line breaks, tabs or other control letters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())

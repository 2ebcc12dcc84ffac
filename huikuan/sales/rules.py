"""What a line comes to, what may be credited of it, and when what is owed falls due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, DivisionByZero, InvalidOperation
from typing import Final

from huikuan.core.money import gross_to_net, net_to_tax, quantize, split
from huikuan.customers.rules import Instalment, TermRule, due_date, instalments_from_data, late_interest

_EXACT: Final = Context(prec=80, traps=[InvalidOperation, DivisionByZero])
_ZERO: Final = Decimal(0)
_WHOLE: Final = Decimal(100)

STATUTORY_DAILY_RATE: Final = Decimal("0.0005")
"""保障中小企业款项支付条例 (State Council decree 802), article 17: 0.05 % a day where nothing else is agreed."""


class UnusableLine(ValueError):
    """A line that cannot stand: `code` says what is wrong with it, `field` where.

    Codes: not_positive, negative, not_a_number, out_of_range, two_discounts, beyond_price, beyond_original,
    nothing_left.
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """A line after discount. net + tax = gross; `discount` is what was taken off, in the prices' own terms."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    discount: Decimal = _ZERO


def line_amounts(
    quantity: Decimal,
    unit_price: Decimal,
    tax_rate: Decimal,
    *,
    currency: str,
    prices_include_tax: bool,
    discount_percent: Decimal = _ZERO,
    discount_amount: Decimal = _ZERO,
) -> LineAmounts:
    """What a line comes to, each amount rounded half up to the currency's unit.

    Prices before tax: tax = round(net × rate). Prices with tax: net = round(gross / (1 + rate)), tax is the rest.
    Raises UnusableLine.
    """
    _require_numbers(
        quantity=quantity,
        unit_price=unit_price,
        discount_percent=discount_percent,
        discount_amount=discount_amount,
    )
    if quantity <= 0:
        raise UnusableLine("quantity", "not_positive")
    if unit_price < 0:
        raise UnusableLine("unit_price", "negative")
    if discount_percent and discount_amount:
        raise UnusableLine("discount_amount", "two_discounts")
    if not 0 <= discount_percent <= _WHOLE:
        raise UnusableLine("discount_percent", "out_of_range")
    price = quantize(_EXACT.multiply(quantity, unit_price), currency)
    discount = quantize(discount_amount, currency)
    if discount_percent:
        discount = quantize(_EXACT.divide(_EXACT.multiply(price, discount_percent), _WHOLE), currency)
    if not 0 <= discount <= price:
        raise UnusableLine("discount_amount", "beyond_price" if discount > 0 else "negative")
    left = price - discount
    if prices_include_tax:
        net, tax = gross_to_net(left, tax_rate, currency)
        return LineAmounts(net, tax, left, discount)
    tax = net_to_tax(left, tax_rate, currency)
    return LineAmounts(left, tax, left + tax, discount)


def discount_share(
    discount: Decimal, quantity: Decimal, *, before: Decimal, part: Decimal, currency: str
) -> Decimal:
    """The discount of `part` of a quantity of which `before` went ahead; the shares of all parts sum to it exactly."""

    def until(reached: Decimal) -> Decimal:
        return quantize(_EXACT.divide(_EXACT.multiply(discount, reached), quantity), currency)

    return until(before + part) - until(before)


@dataclass(frozen=True, slots=True)
class Creditable:
    """An invoice line and what credit notes took back of it before."""

    quantity: Decimal
    net: Decimal
    gross: Decimal
    tax_rate: Decimal
    credited_quantity: Decimal = _ZERO
    credited_net: Decimal = _ZERO
    credited_gross: Decimal = _ZERO

    @property
    def quantity_left(self) -> Decimal:
        return self.quantity - self.credited_quantity

    @property
    def gross_left(self) -> Decimal:
        return self.gross - self.credited_gross

    @property
    def net_left(self) -> Decimal:
        return self.net - self.credited_net


@dataclass(frozen=True, slots=True)
class Credited:
    """A part of a line that is taken back. `quantity` is 0 where only an amount is."""

    quantity: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


def credit_share(
    line: Creditable, *, currency: str, quantity: Decimal | None = None, amount: Decimal | None = None
) -> Credited:
    """What crediting a quantity, or an amount with tax, of a line takes back: its share of net and tax.

    The last part takes what is left, so that all parts sum to the line exactly and none goes beyond it.
    Raises UnusableLine.
    """
    if (quantity is None) == (amount is None):
        raise UnusableLine("quantity", "not_a_number")
    if quantity is not None:
        _require_numbers(quantity=quantity)
        return _credit_by_quantity(line, quantity, currency)
    assert amount is not None
    _require_numbers(amount=amount)
    if amount <= 0:
        raise UnusableLine("amount", "not_positive")
    if amount > line.gross_left:
        raise UnusableLine("amount", "beyond_original")
    return _within(line, _ZERO, quantize(amount, currency), gross_to_net(amount, line.tax_rate, currency)[0])


def _credit_by_quantity(line: Creditable, quantity: Decimal, currency: str) -> Credited:
    if quantity <= 0:
        raise UnusableLine("quantity", "not_positive")
    if quantity > line.quantity_left:
        raise UnusableLine("quantity", "beyond_original")
    if quantity == line.quantity_left and line.credited_quantity:
        gross, net = line.gross_left, line.net_left
    else:
        gross = quantize(_EXACT.divide(_EXACT.multiply(line.gross, quantity), line.quantity), currency)
        net = quantize(_EXACT.divide(_EXACT.multiply(line.net, quantity), line.quantity), currency)
    gross = min(gross, line.gross_left)
    if gross <= 0:
        raise UnusableLine("quantity", "nothing_left")
    return _within(line, quantity, gross, net)


def _within(line: Creditable, quantity: Decimal, gross: Decimal, net: Decimal) -> Credited:
    """Net and tax of a credit, neither beyond what is left of the line's."""
    if gross == line.gross_left:
        net = line.net_left
    tax_left = line.gross_left - line.net_left
    net = min(max(net, gross - tax_left), line.net_left, gross)
    return Credited(quantity, net, gross - net, gross)


@dataclass(frozen=True, slots=True)
class Part:
    """A share of an invoice in percent and its dates; none until the event of its term has happened.

    `amount`: where the share was agreed as one. `account`: the purpose of the account that carries it, where that
    is not the receivables.
    """

    percent: Decimal
    due_on: date | None
    effective_due_on: date | None
    amount: Decimal | None = None
    account: str = ""


def parts_by_term(
    rule: Mapping[str, object] | None,
    instalments: object,
    *,
    invoice_on: date,
    events: Mapping[str, date],
) -> tuple[Part, ...]:
    """The parts of an invoice by a customer's payment term (as its data); without one it is due at once.

    What was due before the invoice (with the order, on delivery) is due on its date.
    """
    known = {"invoice": invoice_on, **events}
    if instalments:
        agreed = instalments_from_data(instalments)
    elif rule:
        agreed = [Instalment(_WHOLE, TermRule.from_data(rule))]
    else:
        return (Part(_WHOLE, invoice_on, invoice_on),)
    parts = []
    for instalment in agreed:
        due = due_date(instalment.rule, known.get(instalment.rule.event))
        parts.append(
            Part(
                instalment.percent,
                max(due.due_on, invoice_on) if due else None,
                max(due.effective_due_on, invoice_on) if due else None,
            )
        )
    return tuple(parts)


def own_parts(data: Sequence[Mapping[str, str]]) -> tuple[Part, ...]:
    """The parts agreed for one invoice: percentages that sum to 100, each with its day. Raises UnusableLine.

    Those that a plan makes say their amounts instead, and the account where it is another.
    """
    if data and all("amount" in each for each in data):
        return tuple(_own_amount(each) for each in data)
    parts = []
    for each in data:
        try:
            percent = Decimal(each["percent"])
            due_on = date.fromisoformat(each["due_on"])
        except (KeyError, TypeError, ValueError, InvalidOperation):
            raise UnusableLine("instalments", "not_a_number") from None
        if not percent.is_finite() or not 0 < percent <= _WHOLE:
            raise UnusableLine("instalments", "out_of_range")
        parts.append(Part(percent, due_on, due_on))
    if parts and sum((part.percent for part in parts), _ZERO) != _WHOLE:
        raise UnusableLine("instalments", "out_of_range")
    return tuple(parts)


def _own_amount(data: Mapping[str, str]) -> Part:
    due_on = date.fromisoformat(data["due_on"])
    effective = date.fromisoformat(data.get("effective_due_on") or data["due_on"])
    return Part(_ZERO, due_on, effective, Decimal(data["amount"]), data.get("account", ""))


def part_amounts(amount: Decimal, parts: Sequence[Part], currency: str) -> list[Decimal]:
    """An amount divided by percentages, the last part taking the remainder; or the parts' own amounts."""
    stated = [part.amount for part in parts if part.amount is not None]
    if stated:
        return stated
    return split(amount, [part.percent for part in parts], currency)


def interest(principal: Decimal, daily_rate: Decimal, days: int, currency: str) -> Decimal:
    """违约金 for paying late, tax included: 100,000.00 at 0.05 % a day for 45 days, 2,250.00. Raises UnusableLine."""
    _require_numbers(principal=principal, daily_rate=daily_rate)
    if principal <= 0:
        raise UnusableLine("principal", "not_positive")
    if not 0 < daily_rate <= 1:
        raise UnusableLine("daily_rate", "out_of_range")
    if days <= 0:
        raise UnusableLine("days", "not_positive")
    return late_interest(principal, daily_rate, days, currency)


def _require_numbers(**values: Decimal) -> None:
    for name, value in values.items():
        if not value.is_finite():
            raise UnusableLine(name, "not_a_number")


def tax_code_of(text: str) -> str:
    """The code of a rate as people write it: 13, 13%, 0.13 and 13.00% are "13"; 免税 is "exempt"; else the text."""
    plain = text.strip().rstrip("%％").strip()
    if plain.lower() in ("免税", "免", "exempt", "vat exempt", "不征税"):
        return "exempt"
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return plain
    if not value.is_finite():
        return plain
    if 0 < value < 1 and "%" not in text and "％" not in text:
        value *= _WHOLE
    return f"{value.normalize():f}"

"""What the demo company sold: invoices over three years, with their instalments and advances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from random import Random

from huikuan.core.calendar import CHINA
from huikuan.core.dates import add_months, month_end
from huikuan.core.money import gross_to_net
from huikuan.customers.rules import TermKind, due_date, split_instalments
from huikuan.demo import words
from huikuan.demo.agreements import AGREEMENTS, Agreement
from huikuan.demo.companies import Company
from huikuan.demo.rates import Rates, rate_of

VAT = Decimal("0.13")
# February is short and still; in December everybody spends what is left of the budget.
SEASON = (0.92, 0.55, 1.05, 1.0, 1.0, 1.08, 0.92, 0.93, 1.08, 0.94, 1.1, 1.42)
YEARLY_GROWTH = 1.06
KINDS = ("part", "auxiliary", "machine")
KIND_SHARE = (0.62, 0.31, 0.07)
YUAN_PER_UNIT = {"CNY": Decimal(1), "USD": Decimal("7.1"), "EUR": Decimal("7.7")}


@dataclass(frozen=True, slots=True)
class Part:
    """An instalment. `prepaid`: settled by the advance; `retention`: 质保金; no dates while its event is ahead."""

    amount: Decimal
    due_on: date | None
    effective_due_on: date | None
    prepaid: bool = False
    retention: bool = False


@dataclass(frozen=True, slots=True)
class Sale:
    """An invoice to the company at `company`, with `advance_on` where part of it was paid before.

    `quantity` of the product at a list `price` in yuan with tax, less a discount.
    """

    company: int
    on: date
    amount: Decimal
    tax: Decimal
    product: str
    contract: str
    memo: str
    rate: Decimal | None
    parts: tuple[Part, ...]
    advance_on: date | None = None
    disputed: bool = False
    quantity: int = 1
    price: Decimal = Decimal(0)


def plan_sales(
    companies: Sequence[Company], *, today: date, count: int, rates: Rates, rng: Random
) -> list[Sale]:
    """`count` invoices in order of date."""
    first = add_months(today.replace(day=1), -36)
    sales: list[Sale] = []
    for month, number in _months(first, today, count):
        buyers = [company for company in companies if _buys_in(company, month)] or list(companies[:1])
        weights = list(accumulate(company.weight for company in buyers))
        days = _days(month, today)
        dates = sorted(rng.choices(days, [_day_weight(day) for day in days], k=number))
        for on, company in zip(dates, rng.choices(buyers, cum_weights=weights, k=number), strict=True):
            sales.append(_sale(company, on, today, first, rates, rng))
    return sales


def _months(first: date, today: date, count: int) -> Iterator[tuple[date, int]]:
    """Each month with its number of invoices; they sum to `count`."""
    months = []
    month = first
    while month <= today:
        years = (month - first).days / 365
        weight = SEASON[month.month - 1] * YEARLY_GROWTH**years
        if month_end(month) > today:
            weight *= today.day / month_end(month).day
        months.append((month, weight))
        month = add_months(month, 1)
    total = sum(weight for _, weight in months)
    reached, given = 0.0, 0
    for month, weight in months:
        reached += weight
        number = round(count * reached / total) - given
        given += number
        yield month, number


def _buys_in(company: Company, month: date) -> bool:
    return company.buys_from <= month_end(month) and month <= company.buys_until


def _days(month: date, today: date) -> list[date]:
    last = min(month_end(month), today)
    days = [month + timedelta(days=offset) for offset in range((last - month).days + 1)]
    return [day for day in days if CHINA.is_workday(day)] or [last]


def _day_weight(day: date) -> float:
    """Most invoices are written in the last days of a month."""
    left = (month_end(day) - day).days
    return 3.0 if left < 3 else 1.7 if left < 10 else 1.0


def _sale(company: Company, on: date, today: date, first: date, rates: Rates, rng: Random) -> Sale:
    kind = rng.choices(KINDS, KIND_SHARE)[0]
    product, amount, quantity, price = _goods(kind, company, rng)
    agreement = AGREEMENTS[company.contract if kind == "machine" else company.open_account]
    events = _events(on, kind, rng)
    parts = _parts(amount, company.currency, agreement, on, events, today)
    advance = any(part.prepaid for part in parts)
    disputed = rng.random() < 0.006 and not advance
    tax = gross_to_net(amount, VAT, company.currency)[1] if company.country == "CN" else Decimal(0)
    return Sale(
        company=company.position,
        on=on,
        amount=amount,
        tax=tax,
        product=product,
        contract=f"HT{events['order']:%y%m}{rng.randrange(1, 1000):03}" if kind != "part" else "",
        memo=rng.choice(words.DISPUTES) if disputed else "",
        rate=rate_of(rates, company.currency, on),
        parts=parts,
        advance_on=_clamped(events["order"] + timedelta(days=rng.randrange(6)), first, on)
        if advance
        else None,
        disputed=disputed,
        quantity=quantity,
        price=price,
    )


def _clamped(day: date, first: date, last: date) -> date:
    return min(last, max(first, day))


def _goods(kind: str, company: Company, rng: Random) -> tuple[str, Decimal, int, Decimal]:
    """A product, the amount of the invoice, tax included, in the customer's currency; quantity and list price."""
    choice = {"part": words.PARTS, "auxiliary": words.AUXILIARIES, "machine": words.MACHINES}[kind]
    if kind == "machine":
        weights = [10, 12, 10, 7, 4, 2, 1] if company.size in ("large", "medium") else [10, 8, 4, 1, 0, 0, 0]
        product, price = rng.choices(choice, weights)[0]
        quantity = rng.choices((1, 2, 3), (80, 15, 5))[0]
    else:
        product, price = rng.choice(choice)
        most = max(2, round((60_000 if kind == "part" else 160_000) / price))
        quantity = max(1, round(most * rng.random() ** 2 * (1.6 if company.size == "large" else 0.8)))
    discount = Decimal(rng.choice((100, 100, 98, 97, 95, 93, 90))) / 100
    amount = price * quantity * discount / YUAN_PER_UNIT[company.currency]
    unit = Decimal("0.01") if kind == "part" else Decimal(100)
    whole = amount.quantize(unit, ROUND_HALF_UP).quantize(Decimal("0.01"))
    return product, whole, quantity, Decimal(price)


def _events(on: date, kind: str, rng: Random) -> dict[str, date]:
    """When the things happened that terms count from; the invoice is written on delivery."""
    lead = rng.randrange(20, 60) if kind == "machine" else rng.randrange(2, 20)
    delivered = on + timedelta(days=rng.randrange(4))
    return {
        "order": on - timedelta(days=lead),
        "invoice": on,
        "delivery": delivered,
        "acceptance": delivered + timedelta(days=rng.randrange(12, 45)),
        "statement": add_months(on, 1, 5),
        "invoice_received": on + timedelta(days=rng.randrange(2, 7)),
    }


def _parts(
    amount: Decimal, currency: str, agreement: Agreement, on: date, events: dict[str, date], today: date
) -> tuple[Part, ...]:
    known = {name: day for name, day in events.items() if day <= today or name != "acceptance"}
    if not agreement.instalments:
        due = due_date(agreement.rule, known[agreement.rule.event])
        return (
            _part(
                amount,
                due.due_on,
                due.effective_due_on,
                on,
                prepaid=agreement.rule.delivery_waits_for_payment,
            ),
        )
    dues = split_instalments(amount, currency, agreement.instalments, known)
    return tuple(
        _part(
            due.amount,
            due.due_on,
            due.effective_due_on,
            on,
            prepaid=instalment.rule.delivery_waits_for_payment,
            retention=instalment.rule.kind is TermKind.RETENTION,
        )
        for due, instalment in zip(dues, agreement.instalments, strict=True)
    )


def _part(
    amount: Decimal,
    due_on: date | None,
    effective: date | None,
    on: date,
    prepaid: bool = False,
    retention: bool = False,
) -> Part:
    # What was due with the order is due at once when the invoice comes after it.
    return Part(
        amount,
        max(due_on, on) if due_on else None,
        max(effective, on) if effective else None,
        prepaid,
        retention,
    )

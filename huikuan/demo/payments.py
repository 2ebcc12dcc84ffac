"""How the demo's customers paid: advances, receipts for one or several invoices, credit notes, and what each settles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from huikuan.core.calendar import CHINA
from huikuan.core.dates import add_months
from huikuan.core.money import gross_to_net, quantize
from huikuan.demo import words
from huikuan.demo.companies import Character, Company
from huikuan.demo.rates import Rates, rate_of
from huikuan.demo.sales import VAT, Part, Sale

CreditKind = Literal["receipt", "advance", "credit_note"]


@dataclass(frozen=True, slots=True)
class Credit:
    """A receipt, an advance or a credit note of the company at `company`."""

    kind: CreditKind
    company: int
    on: date
    amount: Decimal
    rate: Decimal | None
    tax: Decimal = Decimal(0)
    memo: str = ""
    reference: str = ""
    for_sale: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The credit at `credit` settles instalment `part` (from 0) of the sale at `sale`."""

    sale: int
    part: int
    credit: int
    amount: Decimal
    on: date


@dataclass
class Payments:
    """All credits, and what they settle; positions count in these lists."""

    credits: list[Credit] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)

    def add(self, credit: Credit) -> int:
        self.credits.append(credit)
        return len(self.credits) - 1


@dataclass(frozen=True, slots=True)
class Habit:
    """How late a customer pays in days (mean, spread), and how often in two parts."""

    late_days: float
    spread: float
    in_parts: float


HABITS = {
    Character.PROMPT: Habit(-2, 1.5, 0.01),
    Character.LATE: Habit(9, 4, 0.02),
    Character.SLOW: Habit(22, 10, 0.10),
    Character.CHRONIC: Habit(58, 22, 0.30),
    Character.DETERIORATING: Habit(6, 4, 0.15),
    Character.STOPPED: Habit(25, 10, 0.20),
    Character.BANKRUPT: Habit(35, 10, 0.30),
}


def plan_payments(
    companies: Sequence[Company], sales: Sequence[Sale], *, today: date, rates: Rates, rng: Random
) -> Payments:
    """Every payment up to `today`."""
    payments = Payments()
    due: dict[tuple[int, date], list[Settlement]] = defaultdict(list)
    for position, sale in enumerate(sales):
        company = companies[sale.company]
        credited = _credit_note(payments, position, sale, company, today, rates, rng)
        if sale.advance_on:
            _advance(payments, position, sale, company, rates)
        payer = company.position if company.paid_by is None else company.paid_by
        for index, part in enumerate(sale.parts):
            rest = part.amount - (credited if index == _credited_part(sale) else 0)
            if part.prepaid or rest <= 0 or part.effective_due_on is None:
                continue
            for on, amount in _payment_dates(company, sale, part, rest, today, rng):
                due[payer, on].append(Settlement(position, index, -1, amount, on))
    for (payer, on), settled in sorted(due.items(), key=lambda entry: (entry[0][1], entry[0][0])):
        _receipt(payments, companies[payer], on, settled, rates, rng)
    _orders_in_hand(payments, companies, today, rates, rng)
    return payments


def _credited_part(sale: Sale) -> int:
    """The instalment that a credit note lowers: the largest that was not paid in advance."""
    open_parts = [index for index, part in enumerate(sale.parts) if not part.prepaid]
    return max(open_parts, key=lambda index: sale.parts[index].amount, default=0)


def _credit_note(
    payments: Payments, position: int, sale: Sale, company: Company, today: date, rates: Rates, rng: Random
) -> Decimal:
    """Lower one invoice in fifty, and a third of the disputed ones; returns by how much."""
    wanted = rng.random() < (0.3 if sale.disputed else 0.02)
    on = _workday(sale.on + timedelta(days=rng.randrange(4, 40)))
    index = _credited_part(sale)
    part = sale.parts[index]
    if not wanted or part.prepaid or on > today:
        return Decimal(0)
    share = Decimal(rng.choice((3, 5, 5, 8, 10, 20))) / 100
    amount = quantize(part.amount * share, company.currency)
    if amount <= 0:
        return Decimal(0)
    tax = gross_to_net(amount, VAT, company.currency)[1] if sale.tax else Decimal(0)
    credit = payments.add(
        Credit(
            kind="credit_note",
            company=sale.company,
            on=on,
            amount=amount,
            rate=rate_of(rates, company.currency, on),
            tax=tax,
            memo=rng.choice(words.CREDIT_REASONS),
            for_sale=position,
        )
    )
    payments.settlements.append(Settlement(position, index, credit, amount, on))
    return amount


def _advance(payments: Payments, position: int, sale: Sale, company: Company, rates: Rates) -> None:
    assert sale.advance_on is not None
    prepaid = [(index, part) for index, part in enumerate(sale.parts) if part.prepaid]
    credit = payments.add(
        Credit(
            kind="advance",
            company=sale.company,
            on=sale.advance_on,
            amount=sum((part.amount for _, part in prepaid), Decimal(0)),
            rate=rate_of(rates, company.currency, sale.advance_on),
            reference=sale.contract,
            memo=sale.product,
        )
    )
    payments.settlements.extend(
        Settlement(position, index, credit, part.amount, sale.on) for index, part in prepaid
    )


def _payment_dates(
    company: Company, sale: Sale, part: Part, amount: Decimal, today: date, rng: Random
) -> Iterator[tuple[date, Decimal]]:
    """When an instalment is paid, in one or two parts; nothing where it has not been by `today`."""
    assert part.effective_due_on is not None
    habit = HABITS[company.character]
    late = rng.gauss(habit.late_days, habit.spread)
    if company.character is Character.DETERIORATING:
        late += max(0.0, (420 - (today - part.effective_due_on).days) / 4)
    if part.retention:
        late += rng.uniform(0, 50)  # nobody pays it back unasked
    if sale.disputed:
        late += rng.uniform(90, 480)
    elif rng.random() < 0.006:
        late += rng.uniform(60, 420)  # lost at the customer's, found when somebody asked
    wanted = part.effective_due_on + timedelta(days=round(late))
    on = max(_pay_day(company, wanted, early=late <= 0), _workday(sale.on + timedelta(days=1)))
    in_parts = amount >= 20_000 and rng.random() < habit.in_parts
    first = quantize(amount * Decimal(rng.randrange(3, 8)) / 10, company.currency) if in_parts else amount
    last = company.pays_until or today
    if on <= last:
        yield on, first
    then = _pay_day(company, on + timedelta(days=rng.randrange(20, 50)), early=False)
    if in_parts and then <= last and on <= last:
        yield then, amount - first


def _pay_day(company: Company, wanted: date, *, early: bool) -> date:
    """The customer's pay day at or after a date, or before it where the customer pays in time."""
    if not company.pay_days:
        return CHINA.previous_workday(wanted) if early else _workday(wanted)
    if early:
        past = [day for day in company.pay_days if day <= wanted.day]
        month = wanted if past else add_months(wanted, -1, 1)
        return CHINA.previous_workday(month.replace(day=(past or company.pay_days)[-1]))
    ahead = [day for day in company.pay_days if day >= wanted.day]
    month = wanted if ahead else add_months(wanted, 1, 1)
    return _workday(month.replace(day=(ahead or company.pay_days)[0]))


def _workday(on: date) -> date:
    return CHINA.next_workday(on)


def _receipt(
    payments: Payments, payer: Company, on: date, settled: Sequence[Settlement], rates: Rates, rng: Random
) -> None:
    """One transfer for everything that falls due on a pay day."""
    groups = {line.sale for line in settled}
    amount = sum((line.amount for line in settled), Decimal(0))
    credit = payments.add(
        Credit(
            kind="receipt",
            company=payer.position,
            on=on,
            amount=amount,
            rate=rate_of(rates, payer.currency, on),
            reference=f"{on:%Y%m%d}{rng.randrange(10**8):08}",
            memo="货款" if len(groups) == 1 else f"货款 {len(groups)} 笔",
        )
    )
    payments.settlements.extend(Settlement(line.sale, line.part, credit, line.amount, on) for line in settled)


def _orders_in_hand(
    payments: Payments, companies: Sequence[Company], today: date, rates: Rates, rng: Random
) -> None:
    """Advances for machines that are not delivered yet; the oldest order was cancelled."""
    buyers = [company for company in companies if company.buys_until == today and company.pays_until is None]
    number = max(2, len(companies) // 20)
    for days in sorted(rng.sample(range(2, 60), min(number, 50)), reverse=True):
        company = rng.choice(buyers)
        on = CHINA.previous_workday(today - timedelta(days=days))
        machine, price = rng.choice(words.MACHINES[:4])
        amount = quantize(Decimal(price) * 3 / 10, company.currency)
        payments.add(
            Credit(
                kind="advance",
                company=company.position,
                on=on,
                amount=amount if company.currency == "CNY" else quantize(amount / 7, company.currency),
                rate=rate_of(rates, company.currency, on),
                reference=f"HT{on:%y%m}{rng.randrange(1, 1000):03}",
                memo=f"{machine} 预付30%",
            )
        )

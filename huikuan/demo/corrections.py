"""What went wrong in the demo and how it was put right: wrong allocations, money not allocated yet, overpayments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from huikuan.core.calendar import CHINA
from huikuan.demo.companies import Character, Company
from huikuan.demo.payments import Payments, Settlement
from huikuan.demo.sales import Sale

REVIEWS = (390, 240, 95)  # days ago: when the allocations were looked through


@dataclass(frozen=True)
class Mistake:
    """`wrong` was undone on `undone_on`."""

    wrong: Settlement
    undone_on: date


@dataclass(frozen=True)
class WriteOff:
    sale: int
    on: date
    reason: str


@dataclass(frozen=True)
class Refund:
    credit: int
    on: date
    reason: str


@dataclass
class Corrections:
    """`mistakes` were made besides the settlements and undone; `afterwards` is what then settled what."""

    mistakes: list[Mistake] = field(default_factory=list)
    afterwards: list[Settlement] = field(default_factory=list)
    write_offs: list[WriteOff] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


def plan_corrections(
    companies: Sequence[Company], sales: Sequence[Sale], payments: Payments, *, today: date, rng: Random
) -> Corrections:
    """Take what went wrong out of `payments` and say how it went on."""
    corrections = Corrections()
    size = max(1, len(sales) // 2000)
    _leave_unallocated(payments, size * 2, today, rng)
    _misallocate(payments, sales, corrections, size // 3 + 1, today)
    _take_back(payments, corrections, max(1, size // 4), today)
    _overpay(payments, corrections, size // 2 + 2, today, rng)
    _write_off(companies, sales, payments, corrections, today)
    return corrections


def _lines_of_receipts(payments: Payments) -> dict[int, list[int]]:
    """Positions of the settlements of each receipt."""
    lines: dict[int, list[int]] = defaultdict(list)
    for position, line in enumerate(payments.settlements):
        if payments.credits[line.credit].kind == "receipt":
            lines[line.credit].append(position)
    return lines


def _drop(payments: Payments, positions: set[int]) -> None:
    payments.settlements[:] = [
        line for position, line in enumerate(payments.settlements) if position not in positions
    ]


def _leave_unallocated(payments: Payments, older: int, today: date, rng: Random) -> None:
    """Half of the last days' receipts wait for the clerk, and a few that nobody could place."""
    waiting: set[int] = set()
    lines = _lines_of_receipts(payments)
    unplaced = [credit for credit in lines if 4 < (today - payments.credits[credit].on).days < 120]
    chosen = set(rng.sample(unplaced, min(older, len(unplaced) // 4)))
    for credit, positions in lines.items():
        recent = (today - payments.credits[credit].on).days <= 3
        if credit in chosen or (recent and rng.random() < 0.5):
            waiting.update(positions)
    _drop(payments, waiting)


def _misallocate(
    payments: Payments, sales: Sequence[Sale], corrections: Corrections, number: int, today: date
) -> None:
    """Receipts that were allocated to another invoice of the customer, until a review noticed."""
    taken: set[int] = set()
    lines = payments.settlements
    for days in REVIEWS:
        review = CHINA.previous_workday(today - timedelta(days=days))
        found = 0
        for right, other in _confusable(payments, sales, review):
            if {right, other} & taken:
                continue
            taken |= {right, other}
            paid = lines[right]
            wrong = Settlement(lines[other].sale, lines[other].part, paid.credit, paid.amount, paid.on)
            corrections.mistakes.append(Mistake(wrong, review))
            corrections.afterwards += [replace(paid, on=review), lines[other]]
            found += 1
            if found == number:
                break
    _drop(payments, taken)


def _confusable(payments: Payments, sales: Sequence[Sale], review: date) -> Iterator[tuple[int, int]]:
    """Lines paid in the weeks before `review`, each with a line as large or larger that the customer paid later."""
    lines = payments.settlements
    times: Counter[tuple[int, int]] = Counter((line.sale, line.part) for line in lines)
    later: dict[int, list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        if (
            review <= line.on <= review + timedelta(days=60)
            and times[line.sale, line.part] == 1
            and payments.credits[line.credit].kind == "receipt"
        ):
            later[sales[line.sale].company].append(position)
    for positions in _lines_of_receipts(payments).values():
        line = lines[positions[0]]
        if len(positions) > 1 or not 3 <= (review - line.on).days <= 25:
            continue
        for other in later[sales[line.sale].company]:
            if sales[lines[other].sale].on <= line.on and lines[other].amount >= line.amount:
                yield positions[0], other
                break


def _take_back(payments: Payments, corrections: Corrections, number: int, today: date) -> None:
    """Allocations of the last weeks that were undone and wait for an answer of the customer."""
    undone_on = CHINA.previous_workday(today - timedelta(days=1))
    taken: set[int] = set()
    for positions in _lines_of_receipts(payments).values():
        line = payments.settlements[positions[0]]
        if len(positions) == 1 and 6 <= (today - line.on).days <= 30 and line.on <= undone_on:
            taken.add(positions[0])
            corrections.mistakes.append(Mistake(line, undone_on))
        if len(taken) == number:
            break
    _drop(payments, taken)


def _overpay(payments: Payments, corrections: Corrections, number: int, today: date, rng: Random) -> None:
    """Customers that paid too much; the older ones got it back, and so did one that cancelled its order."""
    receipts = [
        position
        for position, credit in enumerate(payments.credits)
        if credit.kind == "receipt" and 20 < (today - credit.on).days < 150
    ]
    for position in sorted(rng.sample(receipts, min(number, len(receipts)))):
        credit = payments.credits[position]
        extra = Decimal(rng.choice((500, 1000, 2000, 4800)))
        payments.credits[position] = replace(
            credit, amount=credit.amount + extra, memo=f"{credit.memo}(多付)"
        )
        if (today - credit.on).days > 90:
            corrections.refunds.append(
                Refund(position, credit.on + timedelta(days=12), "客户多付，按其申请退回")
            )
    used = {line.credit for line in payments.settlements}
    cancelled = next(
        position
        for position, credit in enumerate(payments.credits)
        if credit.kind == "advance" and position not in used
    )
    on = payments.credits[cancelled].on + timedelta(days=2)
    corrections.refunds.append(Refund(cancelled, min(on, today), "订单取消，退回预付款"))


def _write_off(
    companies: Sequence[Company],
    sales: Sequence[Sale],
    payments: Payments,
    corrections: Corrections,
    today: date,
) -> None:
    """The bankrupt customer's debt, and the smallest old invoice that is not worth a lawsuit."""
    settled: dict[int, Decimal] = defaultdict(Decimal)
    for line in (*payments.settlements, *corrections.afterwards):
        settled[line.sale] += line.amount
    small: tuple[Decimal, int] | None = None
    for position, sale in enumerate(sales):
        left = sale.amount - settled[position]
        character = companies[sale.company].character
        if left <= 0:
            continue
        if character is Character.BANKRUPT:
            reason = "客户破产清算终结，法院裁定无财产可供分配"
            corrections.write_offs.append(WriteOff(position, today - timedelta(days=170), reason))
        elif character is Character.STOPPED and (small is None or left < small[0]):
            small = (left, position)
    if small is not None:
        reason = "逾期一年以上且金额小，催收成本高于债权"
        corrections.write_offs.append(WriteOff(small[1], today - timedelta(days=75), reason))

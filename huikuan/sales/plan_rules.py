"""What the lines of a billing plan come to, when they are billed, and when what was billed falls due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from huikuan.core.dates import add_months, month_end
from huikuan.core.money import quantize, split
from huikuan.customers.rules import TermRule, due_date
from huikuan.sales.rules import discount_share

_ZERO: Final = Decimal(0)
_WHOLE: Final = Decimal(100)
MOST_MONTHS: Final = 120

DATE: Final = "date"
MILESTONE: Final = "milestone"
MONTH: Final = "month"
QUANTITY: Final = "quantity"
RETENTION: Final = "retention"
TRIGGERS: Final = (DATE, MILESTONE, MONTH, QUANTITY, RETENTION)


class UnusablePlan(ValueError):
    """A plan that cannot stand: `code` says what is wrong, `line` (from 1) where, `difference` by how much.

    Codes: no_lines, name_missing, size_missing, not_positive, day_missing, milestone_missing, quantity_missing,
    months_range, months_missing, wrong_sum, too_long, unknown_trigger.
    """

    def __init__(self, code: str, line: int | None = None, difference: Decimal = _ZERO) -> None:
        super().__init__(f"plan line {line}: {code}")
        self.code = code
        self.line = line
        self.difference = difference


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlanLine:
    """A line of a plan as it is agreed: `percent` of the contract or an `amount`, and when it is billed.

    `month` lines run from the month of `bill_on` until that of `until`, billed at the end of each; their size is
    that of all months. `days`: how long after it was billed, or after its milestone, a line is due; of a retention
    it is `months` after acceptance. `rule` says so otherwise where it is given.
    """

    name: str
    trigger: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    bill_on: date | None = None
    until: date | None = None
    milestone: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    days: int = 0
    months: int = 12
    rule: TermRule | None = None


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line with what it comes to."""

    line: NewPlanLine
    amount: Decimal
    rule: TermRule


def planned(
    lines: Sequence[NewPlanLine], *, amount: Decimal, currency: str, billed: Decimal = _ZERO
) -> list[PlannedLine]:
    """The lines of a plan with their amounts, months apart; with what is `billed` they sum to the contract.

    Percentages are of the contract and rounded; where they come to what the amounts leave, the last of them takes
    the remainder: 1,000,000.01 as 30/60/10 % is 300,000.00, 600,000.01 and 100,000.00. Raises UnusablePlan.
    """
    for position, line in enumerate(lines, start=1):
        _require_sound(line, position)
    rest = amount - billed
    if not lines:
        if rest:
            raise UnusablePlan("no_lines", difference=rest)
        return []
    sizes = _sizes(lines, amount, rest, currency)
    found: list[PlannedLine] = []
    for line, size in zip(lines, sizes, strict=True):
        found += _apart(line, size, currency)
    return found


def _sizes(lines: Sequence[NewPlanLine], amount: Decimal, rest: Decimal, currency: str) -> list[Decimal]:
    sizes = [
        line.amount
        if line.amount is not None
        else quantize(amount * (line.percent or _ZERO) / _WHOLE, currency)
        for line in lines
    ]
    by_percent = [position for position, line in enumerate(lines) if line.amount is None]
    if by_percent:
        agreed = sum((lines[each].percent or _ZERO for each in by_percent), _ZERO)
        left = rest - sum((line.amount for line in lines if line.amount is not None), _ZERO)
        if quantize(amount * agreed / _WHOLE, currency) == left:
            sizes[by_percent[-1]] += left - sum((sizes[each] for each in by_percent), _ZERO)
    difference = rest - sum(sizes, _ZERO)
    if difference:
        raise UnusablePlan("wrong_sum", difference=difference)
    return sizes


def _apart(line: NewPlanLine, size: Decimal, currency: str) -> Iterator[PlannedLine]:
    rule = line.rule or default_rule(line)
    if line.trigger != MONTH:
        yield PlannedLine(line, size, rule)
        return
    assert line.bill_on is not None and line.until is not None
    count = month_count(line.bill_on, line.until)
    first = line.bill_on.replace(day=1)
    percents = [None] * count if line.percent is None else [line.percent / count] * count
    for position, (part, percent) in enumerate(
        zip(split(size, [_ZERO + 1] * count, currency), percents, strict=True)
    ):
        end = month_end(add_months(first, position))
        name = f"{line.name} {end:%Y-%m}"
        yield PlannedLine(replace(line, name=name, bill_on=end, amount=part, percent=percent), part, rule)


def default_rule(line: NewPlanLine) -> TermRule:
    """The term of a line that states none of its own. Raises UnusableTerm."""
    if line.trigger == RETENTION:
        return TermRule.retention(line.months)
    if line.trigger == MILESTONE:
        return TermRule.at_milestone(line.milestone, days=line.days)
    return TermRule.net(line.days)


def month_count(since: date, until: date) -> int:
    """How many calendar months from the one of `since` to the one of `until`."""
    return (until.year - since.year) * 12 + until.month - since.month + 1


def _require_sound(line: NewPlanLine, position: int) -> None:
    def refuse(code: str) -> UnusablePlan:
        return UnusablePlan(code, position)

    if line.trigger not in TRIGGERS:
        raise refuse("unknown_trigger")
    if not line.name.strip():
        raise refuse("name_missing")
    if len(line.name) > 100 or len(line.milestone) > 60 or len(line.unit) > 20:
        raise refuse("too_long")
    if (line.percent is None) == (line.amount is None):
        raise refuse("size_missing")
    size = line.percent if line.amount is None else line.amount
    if size is None or not size.is_finite() or size <= 0 or (line.percent is not None and size > _WHOLE):
        raise refuse("not_positive")
    if line.trigger in (DATE, MONTH) and line.bill_on is None:
        raise refuse("day_missing")
    if line.trigger in (MILESTONE, RETENTION) and not line.milestone.strip():
        raise refuse("milestone_missing")
    if line.trigger == QUANTITY and (
        line.quantity is None or not line.quantity.is_finite() or line.quantity <= 0
    ):
        raise refuse("quantity_missing")
    if line.trigger == MONTH:
        if line.until is None or line.bill_on is None:
            raise refuse("months_missing")
        if not 1 <= month_count(line.bill_on, line.until) <= MOST_MONTHS:
            raise refuse("months_range")


@dataclass(frozen=True, slots=True)
class PlanState:
    """A line of a plan in force and what happened of it up to a day.

    `billed`: by invoices that are not void. `happened_on`: its milestone, or the last delivery.
    """

    trigger: str
    amount: Decimal
    billed: Decimal
    bill_on: date | None = None
    happened_on: date | None = None
    quantity: Decimal | None = None
    delivered: Decimal = _ZERO


def billable(state: PlanState, *, on: date, currency: str) -> Decimal:
    """What of a line is to be billed on a day: all or nothing, but for deliveries their share."""
    if state.trigger in (DATE, MONTH):
        due = state.amount if state.bill_on is not None and state.bill_on <= on else _ZERO
    elif state.happened_on is None or state.happened_on > on:
        due = _ZERO
    elif state.trigger == QUANTITY and state.quantity:
        due = discount_share(
            state.amount,
            state.quantity,
            before=_ZERO,
            part=min(state.delivered, state.quantity),
            currency=currency,
        )
    else:
        due = state.amount
    return max(due - state.billed, _ZERO)


def due_on(
    rule: TermRule, *, signed_on: date, billed_on: date, happened_on: date | None
) -> tuple[date, date]:
    """(due date, effective due date) of what is billed of a line; never before it is billed."""
    base = {"invoice": billed_on, "order": signed_on}.get(rule.event, happened_on or billed_on)
    due = due_date(rule, base)
    return max(due.due_on, billed_on), max(due.effective_due_on, billed_on)

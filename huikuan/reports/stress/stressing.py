"""A scenario tried on what is owed: who pays later, who fails, and what that does."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from huikuan.core.errors import HuikuanError
from huikuan.credit.models import Limit
from huikuan.credit.queries import standings
from huikuan.credit.rules import total
from huikuan.reports.stress.book import Book, Debtor, largest
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.losses import ItemLoss, item_losses
from huikuan.risk.payments.weeks import monday_of
from huikuan.risk.queries import Requirement, base_unit, requirement
from huikuan.risk.roll_rates import FIRST_DAYS
from huikuan.risk.rules import BUCKETS, expected_loss

Numbers = NDArray[np.float64]
ZERO = Decimal(0)
SHOWN_WEEKS = 13
MOST_DAYS, MOST_FAILING = 180, 20


class ScenarioRefused(HuikuanError):
    """The scenario means nobody, or days or numbers outside what can be tried."""

    code = "scenario_refused"


@dataclass(frozen=True)
class Scenario:
    """Customers of a sector, or region, or (both empty) all pay `days` later; the `largest` who owe most, and those with
    the codes in `failing`, pay nothing any more, and `loss` of what they owe is lost.
    """

    sector: str = ""
    region: str = ""
    days: int = 30
    largest: int = 0
    failing: tuple[str, ...] = ()
    loss: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Week:
    """Cash expected in a week (by its Monday) and what is overdue at its end, without and with the scenario."""

    starts_on: date
    cash: Decimal
    cash_after: Decimal
    overdue: Decimal
    overdue_after: Decimal


@dataclass(frozen=True, slots=True)
class LimitEffect:
    """A customer struck who has a limit: what of it is used, and would be if deliveries go on while payments wait.

    `failed`: the limit is worth nothing any more.
    """

    code: str
    name: str
    limit: Decimal
    used: Decimal
    used_after: Decimal
    failed: bool


@dataclass(frozen=True)
class Stressed:
    """What a scenario does, in base currency. Provisions are None where no loss rates are in force."""

    scenario: Scenario
    late: int
    late_owed: Decimal
    failing: list[Debtor]
    weeks: list[Week]
    provision: Decimal | None
    provision_after: Decimal | None
    limits: list[LimitEffect]
    guessed: int

    @property
    def missing(self) -> Decimal:
        """The cash of the weeks shown that does not come in them."""
        return sum((week.cash - week.cash_after for week in self.weeks), ZERO)


def stressed(book: Book, scenario: Scenario) -> Stressed:
    """Try a scenario. Raises ScenarioRefused where it means nobody or is out of range."""
    failing = _failing(book, scenario)
    failed = {each.id for each in failing}
    late = {
        key
        for key, each in book.debtors.items()
        if key not in failed
        and scenario.days
        and (not scenario.sector or each.sector == scenario.sector)
        and (not scenario.region or each.region == scenario.region)
    }
    if book.debtors and not late and not failed:
        raise ScenarioRefused(_("没有客户符合这个情景。"), code="nobody_struck")
    is_late = np.array([key in late for key in book.customer_ids], dtype=bool)
    is_failed = np.array([key in failed for key in book.customer_ids], dtype=bool)
    after = np.where(is_late[:, None], postponed(book.weeks, scenario.days), book.weeks)
    after = np.where(is_failed[:, None], 0.0, after)
    before, then = _provisions(book, scenario, late, failed)
    return Stressed(
        scenario,
        len(late),
        sum((book.debtors[key].owed for key in late), ZERO),
        failing,
        _weeks(book, after),
        before,
        then,
        _limits(book, scenario, late, failed),
        book.guessed,
    )


def postponed(weeks: Numbers, days: int) -> Numbers:
    """Probabilities by week when everything comes so many days later: what crosses into a next week is divided evenly."""
    whole, part = divmod(days, 7)
    padded = np.concatenate((np.zeros((len(weeks), whole + 1)), weeks), axis=1)
    later = padded[:, 1 : weeks.shape[1] + 1]
    latest = padded[:, : weeks.shape[1]]
    return np.asarray(later * (1 - part / 7) + latest * (part / 7))


def _failing(book: Book, scenario: Scenario) -> list[Debtor]:
    if not 0 <= scenario.days <= MOST_DAYS or not 0 <= scenario.largest <= MOST_FAILING:
        raise ScenarioRefused(
            _("天数应在 0 到 %(days)d 之间，最大客户应在 0 到 %(count)d 家之间。")
            % {"days": MOST_DAYS, "count": MOST_FAILING},
            code="out_of_range",
        )
    if not (scenario.loss.is_finite() and 0 <= scenario.loss <= 1):
        raise ScenarioRefused(_("损失比例应在 0% 到 100% 之间。"), code="loss_out_of_range")
    by_code = {each.code: each for each in book.debtors.values()}
    unknown = [code for code in scenario.failing if code not in by_code]
    if unknown:
        raise ScenarioRefused(_("没有欠款的客户 %s。") % unknown[0], code="unknown_customer")
    found = {each.id: each for each in largest(book, scenario.largest)}
    found |= {by_code[code].id: by_code[code] for code in scenario.failing}
    return list(found.values())


def _weeks(book: Book, after: Numbers) -> list[Week]:
    amounts = np.array([float(each) for each in book.amounts])
    monday = monday_of(book.today)
    paid, paid_after = np.cumsum(book.weeks, axis=1), np.cumsum(after, axis=1)
    made = []
    for at in range(SHOWN_WEEKS):
        starts_on = monday + timedelta(days=7 * at)
        due = book.due <= (starts_on + timedelta(days=6) - book.today).days - 1  # overdue from the day after
        figures = (
            amounts @ book.weeks[:, at],
            amounts @ after[:, at],
            (amounts * (1 - paid[:, at]))[due].sum(),
            (amounts * (1 - paid_after[:, at]))[due].sum(),
        )
        made.append(Week(starts_on, *(_money(each) for each in figures)))
    return made


def _money(value: Any) -> Decimal:
    return Decimal(f"{max(float(value), 0.0):.2f}")


def _provisions(
    book: Book, scenario: Scenario, late: set[UUID], failed: set[UUID]
) -> tuple[Decimal | None, Decimal | None]:
    """What is required now, and if the late ones stood so many days longer and the failing ones were judged by themselves."""
    try:
        found = requirement(book.today)
    except NoMatrix:
        return None, None
    return found.required, _provision_after(found, item_losses(found), scenario, late, failed)


def _provision_after(
    found: Requirement, items: Sequence[ItemLoss], scenario: Scenario, late: set[UUID], failed: set[UUID]
) -> Decimal:
    unit = base_unit()
    rates = {line.bucket: line.rate for line in found.lines if line.bucket}
    judged, balances = ZERO, dict.fromkeys(BUCKETS, ZERO)
    for each in items:
        if each.customer_id in failed:
            judged += max(each.loss, expected_loss(each.balance, scenario.loss, unit))
        elif each.assessed:
            judged += each.loss
        else:
            more = scenario.days if each.customer_id in late else 0
            balances[_bucket_after(each, found.as_of, more)] += each.balance
    return judged + sum((expected_loss(balances[name], rates[name], unit) for name in BUCKETS), ZERO)


def _bucket_after(each: ItemLoss, day: date, more: int) -> str:
    if not more or each.due_on is None:
        return each.bucket
    return BUCKETS[bisect_right(FIRST_DAYS, (day - each.due_on).days + more)]


def _limits(book: Book, scenario: Scenario, late: set[UUID], failed: set[UUID]) -> list[LimitEffect]:
    """Of the customers struck who have a limit, those who would be above it, and those who fail; the worst first."""
    limited = set(Limit.objects.values_list("customer_id", flat=True)) & (late | failed)
    waiting = _waiting(book, scenario, late)
    made = []
    for key, standing in standings(sorted(limited), day=book.today).items():
        if standing.limit is None:
            continue
        debtor, used = book.debtors[key], total(standing.exposure.parts)
        after = used + waiting.get(key, ZERO)
        if key in failed or after > standing.limit:
            made.append(
                LimitEffect(debtor.code, debtor.name, standing.limit, used, after, failed=key in failed)
            )
    return sorted(made, key=lambda each: (each.limit - each.used_after, each.code))


def _waiting(book: Book, scenario: Scenario, late: set[UUID]) -> dict[UUID, Decimal]:
    """What would have come within the days of delay and does not, by customer."""
    whole, part = divmod(scenario.days, 7)
    expected = book.weeks[:, :whole].sum(axis=1) + book.weeks[:, whole] * (part / 7)
    found: dict[UUID, float] = {}
    for key, amount, share in zip(book.customer_ids, book.amounts, expected, strict=True):
        if key in late:
            found[key] = found.get(key, 0.0) + float(amount) * float(share)
    return {key: _money(value) for key, value in found.items()}

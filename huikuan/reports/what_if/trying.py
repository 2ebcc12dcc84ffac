"""Trying a change of limits or terms on the customers of a segment, as they stand today: a handful of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.assessment_queries import current_assessments
from huikuan.credit.exposure import RECEIVABLE
from huikuan.credit.facts import customer_facts
from huikuan.credit.queries import Standing, standings
from huikuan.customers.models import Customer
from huikuan.ledger.rules import OVERDUE_BOUNDS
from huikuan.organizations.models import Organization
from huikuan.reports.state import joining_whole_tables
from huikuan.reports.what_if.rules import NOTHING, Account, Change, Effect, Outcome, effect_of
from huikuan.risk.in_force import NoMatrix, matrix_on
from huikuan.risk.rules import BUCKETS, STARTING_RATES

ALL = ""
ZERO, CENT = Decimal(0), Decimal("0.01")
MOST_PERCENT, MOST_DAYS = Decimal(1000), 365


class WhatIfRefused(HuikuanError):
    """The change cannot be tried; nothing is ever changed by trying."""

    code = "what_if_refused"


class Tried(NamedTuple):
    """One customer with what the change does to it."""

    id: UUID
    code: str
    name: str
    grade: str
    outcome: Outcome


@dataclass
class WhatIf:
    """What a change does to all customers that it is for, and to each. `without_limit`: how many have none."""

    change: Change
    currency: str
    customers: list[Tried] = field(default_factory=list)
    before: Effect = NOTHING
    after: Effect = NOTHING
    stopped: Decimal = ZERO
    without_limit: int = 0

    @property
    def difference(self) -> Effect:
        """After, less before."""
        return self.after.less(self.before)

    def as_data(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "currency": self.currency,
            "customers": len(self.customers),
            "without_limit": self.without_limit,
            "change": {
                "limit_percent": f"{self.change.limit_percent.normalize():f}",
                "term_days": self.change.term_days,
                "capital_rate": f"{self.change.capital_rate.normalize():f}",
            },
            "before": _texts(self.before),
            "after": _texts(self.after),
            "difference": _texts(self.difference),
            "stopped": _text(self.stopped),
            "list": [
                {
                    "customer": each.code,
                    "name": each.name,
                    "grade": each.grade or None,
                    "before": _texts(each.outcome.before),
                    "after": _texts(each.outcome.after),
                    "stopped": _text(each.outcome.stopped),
                }
                for each in self.customers
            ],
        }


def try_change(change: Change, *, segment: str = ALL, grade: str = ALL, today: date) -> WhatIf:
    """Try a change on the customers of a segment and a grade (ALL: whatever they have); nothing is changed.

    Raises WhatIfRefused for a change that cannot be meant, and where no customer is in it.
    """
    _require_change(change)
    rows = Customer.objects.all()
    if segment:
        rows = rows.filter(segment=segment)
    people = {key: (code, name) for key, code, name in rows.values_list("pk", "code", "name")}
    with joining_whole_tables():
        grades = {key: each.grade for key, each in current_assessments(list(people), as_of=today).items()}
        if grade:
            people = {key: said for key, said in people.items() if grades.get(key) == grade}
        if not people:
            raise WhatIfRefused(_("没有符合条件的客户。"), code="nobody")
        facts = customer_facts(list(people), as_of=today)
        found = standings(list(people), day=today)
    rates = _loss_rates(today)
    currency = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    result = WhatIf(change, currency)
    for key, standing in found.items():
        sales = facts.get(key, {}).get("monthly_sales", ZERO)
        account = Account(
            standing.limit, standing.position().used, max(sales, ZERO), loss_rate(standing, rates)
        )
        outcome = effect_of(account, change)
        result.before = result.before.plus(outcome.before)
        result.after = result.after.plus(outcome.after)
        result.stopped += outcome.stopped
        result.without_limit += standing.limit is None
        result.customers.append(Tried(key, *people[key], grades.get(key, ""), outcome))
    result.customers.sort(key=_moved)
    return result


def _moved(each: Tried) -> tuple[Decimal, str]:
    """The greatest change of what is used, or stopped, first."""
    difference = each.outcome.after.less(each.outcome.before)
    return -max(abs(difference.used), each.outcome.stopped), each.code


def loss_rate(standing: Standing, rates: Mapping[str, Decimal]) -> Decimal:
    """The share of a customer's debts that is expected to be lost, by the days that each is overdue."""
    owed = standing.exposure.parts.get(RECEIVABLE, ZERO)
    if owed <= 0:
        return rates["not_due"]
    late = sum((debt.amount for debt in standing.exposure.overdue), ZERO)
    loss = max(owed - late, ZERO) * rates["not_due"]
    loss += sum((debt.amount * rates[_bucket(debt.overdue_days)] for debt in standing.exposure.overdue), ZERO)
    return min(loss / owed, Decimal(1))


def _bucket(days: int) -> str:
    place = next((place for place, high in enumerate(OVERDUE_BOUNDS, start=1) if days <= high), -1)
    return BUCKETS[place]


def _loss_rates(today: date) -> dict[str, Decimal]:
    """The matrix in force; the starting one where the organization has none yet."""
    try:
        rates = matrix_on(today).rates
    except NoMatrix:
        return dict(STARTING_RATES)
    return {bucket: Decimal(rates[bucket]) for bucket in BUCKETS}


def _require_change(change: Change) -> None:
    percent, days, rate = change
    if not percent.is_finite() or not -100 <= percent <= MOST_PERCENT:
        raise WhatIfRefused(_("额度的变动应在 -100% 和 1000% 之间。"), code="percent_out_of_range")
    if not -MOST_DAYS <= days <= MOST_DAYS:
        raise WhatIfRefused(_("账期的变动应在 -365 天和 365 天之间。"), code="days_out_of_range")
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise WhatIfRefused(_("资金成本率应在 0% 和 100% 之间。"), code="rate_out_of_range")


def _texts(effect: Effect) -> dict[str, str]:
    return {name: _text(amount) for name, amount in effect._asdict().items()}


def _text(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, rounding=ROUND_HALF_UP):f}"

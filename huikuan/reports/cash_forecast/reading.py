"""The newest forecast, with what customers promised and what came of earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F, Sum

from huikuan.collection.models import PaymentPromise
from huikuan.collection.rules import PromiseState
from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.models import Organization
from huikuan.risk.payments.cash import ForetoldCash, by_month
from huikuan.risk.payments.models import ForetoldWeek
from huikuan.risk.payments.queries import (
    EXPECTED,
    FORESEEN,
    foretold_before,
    foretold_weeks,
    paid_in_weeks,
)
from huikuan.risk.payments.weeks import monday_of

ZERO = Decimal(0)
SHOWN_WEEKS = 13
PAST_WEEKS = 8


@dataclass(frozen=True, slots=True)
class PastWeek:
    """A week gone by: what was foretold of it before it began, and what came."""

    said: ForetoldWeek
    actual: Decimal

    @property
    def inside(self) -> bool:
        """Whether what came is between P10 and P90."""
        return bool(self.said.low <= self.actual <= self.said.high)


@dataclass(frozen=True)
class Forecast:
    """What is foretold, in base currency: `weeks` (all, of which thirteen are shown), months, and what was promised by week.

    `promised` is part of what is expected, not beside it: the model knows of promises.
    """

    made_on: date
    weeks: list[ForetoldWeek]
    months: list[ForetoldCash]
    promised: dict[date, Decimal]
    past: list[PastWeek]

    @property
    def shown(self) -> list[ForetoldWeek]:
        """The next thirteen weeks."""
        return self.weeks[:SHOWN_WEEKS]

    @property
    def miss(self) -> Decimal | None:
        """Of the weeks gone by, Σ |foretold − came| ÷ Σ came; None where nothing came."""
        came = sum((week.actual for week in self.past), ZERO)
        return (
            sum((abs(week.said.expected - week.actual) for week in self.past), ZERO) / came if came else None
        )


def forecast(today: date) -> Forecast | None:
    """The newest forecast; None where nothing is foretold yet."""
    weeks = foretold_weeks()
    if not weeks:
        return None
    months = by_month(
        [ForetoldCash(week.week_on, week.expected, week.low, week.middle, week.high) for week in weeks]
    )
    return Forecast(weeks[0].made_on, weeks, months, promised_by_week(today), past_weeks(today))


def past_weeks(today: date) -> list[PastWeek]:
    """The last whole weeks of which something was foretold, the latest first."""
    this = monday_of(today)
    foretold = foretold_before([this - timedelta(days=7 * each) for each in range(1, PAST_WEEKS + 1)])
    came = paid_in_weeks(sorted(foretold))
    return [PastWeek(foretold[week], came.get(week, ZERO)) for week in sorted(foretold, reverse=True)]


def promised_by_week(today: date) -> dict[date, Decimal]:
    """What is left of the promises for days from today on, by the Monday of the week, at the latest rates."""
    rows = (
        PaymentPromise.objects.filter(state=PromiseState.OPEN.value, promised_on__gte=today)
        .values_list("promised_on", "currency")
        .annotate(left=Sum(F("amount") - F("paid")))
    )
    base = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    found = list(rows)
    rates = {
        currency: rate
        for (currency, _day), rate in rates_on({(row[1], today) for row in found if row[1] != base}).items()
    } | {base: Decimal(1)}
    weeks: dict[date, Decimal] = defaultdict(Decimal)
    for day, currency, left in found:
        weeks[monday_of(day)] += quantize(left * rates.get(currency, ZERO), base)
    return dict(weeks)


@dataclass(frozen=True, slots=True)
class Line:
    """An open item (kind "item") or what is not invoiced yet, and what it is expected to bring in each of the shown weeks."""

    kind: str
    number: str
    name: str
    code: str
    customer: str
    due_on: date | None
    amount: Decimal
    weeks: list[Decimal]


def lines() -> Iterable[Line]:
    """Everything that the newest forecast is made of, as far as it brings anything in the weeks shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT f.kind, coalesce(d.number, c.number), coalesce(c.name, ''), k.code, k.name,
                   coalesce(i.effective_due_on, c.due_on), f.amount, e.weeks
            FROM ({FORESEEN}) f
            CROSS JOIN LATERAL (
                SELECT array_agg({EXPECTED} ORDER BY w.place) AS weeks
                FROM unnest(f.weeks[1:{SHOWN_WEEKS}]) WITH ORDINALITY w (share, place)
            ) e
            JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = f.customer_id
            LEFT JOIN risk_planned_cash c ON c.organization_id = %(organization)s AND c.id = f.id
            LEFT JOIN risk_payment_prediction p ON p.organization_id = %(organization)s AND p.id = f.id
            LEFT JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
            LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
            WHERE EXISTS (SELECT FROM unnest(e.weeks) v WHERE v > 0)
            ORDER BY k.code COLLATE "C", f.kind, 2, f.id
            """,
            {"organization": current_organization_id()},
        )
        return [Line(*row) for row in cursor.fetchall()]

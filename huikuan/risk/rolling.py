"""What of the debts in a bucket grew into the next, month by month, from the payments there really were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from huikuan.core.dates import add_months, month_end
from huikuan.credit.ledger_facts import OLD_ITEM, Knowledge, knowledge
from huikuan.risk.in_force import assessments_on
from huikuan.risk.roll_rates import FIRST_DAYS, chained_losses, pooled
from huikuan.risk.rules import BUCKETS

ZERO, ONE = Decimal(0), Decimal(1)
MONTHS = 12
"""Roll rates of fewer months are not reliable: a year has all its seasons."""


@dataclass(frozen=True)
class Rolled:
    """Debts that could have entered a bucket within a period: by month and bucket, what entered it and what of that
    entered the next, in base currency. The month is that in which the next one would be entered.
    """

    months: tuple[date, ...]
    moves: dict[tuple[date, str], tuple[Decimal, Decimal]]

    def of_month(self, month: date) -> list[Decimal | None]:
        """The roll rates of one month."""
        return pooled({bucket: self.moves.get((month, bucket), (ZERO, ZERO)) for bucket in BUCKETS[:-1]})

    @property
    def average(self) -> list[Decimal | None]:
        """The roll rates of the whole period, weighted by the amounts."""
        sums = dict.fromkeys(BUCKETS[:-1], (ZERO, ZERO))
        for (_month, bucket), (entered, rolled) in self.moves.items():
            before = sums[bucket]
            sums[bucket] = (before[0] + entered, before[1] + rolled)
        return pooled(sums)


@dataclass(frozen=True)
class Basis:
    """迁徙率法: loss rates chained from the roll rates of a period of whole months.

    `final`: what is lost of the last bucket. `forward`: the forward-looking factor. `rolls`: None where nothing
    entered a bucket, which then counts as rolling on whole.
    """

    since: date
    until: date
    final: Decimal
    forward: Decimal
    rolls: tuple[Decimal | None, ...]

    @property
    def losses(self) -> dict[str, Decimal]:
        """The loss rate of each bucket."""
        rolls = [Decimal(1) if share is None else share for share in self.rolls]
        return dict(zip(BUCKETS, chained_losses(rolls, self.final, forward=self.forward), strict=True))

    def as_data(self) -> dict[str, Any]:
        """As it is kept with the rates."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "final": f"{self.final.normalize():f}",
            "forward": f"{self.forward.normalize():f}",
            "rolls": [None if share is None else f"{share:f}" for share in self.rolls],
        }


def basis_of(until: date, *, months: int = MONTHS, final: Decimal = ONE, forward: Decimal = ONE) -> Basis:
    """The roll rates of so many whole months up to the last that is over by the end of `until`, and what follows."""
    since, last = whole_months(until, months)
    return Basis(since, last, final, forward, tuple(rolled(since, last).average))


def whole_months(until: date, count: int = MONTHS) -> tuple[date, date]:
    """The first and the last day of so many months, of which the last is over by the end of `until`."""
    last = until if until == month_end(until) else until.replace(day=1) - timedelta(days=1)
    return add_months(last.replace(day=1), 1 - count), last


def rolled(since: date, until: date, known_at: datetime | None = None) -> Rolled:
    """What rolled from bucket to bucket between two days, both included, as known at a time (aware; None: now).

    A debt enters "not due" with its whole amount on the day of its document, and each later bucket with what is left
    of it on the first day of that bucket. What was written off is not paid: it rolls on. Customers who are judged by
    themselves on `until` are left out, as they are of the matrix.
    """
    known = knowledge(until, known_at)
    values: dict[str, Any] = {
        **known.parameters,
        "since": since,
        "assessed": [row.customer_id for row in assessments_on(until, known_at)],
        "places": list(range(len(FIRST_DAYS))),
        "entered": [None, *FIRST_DAYS[:-1]],
        "next": list(FIRST_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_rolled_sql(known), values)
        rows = cursor.fetchall()
    moves = {(month, BUCKETS[place]): (entered, left) for month, place, entered, left in rows}
    return Rolled(tuple(sorted({month for month, _bucket in moves})), moves)


def _rolled_sql(known: Knowledge) -> str:
    """A day counts from its beginning: what is paid on the first day of a bucket was in it."""
    return f"""
    WITH step AS (
        SELECT * FROM unnest(%(places)s::int[], %(entered)s::int[], %(next)s::int[]) s (place, entered, next)
    ),
    debt AS ({_debts_sql(known)}),
    item AS (
        SELECT i.id, s.place, i.due_on + s.next AS next_on, coalesce(i.due_on + s.entered, i.document_on) AS entered_on,
               s.entered, i.base_amount
        FROM debt i CROSS JOIN step s
        WHERE i.due_on + s.next BETWEEN %(since)s AND %(as_of)s AND i.document_on < i.due_on + s.next
    ),
    paid AS (
        SELECT m.id, m.place,
               sum(a.debit_base) FILTER (WHERE a.effective_on < m.entered_on AND m.entered IS NOT NULL) AS before,
               sum(a.debit_base) FILTER (WHERE a.effective_on < m.next_on) AS by_next
        FROM item m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = m.id
        JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = a.credit_item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = c.document_id{known.late_act("a")}
        WHERE d.kind <> 'write_off' AND a.effective_on < m.next_on AND {known.was_known("a", "effective_on")}
        GROUP BY m.id, m.place
    )
    SELECT date_trunc('month', m.next_on)::date, m.place,
           sum(m.base_amount - coalesce(p.before, 0)), sum(m.base_amount - coalesce(p.by_next, 0))
    FROM item m LEFT JOIN paid p ON p.id = m.id AND p.place = m.place
    GROUP BY 1, 2
"""


def _debts_sql(known: Knowledge) -> str:
    """What was sold and not undone, with the due dates known then; not of customers judged by themselves."""
    due, old, undone = "i.effective_due_on", "", "d.voided_by_id IS NOT NULL"
    if known.known_at is not None:
        due = "CASE WHEN old.item_id IS NULL THEN i.effective_due_on ELSE old.effective_due_on END"
        old = f" LEFT JOIN ({OLD_ITEM}) old ON old.item_id = i.id"
        undone = f"""EXISTS (
            SELECT FROM ledger_document v{known.late_act("v")}
            WHERE v.organization_id = %(organization)s AND v.id = d.voided_by_id
              AND {known.was_known("v", "document_on")})"""
    return f"""
        SELECT i.id, {due} AS due_on, i.document_on, i.base_amount
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        {old}{known.late_act("i")}
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND d.kind IN ('invoice', 'debit_note')
          AND NOT ({undone}) AND NOT i.customer_id = ANY(%(assessed)s::uuid[])
          AND {known.was_known("i", "document_on")}"""

"""How customers pay and buy, from our own ledger: as of a day, and as it was known at a time. Set-based.

The rules, with D the day and "counted" meaning dated up to D and known at the time:

- A debt is an item of an invoice, a debit note or a debt taken over, with a due date (the one rolled over rest days).
- What settles it counts while its allocation is counted and no counted reversal undid it. Credit notes, reversals,
  discounts, differences and debts handed on make the debt smaller; a write-off ends it late; all else pays it.
- `on_time_rate`: of debts due within the 12 months before D, what was paid by the due date ÷ what they were, by amount.
- `days_late`: Σ amount × days after due (early is 0) ÷ Σ amount, over what was settled in the 12 months up to D, and
  what is unpaid and overdue at D with its days until D.
- `late_trend`: the same over the last 3 months with what is unpaid, less that of the 9 months before.
- `overdue_worst_now` and `overdue_worst_12m`: most days, of what is unpaid, and of what was settled in 12 months too.
- Sales: invoices and debit notes (but for interest and fees charged) less credit notes, tax included; undone documents
  are left out. `growth`: 12 months ÷ the 12 months before − 1. `concentration`: share of the sales to all customers.
- Of a customer without any sale nothing is known: it is absent. All in base currency, at the document's rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization

Facts = dict[str, Decimal]


@dataclass(frozen=True)
class Knowledge:
    """What counts: rows dated up to `as_of`, known at `known_at` (aware); None: all that is recorded by now.

    Before the organization went live rows are known from their own dates.
    """

    organization_id: UUID
    as_of: date
    known_at: datetime | None
    live_on: date

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that the SQL names."""
        return {
            "organization": self.organization_id,
            "as_of": self.as_of,
            "known_at": self.known_at,
            "known_on": self.known_at.date() if self.known_at else None,
            "live_on": self.live_on,
            "year_ago": add_months(self.as_of, -12),
            "two_years_ago": add_months(self.as_of, -24),
            "quarter_ago": add_months(self.as_of, -3),
        }

    def late_act(self, row: str) -> str:
        """SQL that joins the row's act as `late_<row>` if it was recorded too late to be known."""
        if self.known_at is None:
            return ""
        return (
            f" LEFT JOIN audit_act late_{row} ON late_{row}.organization_id = %(organization)s"
            f" AND late_{row}.id = {row}.act_id AND late_{row}.recorded_at > %(known_at)s"
        )

    def counted(self, row: str, column: str) -> str:
        """SQL for whether the row counts, by its date in `column`; needs `late_act` of the row."""
        dated = f"{row}.{column} <= %(as_of)s"
        return dated if self.known_at is None else f"{dated} AND {self.was_known(row, column)}"

    def was_known(self, row: str, column: str) -> str:
        """SQL for whether the row was known, of whatever day it is; needs `late_act` of the row."""
        if self.known_at is None:
            return "true"
        return (
            f"(CASE WHEN {row}.{column} < %(live_on)s THEN {row}.{column} <= %(known_on)s"
            f" ELSE late_{row}.id IS NULL END)"
        )


def knowledge(as_of: date, known_at: datetime | None = None) -> Knowledge:
    """What counts in the current organization as of a day and, if asked, as known at a time."""
    organization = Organization.objects.get(pk=current_organization_id())
    zone = ZoneInfo(organization.time_zone)
    return Knowledge(
        organization.pk, as_of, known_at and known_at.astimezone(zone), organization.live_on or date.min
    )


def ledger_facts(customer_ids: Sequence[UUID] | None, known: Knowledge) -> dict[UUID, Facts]:
    """The computed facts of customers (None: of all) by code; what is not known is absent."""
    parameters = {**known.parameters, "customers": list(customer_ids) if customer_ids is not None else None}
    found: dict[UUID, Facts] = {}
    with connection.cursor() as cursor:
        debts = _debts_now_sql if known.known_at is None else _debts_sql
        for statement in (_sales_sql(known, customer_ids), debts(known, customer_ids)):
            cursor.execute(statement, parameters)
            assert cursor.description is not None
            names = [column.name for column in cursor.description][1:]
            for key, *values in cursor.fetchall():
                found.setdefault(key, {}).update(
                    (name, Decimal(value))
                    for name, value in zip(names, values, strict=True)
                    if value is not None
                )
    if customer_ids is not None and found:
        with connection.cursor() as cursor:
            cursor.execute(_all_sales_sql(known), parameters)
            everything = cursor.fetchone()[0]
        for facts in found.values():
            if everything and everything > 0 and "sales_12m" in facts:
                share = max(facts["sales_12m"], Decimal(0)) / everything
                facts["concentration"] = share.quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")
    return {key: facts for key, facts in found.items() if "tenure_years" in facts}


REDUCING = "('credit_note', 'reversal', 'discount', 'difference', 'transfer_out')"
DEBTS = "('invoice', 'debit_note', 'transfer_in')"
SALES = "('invoice', 'debit_note', 'credit_note')"
NO_SALES = "('late_interest', 'fee_charged')"


def _documents_sql(known: Knowledge, kinds: str, only: str) -> str:
    """Documents that count and that no counted reversal undid."""
    return f"""
        FROM ledger_document d{known.late_act("d")}
        LEFT JOIN (
            SELECT v.id FROM ledger_document v{known.late_act("v")}
            WHERE v.organization_id = %(organization)s AND v.kind = 'reversal' AND {known.counted("v", "document_on")}
        ) undone ON undone.id = d.voided_by_id
        WHERE d.organization_id = %(organization)s{only} AND d.kind IN {kinds} AND d.event NOT IN {NO_SALES}
          AND undone.id IS NULL AND {known.counted("d", "document_on")}"""


SOLD = "sum(CASE WHEN d.kind = 'credit_note' THEN -d.base_amount ELSE d.base_amount END)"


def _sales_sql(known: Knowledge, customer_ids: Sequence[UUID] | None) -> str:
    only = "" if customer_ids is None else " AND d.customer_id = ANY(%(customers)s::uuid[])"
    everything = (
        ""
        if customer_ids is not None
        else ", round(greatest(sold, 0) / nullif(sum(greatest(sold, 0)) OVER (), 0), 4) AS concentration"
    )
    return f"""
        SELECT customer_id, round((%(as_of)s::date - first_on) / 365.25, 1) AS tenure_years,
               sold AS sales_12m, round(greatest(sold, 0) / 12, 2) AS monthly_sales,
               CASE WHEN before > 0 THEN round(sold / before - 1, 4) END AS growth,
               bounced AS bounced_12m, dishonoured AS dishonoured_12m{everything}
        FROM (
            SELECT d.customer_id, min(d.document_on) FILTER (WHERE d.kind IN ('invoice', 'debit_note')) AS first_on,
                   coalesce({SOLD} FILTER (WHERE d.kind IN {SALES} AND d.document_on > %(year_ago)s), 0) AS sold,
                   {SOLD} FILTER (WHERE d.kind IN {SALES} AND d.document_on > %(two_years_ago)s
                                    AND d.document_on <= %(year_ago)s) AS before,
                   count(*) FILTER (WHERE d.event = 'receipt_bounced' AND d.document_on > %(year_ago)s) AS bounced,
                   count(*) FILTER (WHERE d.event = 'bill_dishonoured' AND d.document_on > %(year_ago)s)
                       AS dishonoured
            {_documents_sql(known, "('invoice', 'debit_note', 'credit_note', 'dishonour')", only)}
            GROUP BY d.customer_id
        ) sales
        WHERE first_on IS NOT NULL"""


def _all_sales_sql(known: Knowledge) -> str:
    return f"""
        SELECT sum(greatest(sold, 0)) FROM (
            SELECT {SOLD} AS sold {_documents_sql(known, SALES, " AND d.document_on > %(year_ago)s")}
            GROUP BY d.customer_id
        ) sales"""


def _debts_sql(known: Knowledge, customer_ids: Sequence[UUID] | None) -> str:
    """Debts as they were known, what settled each, and what that says of the customer."""
    only = "" if customer_ids is None else " AND d.customer_id = ANY(%(customers)s::uuid[])"
    of_debts = "" if customer_ids is None else " AND a.debit_item_id IN (SELECT id FROM debt)"
    old_item, due = "", "i.effective_due_on"
    if known.known_at is not None:
        old_item = f"LEFT JOIN ({OLD_ITEM}) old ON old.item_id = i.id"
        due = "CASE WHEN old.item_id IS NULL THEN i.effective_due_on ELSE old.effective_due_on END"
    return f"""
        WITH debt AS MATERIALIZED (
            SELECT i.id, i.customer_id, {due} AS due, i.amount, d.rate
            FROM ledger_document d{known.late_act("d")}
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
            {old_item}
            WHERE d.organization_id = %(organization)s{only} AND d.kind IN {DEBTS} AND i.side = 1
              AND {known.counted("d", "document_on")} AND {due} IS NOT NULL
        ),
        undone AS (
            SELECT u.reverses_id FROM ledger_allocation u{known.late_act("u")}
            WHERE u.organization_id = %(organization)s AND u.reverses_id IS NOT NULL
              AND {known.counted("u", "effective_on")}
        ),
        settled AS (
            SELECT a.debit_item_id, a.effective_on AS paid_on, a.amount,
                   c.kind IN {REDUCING} AS reduces, c.kind = 'write_off' AS lost
            FROM ledger_allocation a{known.late_act("a")}
            JOIN ledger_open_item ci ON ci.organization_id = %(organization)s AND ci.id = a.credit_item_id
            JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = ci.document_id
            LEFT JOIN undone ON undone.reverses_id = a.id
            WHERE a.organization_id = %(organization)s AND a.reverses_id IS NULL AND undone.reverses_id IS NULL
              AND {known.counted("a", "effective_on")}{of_debts}
        ),
        {SUMMED}"""


# The due date of an item until the first change of it that was not known yet.
OLD_ITEM = """
    SELECT DISTINCT ON (c.item_id) c.item_id, c.effective_due_on
    FROM ledger_item_change c
    JOIN audit_act late ON late.organization_id = %(organization)s AND late.id = c.act_id
    WHERE c.organization_id = %(organization)s AND late.recorded_at > %(known_at)s
    ORDER BY c.item_id, late.recorded_at, c.id
"""

# What is said of each customer in the end.
TOLD = """
    SELECT customer_id, round(on_time / nullif(fell_due, 0), 4) AS on_time_rate,
           round(year_days / nullif(year, 0), 1) AS days_late,
           round(recent_days / nullif(recent, 0) - before_days / nullif(before, 0), 1) AS late_trend,
           worst_now AS overdue_worst_now, worst AS overdue_worst_12m, round(late, 2) AS overdue_amount
    FROM person
"""

# What settled each debt, each debt, each customer.
SUMMED = f"""
        summed AS (
            SELECT b.id, sum(s.amount) AS settled, sum(s.amount) FILTER (WHERE s.reduces) AS reduced,
                   sum(s.amount) FILTER (WHERE NOT s.reduces AND NOT s.lost AND s.paid_on <= b.due) AS on_time,
                   sum(s.amount) FILTER (WHERE NOT s.reduces AND s.paid_on > %(year_ago)s) AS year,
                   sum(s.amount * greatest(s.paid_on - b.due, 0))
                       FILTER (WHERE NOT s.reduces AND s.paid_on > %(year_ago)s) AS year_days,
                   max(greatest(s.paid_on - b.due, 0))
                       FILTER (WHERE NOT s.reduces AND s.paid_on > %(year_ago)s) AS worst,
                   sum(s.amount) FILTER (WHERE NOT s.reduces AND s.paid_on > %(quarter_ago)s) AS recent,
                   sum(s.amount * greatest(s.paid_on - b.due, 0))
                       FILTER (WHERE NOT s.reduces AND s.paid_on > %(quarter_ago)s) AS recent_days
            FROM debt b JOIN settled s ON s.debit_item_id = b.id
            GROUP BY b.id
        ),
        each AS (
            SELECT b.customer_id, b.rate, b.due, b.amount - coalesce(m.reduced, 0) AS owed,
                   coalesce(m.on_time, 0) AS on_time, coalesce(m.year, 0) AS year,
                   coalesce(m.year_days, 0) AS year_days, coalesce(m.worst, 0) AS worst,
                   coalesce(m.recent, 0) AS recent, coalesce(m.recent_days, 0) AS recent_days,
                   CASE WHEN b.due < %(as_of)s THEN greatest(b.amount - coalesce(m.settled, 0), 0) ELSE 0 END AS late,
                   %(as_of)s::date - b.due AS age
            FROM debt b LEFT JOIN summed m ON m.id = b.id
        ),
        person AS (
            SELECT customer_id,
                   sum(on_time * rate) FILTER (WHERE due >= %(year_ago)s AND due < %(as_of)s) AS on_time,
                   sum(owed * rate) FILTER (WHERE due >= %(year_ago)s AND due < %(as_of)s) AS fell_due,
                   sum((year + late) * rate) AS year, sum((year_days + late * age) * rate) AS year_days,
                   sum((recent + late) * rate) AS recent, sum((recent_days + late * age) * rate) AS recent_days,
                   sum((year - recent) * rate) AS before, sum((year_days - recent_days) * rate) AS before_days,
                   max(CASE WHEN late > 0 THEN age ELSE 0 END) AS worst_now,
                   max(greatest(worst, CASE WHEN late > 0 THEN age ELSE 0 END)) AS worst,
                   sum(late * rate) AS late
            FROM each GROUP BY customer_id
        )
        {TOLD}
"""


def _debts_now_sql(known: Knowledge, customer_ids: Sequence[UUID] | None) -> str:
    """The same of all that is recorded by now, without adding up what settled each debt.

    What a debt still lacks is its open amount and what settles it after the day. Of what settled it only the year's
    counts, and what was paid of debts that fell due in it; what was not paid but reduced, or lost, is rare.
    """
    of_customers = customer_ids is not None
    only = " AND d.customer_id = ANY(%(customers)s::uuid[])" if of_customers else ""
    of_debts = " AND a.debit_item_id IN (SELECT id FROM debt)" if of_customers else ""
    return f"""
        WITH debt AS MATERIALIZED (
            SELECT i.id, i.customer_id, i.effective_due_on AS due, i.amount, i.open_amount, d.rate,
                   i.effective_due_on >= %(year_ago)s AND i.effective_due_on < %(as_of)s AS of_year
            FROM ledger_document d
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
            WHERE d.organization_id = %(organization)s{only} AND d.kind IN {DEBTS} AND i.side = 1
              AND d.document_on <= %(as_of)s AND i.effective_due_on IS NOT NULL
        ),
        unusual AS MATERIALIZED (
            SELECT a.id, a.debit_item_id, a.amount, a.effective_on, c.kind IN {REDUCING} AS reduces
            FROM ledger_document c
            JOIN ledger_open_item ci ON ci.organization_id = %(organization)s AND ci.document_id = c.id
            JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.credit_item_id = ci.id
            WHERE c.organization_id = %(organization)s AND c.kind IN {UNUSUAL}
              AND a.reverses_id IS NULL AND a.effective_on <= %(as_of)s{of_debts}
        ),
        {SUMMED_NOW.format(of_debts=of_debts, undone=UNDONE, told=TOLD)}"""


UNUSUAL = "('credit_note', 'reversal', 'discount', 'difference', 'transfer_out', 'write_off')"
UNDONE = """SELECT FROM ledger_allocation u
                              WHERE u.organization_id = %(organization)s AND u.effective_on <= %(as_of)s
                                AND u.reverses_id ="""
SUMMED_NOW = """
        paid AS (
            SELECT b.customer_id, b.rate, b.due, b.of_year, a.amount, a.effective_on AS paid_on,
                   greatest(a.effective_on - b.due, 0) AS days, x.id IS NOT NULL AS lost
            FROM ledger_allocation a
            JOIN debt b ON b.id = a.debit_item_id
            LEFT JOIN unusual x ON x.id = a.id
            WHERE a.organization_id = %(organization)s AND a.reverses_id IS NULL AND a.effective_on <= %(as_of)s
              AND (a.effective_on > %(year_ago)s OR b.of_year) AND x.reduces IS NOT TRUE{of_debts}
              AND NOT EXISTS ({undone} a.id)
        ),
        payer AS (
            SELECT customer_id,
                   sum(amount * rate) FILTER (WHERE of_year AND NOT lost AND paid_on <= due) AS on_time,
                   sum(amount * rate) FILTER (WHERE paid_on > %(year_ago)s) AS year,
                   sum(amount * rate * days) FILTER (WHERE paid_on > %(year_ago)s AND days > 0) AS year_days,
                   max(days) FILTER (WHERE paid_on > %(year_ago)s) AS worst,
                   sum(amount * rate) FILTER (WHERE paid_on > %(quarter_ago)s) AS recent,
                   sum(amount * rate * days) FILTER (WHERE paid_on > %(quarter_ago)s AND days > 0) AS recent_days
            FROM paid GROUP BY customer_id
        ),
        reduced AS (
            SELECT x.debit_item_id, sum(x.amount) AS amount FROM unusual x
            WHERE x.reduces AND NOT EXISTS ({undone} x.id)
            GROUP BY x.debit_item_id
        ),
        later AS (
            SELECT a.debit_item_id, sum(a.amount) AS amount FROM ledger_allocation a
            WHERE a.organization_id = %(organization)s AND a.effective_on > %(as_of)s{of_debts}
            GROUP BY a.debit_item_id
        ),
        debtor AS (
            SELECT b.customer_id,
                   sum((b.amount - coalesce(r.amount, 0)) * b.rate) FILTER (WHERE b.of_year) AS fell_due,
                   sum(o.late * b.rate) AS late, sum(o.late * b.rate * (%(as_of)s::date - b.due)) AS late_days,
                   max(CASE WHEN o.late > 0 THEN %(as_of)s::date - b.due ELSE 0 END) AS worst_now,
                   count(*) FILTER (WHERE b.of_year) > 0 AS of_year
            FROM debt b
            LEFT JOIN reduced r ON r.debit_item_id = b.id
            LEFT JOIN later l ON l.debit_item_id = b.id
            CROSS JOIN LATERAL (
                SELECT CASE WHEN b.due < %(as_of)s THEN greatest(b.open_amount + coalesce(l.amount, 0), 0)
                       ELSE 0 END AS late
            ) o
            GROUP BY b.customer_id
        ),
        person AS (
            SELECT b.customer_id, b.fell_due, b.late, b.worst_now,
                   CASE WHEN b.of_year THEN coalesce(p.on_time, 0) END AS on_time,
                   coalesce(p.year, 0) + b.late AS year, coalesce(p.year_days, 0) + b.late_days AS year_days,
                   coalesce(p.recent, 0) + b.late AS recent, coalesce(p.recent_days, 0) + b.late_days AS recent_days,
                   coalesce(p.year, 0) - coalesce(p.recent, 0) AS before,
                   coalesce(p.year_days, 0) - coalesce(p.recent_days, 0) AS before_days,
                   greatest(coalesce(p.worst, 0), b.worst_now) AS worst
            FROM debtor b LEFT JOIN payer p ON p.customer_id = b.customer_id
        )
        {told}
"""

"""What is known of debts and how they were settled, staged in temporary tables as of a day. Set-based.

The rules, with the cut being the last day that may be known:

- A debt is an item of an invoice, a debit note or a debt taken over, dated up to the cut and with a due date.
- A row is known from its own date, and where the organization was live by then, not before it was recorded.
- The due date is the one that was known at the cut (the one rolled over rest days). An item whose due date was
  changed says nothing of the time before that change.
- Credit notes, reversals, discounts, differences and debts handed on make the debt smaller without a payment;
  a write-off ends it as lost; all else pays it. An item is settled on the day of the last allocation.
- Lines of one customer, issue day and due day count together as one debt in whatever counts debts: how many lines
  a debt has can be known only later, where payments in parts made them.

Days are numbers: days since 2000-01-01. Tables: `payments_customer` (key, id), `payments_item`, `payments_move`
(what allocations and their reversals did to an item), `payments_turn` (settled, or open again).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization

EPOCH = date(2000, 1, 1)
DEBTS = "('invoice', 'debit_note', 'transfer_in')"
MEMORY = "256MB"  # for sorting and joining a million debts, until the transaction ends
REDUCING = "('credit_note', 'reversal', 'discount', 'difference', 'transfer_out')"


def day_number(on: date) -> int:
    """Days since 2000-01-01."""
    return (on - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class Cut:
    """The last day that may be known, of the current organization."""

    organization_id: UUID
    on: date
    live_on: date | None
    zone: str

    @property
    def number(self) -> int:
        """Its day number."""
        return day_number(self.on)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that the SQL names."""
        return {
            "organization": self.organization_id,
            "cut": self.on,
            "live_on": self.live_on,
            "zone": self.zone,
        }

    def known(self, row: str, dated: str, act: str = "") -> tuple[str, str]:
        """SQL of the day number from which a row is known, and the join that it needs.

        `dated`: the column of its own date; `act`: the column of its act.
        """
        if self.live_on is None:
            return f"({row}.{dated} - DATE '2000-01-01')", ""
        join = (
            f" LEFT JOIN audit_act act_{row} ON act_{row}.organization_id = %(organization)s"
            f" AND act_{row}.id = {row}.{act or 'act_id'}"
        )
        recorded = f"(act_{row}.recorded_at AT TIME ZONE %(zone)s)::date"
        day = (
            f"(CASE WHEN {row}.{dated} < %(live_on)s THEN {row}.{dated}"
            f" ELSE greatest({row}.{dated}, {recorded}) END - DATE '2000-01-01')"
        )
        return day, join


def cut_at(on: date) -> Cut:
    """The cut of the current organization."""
    organization = Organization.objects.get(pk=current_organization_id())
    return Cut(organization.pk, on, organization.live_on, organization.time_zone)


def stage_debts(cut: Cut, *, first_due: bool = False) -> int:
    """Fill the temporary tables; the number of debts. `first_due`: due dates as they were first known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [MEMORY])
        for name, statement in (
            ("payments_item", _items(cut, first_due)),
            ("payments_customer", CUSTOMERS),
            ("payments_move", _moves(cut)),
            ("payments_turn", TURNS),
        ):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {statement}", cut.parameters)
            cursor.execute(f"ANALYZE {name}")
        cursor.execute("SELECT count(*) FROM payments_item")
        return int(cursor.fetchone()[0])


def _items(cut: Cut, first_due: bool) -> str:
    known, act = cut.known("d", "document_on")
    later = "true" if first_due else "changed_on > %(cut)s"
    return f"""
        WITH change AS (
            SELECT c.id, c.item_id, c.effective_due_on AS due_on, (a.recorded_at AT TIME ZONE %(zone)s)::date AS changed_on,
                   lead(c.effective_due_on, 1, i.effective_due_on)
                       OVER (PARTITION BY c.item_id ORDER BY a.recorded_at, c.id) AS next_on
            FROM ledger_item_change c
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = c.item_id
            JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = c.act_id
            WHERE c.organization_id = %(organization)s
        ), until AS (
            SELECT DISTINCT ON (item_id) item_id, due_on FROM change
            WHERE due_on IS DISTINCT FROM next_on AND {later} ORDER BY item_id, changed_on, id
        ), since AS (
            SELECT item_id, max(changed_on) - DATE '2000-01-01' AS day FROM change
            WHERE due_on IS DISTINCT FROM next_on AND NOT ({later}) GROUP BY item_id
        ), debt AS (
            SELECT i.id, i.customer_id, i.document_id, i.line, i.document_on - DATE '2000-01-01' AS issued,
                   {known} AS known, coalesce(since.day, 0) AS since,
                   CASE WHEN until.item_id IS NULL THEN i.effective_due_on ELSE until.due_on END
                       - DATE '2000-01-01' AS due,
                   i.amount::float8 AS amount, (i.amount * d.rate)::float8 AS base
            FROM ledger_document d{act}
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id AND i.side = 1
            LEFT JOIN until ON until.item_id = i.id
            LEFT JOIN since ON since.item_id = i.id
            WHERE d.organization_id = %(organization)s AND d.kind IN {DEBTS} AND d.document_on <= %(cut)s
              AND i.amount > 0
        )
        SELECT row_number() OVER (ORDER BY issued, id)::int AS item, id, customer_id, document_id, line, issued, known,
               greatest(known, since) AS since, due, amount, base, ln(1 + base) AS size,
               1.0::float8 / count(*) OVER (PARTITION BY customer_id, issued, due) AS weight
        FROM debt
        WHERE due IS NOT NULL AND known <= %(cut)s::date - DATE '2000-01-01'
    """


CUSTOMERS = """
    SELECT row_number() OVER (ORDER BY customer_id)::int AS customer, customer_id AS id
    FROM (SELECT DISTINCT customer_id FROM payments_item) each
"""


def _moves(cut: Cut) -> str:
    known, act = cut.known("a", "effective_on")
    return f"""
        SELECT i.item, i.amount AS owed, move.paid_on, greatest(move.known, i.known) AS known,
               move.amount, move.reduces, move.lost, move.id
        FROM (
            SELECT a.id, a.debit_item_id, a.effective_on - DATE '2000-01-01' AS paid_on, {known} AS known,
                   a.amount::float8 AS amount, c.kind IN {REDUCING} AS reduces, c.kind = 'write_off' AS lost
            FROM ledger_allocation a{act}
            JOIN ledger_open_item ci ON ci.organization_id = %(organization)s AND ci.id = a.credit_item_id
            JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = ci.document_id
            WHERE a.organization_id = %(organization)s AND a.effective_on <= %(cut)s
        ) move
        JOIN payments_item i ON i.id = move.debit_item_id
        WHERE move.known <= %(cut)s::date - DATE '2000-01-01'
    """


# `turn`: 1 settled, −1 open again (then with what the settling said). Half a cent is less than any currency's unit.
TURNS = """
    SELECT item, known, turn::int,
           CASE WHEN turn = 1 THEN paid_on ELSE was_paid_on END AS paid_on,
           CASE WHEN turn = 1 THEN how ELSE was_how END AS how, id
    FROM (
        SELECT item, known, id, paid_on, how, settled, before,
               CASE WHEN settled > owed - 0.0005 AND before <= owed - 0.0005 THEN 1
                    WHEN settled <= owed - 0.0005 AND before > owed - 0.0005 THEN -1 END AS turn,
               lag(paid_on) OVER each AS was_paid_on, lag(how) OVER each AS was_how
        FROM (
            SELECT item, known, id, owed, sum(amount) OVER each AS settled,
                   sum(amount) OVER each - amount AS before, max(paid_on) OVER each AS paid_on,
                   CASE WHEN coalesce(sum(amount) FILTER (WHERE lost) OVER each, 0) > 0.0005 THEN 'lost'
                        WHEN coalesce(sum(amount) FILTER (WHERE reduces) OVER each, 0) > owed * 0.5 THEN 'reduced'
                        ELSE 'paid' END AS how
            FROM payments_move
            WINDOW each AS (PARTITION BY item ORDER BY known, id ROWS UNBOUNDED PRECEDING)
        ) summed
        WINDOW each AS (PARTITION BY item ORDER BY known, id)
    ) turned
    WHERE turn IS NOT NULL
"""

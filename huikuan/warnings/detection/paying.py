"""How customers pay: later and later, late for the first time, only in part, or not at all."""

from __future__ import annotations

from datetime import date

from huikuan.warnings.detection.reading import evidence, money, read, tenths, whole
from huikuan.warnings.rules import Finding, Kind, Setting


def later_and_later(setting: Setting, day: date) -> list[Finding]:
    """Customers whose days late, weighted by amount and unpaid debts counted to the day, rose by so many."""
    return [
        Finding(
            Kind.LATE_TREND,
            key,
            {
                "days": whole(setting.values["days"]),
                "debts": str(debts),
                "late": tenths(late),
                "before": tenths(before),
            },
            evidence("document", rows),
        )
        for key, debts, late, before, rows in read(LATER, setting, day)
    ]


def first_late(setting: Setting, day: date) -> list[Finding]:
    """Customers that always paid in time, and have for the first time a debt that is not."""
    return [
        Finding(
            Kind.FIRST_LATE,
            key,
            {"paid": str(paid), "debts": str(debts), "amount": money(amount), "late": str(late)},
            evidence("document", rows),
            since,
        )
        for key, paid, debts, amount, late, since, rows in read(FIRST, setting, day)
    ]


def partly_paid(setting: Setting, day: date) -> list[Finding]:
    """Customers that settle more and more debts only in part."""
    return [
        Finding(
            Kind.PARTIAL_PAYMENTS,
            key,
            {
                "days": whole(setting.values["days"]),
                "debts": str(debts),
                "partial": str(partial),
                "percent": whole(share * 100),
                "before": whole(before * 100),
            },
            evidence("document", rows),
        )
        for key, debts, partial, share, before, rows in read(PARTLY, setting, day)
    ]


def dishonoured(setting: Setting, day: date) -> list[Finding]:
    """Customers whose bills were not paid, or whose payments came back."""
    return [
        Finding(
            Kind.DISHONOURED,
            key,
            {
                "days": whole(setting.values["days"]),
                "count": str(count),
                "amount": money(amount),
                "last": last.isoformat(),
            },
            evidence("document", rows),
            last,
        )
        for key, count, amount, last, rows in read(DISHONOURED, setting, day)
    ]


# Debts with a due date, and what of them was settled by the day and when last; `late`: days after the due date, to
# the day where something is still open.
DEBTS = """
    debt AS MATERIALIZED (
        SELECT i.id, i.customer_id, i.document_id, d.number, i.amount, i.base_amount, i.effective_due_on AS due
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.document_on <= %(day)s AND i.amount > 0
          AND d.kind IN ('invoice', 'debit_note') AND d.voided_by_id IS NULL {only}
    ),
    settled AS (
        SELECT a.debit_item_id AS id, sum(a.amount) AS amount, max(a.effective_on) AS last_on
        FROM ledger_allocation a JOIN debt ON debt.id = a.debit_item_id
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(day)s
        GROUP BY a.debit_item_id
    ),
    lateness AS (
        SELECT debt.*, coalesce(s.amount, 0) < debt.amount AS is_open,
               debt.base_amount * (1 - coalesce(s.amount, 0) / debt.amount) AS open_base, s.last_on,
               greatest((CASE WHEN coalesce(s.amount, 0) >= debt.amount THEN s.last_on ELSE %(day)s END) - debt.due,
                        0) AS late
        FROM debt LEFT JOIN settled s ON s.id = debt.id
    )
"""
PACKED = "jsonb_build_array({id}, {number}, {on}, {amount})"

LATER = f"""
    WITH {
    DEBTS.format(
        only="AND i.effective_due_on <= %(day)s AND i.effective_due_on > %(day)s::date - 4 * %(days)s::int"
    )
},
    told AS (
        SELECT customer_id,
               count(*) FILTER (WHERE recent) AS debts,
               sum(base_amount * late) FILTER (WHERE recent) / sum(base_amount) FILTER (WHERE recent) AS late,
               sum(base_amount * late) FILTER (WHERE NOT recent)
                   / sum(base_amount) FILTER (WHERE NOT recent) AS before,
               (array_agg({PACKED.format(id="document_id", number="number", on="due", amount="base_amount")}
                          ORDER BY base_amount * late DESC, id) FILTER (WHERE recent AND late > 0))[1:10] AS rows
        FROM (SELECT *, due > %(day)s::date - %(days)s::int AS recent FROM lateness) each
        GROUP BY customer_id
        HAVING count(*) FILTER (WHERE recent) >= %(debts)s AND count(*) FILTER (WHERE NOT recent) >= %(debts)s
    )
    SELECT customer_id, debts, late, before, to_jsonb(rows) FROM told
    WHERE late - before >= %(rise)s AND late >= %(late)s
    ORDER BY customer_id
"""
# Only customers with something that fell due of late are looked at; of them every debt they ever had.
FIRST = f"""
    WITH {
    DEBTS.format(
        only='''AND i.effective_due_on IS NOT NULL AND i.customer_id IN (
            SELECT o.customer_id FROM ledger_open_item o
            WHERE o.organization_id = %(organization)s AND o.side = 1
              AND o.effective_due_on < %(day)s::date - %(grace)s::int
              AND o.effective_due_on >= %(day)s::date - %(grace)s::int - %(days)s::int)'''
    )
}
    SELECT customer_id,
           count(*) FILTER (WHERE NOT is_open AND late <= %(grace)s) AS paid,
           count(*) FILTER (WHERE is_open AND late > %(grace)s) AS debts,
           sum(open_base) FILTER (WHERE is_open AND late > %(grace)s) AS amount,
           max(late) FILTER (WHERE is_open AND late > %(grace)s) AS late,
           min(due) FILTER (WHERE late > %(grace)s) + %(grace)s::int + 1 AS since,
           to_jsonb((array_agg({
    PACKED.format(id="document_id", number="number", on="due", amount="open_base")
}
                      ORDER BY due, id) FILTER (WHERE is_open AND late > %(grace)s))[1:10])
    FROM lateness
    GROUP BY customer_id
    HAVING count(*) FILTER (WHERE NOT is_open AND late <= %(grace)s) >= %(debts)s
       AND min(due) FILTER (WHERE late > %(grace)s) >= %(day)s::date - %(grace)s::int - %(days)s::int
       AND sum(open_base) FILTER (WHERE is_open AND late > %(grace)s) >= greatest(%(amount)s, 0.01)
    ORDER BY customer_id
"""
# A debt is paid in part when three days after its first payment something is still open.
PARTLY = f"""
    WITH paid AS MATERIALIZED (
        SELECT a.debit_item_id AS id, a.effective_on, a.amount,
               min(a.effective_on) OVER (PARTITION BY a.debit_item_id) AS first_on
        FROM ledger_allocation a
        JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = a.credit_item_id
        JOIN ledger_document r ON r.organization_id = %(organization)s AND r.id = c.document_id
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(day)s AND a.reverses_id IS NULL
          AND r.kind IN ('receipt', 'advance')
          AND NOT EXISTS (
              SELECT FROM ledger_allocation u
              WHERE u.organization_id = %(organization)s AND u.reverses_id = a.id AND u.effective_on <= %(day)s)
    ),
    first AS (
        SELECT id, first_on, sum(amount) FILTER (WHERE effective_on <= first_on + 3) AS amount
        FROM paid
        WHERE first_on <= %(day)s::date - 3 AND first_on > %(day)s::date - 4 * %(days)s::int
        GROUP BY id, first_on
    ),
    debt AS (
        SELECT i.id, i.customer_id, i.document_id, d.number, f.first_on, i.base_amount,
               f.amount < i.amount AS partial, f.first_on > %(day)s::date - %(days)s::int AS recent
        FROM first f
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = f.id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE d.kind IN ('invoice', 'debit_note') AND d.voided_by_id IS NULL
    ),
    told AS (
        SELECT customer_id,
               count(*) FILTER (WHERE recent) AS debts,
               count(*) FILTER (WHERE recent AND partial) AS partial,
               (count(*) FILTER (WHERE recent AND partial))::numeric / count(*) FILTER (WHERE recent) AS share,
               (count(*) FILTER (WHERE NOT recent AND partial))::numeric
                   / count(*) FILTER (WHERE NOT recent) AS before,
               (array_agg({PACKED.format(id="document_id", number="number", on="first_on", amount="base_amount")}
                          ORDER BY first_on DESC, id) FILTER (WHERE recent AND partial))[1:10] AS rows
        FROM debt
        GROUP BY customer_id
        HAVING count(*) FILTER (WHERE recent) >= %(debts)s AND count(*) FILTER (WHERE NOT recent) >= %(debts)s
    )
    SELECT customer_id, debts, partial, share, before, to_jsonb(rows) FROM told
    WHERE partial >= 2 AND (share - before) * 100 >= %(rise)s
    ORDER BY customer_id
"""
DISHONOURED = f"""
    SELECT d.customer_id, count(*), sum(d.base_amount), max(d.document_on),
           to_jsonb((array_agg({PACKED.format(id="d.id", number="d.number", on="d.document_on", amount="d.base_amount")}
                      ORDER BY d.document_on DESC, d.id))[1:10])
    FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.kind = 'dishonour' AND d.voided_by_id IS NULL
      AND d.document_on <= %(day)s AND d.document_on > %(day)s::date - %(days)s::int
    GROUP BY d.customer_id
    ORDER BY d.customer_id
"""

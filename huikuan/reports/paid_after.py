"""How much of what was invoiced, or fell due, was paid in money within so many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from huikuan.reports.asking import Question
from huikuan.reports.dimensions import columns_of, keyed_sql, levels_sql
from huikuan.reports.filters import condition
from huikuan.reports.kpi.facts import MONEY
from huikuan.reports.moments import Moment
from huikuan.reports.state import changes_sql, items_sql, known_document_sql, reading_whole_tables, with_sql

ZERO = Decimal(0)


class PaidAfter(NamedTuple):
    """Of one key: `whole` is what was to be paid in money, `paid` what came within each number of days.

    `latest`: the youngest day that days are counted from.
    """

    key: tuple[str, ...]
    name: str
    whole: Decimal
    paid: tuple[Decimal, ...]
    latest: date | None


def paid_after(
    at: Moment, since: date, question: Question, days: Sequence[int], *, from_due: bool, by_month: bool
) -> list[PaidAfter]:
    """Invoices and debit notes whose document date (`from_due`: due date) is from `since` to the moment's day.

    By month of that date, or by the dimension asked for; the total (key empty) first. `days` from small to large.
    What was settled without money (credit notes, write-offs, offsets) was not to be paid.
    """
    only = condition(at, question.item_filter, question.salesperson_ids)
    if only.few_customers:
        only = replace(only, sql=f"{only.sql} AND m.customer_id = ANY(%(customers)s::uuid[])")
    keys = () if by_month else columns_of(question.by)
    by = () if by_month else question.by
    started = "i.effective_due_on" if from_due else "i.document_on"
    names = ["whole", *(f"paid_{place}" for place in range(len(days)))]
    paid = [
        f"sum(m.amount) FILTER (WHERE m.what = 'money' AND m.days <= {int(each)}) AS {name}"
        for each, name in zip(days, names[1:], strict=True)
    ]
    month = "to_char(m.started, 'YYYY-MM') AS month, " if by_month else ""
    chosen = month + "".join(f"m.{key}, " for key in keys)
    grouped = ", ".join((["1"] if by_month else []) + [f"m.{key}" for key in keys])
    item = "i.id, i.customer_id, i.salesperson_id, i.currency, i.document_id, i.side"
    sql = f"""
        {with_sql(at)},
        item AS MATERIALIZED (
            SELECT {item}, {started} AS started, i.base_amount FROM {items_sql(at)} i
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
            WHERE i.side = 1 AND {started} BETWEEN %(since)s AND %(as_of)s AND d.kind IN ('invoice', 'debit_note')
              AND {known_document_sql(at, "d")}
        ),
        part AS (
            SELECT {item}, i.started, 'whole' AS what, 0 AS days, i.base_amount AS amount FROM item i
            UNION ALL
            SELECT {item}, i.started, CASE WHEN d.kind IN {MONEY} THEN 'money' ELSE 'other' END,
                   c.effective_on - i.started, c.base
            FROM ({changes_sql(at, after=None, debits_only=True)}) c
            JOIN item i ON i.id = c.item_id
            JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = c.other_id
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        ),
        grouped AS (
            SELECT {chosen}sum(CASE m.what WHEN 'whole' THEN m.amount WHEN 'other' THEN -m.amount END) AS whole,
                   {", ".join(paid)}, max(m.started) AS latest
            FROM part m WHERE {only.sql} {f"GROUP BY {grouped}" if grouped else ""}
        )
        {_months(names) if by_month else _levels(by, names)}
    """
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, {**at.parameters, **only.parameters, "since": since})
        rows = cursor.fetchall()
    depth = 1 if by_month else len(by)
    found = []
    for level, *rest in rows:
        key = tuple(rest[0 : 2 * depth : 2]) if level >= 0 else ()
        name = (rest[2 * depth - 1] or "") if level >= 0 else ""
        whole, *sums = (amount or ZERO for amount in rest[2 * depth : -1])
        found.append(PaidAfter(key, name, whole, tuple(sums), rest[-1]))
    return found


def _months(names: Sequence[str]) -> str:
    own = ", ".join(f"g.{name}" for name in names)
    sums = ", ".join(f"sum(g.{name})" for name in names)
    return f"""
        SELECT -1, NULL, NULL, {sums}, max(g.latest) FROM grouped g
        UNION ALL
        SELECT 0, g.month, g.month, {own}, g.latest FROM grouped g
        ORDER BY 1, 2
    """


def _levels(by: Sequence[str], names: Sequence[str]) -> str:
    """The sums by level; the youngest day is not told for each key: all run to the moment's day."""
    levels = levels_sql(by, names)
    return f", keyed AS ({keyed_sql(by, names)}) SELECT l.*, NULL::date FROM ({levels}) l"

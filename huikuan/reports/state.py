"""The open items at a moment, as SQL.

The items keep what allocations and revaluations of all dates have left. What was open at a moment is that, and
given back what of them must not count yet: dated after the day, or recorded after the time. Sums over items
need no state per item: the open amounts and what is given back are simply added up (`moves_sql`).

Row-level security is on, and the SQL filters by organization all the same: the planner sees the filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from huikuan.reports.moments import Moment

PLAIN_COLUMNS = (
    "id",
    "document_id",
    "line",
    "customer_id",
    "currency",
    "side",
    "document_on",
    "amount",
    "base_amount",
    "open_amount",
    "open_base",
)
VERSIONED_COLUMNS = ("salesperson_id", "due_on", "effective_due_on")


def with_sql(moment: Moment, *, few_customers: bool = False) -> str:
    """The WITH clause that the other pieces refer to.

    `few_customers`: only items of the customers in the parameter `customers` matter; they are picked first.
    """
    tables = [f"party AS ({_party_sql(moment)})"]
    if not moment.all_known:
        tables.append(f"old_item AS ({OLD_ITEM})")
    if few_customers and not moment.all_settled:
        tables.append(f"chosen AS MATERIALIZED ({_items_sql(moment)} AND {OF_CHOSEN_DOCUMENTS})")
    return "WITH " + ", ".join(tables)


# Items still open are found by their customer, all others only by their documents.
OF_CHOSEN_CUSTOMERS = "i.customer_id = ANY(%(customers)s::uuid[])"
OF_CHOSEN_DOCUMENTS = """i.document_id IN (
    SELECT d.id FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(customers)s::uuid[])
      AND d.document_on <= %(as_of)s
)"""


def moves_sql(moment: Moment, columns: tuple[str, ...], *, few_customers: bool = False) -> str:
    """Rows whose sums of open_amount and open_base, both positive, are what was open: `columns` come with them.

    An item is in it once with what is open now, and once for each allocation that does not count yet.
    """
    chosen = ", ".join(f"i.{column}" for column in columns)
    if moment.all_settled:
        only = f" AND {OF_CHOSEN_CUSTOMERS}" if few_customers else ""
        return f"""
            SELECT {chosen}, i.open_amount, i.open_base FROM {items_sql(moment)} i
            WHERE i.open_amount > 0{only}"""
    source = "chosen" if few_customers else items_sql(moment)
    parts = [f"SELECT {chosen}, i.open_amount, i.open_base FROM {source} i WHERE i.open_amount > 0"]
    if few_customers:
        parts += [
            f"SELECT {chosen}, back.amount, back.base FROM chosen i JOIN ({back}) back ON back.item_id = i.id"
            for back in _given_back_sql(moment)
        ]
    else:
        back = " UNION ALL ".join(_given_back_sql(moment))
        parts.append(
            f"SELECT {chosen}, back.amount, back.base FROM ({back}) back JOIN {source} i ON i.id = back.item_id"
        )
    return " UNION ALL ".join(parts)


def items_sql(moment: Moment) -> str:
    """Every item that counts at the moment, open or not, with the due dates and salesperson known then."""
    return f"({_items_sql(moment)})"


def _items_sql(moment: Moment) -> str:
    plain = ", ".join(f"i.{column}" for column in PLAIN_COLUMNS)
    if moment.all_known:
        versioned = ", ".join(f"i.{column}" for column in VERSIONED_COLUMNS)
        dated = "" if moment.all_dated else " AND i.document_on <= %(as_of)s"
        return f"""
            SELECT {plain}, {versioned} FROM ledger_open_item i
            WHERE i.organization_id = %(organization)s{dated}"""
    versioned = ", ".join(
        f"CASE WHEN old.item_id IS NULL THEN i.{column} ELSE old.{column} END AS {column}"
        for column in VERSIONED_COLUMNS
    )
    return f"""
        SELECT {plain}, {versioned} FROM ledger_open_item i
        LEFT JOIN old_item old ON old.item_id = i.id
        {_late_act_sql("i")}
        WHERE i.organization_id = %(organization)s AND i.document_on <= %(as_of)s AND {_known_sql("i.document_on")}"""


def _given_back_sql(moment: Moment) -> tuple[str, str, str]:
    """What must not count yet of allocations, of debits and of credits, and of revaluations: item_id, amount, base."""
    unknown, late = "", ""
    if not moment.all_known:
        late = _late_act_sql("a")
        unknown = f" OR NOT {_known_sql('a.effective_on')}"
    counts_not = f"(a.effective_on > %(as_of)s{unknown})"
    revalued = f"""
        SELECT a.item_id, 0::numeric AS amount, -a.base_change AS base
        FROM ledger_revaluation a {late}
        WHERE a.organization_id = %(organization)s AND {counts_not}"""
    debits, credits = (
        f"""
            SELECT a.{side}_item_id AS item_id, a.amount, a.{side}_base AS base
            FROM ledger_allocation a {late}
            WHERE a.organization_id = %(organization)s AND {counts_not}"""
        for side in ("debit", "credit")
    )
    return debits, credits, revalued


def changes_sql(moment: Moment, *, after: str | None, debits_only: bool = False) -> str:
    """What allocations and revaluations took from items: item_id, amount, base, effective_on.

    Those dated after the day in the parameter `after` (None: of all days). What is not known at the moment comes with
    the effective day `infinity`: what is open now has it in it. `debits_only`: allocations as their debits see them,
    only those that count at the moment, with `other_id` and `other_base` of the credit, and `first_on`: of what undoes
    an allocation the day of the latter, else its own.
    """
    known, late = "true", ""
    if not moment.all_known:
        late, known = _late_act_sql("a"), _known_sql("a.effective_on")
    dated = "true" if after is None else f"a.effective_on > %({after})s"
    if debits_only:
        return f"""
            SELECT a.debit_item_id AS item_id, a.credit_item_id AS other_id, a.amount, a.debit_base AS base,
                   a.credit_base AS other_base, a.effective_on,
                   CASE WHEN a.reverses_id IS NULL THEN a.effective_on ELSE (
                       SELECT o.effective_on FROM ledger_allocation o
                       WHERE o.organization_id = %(organization)s AND o.id = a.reverses_id) END AS first_on
            FROM ledger_allocation a {late}
            WHERE a.organization_id = %(organization)s AND {dated} AND {known} AND a.effective_on <= %(as_of)s"""
    counted = f"({dated} OR NOT {known})" if late else dated
    on = f"CASE WHEN {known} THEN a.effective_on ELSE DATE 'infinity' END" if late else "a.effective_on"
    sides = (
        f"""
            SELECT a.{side}_item_id AS item_id, a.amount, a.{side}_base AS base, {on} AS effective_on
            FROM ledger_allocation a {late}
            WHERE a.organization_id = %(organization)s AND {counted}"""
        for side in ("debit", "credit")
    )
    revalued = f"""
            SELECT a.item_id, 0::numeric, -a.base_change, {on}
            FROM ledger_revaluation a {late}
            WHERE a.organization_id = %(organization)s AND {counted}"""
    return " UNION ALL ".join((*sides, revalued))


def known_row_sql(moment: Moment, row: str, effective_on: str) -> tuple[str, str]:
    """A join, and a condition with it: that a row was known at the moment."""
    return ("", "true") if moment.all_known else (_late_act_sql(row), _known_sql(effective_on))


def known_document_sql(moment: Moment, document: str) -> str:
    """Whether a document was known at the moment, and not known to be undone."""
    if moment.all_known:
        return f"{document}.voided_by_id IS NULL"
    act = f"""(
        SELECT late.id FROM audit_act late
        WHERE late.organization_id = %(organization)s AND late.id = {document}.act_id AND late.recorded_at > %(known_at)s)"""
    known = f"""CASE WHEN {document}.document_on < %(live_on)s THEN {document}.document_on <= %(known_on)s
        ELSE {act} IS NULL END"""
    return f"""({known} AND NOT EXISTS (
        SELECT FROM ledger_document undoing
        JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = undoing.act_id
        WHERE undoing.organization_id = %(organization)s AND undoing.id = {document}.voided_by_id
          AND made.recorded_at <= %(known_at)s))"""


def _late_act_sql(row: str) -> str:
    """Join the row's act if it was recorded too late to be known."""
    return f"""
        LEFT JOIN audit_act late
          ON late.organization_id = %(organization)s AND late.id = {row}.act_id AND late.recorded_at > %(known_at)s"""


def _known_sql(effective_on: str) -> str:
    """Whether a row was known: by its act, or before the organization went live by its own date."""
    return f"(CASE WHEN {effective_on} < %(live_on)s THEN {effective_on} <= %(known_on)s ELSE late.id IS NULL END)"


# What an item said until the first change that was not known yet.
OLD_ITEM = """
    SELECT DISTINCT ON (c.item_id) c.item_id, c.salesperson_id, c.due_on, c.effective_due_on
    FROM ledger_item_change c
    JOIN audit_act late ON late.organization_id = %(organization)s AND late.id = c.act_id
    WHERE c.organization_id = %(organization)s AND late.recorded_at > %(known_at)s
    ORDER BY c.item_id, late.recorded_at, c.id
"""


def _party_sql(moment: Moment) -> str:
    """Customers with the group, region and segment they had at the moment, and the salesperson they have now."""
    late, unknown = "", ""
    if not moment.all_known:
        late, unknown = _late_act_sql("c"), f" OR NOT {_known_sql('c.effective_on')}"
    return f"""
        SELECT k.id, k.code, k.name, k.salesperson_id,
               CASE WHEN old.customer_id IS NULL THEN k.parent_id ELSE old.parent_id END AS parent_id,
               CASE WHEN old.customer_id IS NULL THEN k.region ELSE old.region END AS region,
               CASE WHEN old.customer_id IS NULL THEN k.segment ELSE old.segment END AS segment
        FROM customers_customer k
        LEFT JOIN (
            SELECT DISTINCT ON (c.customer_id) c.customer_id, c.parent_id, c.region, c.segment
            FROM customers_customer_change c
            JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = c.act_id {late}
            WHERE c.organization_id = %(organization)s AND (c.effective_on > %(as_of)s{unknown})
            ORDER BY c.customer_id, made.recorded_at, c.id
        ) old ON old.customer_id = k.id
        WHERE k.organization_id = %(organization)s
    """


@contextmanager
def reading_whole_tables(*, alone: bool = False) -> Iterator[None]:
    """Tell the planner to read tables in the order they are stored, for sums over a great part of them.

    Every index starts with the organization, so the planner takes each for sorted like its table, and walks it
    row by row across the whole table: measured four to eight times slower than reading its pages in order.
    `alone`: without help from other processes, where each sum is over few rows, as for every customer: what they added
    up takes as long to hand over as a second process saves (measured at ten rows to a customer), and that one is free for others.
    """
    with connection.cursor() as cursor:
        cursor.execute(WHOLE_TABLES, [MEMORY_FOR_SUMS, "0" if alone else None])
        before = cursor.fetchone()[:3]
        yield
        cursor.execute(AS_BEFORE, before)


@contextmanager
def joining_whole_tables() -> Iterator[None]:
    """Tell the planner to join sets of all customers by hashing, whatever it believes their sizes to be.

    Where statistics are missing or young it takes a set of thousands for one row, and goes through the other set once
    for each: measured minutes instead of a tenth of a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(WHOLE_JOINS, [MEMORY_FOR_SUMS])
        before = cursor.fetchone()[:2]
        yield
        cursor.execute(JOINS_AS_BEFORE, before)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Tell the planner that a cursor opened inside is read to its end: it takes a tenth for granted, and plans for that."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('cursor_tuple_fraction'), set_config('cursor_tuple_fraction', '1', true)"
        )
        before = cursor.fetchone()[0]
        yield
        cursor.execute("SELECT set_config('cursor_tuple_fraction', %s, true)", [before])


MEMORY_FOR_SUMS = "256MB"
"""Enough for the sums of 100,000 customers: with less they would go through files on disk."""

WHOLE_TABLES = """
    SELECT current_setting('enable_indexscan'), current_setting('work_mem'), current_setting('max_parallel_workers_per_gather'),
           set_config('enable_indexscan', 'off', true), set_config('work_mem', %s, true),
           set_config('max_parallel_workers_per_gather',
                      coalesce(%s, current_setting('max_parallel_workers_per_gather')), true)
"""
WHOLE_JOINS = """
    SELECT current_setting('enable_nestloop'), current_setting('work_mem'),
           set_config('enable_nestloop', 'off', true), set_config('work_mem', %s, true)
"""
JOINS_AS_BEFORE = "SELECT set_config('enable_nestloop', %s, true), set_config('work_mem', %s, true)"
AS_BEFORE = """
    SELECT set_config('enable_indexscan', %s, true), set_config('work_mem', %s, true),
           set_config('max_parallel_workers_per_gather', %s, true)
"""

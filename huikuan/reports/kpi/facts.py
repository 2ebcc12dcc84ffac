"""What key figures are made of, by period and dimension, in one statement over the ledger.

Every fact is a row of (columns of the dimensions, `at`, `what`, `amount`). `at` places it among the ends of the periods,
sorted: 0 is up to the first of them (the eve of the first period), n up to the n-th, one more beyond the last. Summed
from 0 on, the changes of a standing are what stood at each end; flows are read period by period.

- Standing: what is receivable, overdue (due before the day, as aging has it), matured (due on the day or before) and
  held as credit. What is open now is given back what later allocations and revaluations took; see `reports.state`.
- Sold: invoices and debit notes less credit notes, by their dates. Collected: receipts, advances and bills less
  refunds and dishonoured bills. Balances brought in when the books were opened are neither.
- Due: debts by effective due date, less what was settled on them without money by then. Paid in time: money allocated
  by the due date. Paid on due: money by the day it was allocated, or fell due if that is later.
- Lateness: money by the day it was allocated, times its days after the due date; undone allocations take back what
  they gave.
- Promises that were judged, by the day promised, as they were known at the moment (`reports.answers_known`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from huikuan.reports.answers_known import promised_base_sql, promises_known_sql
from huikuan.reports.dimensions import columns_of, keyed_sql
from huikuan.reports.filters import Condition
from huikuan.reports.moments import Moment
from huikuan.reports.state import changes_sql, items_sql, known_document_sql, with_sql

RECEIVABLE, OVERDUE, MATURED, CREDIT = "receivable", "overdue", "matured", "credit"
STANDINGS = (RECEIVABLE, OVERDUE, MATURED, CREDIT)
UNTRIGGERED, OVER = "untriggered", "over_"
"""Debts without a due date; with a number of days behind it: what is overdue by more of them. Asked for by name only."""
SOLD, COLLECTED, WRITTEN_OFF = "sold", "collected", "written_off"
INVOICED, CREDITED = "invoiced", "credited"
DUE, IN_TIME, ON_DUE, PAID, LATE, FLOORED = "due", "in_time", "on_due", "paid", "late", "floored"
PROMISES, PROMISES_KEPT, PROMISED, PROMISED_KEPT = "promises", "promises_kept", "promised", "promised_kept"

MONEY = ("receipt", "advance", "bill")
"""Kinds of credits that are money from the customer; an acceptance bill counts when it is taken."""
GIVEN_BACK = ("refund", "reversal")
"""Kinds of debits that nobody was to pay: they take back a credit."""
PLAIN = ("invoice", "debit_note", *MONEY)

SIGNS = {
    SOLD: {"invoice": 1, "debit_note": 1, "credit_note": -1},
    COLLECTED: {"receipt": 1, "advance": 1, "bill": 1, "refund": -1, "dishonour": -1},
    WRITTEN_OFF: {"write_off": 1},
}
SIGNS_BY_NAME = SIGNS | {INVOICED: {"invoice": 1, "debit_note": 1}, CREDITED: {"credit_note": 1}}
"""Those that are kept by day, and those that are only asked for by name."""
USUAL = (SOLD, COLLECTED, WRITTEN_OFF)
SETTLED = (DUE, IN_TIME, ON_DUE, PAID, LATE, FLOORED)
PROMISED_FACTS = (PROMISES, PROMISES_KEPT, PROMISED, PROMISED_KEPT)


def facts_sql(at: Moment, by: Sequence[str], only: Condition, *, sales_only: bool = False) -> str:
    """The statement: k0, n0, …, at, what, amount. Parameters: the moment's, the condition's and `ends` (days).

    `sales_only`: what documents say, without standings and settlements. By currency amounts are in it, otherwise in
    base currency.
    """
    wanted = {*USUAL, *(() if sales_only else (*STANDINGS, *SETTLED, *PROMISED_FACTS))}
    tables = keyed_tables(at, by, only, wanted, base="currency" not in by)
    names = [f"k.k{place}, min(k.n{place}), " for place in range(len(by))]
    order = "".join(f"k.k{place}, " for place in range(len(by)))
    return f"""
        {", ".join(tables)}
        SELECT {"".join(names)}k.at, k.what, sum(k.amount) FROM keyed k
        GROUP BY {order}k.at, k.what ORDER BY {order}k.at, k.what
    """


def keyed_tables(
    at: Moment,
    by: Sequence[str],
    only: Condition,
    wanted: Collection[str],
    *,
    base: bool,
    further: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """The tables of a WITH clause, the first of which begins it; the last is `keyed`: k0, n0, …, at, what, amount.

    `wanted`: the facts to read. `base`: in base currency, else each in its own. `further`: more tables of facts, as name
    and SQL, of the columns of the dimensions, at, what and amount.
    """
    keys = columns_of(by)
    if only.few_customers:
        only = replace(only, sql=f"{only.sql} AND m.customer_id = ANY(%(customers)s::uuid[])")
    tables = [with_sql(at)]
    parts = []
    if kinds := [what for what in SIGNS_BY_NAME if what in wanted]:
        parts.append(_documents(at, keys, only, base, kinds))
    if standing := _standings(keys, wanted):
        tables.append(f"moved AS ({moved_sql(at, keys, only, base=base)})")
        parts += standing
    if not set(SETTLED).isdisjoint(wanted):
        tables += [
            f"odd AS MATERIALIZED ({ODD})",
            f"fell_due AS ({_fell_due(at, keys, only, base)})",
            f"settled AS MATERIALIZED ({_settled(at, keys, only, base)})",
        ]
        parts += _flows(keys, wanted)
    if not set(PROMISED_FACTS).isdisjoint(wanted) and "document_id" not in (*keys, *only.columns):
        parts.append(promises_sql(at, keys, only, base))
    tables += [f"{name} AS ({sql})" for name, sql in further]
    chosen = "".join(f"f.{key}, " for key in keys)
    parts += [f"SELECT {chosen}f.at, f.what, f.amount FROM {name} f" for name, _sql in further]
    tables.append(
        f"""grouped AS (
            SELECT {chosen}f.at, f.what, sum(f.amount) AS amount FROM ({" UNION ALL ".join(parts)}) f
            WHERE f.at <= cardinality(%(ends)s::date[]) - 1
            GROUP BY {chosen}f.at, f.what
        )"""
    )
    tables.append(f"keyed AS ({keyed_sql(by, ('at', 'what', 'amount'))})")
    return tables


def placed(day: str) -> str:
    """SQL for the period that a day is in."""
    return f"width_bucket({day} - 1, %(ends)s::date[])"


def columns_in(keys: Sequence[str], table: str) -> str:
    return "".join(f"{table}.{key}, " for key in keys)


def columns_wanted(keys: Sequence[str], only: Condition) -> tuple[str, ...]:
    """The columns of items that the dimensions and the filter look at."""
    filtered = (
        () if only.sql == "true" else ("id", "customer_id", "salesperson_id", "currency", "document_id")
    )
    return tuple(dict.fromkeys((*keys, *filtered)))


def moved_sql(at: Moment, keys: Sequence[str], only: Condition, *, base: bool) -> str:
    """What debts and credits were, and by how much they changed on which day."""
    own, changed = ("open_base", "base") if base else ("open_amount", "amount")
    columns = "".join(f"i.{column}, " for column in columns_wanted(keys, only))
    changes = changes_sql(at, after="first_end")
    return f"""
        SELECT {columns_in(keys, "m")}m.side, m.on_day, m.due, sum(m.amount) AS amount
        FROM (
            SELECT {columns}i.side, i.document_on AS on_day, i.effective_due_on AS due, i.{own} AS amount
            FROM {items_sql(at)} i WHERE i.open_amount > 0
            UNION ALL
            SELECT {columns}i.side, x.on_day, i.effective_due_on, x.sign * c.{changed}
            FROM ({changes}) c JOIN {items_sql(at)} i ON i.id = c.item_id
            CROSS JOIN LATERAL (VALUES (i.document_on, 1), (c.effective_on, -1)) x (on_day, sign)
        ) m
        WHERE {only.sql}
        GROUP BY {columns_in(keys, "m")}m.side, m.on_day, m.due
    """


def _standings(keys: Sequence[str], wanted: Collection[str]) -> list[str]:
    columns = columns_in(keys, "m")
    debts = "m.side = 1 AND m.due IS NOT NULL"
    found = {
        RECEIVABLE: ("m.on_day", "m.side = 1"),
        OVERDUE: ("greatest(m.on_day, m.due + 1)", debts),
        MATURED: ("greatest(m.on_day, m.due)", debts),
        CREDIT: ("m.on_day", "m.side = -1"),
        UNTRIGGERED: ("m.on_day", "m.side = 1 AND m.due IS NULL"),
    }
    for what in wanted:
        if what.startswith(OVER):
            found[what] = (f"greatest(m.on_day, m.due + {int(what.removeprefix(OVER)) + 1})", debts)
    return [
        f"""
            SELECT {columns}{placed(day)} AS at, '{what}' AS what, sum(m.amount) AS amount
            FROM moved m WHERE {terms} GROUP BY {columns}{len(keys) + 1}"""
        for what, (day, terms) in found.items()
        if what in wanted
    ]


def _documents(at: Moment, keys: Sequence[str], only: Condition, base: bool, whats: Sequence[str]) -> str:
    """What was sold, collected and written off in the periods, by the dates of documents that stand."""
    columns = "".join(
        f"d.{'id AS document_id' if column == 'document_id' else column}, "
        for column in columns_wanted(keys, only)
        if column != "id"
    )
    kinds = [(what, kind, sign) for what in whats for kind, sign in SIGNS_BY_NAME[what].items()]
    values = ", ".join(f"('{kind}', '{what}', {sign})" for what, kind, sign in kinds)
    return f"""
        SELECT {columns_in(keys, "m")}{placed("m.document_on")} AS at, s.what, sum(s.sign * m.amount) AS amount
        FROM (
            SELECT {columns}d.document_on, d.kind, d.{"base_amount" if base else "amount"} AS amount
            FROM ledger_document d
            WHERE d.organization_id = %(organization)s AND d.document_on > %(first_end)s AND d.document_on <= %(as_of)s
              AND d.event NOT LIKE 'opening_%%' AND {known_document_sql(at, "d")}
        ) m
        JOIN (VALUES {values}) s (kind, what, sign) ON s.kind = m.kind
        WHERE {only.sql}
        GROUP BY {columns_in(keys, "m")}{len(keys) + 1}, s.what"""


# Items that are not what they seem: credits that are no money, debits that nobody was to pay.
ODD = f"""
    SELECT i.id, d.kind
    FROM ledger_document d
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
    WHERE d.organization_id = %(organization)s AND d.kind NOT IN {PLAIN}
"""


def _fell_due(at: Moment, keys: Sequence[str], only: Condition, base: bool) -> str:
    """Debts by the day they were to be paid."""
    columns = "".join(f"i.{column}, " for column in dict.fromkeys((*columns_wanted(keys, only), "id")))
    return f"""
        SELECT {columns_in(keys, "m")}m.due, sum(m.amount) AS amount
        FROM (
            SELECT {columns}greatest(i.effective_due_on, i.document_on) AS due,
                   i.{"base_amount" if base else "amount"} AS amount
            FROM {items_sql(at)} i
            WHERE i.side = 1 AND i.effective_due_on IS NOT NULL
              AND greatest(i.effective_due_on, i.document_on) > %(first_end)s
              AND greatest(i.effective_due_on, i.document_on) <= %(as_of)s
        ) m
        WHERE {only.sql} AND NOT EXISTS (SELECT FROM odd o WHERE o.id = m.id AND o.kind IN {GIVEN_BACK})
        GROUP BY {columns_in(keys, "m")}m.due
    """


def _settled(at: Moment, keys: Sequence[str], only: Condition, base: bool) -> str:
    """What settled debts, by the day it did, the day it was first meant to (of what undoes it) and the due date."""
    columns = "".join(f"i.{column}, " for column in dict.fromkeys((*columns_wanted(keys, only), "id")))
    grouped = f"{columns_in(keys, 'm')}m.by_money, m.paid_on, m.first_on, m.due"
    return f"""
        SELECT {grouped}, sum(m.amount) AS amount
        FROM (
            SELECT {columns}NOT EXISTS (SELECT FROM odd o WHERE o.id = c.other_id) AS by_money,
                   c.effective_on AS paid_on, c.first_on, i.effective_due_on AS due, c.{"base" if base else "amount"} AS amount
            FROM ({changes_sql(at, after=None, debits_only=True)}) c
            JOIN {items_sql(at)} i ON i.id = c.item_id
            WHERE i.effective_due_on IS NOT NULL AND greatest(c.effective_on, i.effective_due_on) > %(first_end)s
        ) m
        WHERE {only.sql} AND NOT EXISTS (SELECT FROM odd o WHERE o.id = m.id AND o.kind IN {GIVEN_BACK})
        GROUP BY {grouped}
    """


def _flows(keys: Sequence[str], wanted: Collection[str]) -> list[str]:
    columns = columns_in(keys, "m")
    last = len(keys) + 1

    def part(source: str, what: str, day: str, amount: str, terms: str) -> str:
        return f"""
            SELECT {columns}{placed(day)} AS at, '{what}' AS what, sum({amount}) AS amount
            FROM {source} m WHERE {terms} AND {day} > %(first_end)s GROUP BY {columns}{last}"""

    late = "(m.first_on - m.due)"
    parts = (
        ("fell_due", DUE, "m.due", "m.amount", "true"),
        ("settled", DUE, "m.due", "-m.amount", "NOT m.by_money AND m.paid_on <= m.due"),
        ("settled", IN_TIME, "m.due", "m.amount", "m.by_money AND m.paid_on <= m.due"),
        ("settled", ON_DUE, "greatest(m.paid_on, m.due)", "m.amount", "m.by_money"),
        ("settled", PAID, "m.paid_on", "m.amount", "m.by_money"),
        ("settled", LATE, "m.paid_on", f"m.amount * {late}", "m.by_money"),
        ("settled", FLOORED, "m.paid_on", f"m.amount * greatest({late}, 0)", "m.by_money"),
    )
    return [part(*each) for each in parts if each[1] in wanted]


def promises_sql(at: Moment, keys: Sequence[str], only: Condition, base: bool) -> str:
    """Promises judged: how many, how many were kept, and their amounts at the rate of the day they were made."""
    amount = f"({promised_base_sql(at)})" if base else "q.amount"
    return f"""
        SELECT {columns_in(keys, "m")}{placed("m.promised_on")} AS at, x.what, sum(x.amount) AS amount
        FROM (
            SELECT q.customer_id, k.salesperson_id, q.currency, q.promised_on, q.state, {amount} AS amount
            FROM {promises_known_sql(at)} q
            JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = q.customer_id
            WHERE q.organization_id = %(organization)s AND q.state IN ('kept', 'partly', 'broken')
              AND q.promised_on > %(first_end)s AND q.promised_on <= %(as_of)s
        ) m
        CROSS JOIN LATERAL (VALUES
            ('{PROMISES}', 1), ('{PROMISES_KEPT}', CASE WHEN m.state = 'kept' THEN 1 END),
            ('{PROMISED}', m.amount), ('{PROMISED_KEPT}', CASE WHEN m.state = 'kept' THEN m.amount END)
        ) x (what, amount)
        WHERE x.amount IS NOT NULL AND {only.sql}
        GROUP BY {columns_in(keys, "m")}{len(keys) + 1}, x.what"""

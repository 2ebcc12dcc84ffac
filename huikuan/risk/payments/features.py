"""What was known of a debt and its customer on a day: one row of numbers per (item, day), made in SQL.

History is a sum over what happened to the customer up to the day (`EVENTS`), in one ordered pass, so that any number
of days of any number of items cost one sort. On one day come first what was paid and what fell due, then the
questions asked at issue (so an item knows nothing of what else was issued on its day), then what was issued,
then the questions about open items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from huikuan.risk.payments.hazard import WorkedDays
from huikuan.risk.payments.sources import PaymentFactSource, registered_payment_facts
from huikuan.risk.payments.staging import Cut
from huikuan.risk.payments.worked_days import worked_days

Numbers = NDArray[np.float64]

RECENT_DAYS = {"lately": 45, "newly": 15, "yearly": 180}  # half-lives: what happened longer ago counts less
PORTFOLIO_DAYS = 60  # the same for all customers together
FAINTEST = -600  # a power of e: what is forgotten is still a number
DIGITS = 7
HEADER, TRAILER = 19, 2  # bytes around the records of a binary COPY

# What is summed over the history of a customer: name → how it moves at events (see EVENTS).
SUMS = (
    "issued", "opened", "open_amount", "overdue", "overdue_amount", "overdue_days", "known5", "late5", "known30",
    "late30", "closed", "days_late", "early", "exact", "amount_log", "known5_size", "late5_size", "known5_size2",
)  # fmt: skip
LATELY = {
    "lately": ("known5", "late5", "closed", "days_late", "issued"),
    "newly": ("known5", "late5", "closed", "days_late"),
    "yearly": ("known5", "late5", "closed", "days_late"),
}
# What is summed over the customer's debts that are alike: name → what they share, and the sums.
ALIKE = {
    "size": (
        "floor(i.size / 0.4 + 0.5)",
        ("known5", "late5", "closed", "days_late"),
    ),  # within some 20% of the amount
    "term": ("floor((i.due - i.issued + 1) / 3.0)", ("known5", "late5", "closed", "days_late")),
    "due": ("i.due", ("issued", "opened")),
}
# Of what the customer paid last: how late, in days. Column → its window over payments.
LAST_PAID = {
    "last3_days": "avg(late) OVER (each ROWS 2 PRECEDING)",
    "last10_days": "avg(late) OVER (each ROWS 9 PRECEDING)",
    "last10_worst": "max(late) OVER (each ROWS 9 PRECEDING)",
    "last20_spread": "coalesce(stddev_pop(late) OVER (each ROWS 19 PRECEDING), 0)",
}


@dataclass(frozen=True)
class Histories:
    """Rows of (item, day): identity, the item, sums of its customer up to the day, and those of all customers.

    `worked`: the days that the organization works, as known at the cut.
    """

    columns: dict[str, Numbers]
    worked: WorkedDays

    def __len__(self) -> int:
        return len(self.columns["item"])

    def __getitem__(self, name: str) -> Numbers:
        return self.columns[name]

    def only(self, chosen: NDArray[Any]) -> Histories:
        """The chosen rows."""
        return Histories({name: values[chosen] for name, values in self.columns.items()}, self.worked)


# `ord`: 0 what happened to debts of earlier days, 1 questions at issue, 2 what is issued, 3 what happened to it on the
# same day, 9 questions about open items. What an event does not move is NULL: it takes no room and is not added.
EVENTS = """
    WITH turned AS (
        SELECT t.*, i.customer_id, i.due, i.known AS issued_on, i.weight, i.base, i.size,
               greatest(least(t.paid_on - i.due, 90), -30) AS late,
               CASE WHEN t.known > i.known THEN 0 ELSE 3 END AS ord
        FROM payments_turn t JOIN payments_item i USING (item)
    ), settled AS (
        SELECT i.item, coalesce(sum(m.amount) FILTER (WHERE m.known < greatest(i.due + 1, i.known)), 0) AS by1,
               coalesce(sum(m.amount) FILTER (WHERE m.known < greatest(i.due + 5, i.known)), 0) AS by5,
               coalesce(sum(m.amount) FILTER (WHERE m.known < greatest(i.due + 30, i.known)), 0) AS by30
        FROM payments_item i LEFT JOIN payments_move m USING (item)
        WHERE greatest(i.due + 1, i.known) <= %(day)s
        GROUP BY i.item, i.due, i.known
    ), bound AS (
        SELECT i.item, i.customer_id, i.due, i.known, i.weight, i.base, i.size, i.amount, d.days, d.settled,
               greatest(i.due + d.days, i.known) AS day,
               CASE WHEN i.due + d.days > i.known THEN 0 ELSE 3 END AS ord
        FROM payments_item i JOIN settled USING (item)
        CROSS JOIN LATERAL (VALUES (1, by1), (5, by5), (30, by30)) d (days, settled)
        WHERE greatest(i.due + d.days, i.known) <= %(day)s AND d.settled <= i.amount - 0.0005
    )
    SELECT customer_id, item, known AS day, 2 AS ord, weight AS issued, weight AS opened, base AS open_amount,
           NULL::float8 AS overdue, NULL::float8 AS overdue_amount, NULL::float8 AS overdue_days, NULL::float8 AS known5, NULL::float8 AS late5,
           NULL::float8 AS known30, NULL::float8 AS late30, NULL::float8 AS closed, NULL::float8 AS days_late, NULL::float8 AS early, NULL::float8 AS exact,
           weight * size AS amount_log, NULL::float8 AS known5_size, NULL::float8 AS late5_size, NULL::float8 AS known5_size2,
           known AS last_issued, NULL::bigint AS closing, NULL::int AS last_late
    FROM payments_item
    UNION ALL
    SELECT i.customer_id, item, m.known, CASE WHEN m.known > i.known THEN 0 ELSE 3 END, NULL, NULL,
           -m.amount * i.base / i.amount, NULL, CASE WHEN m.known > i.due THEN -m.amount * i.base / i.amount END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM payments_move m JOIN payments_item i USING (item)
    UNION ALL
    SELECT customer_id, item, day, ord, NULL, NULL, NULL,
           CASE days WHEN 1 THEN weight END, CASE days WHEN 1 THEN base * (1 - settled / amount) END,
           CASE days WHEN 1 THEN weight * due END,
           CASE days WHEN 5 THEN weight END, CASE days WHEN 5 THEN weight END,
           CASE days WHEN 30 THEN weight END, CASE days WHEN 30 THEN weight END,
           NULL, NULL, NULL, NULL, NULL, CASE days WHEN 5 THEN weight * size END, CASE days WHEN 5 THEN weight * size END,
           CASE days WHEN 5 THEN weight * size * size END, NULL, NULL, CASE days WHEN 5 THEN day END
    FROM bound
    UNION ALL
    SELECT customer_id, item, known, ord, NULL, -turn * weight, NULL,
           CASE WHEN known > due THEN -turn * weight END, NULL,
           CASE WHEN known > due THEN -turn * weight * due END,
           first5, NULL,
           CASE WHEN known < greatest(due + 30, issued_on) AND how = 'paid' THEN turn * weight END, NULL,
           CASE WHEN how = 'paid' THEN turn * weight END,
           CASE WHEN how = 'paid' THEN turn * weight * late END,
           CASE WHEN how = 'paid' AND late <= -2 THEN turn * weight END,
           CASE WHEN how = 'paid' AND late = 0 THEN turn * weight END,
           NULL, first5 * size, NULL, first5 * size * size, NULL,
           CASE WHEN how = 'paid' AND turn = 1 THEN (known::bigint * 4 + ord) * 1000 + late + 100 END, NULL
    FROM (
        SELECT *, CASE WHEN known < greatest(due + 5, issued_on) AND how = 'paid' THEN turn * weight END AS first5
        FROM turned
    ) turned
"""


def histories(
    cut: Cut, questions: str, named: Mapping[str, Any] | None = None, *, at_end: bool = False
) -> Histories:
    """The numbers of (item, day, ord) of the relation `questions`, none of which lies after the cut.

    `questions` is SQL over the staged tables with columns item, day and ord (1 at issue, 9 later); `named`: its values.
    `at_end`: all ask about the end of the cut's day, by when all has happened: sums are told once per customer.
    """
    parameters = {**cut.parameters, **(named or {}), "day": cut.number}
    sources = registered_payment_facts()
    about_items = [source for source in sources if source.of == "item"]
    about_customers = [source for source in sources if source.of == "customer"]
    with connection.cursor() as cursor:
        for name, statement in (
            ("payments_question", questions),
            ("payments_item_fact", _facts_sql(cut, about_items)),
            ("payments_customer_fact", _facts_sql(cut, about_customers)),
            ("payments_event", EVENTS),
            ("payments_last_paid", LAST_PAID_SQL),
        ):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {statement}", parameters)
            cursor.execute(f"ANALYZE {name}")
    found = _in_order(fetch(_question_sql(about_items, about_customers, at_end), parameters))
    for name, (shared, sums) in ALIKE.items():
        ask = _alike_at_end_sql if at_end else _alike_sql
        alike = _in_order(fetch(ask(shared, sums), parameters))
        found |= {f"{name}_{each}": alike[each] for each in sums}
    found |= _portfolio(found["day"], parameters["day"])
    return Histories({name: np.round(values, DIGITS) for name, values in found.items()}, worked_days(cut))


def _in_order(found: dict[str, Numbers]) -> dict[str, Numbers]:
    """By item, day and ord: the server adds and answers in any order, and what is the same must come out the same."""
    order = np.lexsort((found["ord"], found["day"], found["item"]))
    return {name: values[order] for name, values in found.items()}


def _facts_sql(cut: Cut, sources: Sequence[PaymentFactSource]) -> str:
    parts = [
        f"SELECT '{each.code}' AS code, key, day::int AS day, value::float8 AS value FROM ({each.read(cut)}) {each.code}"
        " WHERE day <= %(day)s"
        for each in sources
    ]
    return " UNION ALL ".join(parts) or (
        "SELECT ''::text AS code, NULL::uuid AS key, 0 AS day, 0::float8 AS value WHERE false"
    )


def _question_sql(
    about_items: Sequence[PaymentFactSource], about_customers: Sequence[PaymentFactSource], at_end: bool
) -> str:
    over, now = ("", "%(day)s") if at_end else (" OVER past", "e.day")
    history = [f"coalesce(sum({name}){over}, 0) AS {name}" for name in SUMS]
    history += [
        f"coalesce(sum({name} * {when}){over}, 0) / {_faded(when, now)} AS {when}_{name}"
        for when, names in LATELY.items()
        for name in names
    ]
    history += [
        f"coalesce({now} - max(last_issued){over}, 9999) AS since_issued",
        f"coalesce({now} - min(last_issued){over}, -1) AS tenure",
        f"coalesce({now} - max(last_late){over}, 9999) AS since_late",
        f"coalesce(max(closing){over} %% 1000 - 100, 0) AS last_days_late",
        f"coalesce({now} - max(closing){over} / 4000, 9999) AS since_closed",
        f"coalesce(max(closing){over}, 0) AS last_closing",
    ]
    history += [
        f"coalesce(sum(fact) FILTER (WHERE code = '{each.code}'){over}, 0) AS {each.code}"
        for each in about_customers
    ]
    names = [part.rsplit(" AS ", 1)[1] for part in history]
    of_item = {
        "sum": "coalesce(sum(f.value) FILTER (WHERE f.code = '{0}'), 0)",
        "last": "coalesce((array_agg(f.value ORDER BY f.day DESC) FILTER (WHERE f.code = '{0}'))[1], 0)",
    }
    item_facts = "".join(f", {of_item[each.takes].format(each.code)} AS {each.code}" for each in about_items)
    return f"""
        WITH event AS (
            SELECT e.*, NULL::text AS code, NULL::float8 AS fact, NULL::int AS asked FROM payments_event e
            UNION ALL
            SELECT f.key, NULL, f.day, 0, {"NULL, " * len(SUMS)}NULL, NULL, NULL, f.code, f.value, NULL
            FROM payments_customer_fact f
            UNION ALL
            SELECT i.customer_id, NULL, q.day, q.ord, {"NULL, " * len(SUMS)}NULL, NULL, NULL, NULL, NULL, q.item
            FROM payments_question q JOIN payments_item i USING (item)
        ), faded AS (
            SELECT *, {", ".join(f"{_faded(when, 'day')} AS {when}" for when in RECENT_DAYS)}
            FROM event OFFSET 0 -- worked out once a row
        ), history AS ({_told_at_end(history) if at_end else _told_in_order(history)})
        SELECT h.item, i.issued AS issued_day, i.due AS due_day, h.day, h.ord, i.amount, i.base, i.weight, c.customer,
               coalesce(p.part, 0) AS part_paid{"".join(f", coalesce(f.{each.code}, 0) AS {each.code}" for each in about_items)},
               {", ".join(f"h.{name}" for name in names)}, {", ".join(f"coalesce(l.{name}, 0) AS {name}" for name in LAST_PAID)}
        FROM history h
        JOIN payments_item i USING (item)
        JOIN payments_customer c ON c.id = i.customer_id
        LEFT JOIN payments_last_paid l ON l.customer_id = i.customer_id AND l.closing = h.last_closing
        LEFT JOIN (
            SELECT q.item, q.day, sum(m.amount) / min(m.owed) AS part
            FROM payments_question q JOIN payments_move m ON m.item = q.item AND m.known <= q.day
            WHERE q.ord = 9
            GROUP BY 1, 2
        ) p ON p.item = h.item AND p.day = h.day AND h.ord = 9
        LEFT JOIN (
            SELECT q.item, q.day, q.ord{item_facts}
            FROM payments_question q
            JOIN payments_item i USING (item)
            JOIN payments_item_fact f ON f.key = i.id AND f.day <= q.day
            GROUP BY 1, 2, 3
        ) f ON f.item = h.item AND f.day = h.day AND f.ord = h.ord
        WHERE h.item IS NOT NULL
    """


def _faded(when: str, day: str) -> str:
    """How much a day counts beside the last one; never so little that the server takes it for an error."""
    return f"exp(greatest(({day} - %(day)s) * {log(2) / RECENT_DAYS[when]}::float8, {FAINTEST}))"


def _told_in_order(history: Sequence[str]) -> str:
    return f"""
        SELECT asked AS item, day, ord, {", ".join(history)}
        FROM faded e
        WINDOW past AS (PARTITION BY customer_id ORDER BY day, ord, opened, amount_log, open_amount ROWS UNBOUNDED PRECEDING)
    """


def _told_at_end(history: Sequence[str]) -> str:
    return f"""
        SELECT q.item, q.day, q.ord, told.*
        FROM payments_question q
        JOIN payments_item i USING (item)
        JOIN (SELECT customer_id, {", ".join(history)} FROM faded e GROUP BY customer_id) told
          ON told.customer_id = i.customer_id
    """


LAST_PAID_SQL = f"""
    SELECT DISTINCT ON (customer_id, closing) customer_id, closing, {", ".join(LAST_PAID)}
    FROM (
        SELECT customer_id, closing, row_number() OVER each AS place,
               {", ".join(f"{window} AS {name}" for name, window in LAST_PAID.items())}
        FROM (
            SELECT customer_id, closing, (closing %% 1000 - 100)::float8 AS late FROM payments_event
            WHERE closing IS NOT NULL
        ) paid
        WINDOW each AS (PARTITION BY customer_id ORDER BY closing)
    ) told
    ORDER BY customer_id, closing, place DESC
"""


def _alike_sql(shared: str, sums: Sequence[str]) -> str:
    """Sums over those debts of the customer that share something with the one asked about, itself left out at issue."""
    return f"""
        SELECT item, day, ord, {", ".join(sums)}
        FROM (
            SELECT asked AS item, day, ord, {", ".join(f"coalesce(sum({name}) OVER past, 0) AS {name}" for name in sums)}
            FROM (
                SELECT e.customer_id, {shared} AS shared, e.day, e.ord, {", ".join(f"e.{name}" for name in sums)}, NULL::int AS asked
                FROM payments_event e JOIN payments_item i USING (item)
                WHERE {_moves(sums)}
                UNION ALL
                SELECT i.customer_id, {shared}, q.day, q.ord, {"NULL, " * len(sums)}q.item
                FROM payments_question q JOIN payments_item i USING (item)
            ) event
            WINDOW past AS (PARTITION BY customer_id, shared ORDER BY day, ord, {", ".join(sums)} ROWS UNBOUNDED PRECEDING)
        ) history
        WHERE item IS NOT NULL
    """


def _alike_at_end_sql(shared: str, sums: Sequence[str]) -> str:
    return f"""
        SELECT q.item, q.day, q.ord, {", ".join(f"coalesce(told.{name}, 0) AS {name}" for name in sums)}
        FROM payments_question q
        JOIN payments_item i USING (item)
        LEFT JOIN (
            SELECT i.customer_id, {shared} AS shared, {", ".join(f"sum(e.{name}) AS {name}" for name in sums)}
            FROM payments_event e JOIN payments_item i USING (item)
            WHERE {_moves(sums)}
            GROUP BY 1, 2
        ) told ON told.customer_id = i.customer_id AND told.shared = {shared}
    """


def _moves(sums: Sequence[str]) -> str:
    return " OR ".join(f"e.{name} IS NOT NULL" for name in sums)


def _portfolio(days: Numbers, last: int) -> dict[str, Numbers]:
    """How all customers paid lately, up to the end of the day before each of `days`."""
    measures = ("known5", "late5", "known30", "late30", "closed", "days_late")
    daily = fetch(
        f"SELECT day, {', '.join(f'coalesce(sum({name}), 0) AS {name}' for name in measures)} FROM payments_event"
        " WHERE day <= %(day)s GROUP BY day",
        {"day": last},
    )
    found = {f"all_{name}": np.zeros(len(days)) for name in measures}
    if not len(daily["day"]):
        return found
    order = np.argsort(daily["day"])
    at = np.searchsorted(daily["day"][order], days, side="left")
    decay = np.exp(np.maximum((daily["day"][order] - last) * log(2) / PORTFOLIO_DAYS, FAINTEST))
    now = np.exp(np.maximum((days - last) * log(2) / PORTFOLIO_DAYS, FAINTEST))
    for name in measures:
        summed = np.concatenate(([0.0], np.cumsum(daily[name][order] * decay)))
        found[f"all_{name}"] = summed[at] / now
    return found


def fetch(statement: str, parameters: dict[str, Any]) -> dict[str, Numbers]:
    """The columns of a query as arrays, read as fixed records of binary COPY; nothing may be NULL."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({statement}) asked LIMIT 0", parameters)
        names = [column.name for column in cursor.description]
        listed = ", ".join(f"({name})::float8" for name in names)
        with cursor.copy(
            f"COPY (SELECT {listed} FROM ({statement}) asked) TO STDOUT (FORMAT BINARY)", parameters
        ) as copy:
            data = b"".join(copy)
    record = np.dtype(
        [("count", ">i2")] + [part for name in names for part in ((f"{name}:", ">i4"), (name, ">f8"))]
    )
    rows = np.frombuffer(
        data, dtype=record, offset=HEADER, count=(len(data) - HEADER - TRAILER) // record.itemsize
    )
    return {name: rows[name].astype(np.float64) for name in names}

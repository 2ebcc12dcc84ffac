"""Facts that only pivots count: how many items are open, and disputes. Each is a row like those of `kpi.facts`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from huikuan.reports.answers_known import disputes_known_sql
from huikuan.reports.filters import Condition
from huikuan.reports.kpi.facts import columns_in, columns_wanted, moved_sql, placed
from huikuan.reports.moments import Moment
from huikuan.reports.pivots.measures import DISPUTED, DISPUTES, OPEN_DISPUTES, OPEN_ITEMS, OVERDUE_ITEMS


def further_facts(
    at: Moment, keys: Sequence[str], only: Condition, wanted: Collection[str], *, base: bool
) -> list[tuple[str, str]]:
    """Tables of facts, as name and SQL: those that `wanted` asks for."""
    found: list[tuple[str, str]] = []
    if not {OPEN_ITEMS, OVERDUE_ITEMS}.isdisjoint(wanted):
        found.append(("counted", _counted(at, keys, only, wanted)))
    if not {DISPUTES, DISPUTED, OPEN_DISPUTES}.isdisjoint(wanted):
        found.append(("objected", _objected(at, keys, only, wanted, base)))
    return found


def _counted(at: Moment, keys: Sequence[str], only: Condition, wanted: Collection[str]) -> str:
    """Debts by the days on which they opened and closed: what is left of each is added up in the order of its days."""
    item_keys = tuple(dict.fromkeys((*keys, "id")))
    columns = columns_in(keys, "s")
    events = {
        OPEN_ITEMS: ("s.on_day", "s.until_day", "true"),
        OVERDUE_ITEMS: ("greatest(s.on_day, s.due + 1)", "greatest(s.until_day, s.due + 1)", "s.due IS NOT NULL"),
    }  # fmt: skip
    parts = []
    for what, (opens, closes, terms) in events.items():
        if what not in wanted:
            continue
        for day, sign, ended in ((opens, 1, ""), (closes, -1, " AND s.until_day IS NOT NULL")):
            parts.append(f"""
                SELECT {columns}{placed(day)} AS at, '{what}' AS what, count(*) * {sign}::numeric AS amount
                FROM spell s WHERE {terms}{ended} AND {day} <= %(as_of)s GROUP BY {columns}{len(keys) + 1}""")
    return f"""
        WITH left_over AS (
            SELECT m.*, sum(m.amount) OVER days AS open, lead(m.on_day) OVER days AS until_day
            FROM ({moved_sql(at, item_keys, only, base=False)}) m
            WHERE m.side = 1
            WINDOW days AS (PARTITION BY m.id ORDER BY m.on_day)
        ),
        spell AS (SELECT * FROM left_over WHERE open <> 0)
        {" UNION ALL ".join(parts)}"""


def _objected(at: Moment, keys: Sequence[str], only: Condition, wanted: Collection[str], base: bool) -> str:
    """Disputes, as they were known at the moment, by the day they were opened and the day they ended."""
    columns = "".join(f"i.{column}, " for column in dict.fromkeys((*columns_wanted(keys, only), "id")))
    amount = "q.amount * i.base_amount / i.amount" if base else "q.amount"
    rows = {
        DISPUTES: ("('disputes', m.opened_on, 1::numeric)",),
        DISPUTED: ("('disputed', m.opened_on, m.amount)",),
        OPEN_DISPUTES: (
            "('open_disputes', m.opened_on, 1::numeric)",
            "('open_disputes', m.ended_on, -1::numeric)",
        ),
    }
    values = ", ".join(row for what, chosen in rows.items() if what in wanted for row in chosen)
    return f"""
        SELECT {columns_in(keys, "m")}{placed("x.on_day")} AS at, x.what, sum(x.amount) AS amount
        FROM (
            SELECT {columns}q.opened_on, q.ended_on, round({amount}, 2) AS amount
            FROM {disputes_known_sql(at)} q
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = q.item_id
            WHERE q.organization_id = %(organization)s AND q.opened_on <= %(as_of)s
        ) m
        CROSS JOIN LATERAL (VALUES {values}) x (what, on_day, amount)
        WHERE x.on_day <= %(as_of)s AND {only.sql}
          AND (x.what = 'open_disputes' OR x.on_day > %(first_end)s)
        GROUP BY {columns_in(keys, "m")}{len(keys) + 1}, x.what"""

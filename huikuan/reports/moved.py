"""客户改归属: customers whose group, region or segment was changed between two knowledge dates, and what they moved.

Such a change posts nothing: the whole stays as it is, but what the customer owes stands in another row, or leaves or
enters a report that is filtered by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from huikuan.reports.asking import Question
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import moves_sql, with_sql

MOST = 500
FIELDS = ("group", "region", "segment")


class Moved(NamedTuple):
    """A customer that a report has elsewhere than before: `field` was `before` and is `now`.

    `owed`: its net in base currency at the later moment, which moved with it; credits make it less.
    """

    customer_id: UUID
    customer: str
    field: str
    before: str
    now: str
    recorded_at: datetime
    by: str
    owed: Decimal


def moved_customers(question: Question, *, after: datetime, until: datetime | None) -> list[Moved]:
    """What was changed of customers after one knowledge date and until another, in fields that the question looks at.

    At most MOST customers, the first to be changed first; those who owe nothing moved nothing and are left out.
    """
    looked_at = {*question.by, *question.where, question.options.get("column") or ""}
    wanted = [field for field in FIELDS if field in looked_at]
    later = moment(question.as_of, until)
    if not wanted or later.known_at is None:
        return []
    changed = _changed(question, later, after)
    if not changed:
        return []
    keys = list(changed)
    then, now = _parties(moment(question.as_of, after), keys), _parties(later, keys)
    owed = _owed(later, keys)
    found = []
    for key in keys:
        recorded_at, actor = changed[key]
        for field, before, after_ in zip(FIELDS, then[key][1:], now[key][1:], strict=True):
            if field in wanted and before != after_ and owed.get(key):
                found.append(Moved(key, now[key][0], field, before, after_, recorded_at, actor, owed[key]))
    return found


def _changed(question: Question, later: Moment, after: datetime) -> dict[UUID, tuple[datetime, str]]:
    """The customers in reach that were changed, with the last change's moment and actor."""
    reach = "" if question.salesperson_ids is None else "AND k.salesperson_id = ANY(%(reach)s::uuid[])"
    with connection.cursor() as cursor:
        cursor.execute(
            CHANGED.format(reach=reach),
            {
                **later.parameters,
                "after": after,
                "reach": list(question.salesperson_ids or ()),
                "most": MOST,
            },
        )
        return {key: (recorded_at, actor) for key, recorded_at, actor in cursor.fetchall()}


CHANGED = """
    SELECT * FROM (
        SELECT DISTINCT ON (c.customer_id) c.customer_id, a.recorded_at, a.actor_name
        FROM audit_act a
        JOIN customers_customer_change c ON c.organization_id = %(organization)s AND c.act_id = a.id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = c.customer_id
        WHERE a.organization_id = %(organization)s AND a.recorded_at > %(after)s AND a.recorded_at <= %(known_at)s
          AND c.effective_on <= %(as_of)s {reach}
        ORDER BY c.customer_id, a.recorded_at DESC
    ) last ORDER BY recorded_at, customer_id LIMIT %(most)s"""


def _parties(at: Moment, keys: Sequence[UUID]) -> dict[UUID, tuple[str, str, str, str]]:
    """Name, group, region and segment of customers at a moment."""
    sql = f"""
        {with_sql(at)}
        SELECT p.id, p.name, coalesce(g.name, ''), p.region, p.segment FROM party p
        LEFT JOIN customers_customer g ON g.organization_id = %(organization)s AND g.id = p.parent_id
        WHERE p.id = ANY(%(keys)s::uuid[])"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {**at.parameters, "keys": list(keys)})
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _owed(at: Moment, keys: Sequence[UUID]) -> dict[UUID, Decimal]:
    """The net of customers at a moment."""
    sql = f"""
        {with_sql(at, few_customers=True)}
        SELECT m.customer_id, sum(m.side * m.open_base)
        FROM ({moves_sql(at, ("customer_id", "side"), few_customers=True)}) m
        WHERE m.customer_id = ANY(%(customers)s::uuid[]) GROUP BY m.customer_id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {**at.parameters, "customers": list(keys)})
        return dict(cursor.fetchall())

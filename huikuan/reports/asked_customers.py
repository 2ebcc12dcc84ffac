"""The customers that a question is about, as they were at a moment, with the keys that rows can be made by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from huikuan.reports.asking import Question
from huikuan.reports.moments import Moment
from huikuan.reports.state import with_sql

KEYS: Mapping[str, tuple[str, str]] = {
    "customer": ("code", "name"),
    "group": ("head_code", "head_name"),
    "salesperson": ("salesperson_code", "salesperson_name"),
    "team": ("team", "team"),
    "region": ("region", "region"),
    "segment": ("segment", "segment"),
}
"""Where the key and the name of each dimension stand in a customer's row."""


def asked_customers(question: Question, at: Moment, *, undone_since: bool = False) -> list[dict[str, Any]]:
    """By code: the key of each customer that `where` leaves and that is in reach, and all names in `KEYS`.

    Group, region and segment are those of the moment, the salesperson is today's, as in aging. Left out: customers whose
    import was undone; `undone_since`: unless that was not known yet.
    """
    wanted = {f"wanted_{name}": code for name, code in question.where.items()}
    only = "".join(f" AND f.{KEYS[name][0]} = %(wanted_{name})s" for name in question.where)
    if question.salesperson_ids is not None:
        only += " AND f.salesperson_id = ANY(%(reach)s::uuid[])"
    there = "k.removed_act_id IS NULL"
    if undone_since and not at.all_known:
        there = f"""({there} OR EXISTS (
            SELECT FROM audit_act late
            WHERE late.organization_id = %(organization)s AND late.id = k.removed_act_id AND late.recorded_at > %(known_at)s))"""
    sql = f"""
        {with_sql(at)}
        SELECT pk, {", ".join(COLUMNS)} FROM (
            SELECT p.id AS pk, p.code, p.name, coalesce(g.code, p.code) AS head_code, coalesce(g.name, p.name) AS head_name,
                   coalesce(s.code, '') AS salesperson_code, coalesce(s.name, '') AS salesperson_name,
                   coalesce(s.team, '') AS team, p.region, p.segment, p.salesperson_id
            FROM party p
            JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = p.id AND {there}
            LEFT JOIN customers_customer g ON g.organization_id = %(organization)s AND g.id = p.parent_id
            LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = p.salesperson_id
        ) f
        WHERE true{only} ORDER BY code"""
    reach = list(question.salesperson_ids or ())
    with connection.cursor() as cursor:
        cursor.execute(sql, {**at.parameters, **wanted, "reach": reach})
        return [dict(zip(("pk", *COLUMNS), row, strict=True)) for row in cursor.fetchall()]


COLUMNS = tuple(dict.fromkeys(column for pair in KEYS.values() for column in pair))

"""What customers owe: close to their limit, or too great a part of everything."""

from __future__ import annotations

from datetime import date

from huikuan.credit.models import Limit, LimitState
from huikuan.credit.queries import standings
from huikuan.reports.moments import moment
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql
from huikuan.warnings.detection.reading import money, read, tenths
from huikuan.warnings.rules import Finding, Kind, Row, Setting


def limit_used(setting: Setting, day: date) -> list[Finding]:
    """Customers whose exposure has reached this share of their limit; one of nothing has none to reach."""
    limited = set(
        Limit.objects.filter(whole_group=False, state=LimitState.ACTIVE, starts_on__lte=day).values_list(
            "customer_id", flat=True
        )
    )
    if not limited:
        return []
    wanted, past = setting.values["percent"] / 100, not moment(day).is_now
    found = []
    for key, standing in standings(limited, day=day, past=past).items():
        limit, used = standing.limit, standing.position().used
        if not limit or used < limit * wanted:
            continue
        figures = {"used": money(used), "limit": money(limit), "percent": tenths(used * 100 / limit)}
        rows = [Row("customer", key, standing.party.code, None, used)]
        found.append(Finding(Kind.LIMIT_USE, key, figures, rows))
    return found


def concentrated(setting: Setting, day: date) -> list[Finding]:
    """Customers that with their group owe this share of all receivables; the head of the group is named."""
    then = moment(day)
    statement = CONCENTRATED.format(given=with_sql(then), moves=moves_sql(then, ("customer_id", "side")))
    with reading_whole_tables():
        rows = read(statement, setting, day, **then.parameters)
    return [
        Finding(
            Kind.CONCENTRATION,
            head,
            {"amount": money(amount), "total": money(total), "percent": tenths(amount * 100 / total)},
            [Row("customer", head, code, None, amount)],
        )
        for head, code, amount, total in rows
    ]


CONCENTRATED = """
    {given},
    owed AS (
        SELECT coalesce(p.parent_id, p.id) AS head, sum(m.open_base) AS amount
        FROM ({moves}) m JOIN party p ON p.id = m.customer_id
        WHERE m.side = 1
        GROUP BY 1
    )
    SELECT o.head, k.code, o.amount, t.amount
    FROM owed o
    CROSS JOIN (SELECT sum(amount) AS amount FROM owed WHERE amount > 0) t
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = o.head
    WHERE t.amount > 0 AND o.amount >= %(amount)s AND o.amount * 100 >= t.amount * %(percent)s
    ORDER BY o.head
"""

"""What was recorded between two knowledge dates that expected losses are computed by and no late posting says.

Rates, judgements of customers, entries on the allowance account, and what the payment model was asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.ledger.operations import accounts_by_purpose
from huikuan.reports.asking import Question, Told
from huikuan.reports.late import MOST
from huikuan.reports.moments import Moment


def told_of_rates(question: Question, later: Moment, after: datetime) -> list[Told]:
    """Rates set, and customers judged by themselves or no longer, at most MOST and one, the first recorded first."""
    found = []
    for recorded_at, by, on, kind, customer_id, customer, rate in _read(RATES, later, after):
        day = on.isoformat()
        if kind == "matrix":
            what = _("设定坏账计提比例，自 %s 起") % day
        elif kind == "assessed":
            share = f"{(rate * 100).normalize():f}%"
            what = _("单项计提 %(rate)s，自 %(day)s 起") % {"rate": share, "day": day}
        else:
            what = _("结束单项计提，自 %s 起") % day
        found.append(Told(recorded_at, by, on, what, customer_id, customer, None, ""))
    return found


def told_of_allowance(question: Question, later: Moment, after: datetime) -> list[Told]:
    """Entries on the allowance account that no document made, with what they added to it; at most MOST and one."""
    account = accounts_by_purpose(["allowance"])["allowance"]
    return [
        Told(recorded_at, by, on, memo or _("坏账准备的分录"), None, "", amount, later.currency)
        for recorded_at, by, on, memo, amount in _read(ENTRIES, later, after, account=account)
    ]


def told_of_forecasts(question: Question, later: Moment, after: datetime) -> list[Told]:
    """When the payment model was asked what is lost of the debts of the day, at most MOST and one."""
    return [
        Told(recorded_at, by, on, _("付款模型第 %s 版计算损失") % number, None, "", None, "")
        for recorded_at, by, on, number in _read(FORECASTS, later, after)
    ]


def _read(sql: str, later: Moment, after: datetime, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{LATE} {sql}", {**later.parameters, "after": after, "most": MOST + 1, **values})
        return list(cursor.fetchall())


# What is dated before the organization went live is known from its own date, whenever it was recorded.
LATE = """
    WITH late AS MATERIALIZED (
        SELECT id, recorded_at, actor_name FROM audit_act
        WHERE organization_id = %(organization)s AND recorded_at > %(after)s AND recorded_at <= %(known_at)s
    )
"""
RATES = """
    SELECT g.recorded_at, g.actor_name, g.dated_on, g.kind, g.customer_id, coalesce(k.name, ''), g.rate
    FROM (
        SELECT late.recorded_at, late.actor_name, m.effective_on AS dated_on, 'matrix' AS kind,
               NULL::uuid AS customer_id, NULL::numeric AS rate, m.id
        FROM late JOIN risk_provision_matrix m ON m.organization_id = %(organization)s AND m.act_id = late.id
        UNION ALL
        SELECT late.recorded_at, late.actor_name, a.from_on, 'assessed', a.customer_id, a.rate, a.id
        FROM late JOIN risk_assessment a ON a.organization_id = %(organization)s AND a.act_id = late.id
        UNION ALL
        SELECT late.recorded_at, late.actor_name, a.until_on, 'ended', a.customer_id, NULL, a.id
        FROM late
        JOIN audit_event e ON e.organization_id = %(organization)s AND e.act_id = late.id
        JOIN risk_assessment a ON a.organization_id = %(organization)s AND a.id = e.record_id
        WHERE e.record_kind = 'assessment' AND e.action = 'ended'
    ) g
    LEFT JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = g.customer_id
    WHERE g.dated_on BETWEEN %(live_on)s AND %(as_of)s
    ORDER BY g.recorded_at, g.id, g.kind LIMIT %(most)s
"""
ENTRIES = """
    SELECT late.recorded_at, late.actor_name, j.effective_on, j.memo, booked.amount
    FROM late
    JOIN ledger_journal_entry j ON j.organization_id = %(organization)s AND j.act_id = late.id
    CROSS JOIN LATERAL (
        SELECT sum(l.credit - l.debit) AS amount FROM ledger_journal_line l
        WHERE l.organization_id = %(organization)s AND l.entry_id = j.id AND l.account_id = %(account)s
    ) booked
    WHERE j.document_id IS NULL AND j.allocation_id IS NULL AND booked.amount <> 0
      AND j.effective_on BETWEEN %(live_on)s AND %(as_of)s
    ORDER BY late.recorded_at, j.id LIMIT %(most)s
"""
FORECASTS = """
    SELECT late.recorded_at, late.actor_name, f.as_of, m.number
    FROM late
    JOIN risk_loss_forecast f ON f.organization_id = %(organization)s AND f.act_id = late.id
    JOIN risk_payment_model m ON m.organization_id = %(organization)s AND m.id = f.model_id
    WHERE f.as_of = %(as_of)s AND f.as_of >= %(live_on)s
    ORDER BY late.recorded_at, f.id LIMIT %(most)s
"""

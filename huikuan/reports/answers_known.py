"""Promises and disputes as they were known at a moment.

Their rows say how they stand now. What they came to before stands in the trail: every change of a promise's outcome or
payments, every end and reopening of a dispute, with the act that recorded it. Before the organization went live, an outcome
is known from its own date: a promise's from the day after its last day of grace, a dispute's from the day it ended on.
"""

from __future__ import annotations

from huikuan.reports.moments import Moment
from huikuan.reports.state import known_row_sql


def promises_known_sql(at: Moment) -> str:
    """What stands for `collection_promise`: the promises known at the moment, with the state and payments of then."""
    if at.all_known:
        return "collection_promise"
    join, known = known_row_sql(at, "p", "p.made_on")
    ended_on = "p.promised_on + p.grace_days"
    return f"""(
        SELECT p.id, p.organization_id, p.act_id, p.customer_id, p.collector_name, p.made_on, p.promised_on, p.grace_days,
               p.currency, p.amount, coalesce(told.state, 'open') AS state, coalesce(told.paid, 0) AS paid
        FROM collection_promise p {join}
        CROSS JOIN LATERAL (
            SELECT (array_agg(CASE e.action WHEN 'withdrawn' THEN 'withdrawn' ELSE e.content->>'state' END
                              ORDER BY made.recorded_at DESC, e.id DESC))[1] AS state,
                   (array_agg((e.content->>'paid')::numeric ORDER BY made.recorded_at DESC, e.id DESC)
                    FILTER (WHERE e.action = 'judged'))[1] AS paid
            FROM audit_event e
            JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = p.id AND e.action IN ('judged', 'withdrawn')
              AND CASE WHEN {ended_on} < %(live_on)s THEN {ended_on} < %(known_on)s
                  ELSE made.recorded_at <= %(known_at)s END
        ) told
        WHERE p.organization_id = %(organization)s AND {known})"""


def disputes_known_sql(at: Moment) -> str:
    """What stands for `disputes_dispute`: the disputes known at the moment, with the state and end of then."""
    if at.all_known:
        return "disputes_dispute"
    join, known = known_row_sql(at, "d", "d.opened_on")
    return f"""(
        SELECT d.id, d.organization_id, d.act_id, d.item_id, d.customer_id, d.number, d.amount, d.currency, d.reason,
               d.owner_role, d.opened_on, d.due_on, coalesce(told.state, 'open') AS state, told.ended_on
        FROM disputes_dispute d {join}
        LEFT JOIN LATERAL (
            SELECT coalesce(e.content->>'state', 'open') AS state, (e.content->>'on')::date AS ended_on
            FROM audit_event e
            JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = d.id
              AND e.action IN ('dispute_ended', 'dispute_reopened')
              AND CASE WHEN (e.content->>'on')::date < %(live_on)s THEN (e.content->>'on')::date <= %(known_on)s
                  ELSE made.recorded_at <= %(known_at)s END
            ORDER BY made.recorded_at DESC, e.id DESC LIMIT 1
        ) told ON true
        WHERE d.organization_id = %(organization)s AND {known})"""


def promised_base_sql(at: Moment) -> str:
    """What a promise `q` is in base currency, at the last rate of the day it was made; NULL without one.

    A rate that was changed or removed since is taken as it was known at the moment.
    """
    return f"""
    SELECT CASE WHEN q.currency = o.currency THEN q.amount ELSE round(q.amount * (
        SELECT r.rate FROM ({rates_known_sql(at)}) r
        WHERE r.currency = q.currency AND r.rated_on <= q.made_on
        ORDER BY r.rated_on DESC LIMIT 1), 2) END
    FROM organizations_organization o WHERE o.id = %(organization)s
"""


def rates_known_sql(at: Moment) -> str:
    """currency, rated_on and rate of the rates that were known at the moment."""
    if at.all_known:
        return "SELECT currency, rated_on, rate FROM ledger_rate WHERE organization_id = %(organization)s"
    return """
        SELECT n.currency, n.rated_on, coalesce(told.rate, n.rate) AS rate
        FROM (
            SELECT id, currency, rated_on, rate FROM ledger_rate WHERE organization_id = %(organization)s
            UNION ALL
            SELECT e.record_id, e.number, (e.content->>'on')::date, (e.content->>'rate')::numeric
            FROM audit_act gone
            JOIN audit_event e ON e.organization_id = %(organization)s AND e.act_id = gone.id
            WHERE gone.organization_id = %(organization)s AND gone.recorded_at > %(known_at)s
              AND e.record_kind = 'rate' AND e.action = 'removed'
        ) n
        LEFT JOIN LATERAL (
            SELECT (e.content->>'rate')::numeric AS rate
            FROM audit_event e
            JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = n.id AND n.rated_on >= %(live_on)s
              AND made.recorded_at <= %(known_at)s
            ORDER BY made.recorded_at DESC, e.id DESC LIMIT 1
        ) told ON true
        WHERE CASE WHEN n.rated_on < %(live_on)s THEN n.rated_on <= %(known_on)s ELSE told.rate IS NOT NULL END"""

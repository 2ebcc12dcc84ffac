"""Promises to pay that were not kept, or only in part."""

from __future__ import annotations

from datetime import date

from huikuan.warnings.detection.reading import evidence, money, read
from huikuan.warnings.rules import Finding, Kind, Setting


def promise_broken(setting: Setting, day: date) -> list[Finding]:
    """Customers whose promise was judged not to be kept in full; the latest is told, the others are its evidence."""
    return [
        Finding(
            Kind.PROMISE_BROKEN,
            key,
            {"due": due.isoformat(), "amount": money(amount), "paid": money(paid)},
            evidence("promise", rows),
            since,
        )
        for key, due, amount, paid, since, rows in read(BROKEN, setting, day)
    ]


# In the currency of the promise; the threshold in base currency, at the last rate known.
BROKEN = """
    WITH broken AS (
        SELECT p.customer_id, p.id, p.promised_on, p.amount, p.paid, p.judged_on
        FROM collection_promise p
        WHERE p.organization_id = %(organization)s AND p.state IN ('broken', 'partly')
          AND p.judged_on <= %(day)s AND p.judged_on > %(day)s::date - %(days)s::int
          AND p.amount * coalesce((
                SELECT r.rate FROM ledger_rate r
                WHERE r.organization_id = %(organization)s AND r.currency = p.currency AND r.rated_on <= p.promised_on
                ORDER BY r.rated_on DESC LIMIT 1), 1) >= %(amount)s
    )
    SELECT DISTINCT ON (b.customer_id) b.customer_id, b.promised_on, b.amount, b.paid, b.judged_on,
           (SELECT to_jsonb((array_agg(jsonb_build_array(o.id, o.promised_on, o.promised_on, o.amount)
                             ORDER BY o.judged_on DESC, o.id))[1:10])
            FROM broken o WHERE o.customer_id = b.customer_id)
    FROM broken b
    ORDER BY b.customer_id, b.judged_on DESC, b.id
"""

"""What packages below know that bears on payment: disputes of an item, the credit score of a customer."""

from __future__ import annotations

from huikuan.risk.payments.sources import PaymentFactSource
from huikuan.risk.payments.staging import Cut


def disputes(cut: Cut) -> str:
    """+1 from the day a dispute was opened (not before it was recorded), −1 from the day it ended."""
    opened, opened_act = cut.known("p", "opened_on")
    ended, ended_act = cut.known("p", "ended_on", "ended_act_id")
    return f"""
        SELECT p.item_id AS key, {opened} AS day, 1 AS value FROM disputes_dispute p{opened_act}
        WHERE p.organization_id = %(organization)s
        UNION ALL
        SELECT p.item_id, {ended}, -1 FROM disputes_dispute p{ended_act}
        WHERE p.organization_id = %(organization)s AND p.ended_on IS NOT NULL
    """


def credit_points(cut: Cut) -> str:
    """The points of the latest assessment of a customer, as changes."""
    known, act = cut.known("s", "as_of_on")
    return f"""
        SELECT customer_id AS key, day, points - lag(points, 1, 0) OVER (PARTITION BY customer_id ORDER BY day, id) AS value
        FROM (
            SELECT s.customer_id, s.id, {known} AS day, s.points::float8 AS points FROM credit_assessment s{act}
            WHERE s.organization_id = %(organization)s
        ) assessed
    """


OWN_SOURCES = (
    PaymentFactSource("disputed", "item", disputes),
    PaymentFactSource("credit_points", "customer", credit_points),
)

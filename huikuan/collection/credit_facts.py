"""What collection tells credit of customers: promises and repayment plans that were not kept."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.credit.fact_sources import FactSource
from huikuan.credit.ledger_facts import Facts, Knowledge


def broken_promises(customer_ids: Sequence[UUID] | None, known: Knowledge) -> dict[UUID, Facts]:
    """Promises judged within the 12 months up to the day that were broken, or kept in part only; plans likewise.

    Of whoever had none judged nothing is known. A promise counts from the day it was judged on, a plan from the day it
    ended on.
    """
    only = "" if customer_ids is None else "AND p.customer_id = ANY(%(customers)s::uuid[])"
    then = "" if known.known_at is None else "AND p.judged_on <= %(known_on)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT customer_id, count(*) FILTER (WHERE state IN ('broken', 'partly'))
            FROM (
                SELECT p.customer_id, p.state
                FROM collection_promise p{known.late_act("p")}
                WHERE p.organization_id = %(organization)s AND p.state IN ('kept', 'partly', 'broken')
                  AND p.judged_on > %(year_ago)s AND p.judged_on <= %(as_of)s
                  AND {known.counted("p", "made_on")} {then} {only}
                UNION ALL
                SELECT p.customer_id, p.state
                FROM collection_plan p{known.late_act("p")}
                WHERE p.organization_id = %(organization)s AND p.state IN ('kept', 'partly', 'broken')
                  AND p.ended_on > %(year_ago)s AND p.ended_on <= %(as_of)s
                  AND {known.counted("p", "made_on")} {then} {only}
            ) said
            GROUP BY customer_id
            """,
            {**known.parameters, "customers": list(customer_ids) if customer_ids is not None else None},
        )
        return {key: {"broken_promises": Decimal(count)} for key, count in cursor.fetchall()}


FACTS = (FactSource(("broken_promises",), broken_promises),)

# The level of a step: which one after the due date it is, in the version of its policy. It counts while an item that
# it was about is still open.
DUNNING_LEVELS = """
    SELECT a.customer_id, max((
        SELECT count(*) FROM collection_policy_step n
        WHERE n.organization_id = %(organization)s AND n.version_id = s.version_id
          AND n.trigger = 'due' AND n.days > 0 AND n.position <= s.position
    ))::int
    FROM collection_action a
    JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = a.step_id
     AND s.trigger = 'due' AND s.days > 0
    WHERE a.organization_id = %(organization)s AND a.customer_id = ANY(%(ids)s::uuid[])
      AND a.state IN ('sent', 'done') AND a."on" <= %(day)s
      AND EXISTS (
          SELECT FROM collection_action_item x
          JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = x.item_id
          WHERE x.organization_id = %(organization)s AND x.action_id = coalesce(a.lead_id, a.id)
            AND i.open_amount > 0)
    GROUP BY a.customer_id
"""

"""What collection tells the gates of credit: promises and repayment plans that were not kept."""

from __future__ import annotations

BROKEN_PROMISES = """
    SELECT p.customer_id, p.judged_on FROM collection_promise p
    WHERE p.organization_id = %(organization)s AND p.customer_id = ANY(%(ids)s::uuid[])
      AND p.state = 'broken' AND p.judged_on <= %(day)s
    UNION ALL
    SELECT p.customer_id, p.ended_on FROM collection_plan p
    WHERE p.organization_id = %(organization)s AND p.customer_id = ANY(%(ids)s::uuid[])
      AND p.state IN ('broken', 'partly') AND p.ended_on <= %(day)s
"""

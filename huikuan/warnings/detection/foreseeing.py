"""Customers whose debts the payment model expects late, before they are."""

from __future__ import annotations

from datetime import date

from huikuan.risk.payments.outlook import fresh_since, uses_in_force
from huikuan.warnings.detection.reading import evidence, money, read, whole
from huikuan.warnings.rules import Finding, Kind, Setting


def expected_late(setting: Setting, day: date) -> list[Finding]:
    """Customers of whose debts that are not yet long overdue much is expected 30 days late or later.

    Of the last predictions; nothing where the organization does not let them warn, or they are older than a week.
    """
    if not uses_in_force().warnings:
        return []
    return [
        Finding(
            Kind.EXPECTED_LATE,
            key,
            {"amount": money(late), "percent": whole(share)},
            evidence("document", rows),
        )
        for key, late, share, rows in read(EXPECTED_LATE, setting, day, fresh=fresh_since(day))
    ]


EXPECTED_LATE = """
    SELECT o.customer_id, o.late, o.late_share / 10.0, (
               SELECT to_jsonb((array_agg(jsonb_build_array(d.id, d.number, i.effective_due_on, i.open_base)
                                ORDER BY i.open_base * p.p_late30 DESC, d.id))[1:10])
               FROM risk_payment_prediction p
               JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
               JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
               WHERE p.organization_id = %(organization)s AND p.customer_id = o.customer_id AND i.open_amount > 0
                 AND coalesce(i.effective_due_on >= %(day)s::date - 30, true))
    FROM risk_customer_outlook o
    WHERE o.organization_id = %(organization)s AND o.as_of_on BETWEEN %(fresh)s AND %(day)s
      AND o.late_share >= %(percent)s * 10 AND o.late >= %(amount)s AND o.late > 0
"""

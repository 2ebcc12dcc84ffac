"""What collection tells the payment model: promises, contacts about an item, promises that were not kept."""

from __future__ import annotations

from huikuan.risk.payments.sources import PaymentFactSource
from huikuan.risk.payments.staging import Cut


def promised_on(cut: Cut) -> str:
    """Of an item, the day (day number) by which it was promised, by the latest promise."""
    made, act = cut.known("p", "made_on")
    return f"""
        SELECT i.item_id AS key, {made} AS day, p.promised_on - DATE '2000-01-01' AS value
        FROM collection_promise p{act}
        JOIN collection_promised_item i ON i.organization_id = %(organization)s AND i.promise_id = p.id
        WHERE p.organization_id = %(organization)s
    """


def contacts(cut: Cut) -> str:
    """Of an item, how often its customer was spoken or written to about it."""
    made, act = cut.known("c", "made_on")
    return f"""
        SELECT l.item_id AS key, {made} AS day, 1 AS value
        FROM collection_contact c{act}
        JOIN collection_claim l ON l.organization_id = %(organization)s AND l.contact_id = c.id
        WHERE c.organization_id = %(organization)s AND c.supersedes_id IS NULL
    """


def broken(cut: Cut) -> str:
    """Of a customer, how many promises were judged as broken or kept in part only, from the day they were judged."""
    del cut
    return """
        SELECT p.customer_id AS key, p.judged_on - DATE '2000-01-01' AS day, 1 AS value
        FROM collection_promise p
        WHERE p.organization_id = %(organization)s AND p.state IN ('broken', 'partly') AND p.judged_on IS NOT NULL
    """


PAYMENT_FACTS = (
    PaymentFactSource("promised_on", "item", promised_on, "last"),
    PaymentFactSource("contacts", "item", contacts),
    PaymentFactSource("broken_promises", "customer", broken),
)

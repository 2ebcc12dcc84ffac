"""What is known of customers, as of a day and as it was known at a time: computed and entered facts together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.core.dates import add_months
from huikuan.credit.fact_kinds import ENTERED, ENTERED_BY_CODE
from huikuan.credit.fact_sources import registered_facts
from huikuan.credit.ledger_facts import Facts, Knowledge, knowledge, ledger_facts


def customer_facts(
    customer_ids: Sequence[UUID] | None = None, *, as_of: date, known_at: datetime | None = None
) -> dict[UUID, Facts]:
    """Values by fact code (`fact_kinds.KINDS`) of customers (None: of all); what is not known is absent.

    A fact that was entered stands over one of the same code that was computed or that another package tells. `known_at` (aware): as it was known then,
    else as known now. One pass of set-based SQL, whatever the number of customers.
    """
    known = knowledge(as_of, known_at)
    found = ledger_facts(customer_ids, known)
    for source in registered_facts():
        for key, told in source.read(customer_ids, known).items():
            found.setdefault(key, {}).update(told)
    for key, facts in entered_facts(customer_ids, known).items():
        found.setdefault(key, {}).update(facts)
    return found


def entered_facts(customer_ids: Sequence[UUID] | None, known: Knowledge) -> dict[UUID, Facts]:
    """The last value entered of each fact, as far as it still counts on the day."""
    since = {
        kind.code: add_months(known.as_of, -kind.good_months)
        for kind in ENTERED
        if kind.good_months is not None
    }
    found: dict[UUID, Facts] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT ON (f.customer_id, f.code) f.customer_id, f.code, f.value, f.as_of_on
            FROM credit_customer_fact f{known.late_act("f")}
            WHERE f.organization_id = %(organization)s AND {known.counted("f", "as_of_on")}
              {"" if customer_ids is None else "AND f.customer_id = ANY(%(customers)s::uuid[])"}
            ORDER BY f.customer_id, f.code, f.as_of_on DESC, f.id DESC
            """,
            {**known.parameters, "customers": list(customer_ids) if customer_ids is not None else None},
        )
        for key, code, value, as_of_on in cursor.fetchall():
            if value is None or code not in ENTERED_BY_CODE or as_of_on < since.get(code, date.min):
                continue
            found.setdefault(key, {})[code] = Decimal(value).normalize() + 0
    return found


def segments(
    customer_ids: Sequence[UUID] | None = None, *, as_of: date, known_at: datetime | None = None
) -> dict[UUID, str]:
    """The segment that customers (None: all) were in on a day, as known at a time."""
    known = knowledge(as_of, known_at)
    unknown = f" OR NOT ({known.counted('c', 'effective_on')})" if known_at is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT k.id, CASE WHEN old.customer_id IS NULL THEN k.segment ELSE old.segment END
            FROM customers_customer k
            LEFT JOIN (
                SELECT DISTINCT ON (c.customer_id) c.customer_id, c.segment
                FROM customers_customer_change c
                JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = c.act_id
                {known.late_act("c")}
                WHERE c.organization_id = %(organization)s AND (c.effective_on > %(as_of)s{unknown})
                ORDER BY c.customer_id, made.recorded_at, c.id
            ) old ON old.customer_id = k.id
            WHERE k.organization_id = %(organization)s AND k.removed_act_id IS NULL
              {"" if customer_ids is None else "AND k.id = ANY(%(customers)s::uuid[])"}
            """,
            {**known.parameters, "customers": list(customer_ids) if customer_ids is not None else None},
        )
        return dict(cursor.fetchall())

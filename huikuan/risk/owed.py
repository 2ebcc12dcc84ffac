"""What customers owe as of a day, as it was known at a time, as SQL: the debts that provisions are computed from."""

from __future__ import annotations

from datetime import date
from typing import Any

from huikuan.credit.ledger_facts import OLD_ITEM, Knowledge
from huikuan.ledger.rules import Basis, aging_buckets

BUCKET = """
    SELECT * FROM unnest(%(names)s::text[], %(starts)s::date[], %(ends)s::date[]) b (name, from_on, until_on)
"""
"""The buckets of days overdue on the day of `owed_parameters`."""


def owed_parameters(known: Knowledge) -> dict[str, Any]:
    """The values that `owed_sql` and BUCKET name."""
    ranges = aging_buckets(known.as_of, Basis.DUE)
    return {
        **known.parameters,
        "names": [bucket.name for bucket in ranges],
        "starts": [bucket.from_on or date.min for bucket in ranges],
        "ends": [bucket.until_on or date.max for bucket in ranges],
    }


def owed_sql(known: Knowledge) -> str:
    """Rows of item_id, customer_id, effective_due_on and base, in base currency, whose sums are what is owed of each debt.

    The items keep what allocations and revaluations of all dates left; what must not count yet is taken back.
    """
    debt = _debts_sql(known)
    old_item = "" if known.known_at is None else f"WITH old_item AS ({OLD_ITEM})"
    return f"""{old_item}
    SELECT i.id AS item_id, i.customer_id, i.effective_due_on, i.open_base AS base
    FROM ({debt}) i WHERE i.open_amount > 0
    UNION ALL
    SELECT i.id, i.customer_id, i.effective_due_on, a.debit_base
    FROM ledger_allocation a
    JOIN ({debt}) i ON i.id = a.debit_item_id{known.late_act("a")}
    WHERE a.organization_id = %(organization)s AND NOT ({known.counted("a", "effective_on")})
    UNION ALL
    SELECT i.id, i.customer_id, i.effective_due_on, -r.base_change
    FROM ledger_revaluation r
    JOIN ({debt}) i ON i.id = r.item_id{known.late_act("r")}
    WHERE r.organization_id = %(organization)s AND NOT ({known.counted("r", "effective_on")})
"""


def _debts_sql(known: Knowledge) -> str:
    """The items owed to us that count, open or not, with the due date known then."""
    due, old = "i.effective_due_on", ""
    if known.known_at is not None:
        due = "CASE WHEN old.item_id IS NULL THEN i.effective_due_on ELSE old.effective_due_on END"
        old = " LEFT JOIN old_item old ON old.item_id = i.id"
    return f"""
        SELECT i.id, i.customer_id, {due} AS effective_due_on, i.open_amount, i.open_base
        FROM ledger_open_item i{old}{known.late_act("i")}
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND {known.counted("i", "document_on")}"""

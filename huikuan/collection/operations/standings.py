"""Counting anew how customers stand, of whom something was recorded or whose day has come."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from huikuan.collection.standings import CHANGED, STANDING, counted_standings
from huikuan.core.postgres.tenancy import current_organization_id

LOCK = 7_310_009
"""Of pg_try_advisory_xact_lock, with the organization: an older count must not overwrite a newer one."""


def fold_standings(*, today: date) -> int:
    """Count whoever the kept rows do not hold for, and return how many; none while somebody else is at it.

    Readers see the same before and after: this only spares them the counting.
    """
    organization = current_organization_id()
    values: dict[str, Any] = {"organization": organization, "today": today, "limit": None}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(organization)])
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute("DROP TABLE IF EXISTS collection_counted, collection_seen")
        # Statements see more and more: what is seen here is in all that follow, what is not stays for the next time.
        cursor.execute(SEEN, values)
        cursor.execute(f"CREATE TEMP TABLE collection_counted ON COMMIT DROP AS {CHANGED}", values)
        if not cursor.rowcount:
            return 0
        count = int(cursor.rowcount)
        cursor.execute("ANALYZE collection_counted")
        found = counted_standings(today=today)
        cursor.execute(f"WITH {found.sql} {KEEP}", found.values)
        cursor.execute(
            f"WITH gone AS ({GONE}) DELETE FROM collection_standing WHERE id IN (SELECT * FROM gone)", values
        )
        cursor.execute(FORGET, values)
    return count


SEEN = """
    CREATE TEMP TABLE collection_seen ON COMMIT DROP AS
    SELECT id FROM collection_touched WHERE organization_id = %(organization)s
"""
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in STANDING.split(", "))
KEEP = f"""
    INSERT INTO collection_standing (organization_id, id, {STANDING}, counted_on, changes_on)
    SELECT %(organization)s, customer_id, {STANDING}, %(today)s, changes_on FROM counted
    ON CONFLICT (organization_id, id) DO UPDATE
    SET {_CHANGES}, counted_on = excluded.counted_on, changes_on = excluded.changes_on
"""
GONE = """
    SELECT s.customer_id FROM collection_counted s
    WHERE NOT EXISTS (
        SELECT FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.customer_id = s.customer_id AND i.side = 1
          AND i.open_amount > 0)
"""
FORGET = """
    DELETE FROM collection_touched
    WHERE organization_id = %(organization)s AND id IN (SELECT id FROM collection_seen)
"""

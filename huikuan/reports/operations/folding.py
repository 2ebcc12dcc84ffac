"""Adding to the kept flows what the acts since have added."""

from __future__ import annotations

from contextlib import nullcontext

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.kpi.flows import ADDED_RECORDED, added_sql, flows_hold, following_keys
from huikuan.reports.state import reading_whole_tables

LOCK = 7_310_011
"""Of pg_try_advisory_xact_lock, with the organization: the same acts must not be added twice."""


def fold_flows(*, anew: bool = False) -> bool:
    """Bring the kept flows up to the last act, and say whether there was anything to add; not while somebody else does.

    Readers see the same before and after. `anew`: forget what is kept and count all acts. Call it outside of acts.
    """
    values = {"organization": current_organization_id()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(values["organization"])]
        )
        if cursor.fetchone() != (True,):
            return False
        if anew:
            cursor.execute(FORGET, values)
        cursor.execute(MARKED, values)
        if not cursor.fetchone():
            with reading_whole_tables():
                cursor.execute(FOLD_ALL, values)
        else:
            with following_keys() if flows_hold(values["organization"]) else nullcontext():
                cursor.execute(FOLD, values)
        return bool(cursor.fetchone()[0])


MARKED = "SELECT true FROM reports_flow_mark WHERE organization_id = %(organization)s"
FORGET = """
    WITH gone AS (DELETE FROM reports_flow_mark WHERE organization_id = %(organization)s)
    DELETE FROM reports_day_flow WHERE organization_id = %(organization)s
"""
# What is added and up to where must be of one state, so it is one statement.
KEEP = """
    , kept AS (
        INSERT INTO reports_day_flow AS f (organization_id, id, day, what, amount)
        SELECT %(organization)s, uuidv7(), day, what, sum(amount) FROM added GROUP BY day, what HAVING sum(amount) <> 0
        ON CONFLICT (organization_id, day, what) DO UPDATE SET amount = f.amount + excluded.amount
        RETURNING 1
    ),
    marked AS (
        INSERT INTO reports_flow_mark (organization_id, id, folded_until)
        SELECT %(organization)s, %(organization)s, max(a.recorded_at) FROM audit_act a
        WHERE a.organization_id = %(organization)s HAVING max(a.recorded_at) IS NOT NULL
        ON CONFLICT (organization_id, id) DO UPDATE SET folded_until = excluded.folded_until
    )
    SELECT count(*) > 0 FROM kept
"""
FOLD = f"{ADDED_RECORDED}, added (day, what, amount) AS ({added_sql('late')}) {KEEP}"
FOLD_ALL = f"WITH added (day, what, amount) AS ({added_sql(None)}) {KEEP}"

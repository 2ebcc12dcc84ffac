"""Rows as they were known at a time: what stands for a table in a statement that is asked as of then.

A statement that begins with `WITH credit_reservation AS (…)` reads those rows wherever it names the table. So the very text
that says what counts now says what counted then. A mapping of such pieces goes from a table's name to its rows, in the
order in which they are written: each sees the pieces before it in place of their tables, and all others as they are.
Pieces say only the columns that statements read. They may read `late_event`: what the trail has of orders and
deliveries, recorded after the time.

Parameters: %(organization)s, %(ids)s (customers), %(known_at)s, %(known_on)s (its day), %(live_on)s.
"""

from __future__ import annotations

from collections.abc import Mapping


def late_act(row: str) -> str:
    """Joins the act of a row as `late_<row>`, where it was recorded too late to be known."""
    return f"""LEFT JOIN audit_act late_{row} ON late_{row}.organization_id = %(organization)s
        AND late_{row}.id = {row}.act_id AND late_{row}.recorded_at > %(known_at)s::timestamptz"""


def was_known(row: str, dated_on: str) -> str:
    """Whether a row was known: by its act, or before the organization went live by its own date; needs `late_act`."""
    return f"""(CASE WHEN {dated_on} < %(live_on)s::date THEN {dated_on} <= %(known_on)s::date
        ELSE late_{row}.id IS NULL END)"""


def with_known(tables: Mapping[str, str]) -> str:
    """The WITH clause that puts these rows in the place of their tables."""
    pieces = [f"{name} AS NOT MATERIALIZED ({rows})" for name, rows in tables.items()]
    return f"WITH late_event AS MATERIALIZED ({LATE_EVENTS}), {', '.join(pieces)}"


LATE_EVENTS = """
    SELECT e.id, e.action, e.record_kind, e.record_id, e.content, a.recorded_at
    FROM audit_act a
    JOIN audit_event e ON e.organization_id = %(organization)s AND e.act_id = a.id
    WHERE a.organization_id = %(organization)s AND a.recorded_at > %(known_at)s::timestamptz
      AND e.record_kind IN ('order', 'delivery')
"""
# Whether an event `e` of a reservation was known, by its act `a` and the day in business that it names.
RESERVATION_WAS_KNOWN = """
    CASE WHEN (e.content->>'on')::date < %(live_on)s::date THEN (e.content->>'on')::date <= %(known_on)s::date
         ELSE a.recorded_at <= %(known_at)s::timestamptz END
"""
RESERVATIONS: Mapping[str, str] = {
    "credit_reservation": f"""
        SELECT r.organization_id, r.id, r.customer_id, r.reference, r.reserved_on, r.expires_on, told.state
        FROM credit_reservation r
        CROSS JOIN LATERAL (
            SELECT e.content->>'state' AS state
            FROM audit_event e
            JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = r.id
              AND e.record_kind = 'credit_reservation' AND {RESERVATION_WAS_KNOWN}
            ORDER BY e.id DESC LIMIT 1
        ) told
        WHERE r.organization_id = %(organization)s AND r.customer_id = ANY(%(ids)s::uuid[])
    """
}
ORDER_HOLDS: Mapping[str, str] = {
    "credit_order_hold": f"""
        SELECT h.organization_id, h.reference, CASE WHEN late_end.id IS NULL THEN h.state ELSE 'open' END AS state
        FROM credit_order_hold h
        {late_act("h")}
        LEFT JOIN audit_act late_end ON late_end.organization_id = %(organization)s AND late_end.id = h.ended_act_id
            AND late_end.recorded_at > %(known_at)s::timestamptz
        WHERE h.organization_id = %(organization)s AND {was_known("h", "h.held_on")}
    """
}
# What was decided last by then; as it is where nothing was decided since, and the defaults where nothing was by then.
SETTING: Mapping[str, str] = {
    "credit_setting": """
        SELECT s.organization_id,
               CASE WHEN since.recorded THEN (told.content->>'bank_weight')::numeric ELSE s.bank_weight END AS bank_weight,
               CASE WHEN since.recorded THEN (told.content->>'commercial_weight')::numeric
                    ELSE s.commercial_weight END AS commercial_weight
        FROM credit_setting s
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(a.recorded_at > %(known_at)s::timestamptz), false) AS recorded
            FROM audit_event e
            JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = s.id
        ) since
        LEFT JOIN LATERAL (
            SELECT e.content
            FROM audit_event e
            JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
            WHERE e.organization_id = %(organization)s AND e.record_id = s.id
              AND a.recorded_at <= %(known_at)s::timestamptz
            ORDER BY a.recorded_at DESC, e.id DESC LIMIT 1
        ) told ON true
        WHERE s.organization_id = %(organization)s
    """
}

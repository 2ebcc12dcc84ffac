"""Calls and visits that have become needless: what they were about is settled."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from huikuan.audit.operations import act
from huikuan.collection.operations.agreeing import ACTION
from huikuan.collection.operations.trail import Told, record_events
from huikuan.collection.stepping import TASKS, ActionState, Reason
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor


def end_settled_tasks(*, actor: Actor, day: date) -> int:
    """Cancel the calls and visits still to be made of whose items nothing is open any more; returns how many."""
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "day": day,
        "tasks": [each.value for each in TASKS],
        "planned": ActionState.PLANNED.value,
        "cancelled": ActionState.CANCELLED.value,
        "reason": Reason.SETTLED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT a.id FROM collection_action a WHERE {SETTLED} LIMIT 1", values)
        if cursor.fetchone() is None:
            return 0
        with act("end_settled_tasks", actor=actor) as opened:
            cursor.execute(END, values)
            ended = [key for (key,) in cursor.fetchall()]
            content = {"reason": Reason.SETTLED.value}
            record_events([Told("cancelled", ACTION, key, content) for key in ended], opened)
    return len(ended)


SETTLED = """
    a.organization_id = %(organization)s AND a.state = %(planned)s AND a.channel = ANY(%(tasks)s)
    AND NOT EXISTS (
        SELECT FROM collection_action_item t
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = t.item_id
        WHERE t.organization_id = %(organization)s AND t.action_id = coalesce(a.lead_id, a.id) AND i.open_amount > 0)
"""
END = f"""
    UPDATE collection_action a SET state = %(cancelled)s, reason = %(reason)s, ended_on = %(day)s
    WHERE {SETTLED} RETURNING a.id
"""

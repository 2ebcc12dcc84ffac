"""What the trail says of statements and comparisons."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from huikuan.audit.operations import OpenAct

STATEMENT = "customer_statement"
BATCH = "statement_batch"
RECONCILIATION = "reconciliation"
SETTING = "statement_setting"

DRAFTED_CONTENT = """jsonb_build_object('customer', s.customer_id, 'currency', s.currency, 'from', s.starts_on,
        'until', s.ends_on, 'opening', s.opening, 'earlier', s.earlier, 'closing', s.closing, 'known_at', s.known_at,
        'digest', s.digest)"""
SENT_CONTENT = "jsonb_build_object('by', s.sent_by, 'on', s.sent_on)"
REMINDED_CONTENT = "jsonb_build_object('on', s.reminded_on, 'times', s.reminders)"


def tell(action: str, content: str, keys: Collection[UUID], opened: OpenAct) -> None:
    """Write down what the open act did to statements; `content` is SQL over statement `s`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
            SELECT %(organization)s, uuidv7(), %(act)s, %(action)s, '{STATEMENT}', s.id, s.number, {content}
            FROM statements_statement s
            WHERE s.organization_id = %(organization)s AND s.id = ANY(%(keys)s)
            ORDER BY s.id
            """,
            {
                "organization": opened.organization_id,
                "act": opened.id,
                "action": action,
                "keys": list(keys),
            },
        )

"""A digest of the lines that a statement brought, computed by the database for the trail and for the check."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

# Everything a line says; what becomes of it later (used, waits_for) is no part of it.
LINES_DIGEST = """
    encode(sha256(convert_to(coalesce(string_agg(
        concat_ws('|', l.id, l.bank_account_id, l.position, l.booked_on, coalesce(l.value_on::text, ''),
                  trim_scale(l.amount), coalesce(trim_scale(l.balance)::text, ''), l.kind, l.counterparty,
                  l.counterparty_bank, l.counterparty_account_encrypted,
                  coalesce(encode(l.counterparty_account_index, 'hex'), ''), l.reference, l.text,
                  encode(l.fingerprint, 'hex')),
        E'\\n' ORDER BY l.position), ''), 'UTF8')), 'hex')
"""


def digests_of_statements(statement_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Digest per statement, of the lines that stand with it."""
    if not statement_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id, {LINES_DIGEST}
            FROM cash_statement s
            LEFT JOIN cash_statement_line l ON l.organization_id = s.organization_id AND l.statement_id = s.id
            WHERE s.organization_id = %s AND s.id = ANY(%s)
            GROUP BY s.id
            """,
            [current_organization_id(), list(statement_ids)],
        )
        return dict(cursor.fetchall())

"""Numbers of requests: SP, year and month, six digits; from a row that is locked, never from a sequence."""

from __future__ import annotations

from datetime import date

from django.db import connection
from uuid_utils.compat import uuid7

from huikuan.core.postgres.tenancy import current_organization_id

PREFIX = "SP"


def take_number(today: date) -> str:
    """The next number of the month; given back when the transaction fails."""
    month = today.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO approvals_number_counter AS counter (organization_id, id, month, last)
            VALUES (%s, %s, %s, 1)
            ON CONFLICT (organization_id, month) DO UPDATE SET last = counter.last + 1
            RETURNING last
            """,
            [current_organization_id(), uuid7(), month],
        )
        return f"{PREFIX}{month:%Y%m}{cursor.fetchone()[0]:06d}"

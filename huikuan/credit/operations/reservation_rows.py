"""Writing reservations with what the trail says of them, a set in one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.core.postgres.prepared import ask
from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Reservation


def save_reservations(
    made: list[Reservation], changed: list[Reservation], opened: OpenAct, today: date
) -> None:
    """Save reservations with what the trail says of them; what is changed first, so that a reference is free again."""
    try:
        save_changes(changed, "changed", opened, today)
        _save(ADD, made, "reserved", opened, today)
    except IntegrityError as error:
        if "one_live_reservation_per_reference" in str(error):
            raise CreditRefused(_("同一个订单号正在由别处预占，请重试。"), code="reference_taken") from error
        raise


def save_changes(rows: Sequence[Reservation], word: str, opened: OpenAct, today: date | None) -> None:
    """Save what became of reservations, with an event each; `today`: the day on which it did, where it is known."""
    _save(CHANGE, rows, word, opened, today)


def _save(
    statement: str, rows: Sequence[Reservation], word: str, opened: OpenAct, today: date | None
) -> None:
    if rows:
        values = {"organization": opened.organization_id, "act": opened.id, "word": word}
        ask(statement, {**values, "rows": _as_json(rows, today)})


def _as_json(rows: Sequence[Reservation], today: date | None) -> str:
    names = [each.attname for each in Reservation._meta.concrete_fields]
    given = [{**{name: getattr(row, name) for name in names}, "said": content_of(row, today)} for row in rows]
    return json.dumps(given, default=str, ensure_ascii=False)


_GIVEN = """
    WITH given AS MATERIALIZED (
        SELECT g.*, j.row->'said' AS said
        FROM jsonb_array_elements(%(rows)s::jsonb) WITH ORDINALITY j(row, place),
             jsonb_populate_record(NULL::credit_reservation, j.row) g
        ORDER BY j.place
    ),
"""
_TOLD = """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, %(word)s, 'credit_reservation', g.id, left(g.reference, 64), g.said
    FROM given g
"""
ADD = f"""
    {_GIVEN}
    made AS (
        INSERT INTO credit_reservation (organization_id, id, act_id, customer_id, contract_id, reference, amount, currency,
            base_amount, remaining, state, forced, reserved_on, expires_on, answer)
        SELECT g.organization_id, g.id, g.act_id, g.customer_id, g.contract_id, g.reference, g.amount, g.currency,
            g.base_amount, g.remaining, g.state, g.forced, g.reserved_on, g.expires_on, g.answer
        FROM given g
    )
    {_TOLD}
"""
CHANGE = f"""
    {_GIVEN}
    changed AS (
        UPDATE credit_reservation r
        SET act_id = g.act_id, amount = g.amount, currency = g.currency, base_amount = g.base_amount,
            remaining = g.remaining, state = g.state, forced = g.forced, expires_on = g.expires_on, answer = g.answer
        FROM given g WHERE r.organization_id = %(organization)s AND r.id = g.id
    )
    {_TOLD}
"""


def content_of(row: Reservation, today: date | None = None) -> dict[str, Any]:
    """What the trail says of a reservation; `today`: the day on which that became so, where it is known."""
    return {
        **({"on": today.isoformat()} if today else {}),
        "until": row.expires_on.isoformat() if row.expires_on else None,
        "customer": str(row.customer_id),
        "amount": f"{row.amount:.2f}",
        "currency": row.currency,
        "base_amount": f"{row.base_amount:.2f}",
        "remaining": f"{row.remaining:.2f}",
        "state": str(row.state),
        "forced": row.forced,
    }

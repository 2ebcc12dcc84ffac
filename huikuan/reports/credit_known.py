"""Where customers stood with their credit as it was known at a time: what the ledger owed them for, and the limits given.

Reservations, deliveries, contracts and bills are told as they are recorded now; the report says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.credit.exposure import ADVANCES, CREDITS, RECEIVABLE
from huikuan.credit.models import Limit, LimitKind, LimitState
from huikuan.credit.queries import Standing, standings_under
from huikuan.credit.terms import read_terms
from huikuan.reports.moments import Moment
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)


def standings_known(customer_ids: Collection[UUID], at: Moment) -> dict[UUID, Standing]:
    """Standings at a moment of the past; credits are negative parts, as `credit.exposure` has them."""
    terms = read_terms(customer_ids, day=at.as_of)
    limits = limits_known(at) if at.known_at else []
    found = standings_under(replace(terms, limits=limits), day=at.as_of, past=True)
    owed = _ledger_parts(at)
    for key, standing in found.items():
        for part in (RECEIVABLE, CREDITS, ADVANCES):
            standing.exposure.parts[part] = owed.get((key, part), ZERO)
    return found


def limits_known(at: Moment) -> list[Limit]:
    """The limits in force on the day as far as they were set and not withdrawn by then.

    What a later limit ended was without end until that was known.
    """
    assert at.known_at is not None
    rows = Limit.objects.filter(starts_on__lte=at.as_of).select_related("act", "withdrawn_act").order_by("pk")
    known, later = [], set()
    for row in rows:
        if _was_known(row.act.recorded_at, row.starts_on, at):
            known.append(row)
        else:
            later.add((_subject(row), row.starts_on))
    return [each for row in known if (each := _as_known(row, later, at)) is not None]


def _subject(row: Limit) -> tuple[Any, ...]:
    return row.customer_id, row.whole_group, row.contract_id, row.kind


def _as_known(row: Limit, later: Collection[Any], at: Moment) -> Limit | None:
    """The limit as it was known, None where it was not in force on the day."""
    if row.state == LimitState.WITHDRAWN:
        undone = row.withdrawn_act
        if undone is not None and undone.recorded_at is not None and undone.recorded_at <= at.known_at:
            return None
        row.state = LimitState.ACTIVE
    ended_later = row.ends_on is not None and (_subject(row), row.ends_on + ONE_DAY) in later
    if row.kind == LimitKind.PERMANENT and ended_later:
        row.ends_on = None
    return row if row.ends_on is None or row.ends_on >= at.as_of else None


def _was_known(recorded_at: datetime | None, begins_on: date, at: Moment) -> bool:
    """By when it was recorded, or before the organization went live by its own date."""
    assert at.known_at is not None
    if begins_on < at.live_on:
        return begins_on <= at.known_at.date()
    return recorded_at is not None and recorded_at <= at.known_at


def _ledger_parts(at: Moment) -> dict[tuple[UUID, str], Decimal]:
    """What the ledger adds to exposure, by customer and part."""
    sql = f"""
        {with_sql(at)}
        SELECT m.customer_id, m.side, d.kind = 'advance', sum(m.open_base)
        FROM ({moves_sql(at, ("customer_id", "side", "document_id"))}) m
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = m.document_id
        GROUP BY 1, 2, 3"""
    found: defaultdict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, at.parameters)
        for key, side, advance, amount in cursor.fetchall():
            part = RECEIVABLE if side > 0 else ADVANCES if advance else CREDITS
            found[key, part] += side * amount
    return found

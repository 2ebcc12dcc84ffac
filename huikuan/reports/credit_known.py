"""Where customers stood with their credit as it was known at a time, whatever was recorded since.

What the ledger owed them for is told by the ledger's rows, the limits and securities by theirs with what the trail says of
them, all else by the components' own statements over the rows of then (`credit.known`), at the rates of then.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.credit.exposure import ADVANCES, CREDITS, RECEIVABLE, Rates, exposures_known
from huikuan.credit.ledger_facts import Knowledge
from huikuan.credit.models import Limit, LimitState, Security, Setting
from huikuan.credit.queries import Standing, standings_under
from huikuan.credit.terms import Party, Terms
from huikuan.ledger.operations.rates import LATEST_RATES
from huikuan.reports.answers_known import rates_known_sql
from huikuan.reports.moments import Moment
from huikuan.reports.state import joining_whole_tables, moves_sql, reading_whole_tables, with_sql

ZERO = Decimal(0)


def standings_known(customers: Sequence[Mapping[str, Any]], at: Moment) -> dict[UUID, Standing]:
    """Exposures and own limits of `asked_customers` at a moment of the past; credits are negative parts.

    Neither groups and contracts with their limits, nor holds and assessments are told. Raises CreditRefused where a
    rate is missing.
    """
    assert at.known_at is not None
    known = Knowledge(at.organization_id, at.as_of, at.known_at, at.live_on)
    rates = _rates_known(at)
    parties = {
        each["pk"]: Party(each["pk"], each["code"], each["name"], each["pk"], "") for each in customers
    }
    with joining_whole_tables():
        exposures = exposures_known(list(parties), known, base=at.currency, rates=rates)
    for (key, part), amount in _ledger_parts(at).items():
        if key in exposures:
            exposures[key].parts[part] = amount
    terms = Terms(at.currency, Setting(), parties, limits=limits_known(at), securities=securities_known(at))
    return standings_under(terms, day=at.as_of, owed=exposures, rates=rates)


def limits_known(at: Moment) -> list[Limit]:
    """The customers' own limits in force on the day, as far as they were set and not withdrawn by then.

    A limit ends as it was said to; that a later one ends it counts once that is known.
    """
    rows = Limit.objects.filter(starts_on__lte=at.as_of, whole_group=False, contract_id=None)
    told = _last_told("credit_limit", at)
    found = []
    for row in rows.select_related("act").order_by("pk"):
        if not _was_known(row.act.recorded_at, row.starts_on, at):
            continue
        state, ends_on = row.state, row.ends_on
        if row.pk in told:
            until = told[row.pk]["until"]
            state, ends_on = told[row.pk]["state"], date.fromisoformat(until) if until else None
        row.state, row.ends_on = state, ends_on
        if state == LimitState.ACTIVE and (ends_on is None or ends_on >= at.as_of):
            found.append(row)
    return found


def securities_known(at: Moment) -> list[Security]:
    """The securities that stood on the day, as far as they were recorded and not released by then."""
    rows = Security.objects.filter(starts_on__lte=at.as_of, expires_on__gte=at.as_of).select_related("act")
    told = _last_told("credit_security", at)
    return [
        row
        for row in rows.order_by("pk")
        if _was_known(row.act.recorded_at, row.starts_on, at)
        and told.get(row.pk, {}).get("released_on", "9999") > at.as_of.isoformat()
    ]


def _was_known(recorded_at: datetime | None, begins_on: date, at: Moment) -> bool:
    """By when it was recorded, or before the organization went live by its own date."""
    assert at.known_at is not None
    if begins_on < at.live_on:
        return begins_on <= at.known_at.date()
    return recorded_at is not None and recorded_at <= at.known_at


def _last_told(kind: str, at: Moment) -> dict[UUID, dict[str, Any]]:
    """What the trail said last of each record of a kind by then, by its key."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_TOLD.format(table=kind), {**at.parameters, "kind": kind})
        return {key: json.loads(content) for key, content in cursor.fetchall()}


LAST_TOLD = """
    SELECT l.id, told.content
    FROM {table} l
    CROSS JOIN LATERAL (
        SELECT e.content
        FROM audit_event e
        JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
        WHERE e.organization_id = %(organization)s AND e.record_id = l.id AND e.record_kind = %(kind)s
          AND a.recorded_at <= %(known_at)s
        ORDER BY a.recorded_at DESC, e.id DESC LIMIT 1
    ) told
    WHERE l.organization_id = %(organization)s AND l.starts_on <= %(as_of)s
"""


def _rates_known(at: Moment) -> Rates:
    """Rates as they were known at the moment."""

    def rates(days: Collection[tuple[str, date]]) -> dict[tuple[str, date], Decimal]:
        if not days:
            return {}
        currencies, dates = zip(*days, strict=True)
        table = f"SELECT %(organization)s::uuid AS organization_id, k.* FROM ({rates_known_sql(at)}) k"
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH ledger_rate AS ({table}) {LATEST_RATES}",
                {**at.parameters, "currencies": list(currencies), "days": list(dates)},
            )
            return {(currency, day): rate for currency, day, rate in cursor.fetchall()}

    return rates


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

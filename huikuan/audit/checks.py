"""Validations: what must hold of the rows as they are, each a few lines of SQL that return the broken ones.

Packages above the trail add their own lists; `huikuan check` runs them all in one snapshot. A validation reads
whole tables at once, so that a hundred thousand documents take seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huikuan.audit.operations import EVENT_DIGEST, seal_digest
from huikuan.core.money import currency_exponent
from huikuan.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Validation:
    """Something that holds of every row; `name` says it as a sentence.

    `sql` returns the rows of which it does not hold: record_kind, record_id, number, then what `sentence`, which
    says what is wrong with the row, has places for. Its parameters: organization, currency and places (of the
    organization's currency), now.
    """

    name: str
    sentence: str | Promise
    sql: str


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that does not hold what it should, and why. `number` is what people call it; it may be empty."""

    validation: str
    record_kind: str
    record_id: UUID | None
    number: str
    detail: str


def broken_rows(
    validations: Iterable[Validation], *, organization: Organization, now: datetime
) -> dict[str, list[BrokenRow]]:
    """The broken rows by the name of the validation, none left out, in the current organization.

    Open the tenant with `snapshot=True`: the validations must see one state.
    """
    parameters = {
        "organization": organization.pk,
        "currency": organization.currency,
        "places": currency_exponent(organization.currency),
        "now": now,
    }
    with connection.cursor() as cursor:
        # Every validation reads whole tables; on tables not yet analysed the planner would believe that they
        # are small and loop over them.
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
    return {validation.name: _broken_rows(validation, parameters) for validation in validations}


def _broken_rows(validation: Validation, parameters: dict[str, Any]) -> list[BrokenRow]:
    with connection.cursor() as cursor:
        cursor.execute(validation.sql, parameters)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [
        BrokenRow(
            validation=validation.name,
            record_kind=row["record_kind"],
            record_id=row["record_id"],
            number=row["number"] or "",
            detail=str(validation.sentence) % {name: _plain(value) for name, value in row.items()},
        )
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


_DIGEST_FOUND = seal_digest(
    previous="s.previous_digest", number="s.number", after="s.after", until="s.until", digests="d.digests"
)

# The seals with what they should be: the digest over the acts after the seal before and up to this one.
# Acts find their seal by one pass over acts and seals in order of time.
SEALS = f"""
    WITH marks AS (
        SELECT recorded_at AS at, id AS act_id, NULL::bigint AS number
        FROM audit_act WHERE organization_id = %(organization)s AND recorded_at IS NOT NULL
        UNION ALL
        SELECT until, NULL, number FROM audit_seal WHERE organization_id = %(organization)s
    ), placed AS (
        SELECT act_id, min(number) OVER (ORDER BY at DESC, number NULLS LAST ROWS UNBOUNDED PRECEDING) AS number
        FROM marks
    ), digests AS (
        SELECT p.number, count(e.id) AS event_count,
               string_agg({EVENT_DIGEST}, ''::bytea ORDER BY a.recorded_at, a.id, e.id) AS digests
        FROM placed p
        JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = p.act_id
        LEFT JOIN audit_event e ON e.organization_id = a.organization_id AND e.act_id = a.id
        WHERE p.number IS NOT NULL
        GROUP BY p.number
    ), seals AS (
        SELECT s.*,
               lag(s.number) OVER (ORDER BY s.number) AS number_before,
               lag(s.until) OVER (ORDER BY s.number) AS until_before,
               lag(s.digest) OVER (ORDER BY s.number) AS digest_before,
               coalesce(d.event_count, 0) AS events_found,
               {_DIGEST_FOUND} AS digest_found
        FROM audit_seal s
        LEFT JOIN digests d ON d.number = s.number
        WHERE s.organization_id = %(organization)s
    )
    SELECT 'seal' AS record_kind, id AS record_id, number::text AS number, after, until, event_count, events_found
    FROM seals
"""

AUDIT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "act_is_recorded",
        _("业务操作「%(kind)s」没有记录时间。"),
        """
        SELECT 'act' AS record_kind, id AS record_id, '' AS number, kind
        FROM audit_act WHERE organization_id = %(organization)s AND recorded_at IS NULL
        """,
    ),
    Validation(
        "act_is_not_later_than_the_clock",
        _("业务操作「%(kind)s」的记录时间 %(recorded_at)s 晚于账簿时钟 %(ticked_at)s。"),
        """
        SELECT 'act' AS record_kind, a.id AS record_id, '' AS number, a.kind, a.recorded_at, c.ticked_at
        FROM audit_act a
        LEFT JOIN audit_clock c ON c.organization_id = a.organization_id
        WHERE a.organization_id = %(organization)s AND (c.id IS NULL OR a.recorded_at > c.ticked_at)
        """,
    ),
    Validation(
        "clock_shows_the_last_act",
        _("账簿时钟 %(ticked_at)s 不是最后一次业务操作的记录时间 %(last_act_at)s。"),
        """
        SELECT 'clock' AS record_kind, c.id AS record_id, '' AS number, c.ticked_at, last.at AS last_act_at
        FROM audit_clock c
        CROSS JOIN (
            SELECT max(recorded_at) AS at FROM audit_act WHERE organization_id = %(organization)s
        ) last
        WHERE c.organization_id = %(organization)s AND c.ticked_at IS DISTINCT FROM last.at
        """,
    ),
    Validation(
        "each_tick_records_one_act",
        _("业务操作「%(kind)s」与另一操作的记录时间相同：%(recorded_at)s。"),
        """
        SELECT 'act' AS record_kind, id AS record_id, '' AS number, kind, recorded_at
        FROM (
            SELECT *, count(*) OVER (PARTITION BY recorded_at) AS at_once
            FROM audit_act WHERE organization_id = %(organization)s AND recorded_at IS NOT NULL
        ) acts
        WHERE at_once > 1
        """,
    ),
    Validation(
        "event_belongs_to_an_act",
        _("审计事件（%(action)s）所属的业务操作不存在。"),
        """
        SELECT 'event' AS record_kind, e.id AS record_id, e.number, e.action
        FROM audit_event e
        LEFT JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
        WHERE e.organization_id = %(organization)s AND a.id IS NULL
        """,
    ),
    Validation(
        "seals_follow_each_other",
        _("封存 %(number)s（%(after)s 至 %(until)s）没有接上前一个封存：序号、起点或摘要不同。"),
        SEALS
        + """
        WHERE number <> coalesce(number_before, 0) + 1
           OR after IS DISTINCT FROM until_before
           OR until <= after
           OR previous_digest IS DISTINCT FROM coalesce(digest_before, ''::bytea)
        """,
    ),
    Validation(
        "sealed_events_are_unchanged",
        _(
            "封存 %(number)s（%(after)s 至 %(until)s）与其中的业务操作和审计事件不符：封存时 %(event_count)s 个事件，"
            "现有 %(events_found)s 个，或内容已被改动。"
        ),
        SEALS + " WHERE event_count <> events_found OR digest <> digest_found",
    ),
    # An organization that was never sealed has no sealer running: nothing to hold against it.
    Validation(
        "acts_are_sealed_within_a_day",
        _("自 %(recorded_at)s 起有 %(unsealed)s 次业务操作超过一天没有封存。"),
        """
        SELECT 'act' AS record_kind, (array_agg(a.id ORDER BY a.recorded_at))[1] AS record_id, '' AS number,
               min(a.recorded_at) AS recorded_at, count(*) AS unsealed
        FROM audit_act a
        JOIN (
            SELECT max(until) AS until FROM audit_seal WHERE organization_id = %(organization)s
        ) sealed ON a.recorded_at > sealed.until
        WHERE a.organization_id = %(organization)s AND a.recorded_at < %(now)s - interval '1 day'
        HAVING count(*) > 0
        """,
    ),
)

"""Reads of cards and assessments: which card counts for whom, and who stands in which grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from huikuan.core.postgres.prepared import Rows, ask, for_one
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.card_data import Card, card_from
from huikuan.credit.scorecards import ScorecardVersion, VersionState


@dataclass(frozen=True, slots=True)
class InForce:
    """A version of a card that counts on a day."""

    version: ScorecardVersion
    card: Card


def cards_in_force(day: date) -> dict[str, InForce]:
    """The cards that count on a day, by segment; "" is the one for all others. The latest where two meet on a day."""
    rows = (
        ScorecardVersion.objects.exclude(state=VersionState.DRAFT)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)
        .select_related("scorecard")
        .order_by("starts_on", "id")
    )
    return {row.segment: InForce(row, card_from(row.definition)) for row in rows}


def card_for(cards: Mapping[str, InForce], segment: str) -> InForce | None:
    """The card of a segment, else the one for all."""
    return cards.get(segment) or cards.get("")


def card_of(version_id: UUID) -> Card:
    """The card of a version."""
    return card_from(ScorecardVersion.objects.values_list("definition", flat=True).get(pk=version_id))


@dataclass(frozen=True, slots=True)
class CurrentAssessment:
    """Where a customer stands: the grade in force (set by hand, or computed), score, term, limit, next review.

    `computed_grade`: what the card says; `capped_from`: the grade of the points alone, where missing data lowered it
    ("" else); `overridden`: whether people set another. `term_days`: at most, 0: no open
    credit, of the grade in force. `limit`: recommended. `version_id`: of the card.
    """

    assessment_id: UUID
    customer_id: UUID
    grade: str
    computed_grade: str
    overridden: bool
    points: Decimal
    term_days: int
    limit: Decimal
    secured: Decimal
    as_of_on: date
    reviewed_on: date
    review_on: date
    version_id: UUID
    vetoed: bool
    capped_from: str


def current_assessments(
    customer_ids: Sequence[UUID] | None = None, *, as_of: date
) -> dict[UUID, CurrentAssessment]:
    """The last assessment of customers (None: of all) up to a day; who was never assessed is absent."""
    return current_from(ask(*current_asked(customer_ids, as_of=as_of)))


def current_asked(
    customer_ids: Sequence[UUID] | None = None, *, as_of: date
) -> tuple[str, Mapping[str, object]]:
    """The statement of `current_assessments` with its values; `current_from` reads its rows."""
    only = "" if customer_ids is None else "AND {}.customer_id = ANY(%(customers)s::uuid[])"
    statement = CURRENT.format(of_assessments=only.format("a"), of_overrides=only.format("o"))
    values: dict[str, object] = {"organization": current_organization_id(), "as_of": as_of}
    if customer_ids is not None:
        values["customers"] = list(customer_ids)
        statement = for_one(statement, "customers") if len(customer_ids) == 1 else statement
    return statement, values


def current_from(rows: Rows) -> dict[UUID, CurrentAssessment]:
    """Where customers stand, from what the database answered."""
    return {row[1]: CurrentAssessment(*row) for row in rows}


# A grade set by hand brings the term of that grade on the same card.
CURRENT = """
    SELECT a.id, a.customer_id, coalesce(o.grade, a.grade), a.grade, o.id IS NOT NULL, a.points,
           CASE WHEN o.id IS NULL THEN a.term_days ELSE coalesce(
               (SELECT (g->>'term_days')::int FROM jsonb_array_elements(v.definition->'grades') g
                WHERE g->>'code' = o.grade), 0)
           END,
           a.limit_amount, a.secured, a.as_of_on, a.reviewed_on, a.review_on, a.version_id, a.vetoed,
           a.capped_from
    FROM (
        SELECT DISTINCT ON (a.customer_id) a.* FROM credit_assessment a
        WHERE a.organization_id = %(organization)s AND a.as_of_on <= %(as_of)s {of_assessments}
        ORDER BY a.customer_id, a.as_of_on DESC, a.id DESC
    ) a
    JOIN credit_scorecard_version v ON v.organization_id = %(organization)s AND v.id = a.version_id
    LEFT JOIN (
        SELECT DISTINCT ON (o.customer_id) o.customer_id, o.id, o.grade FROM credit_grade_override o
        WHERE o.organization_id = %(organization)s AND o.from_on <= %(as_of)s AND o.until_on >= %(as_of)s
              AND NOT (o.ended_act_id IS NOT NULL AND o.until_on = o.from_on)
              {of_overrides}
        ORDER BY o.customer_id, o.id DESC
    ) o ON o.customer_id = a.customer_id
"""

"""Assessing customers, one or all in one pass; reviewing them; setting a grade by hand."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.core.dates import add_months
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.postgres.bulk import stage
from huikuan.credit.assessing import Judgement, frozen, judge
from huikuan.credit.assessment_queries import (
    CurrentAssessment,
    InForce,
    card_for,
    card_of,
    cards_in_force,
    current_assessments,
)
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency, in_base
from huikuan.credit.facts import customer_facts, segments
from huikuan.credit.models import Security
from huikuan.credit.operations.cards import complete_cards
from huikuan.credit.scorecards import Assessment, GradeOverride
from huikuan.credit.terms import parties
from huikuan.organizations.actors import Actor

RECORD_KIND = "credit_assessment"
LENGTHS = {**lengths_of(Assessment, "review_note"), **lengths_of(GradeOverride, "reason")}
LONGEST_OVERRIDE_MONTHS = 12
SEVERAL = 20  # up to here every customer's assessment is told in the trail, beyond it their number by grade


@dataclass
class Assessed:
    """What an assessment did: how many were looked at, of how many nothing is known, who changed grade how often.

    `added`: new rows, of those for whom anything came out differently; `moves` by (grade before, grade now).
    """

    customers: int = 0
    unknown: int = 0
    added: int = 0
    grades: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)


def assess_customers(customer_ids: Sequence[UUID] | None = None, *, actor: Actor, today: date) -> Assessed:
    """评级: judge customers (None: all) by the cards in force and what is known today.

    A row is added only where the outcome differs from the last one. Raises CreditRefused without a card.
    """
    actor.require("credit.assess")
    with act("assess_customers", actor=actor) as opened:
        return _assess(customer_ids, {}, today, opened, actor)


def review_customer(customer_id: UUID, *, note: str, actor: Actor, today: date) -> Assessment:
    """复审: somebody looked at the customer: assessed anew, and the next review is counted from today.

    Raises CreditRefused without a note, and where nothing is known of the customer.
    """
    actor.require("credit.assess")
    if not note.strip():
        raise CreditRefused(_("请写明复审意见。"), code="note_missing")
    if len(note.strip()) > LENGTHS["review_note"]:
        raise CreditRefused(too_long(_("复审"), _("意见"), LENGTHS["review_note"]), code="text_too_long")
    with act("review_customer", actor=actor, reason=note) as opened:
        parties([customer_id])
        done = _assess([customer_id], {customer_id: note.strip()}, today, opened, actor)
        if done.unknown:
            raise CreditRefused(_("对这位客户一无所知，无法评级：请先登记信用资料。"), code="nothing_known")
    row = Assessment.objects.filter(customer_id=customer_id).order_by("-as_of_on", "-id").first()
    assert row is not None
    return row


def _assess(
    customer_ids: Sequence[UUID] | None,
    notes: Mapping[UUID, str],
    today: date,
    opened: OpenAct,
    actor: Actor,
) -> Assessed:
    """Judge and write what differs; who has a note is reviewed."""
    complete_cards(actor=actor)
    cards = cards_in_force(today)
    facts = customer_facts(customer_ids, as_of=today)
    securities = live_securities(customer_ids, today)
    before = current_assessments(customer_ids, as_of=today)
    done, rows = Assessed(), []
    for key, segment in segments(customer_ids, as_of=today).items():
        done.customers += 1
        found = card_for(cards, segment)
        if found is None:
            raise CreditRefused(_("没有启用的评分卡。"), code="no_card")
        judged = judge(found.card, facts.get(key, {}), securities=securities.get(key, ()))
        if judged is None:
            done.unknown += 1
            continue
        former = before.get(key)
        done.grades[judged.grade] += 1
        if former is not None and former.computed_grade != judged.grade:
            done.moves[former.computed_grade, judged.grade] += 1
        row = _row(key, found, judged, former, notes.get(key, ""), today)
        if row is not None:
            rows.append(row)
    _write(rows, today, opened)
    done.added = len(rows)
    _tell(rows, done, opened)
    return done


class Row(NamedTuple):
    """A new assessment, in the order of its staged columns."""

    id: UUID
    customer_id: UUID
    version_id: UUID
    points: Decimal
    grade: str
    capped_from: str
    vetoed: bool
    term_days: int
    limit_amount: Decimal
    secured: Decimal
    inputs: str
    reviewed_on: date
    review_on: date
    review_note: str


COLUMNS = (
    ("id", "uuid"),
    ("customer_id", "uuid"),
    ("version_id", "uuid"),
    ("points", "numeric"),
    ("grade", "text"),
    ("capped_from", "text"),
    ("vetoed", "boolean"),
    ("term_days", "smallint"),
    ("limit_amount", "numeric"),
    ("secured", "numeric"),
    ("inputs", "jsonb"),
    ("reviewed_on", "date"),
    ("review_on", "date"),
    ("review_note", "text"),
)


def _row(
    key: UUID, found: InForce, judged: Judgement, former: CurrentAssessment | None, note: str, today: date
) -> Row | None:
    """The new assessment; None where it says what the last one said."""
    limit = judged.recommendation
    reviewed_on = former.reviewed_on if former is not None and not note else today
    review_on = add_months(reviewed_on, found.card.review_months[judged.grade])
    secured = min(limit.secured, limit.limit)
    if former is not None and not note:
        said = (former.points, former.computed_grade, former.vetoed, former.term_days, former.limit)
        says = (judged.score.points, judged.grade, bool(judged.score.vetoes), limit.term_days, limit.limit)
        # A grade set by hand brings its own term: what the card says about it is told by grade and version.
        alike = says == said or (former.overridden and says[:3] + says[4:] == said[:3] + said[4:])
        if alike and (former.version_id, former.review_on) == (found.version.pk, review_on):
            return None
    return Row(
        uuid7(),
        key,
        found.version.pk,
        judged.score.points,
        judged.grade,
        judged.score.capped_from,
        bool(judged.score.vetoes),
        limit.term_days,
        limit.limit,
        secured,
        json.dumps(frozen(judged)),
        reviewed_on,
        review_on,
        note,
    )


def _write(rows: Sequence[Row], today: date, opened: OpenAct) -> None:
    if not rows:
        return
    stage("new_assessment", COLUMNS, rows)
    names = ", ".join(name for name, _kind in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO credit_assessment (organization_id, act_id, as_of_on, {names})"
            f" SELECT %s, %s, %s, {names} FROM new_assessment",
            [opened.organization_id, opened.id, today],
        )


def _tell(rows: Sequence[Row], done: Assessed, opened: OpenAct) -> None:
    """A few in the trail one by one, many by their number and a digest of what was added."""
    if len(rows) <= SEVERAL:
        for row in rows:
            record_event(
                action="assessed",
                record_kind=RECORD_KIND,
                record_id=row.id,
                number="",
                content={"customer": str(row.customer_id), **_said(row)},
            )
        return
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([str(row.customer_id), _said(row)], sort_keys=True).encode())
    record_event(
        action="assessed",
        record_kind="credit_assessments",
        record_id=opened.organization_id,
        content={
            "customers": done.customers,
            "added": done.added,
            "grades": dict(done.grades),
            "moves": {f"{before} → {now}": count for (before, now), count in sorted(done.moves.items())},
            "digest": digest.hexdigest(),
        },
    )


def _said(row: Row) -> dict[str, Any]:
    return {
        "points": f"{row.points:.2f}",
        "grade": row.grade,
        "limit": f"{row.limit_amount:.2f}",
        "term_days": row.term_days,
        "review_on": row.review_on.isoformat(),
        "note": row.review_note,
    }


def live_securities(
    customer_ids: Sequence[UUID] | None, day: date
) -> dict[UUID, list[tuple[Decimal, Decimal]]]:
    """Amount in base currency and cover of the securities that stand on a day, by customer."""
    rows = Security.objects.filter(starts_on__lte=day, expires_on__gte=day).exclude(released_on__lte=day)
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    standing = list(rows.order_by("id"))
    found: defaultdict[UUID, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    base = base_currency()
    amounts = {(row.pk, row.currency): row.amount for row in standing}
    in_ours = in_base(amounts, base=base, day=day)
    for row in standing:
        found[row.customer_id].append((in_ours[row.pk], row.cover))
    return dict(found)


def override_grade(
    customer_id: UUID, *, grade: str, reason: str, until_on: date, actor: Actor, today: date
) -> GradeOverride:
    """人工评级: another grade than the card's counts from today until a day, twelve months at most.

    It replaces one that was set before. Raises CreditRefused for a customer that was never assessed, a grade that its
    card does not have, a day that is over or too far, a missing reason.
    """
    actor.require("credit.assess")
    require_override(customer_id, grade=grade, reason=reason, until_on=until_on, today=today)
    with act("override_grade", actor=actor, reason=reason) as opened:
        party = parties([customer_id])[customer_id]
        _end_overrides(customer_id, today, opened)
        row = GradeOverride.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer_id=customer_id,
            grade=grade,
            reason=reason.strip(),
            set_by=actor.name,
            from_on=today,
            until_on=until_on,
        )
        record_event(
            action="overridden",
            record_kind="customer",
            record_id=customer_id,
            number=party.code,
            content={"grade": grade, "until": until_on.isoformat(), "override": str(row.pk)},
        )
    return row


def require_override(customer_id: UUID, *, grade: str, reason: str, until_on: date, today: date) -> None:
    """Raise CreditRefused unless the grade can be set; see `override_grade`."""
    if not reason.strip():
        raise CreditRefused(_("请写明原因。"), code="reason_missing")
    if len(reason.strip()) > LENGTHS["reason"]:
        raise CreditRefused(too_long(_("信用"), _("原因"), LENGTHS["reason"]), code="text_too_long")
    found = current_assessments([customer_id], as_of=today).get(customer_id)
    if found is None:
        raise CreditRefused(_("客户还没有评级。"), code="never_assessed")
    card = card_of(found.version_id)
    if grade not in {each.code for each in card.grades}:
        raise CreditRefused(_("没有等级 %s。") % grade, code="unknown_grade")
    if not today <= until_on <= add_months(today, LONGEST_OVERRIDE_MONTHS):
        raise CreditRefused(_("人工评级最长 12 个月，截止日期不能早于今天。"), code="override_days")


def end_override(customer_id: UUID, *, reason: str, actor: Actor, today: date) -> None:
    """The card's own grade counts again from today on."""
    actor.require("credit.assess")
    if not reason.strip():
        raise CreditRefused(_("请写明原因。"), code="reason_missing")
    with act("end_grade_override", actor=actor, reason=reason) as opened:
        party = parties([customer_id])[customer_id]
        if not _end_overrides(customer_id, today, opened):
            raise CreditRefused(_("客户没有人工评级。"), code="no_override")
        record_event(
            action="override_ended", record_kind="customer", record_id=customer_id, number=party.code
        )


def _end_overrides(customer_id: UUID, today: date, opened: OpenAct) -> int:
    """End what is in force: it counted until yesterday, or for the day on which it began."""
    rows = list(
        GradeOverride.objects.filter(
            customer_id=customer_id, until_on__gte=today, ended_act__isnull=True
        ).select_for_update(no_key=True)
    )
    for row in rows:
        row.until_on = max(today - timedelta(days=1), row.from_on)
        row.ended_act_id = opened.id
        row.save(update_fields=["until_on", "ended_act"])
    return len(rows)

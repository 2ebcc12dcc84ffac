"""Which steps come up for which items on which days, and why not: the same statement for one day and for many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.control_group import stage_held_out
from huikuan.collection.limitation import limitation_sql
from huikuan.collection.models import PolicyVersion
from huikuan.collection.planning_sql import (
    BASES,
    CANDIDATES,
    LIMITATION_BASES,
    PARTIES,
    STAGES,
)
from huikuan.collection.policy_queries import steps_of, work_calendar
from huikuan.collection.stepping import (
    LIMITATION_SPAN,
    RunDays,
    Trigger,
    run_days,
    step_needs,
)
from huikuan.core.dates import add_years
from huikuan.core.postgres.bulk import WORTH_ANALYSING, stage
from huikuan.core.postgres.tenancy import current_organization_id

AGAIN = "again"
AGAIN_DAYS = 14
"""How long what fell away before anything was said, later than on its own day, may come up again."""
LONGEST_REST = 40
"""Days between two run days at most, besides those of the week that are left out."""
EVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are planned, and which earlier actions count as done: those before a day."""

    first: date
    last: date
    done_before: date = EVER


HIT = (
    ("version_id", "uuid"),
    ("step_id", "uuid"),
    ("step_key", "uuid"),
    ("position", "int"),
    ("cycle", "int"),
    ("trigger", "text"),
    ("base_on", "date"),
    ("event_on", "date"),
    ("place", "int"),
    ("minimum", "numeric"),
    ("by_mail", "bool"),
    ("by_phone", "bool"),
    ("by_any", "bool"),
)
DAY = (("version_id", "uuid"), ("on_day", "date"), ("place", "int"), ("span", "int"), ("minimum", "numeric"))
PARTY = (("customer_id", "uuid"), ("version_id", "uuid"))


def find_candidates(
    versions: Sequence[PolicyVersion],
    span: Span,
    *,
    groups: frozenset[str],
    only: Collection[UUID] | None = None,
) -> None:
    """Fill the temporary table `collection_candidate`: a row for each item, day and step that comes up on it.

    Of an item only the latest step that comes up on a day is there; a step that was missed comes up for some days
    (`PolicyVersion.window`), unless a later one does, and one that fell away on a later day than its own for a fortnight.
    `reason`: why it is left out (`stepping.Reason`), null where it is made. Amounts without what is disputed; `owed`: what of the customer is overdue on that day and chased, in
    base currency. `groups`: the channels of groups that somebody set up. `only`: none but these customers.
    """
    hits, days = _calendar(versions, span, groups)
    stage("collection_hit", HIT, hits)
    stage("collection_day", DAY, days)
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "first": span.first,
        "last": span.last,
        "done_before": span.done_before,
        "as_of": span.last,
        "versions": [each.pk for each in versions],
        "ranks": list(range(len(versions))),
        "again_days": AGAIN_DAYS,
        "only": None if only is None else list(only),
    }
    limited = any(row[5] == Trigger.LIMITATION.value for row in hits)
    values["from_due"] = add_years(span.last, -3) + timedelta(days=LIMITATION_SPAN + 1)
    _make((("collection_party", PARTIES), ("collection_base", _bases(limited)), *STAGES), values)
    stage_held_out(span.first, span.last)
    _make((("collection_candidate", CANDIDATES),), values)


def _make(tables: Sequence[tuple[str, str]], values: dict[str, Any]) -> None:
    """Temporary tables of what statements find, each with statistics for those that join it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(name for name, _statement in tables)}")
        for name, statement in tables:
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {statement}", values)
            if cursor.rowcount >= WORTH_ANALYSING:
                cursor.execute(f"ANALYZE {name}")


def _bases(limited: bool) -> str:
    turns = (
        "SELECT *, (row_number() OVER (PARTITION BY item_id, trigger ORDER BY base_on))::int - 1 AS turn FROM"
    )
    if not limited:
        return f"{turns} ({BASES}) b"
    known = limitation_sql("i.effective_due_on <= %(from_due)s")
    return f"{known} {turns} ({BASES} {LIMITATION_BASES}) b"


def _calendar(
    versions: Sequence[PolicyVersion], span: Span, groups: frozenset[str]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What comes up when: for every step and cycle the base days whose event is looked at, and the run days."""
    calendar, steps = work_calendar(), steps_of([each.pk for each in versions])
    hits: list[tuple[Any, ...]] = []
    days: list[tuple[Any, ...]] = []
    for version in versions:
        back = timedelta(days=version.window * 7 + LONGEST_REST)
        found = run_days(
            span.first - back,
            span.last,
            weekdays=version.weekdays,
            workdays_only=version.workdays_only,
            calendar=calendar,
        )
        days += _days(version, found, span)
        places = _places(found, span, version.window)
        for step in steps[version.pk]:
            needs = step_needs(step.channels, groups)
            hits.append(
                (
                    version.pk, step.pk, step.key, step.position, 0, AGAIN, None, None, 0, step.minimum, *needs,
                )
            )  # fmt: skip
            for cycle in range((step.repeats if step.repeat_days else 0) + 1):
                after = timedelta(days=step.days + cycle * step.repeat_days)
                hits += [
                    (
                        version.pk, step.pk, step.key, step.position, cycle, step.trigger, on - after, on, place,
                        step.minimum, *needs,
                    )
                    for on, place in places
                ]  # fmt: skip
    return hits, days


def _days(version: PolicyVersion, found: RunDays, span: Span) -> list[tuple[UUID, date, int, int, Any]]:
    return [
        (version.pk, on, place, version.window, version.minimum)
        for place, on in enumerate(found.days)
        if on >= span.first
    ]


def _places(found: RunDays, span: Span, window: int) -> list[tuple[date, int]]:
    """The days whose events come up in the span, with the place of the run day on which they first do."""
    first = next((place for place, on in enumerate(found.days) if on >= span.first), None)
    if first is None:
        return []
    return sorted((on, place) for on, place in found.place.items() if place > first - window)

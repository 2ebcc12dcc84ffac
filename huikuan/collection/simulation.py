"""Who would have got what, when: the policies over many days at once, from what was open on each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import PolicyVersion
from huikuan.collection.planning import Span, find_candidates
from huikuan.collection.policy_queries import groups_set_up, versions_on
from huikuan.core.postgres.tenancy import current_organization_id

MOST_DAYS = 800


@dataclass(frozen=True, slots=True)
class Planned:
    """That a customer would get a step on a day, about so many items. `asked`: what is overdue and not due yet of these,
    in base currency.
    """

    on: date
    customer_id: UUID
    step_id: UUID
    items: int
    asked: Decimal


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a version would have done from day to day, and how many of its steps were left out, by reason."""

    version_id: UUID
    first: date
    last: date
    planned: tuple[Planned, ...]
    skipped: Mapping[str, int]


def simulate(
    version: PolicyVersion, *, first: date, last: date, today: date, people: Collection[UUID] | None = None
) -> Simulation:
    """What a version would do, or would have done, on every day from `first` to `last`, as if it were in force.

    The other policies in force today keep the customers that they decide over first. Past days see what was open,
    disputed, promised and paused then; days to come what is now. Who is held out at a step is left out as a run
    would. What was done before `first` is done. `people`:
    only customers of these salespeople (None: all). Raises CollectionRefused for days that make no span.
    """
    if not first <= last or (last - first).days >= MOST_DAYS:
        raise CollectionRefused(_("起止日期应先后有序，最多 %d 天。") % MOST_DAYS, code="days_out_of_range")
    others = [each for each in versions_on(today) if each.policy_id != version.policy_id]
    versions = sorted([*others, version], key=lambda each: (each.priority, each.policy.code))
    find_candidates(versions, Span(first, last, done_before=first), groups=groups_set_up())
    only = "" if people is None else "AND k.salesperson_id = ANY(%(people)s)"
    values = {
        "organization": current_organization_id(),
        "version": version.pk,
        "people": list(people) if people is not None else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS collection_outcome")
        cursor.execute(OUTCOME.replace("{only}", only), values)
        cursor.execute(SIMULATED)
        planned = tuple(Planned(*row) for row in cursor.fetchall())
        cursor.execute(LEFT_OUT)
        skipped = dict(cursor.fetchall())
    return Simulation(version.pk, first, last, planned, skipped)


# Each step of an item comes to something once: on the first day on which nothing speaks against it, or never.
OUTCOME = """
    CREATE TEMP TABLE collection_outcome ON COMMIT DROP AS
    SELECT DISTINCT ON (c.item_id, c.step_key, c.cycle) c.*
    FROM collection_candidate c
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = c.customer_id
    WHERE c.version_id = %(version)s AND c.reason IS DISTINCT FROM 'done' {only}
    ORDER BY c.item_id, c.step_key, c.cycle, c.reason IS NOT NULL, c.on_day
"""
SIMULATED = """
    SELECT on_day, customer_id, (array_agg(step_id ORDER BY position DESC, cycle DESC, due_on, item_id))[1],
           count(*)::int, max(owed) + coalesce(sum(open_base) FILTER (WHERE due_on >= on_day), 0)
    FROM collection_outcome WHERE reason IS NULL
    GROUP BY on_day, customer_id ORDER BY on_day, customer_id
"""
LEFT_OUT = """
    SELECT reason, count(*) FROM (
        SELECT DISTINCT reason, customer_id, step_id, on_day FROM collection_outcome WHERE reason IS NOT NULL
    ) each
    GROUP BY reason ORDER BY reason
"""

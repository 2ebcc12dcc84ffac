"""Which items a repayment plan holds: they are not chased until the plan is broken.

For statements over open items (worklist, runs, promises), in the words of the SQL of this package:

- `PLANNED`: rows (item_id) of items in a plan in force now; `WHERE i.id NOT IN (…)` or, sooner, `NOT {in_plan("i.id")}`.
- `in_plan_on("i.id", "a.day")`: as of the end of a day.

Their age and their due date stay what they are (`aging`, `effective_due_on`): a plan puts off asking, not being late.
All of them take the parameter `%(organization)s`.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from huikuan.collection.models import PlannedItem, RepaymentPlan

PLANNED = """
    SELECT q.item_id FROM collection_planned_item q WHERE q.organization_id = %(organization)s AND q.live
"""


def in_plan(item: str) -> str:
    """A condition: the item of this column is in a plan in force now."""
    return f"""EXISTS (
        SELECT FROM collection_planned_item q
        WHERE q.organization_id = %(organization)s AND q.item_id = {item} AND q.live)"""


def in_plan_on(item: str, day: str) -> str:
    """A condition: the item of this column was in a plan in force at the end of the day of that column."""
    return f"""EXISTS (
        SELECT FROM collection_planned_item q
        JOIN collection_plan y ON y.organization_id = %(organization)s AND y.id = q.plan_id
        WHERE q.organization_id = %(organization)s AND q.item_id = {item} AND y.signed_on <= {day}
          AND (y.ended_on IS NULL OR y.ended_on > {day} OR y.state = 'kept'))"""


def planned_items(item_ids: Collection[UUID]) -> dict[UUID, RepaymentPlan]:
    """The plan in force that holds each item, where one does."""
    rows = PlannedItem.objects.filter(item_id__in=item_ids, live=True).select_related("plan")
    return {row.item_id: row.plan for row in rows}

"""Who is held out of what comes up: the same customers whether a day is run or many are simulated."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import Q

from huikuan.collection.holdout import held_out
from huikuan.collection.models import HoldOut
from huikuan.core.postgres.bulk import stage

COLUMNS = (("customer_id", "uuid"), ("step_key", "uuid"), ("begins_on", "date"), ("ends_on", "date"))


def stage_held_out(first: date, last: date) -> None:
    """Fill `collection_held_out`: of whom steps in `collection_coming` come up, those held out from a day and before another."""
    rows = list(HoldOut.objects.filter(Q(ends_on=None) | Q(ends_on__gt=first), starts_on__lte=last))
    found = []
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(COMING, [[row.step_key for row in rows]])
            found = cursor.fetchall()
    held = [
        (customer, key, row.starts_on, row.ends_on or date.max)
        for row in rows
        for customer, key in found
        if key == row.step_key and held_out(customer, key, row.percent)
    ]
    stage("collection_held_out", COLUMNS, held)


COMING = "SELECT DISTINCT customer_id, step_key FROM collection_coming WHERE step_key = ANY(%s::uuid[])"

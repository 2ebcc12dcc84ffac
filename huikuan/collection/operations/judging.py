"""Judging promises by what was paid: all of them in a handful of statements, as often as one likes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act
from huikuan.collection.chased import PAYING
from huikuan.collection.operations.trail import PROMISE, Told, record_events
from huikuan.collection.rules import JUDGED_ANEW_DAYS, PromiseState
from huikuan.core.money import amount_text
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import PROMISE_BROKEN, PROMISES_BROKEN
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

TOLD_ONE_BY_ONE = 3
FAILED = (PromiseState.BROKEN.value, PromiseState.PARTLY.value)


@dataclass(frozen=True, slots=True)
class Judged:
    """A promise whose state or payments changed."""

    promise_id: UUID
    customer_id: UUID
    collector_id: UUID | None
    before: str
    state: str
    amount: Decimal
    paid: Decimal
    currency: str
    promised_on: date


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging changed, and how many promises were looked at."""

    looked_at: int
    changed: tuple[Judged, ...]

    def count(self, state: PromiseState) -> int:
        """How many promises came to this state."""
        return sum(each.state == state.value != each.before for each in self.changed)


def judge_promises(*, actor: Actor, day: date) -> Judgement:
    """判断承诺: what open promises have come to as of the end of a day, by allocations effective up to their last day.

    Those that ended of late are judged anew, for money of then that was allocated since. The same day gives the
    same again, and an earlier one leaves later judgements alone. Collector and salesperson are told of what was
    broken, once.
    """
    actor.require("collection.write")
    with act("judge_promises", actor=actor) as opened:
        Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())
        looked_at, changed = _judge(day)
        record_events([_told(each) for each in changed], opened)
        _tell([each for each in changed if each.state in FAILED and each.before not in FAILED], opened)
    return Judgement(looked_at, tuple(changed))


def _judge(day: date) -> tuple[int, list[Judged]]:
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "day": day,
        "anew": JUDGED_ANEW_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, values)
        rows = cursor.fetchall()
        cursor.execute(LET_GO, values)
    changed = [Judged(*row[:-1]) for row in rows if row[-1]]
    return len(rows), changed


def _told(each: Judged) -> Told:
    content = {
        "customer": str(each.customer_id),
        "amount": amount_text(each.amount, each.currency),
        "paid": amount_text(each.paid, each.currency),
        "currency": each.currency,
        "on": each.promised_on.isoformat(),
        "state": each.state,
        "before": each.before,
    }
    return Told("judged", PROMISE, each.promise_id, content)


def _tell(broken: Sequence[Judged], opened: OpenAct) -> None:
    """Tell collectors and salespeople: of a few promises one by one, of many in one notice."""
    if not broken:
        return
    names, sellers = {}, {}
    customers = Customer.everyone.filter(pk__in={each.customer_id for each in broken})
    for key, name, seller in customers.values_list("pk", "name", "salesperson__membership_id"):
        names[key], sellers[key] = name, seller
    of: dict[UUID, list[Judged]] = defaultdict(list)
    for each in broken:
        for person in {each.collector_id, sellers.get(each.customer_id)} - {None}:
            assert person is not None
            of[person].append(each)
    code = Organization.objects.values_list("code", flat=True).get(pk=opened.organization_id)
    now = transaction_time()
    for person, rows in of.items():
        if len(rows) > TOLD_ONE_BY_ONE:
            path = f"{reverse('collection', args=[code])}?part=broken"
            parameters: dict[str, Any] = {"count": len(rows)}
            send_notices([person], kind=PROMISES_BROKEN, parameters=parameters, path=path, now=now)
            continue
        for each in rows:
            parameters = {
                "customer": names.get(each.customer_id, ""),
                "day": each.promised_on.isoformat(),
                "amount": f"{each.currency} {each.amount:,.2f}",
                "paid": f"{each.paid:,.2f}",
            }
            path = reverse("collection-case", args=[code, each.customer_id])
            send_notices([person], kind=PROMISE_BROKEN, parameters=parameters, path=path, now=now)


# What rules.judged says, over all promises at once.
JUDGE = f"""
    WITH candidate AS MATERIALIZED (
        SELECT p.id, p.customer_id, p.collector_id, p.state, p.amount, p.paid, p.currency, p.promised_on,
               p.promised_on + p.grace_days AS last_day,
               least(p.promised_on + p.grace_days, %(day)s::date) AS counted_to
        FROM collection_promise p
        WHERE p.organization_id = %(organization)s AND p.made_on <= %(day)s
          AND (p.state = 'open' OR p.promised_on + p.grace_days >= %(day)s::date - %(anew)s::int)
          AND NOT (p.state = 'withdrawn' AND p.ended_for <> '')
          AND (p.judged_on IS NULL OR p.judged_on <= %(day)s)
    ),
    settled AS (
        SELECT c.id, c.last_day, sum(m.paid - q.paid_before) AS paid,
               sum(i.amount - m.settled) AS left_open
        FROM candidate c
        JOIN collection_promised_item q ON q.organization_id = %(organization)s AND q.promise_id = c.id
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = q.item_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(a.amount) FILTER (WHERE d.kind IN {PAYING}), 0) AS paid,
                   coalesce(sum(a.amount) FILTER (WHERE d.kind <> 'write_off'), 0) AS settled
            FROM ledger_allocation a
            JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
            WHERE a.organization_id = %(organization)s AND a.debit_item_id = q.item_id
              AND a.effective_on <= c.counted_to
        ) m
        GROUP BY c.id, c.last_day
    ),
    judged AS (
        SELECT c.*, greatest(s.paid, 0) AS now_paid,
               CASE WHEN s.paid >= c.amount THEN 'kept'
                    WHEN s.left_open <= 0 THEN CASE WHEN s.paid > 0 THEN 'kept' ELSE 'withdrawn' END
                    WHEN %(day)s <= c.last_day THEN 'open'
                    WHEN s.paid > 0 THEN 'partly' ELSE 'broken' END AS now_state
        FROM candidate c JOIN settled s ON s.id = c.id
    ),
    written AS (
        UPDATE collection_promise p SET state = j.now_state, paid = j.now_paid, judged_on = %(day)s
        FROM judged j
        WHERE p.organization_id = %(organization)s AND p.id = j.id
        RETURNING p.id
    )
    SELECT j.id, j.customer_id, j.collector_id, j.state, j.now_state, j.amount, j.now_paid, j.currency, j.promised_on,
           j.state <> j.now_state OR j.paid <> j.now_paid
    FROM judged j JOIN written w ON w.id = j.id
    ORDER BY j.promised_on, j.id
"""
# What has ended, and will not be judged open again, lets its items go.
LET_GO = """
    UPDATE collection_promised_item q SET live = false
    FROM collection_promise p
    WHERE q.organization_id = %(organization)s AND q.live
      AND p.organization_id = %(organization)s AND p.id = q.promise_id
      AND (p.state IN ('broken', 'partly', 'withdrawn')
           OR (p.state = 'kept' AND p.promised_on + p.grace_days < %(day)s))
"""

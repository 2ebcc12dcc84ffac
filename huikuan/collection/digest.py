"""The weekly digest: what each salesperson and manager should know, added up for all of them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import OVERDUE
from huikuan.collection.joint_queries import PaidItem, commissions
from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Owing:
    """A customer with something overdue: how much, and the days of the oldest item."""

    customer_id: UUID
    name: str
    overdue: Decimal
    days: int


@dataclass(slots=True)
class Digest:
    """What one salesperson should know of the week from `starts_on` up to and with `ends_on`.

    `broken`: promises and plans that were not kept in it. `questions`: that wait for an answer. Amounts in the
    organization's currency.
    """

    membership_id: UUID
    name: str
    team: str
    starts_on: date
    ends_on: date
    paid: list[PaidItem] = field(default_factory=list)
    owing: list[Owing] = field(default_factory=list)
    broken: int = 0
    questions: int = 0

    @property
    def collected(self) -> Decimal:
        return sum((each.amount for each in self.paid), ZERO)

    @property
    def commission(self) -> Decimal:
        return sum((each.commission for each in self.paid), ZERO)

    @property
    def lost(self) -> Decimal:
        return sum((each.lost for each in self.paid), ZERO)

    @property
    def overdue(self) -> Decimal:
        return sum((each.overdue for each in self.owing), ZERO)

    @property
    def empty(self) -> bool:
        return not (self.paid or self.owing or self.broken or self.questions)


def digests(*, ends_on: date, currency: str) -> list[Digest]:
    """The digest of each salesperson who is a member, for the seven days up to and with a day; a few statements.

    Overdue and questions are as of now. Those with nothing to say are absent.
    """
    starts_on = ends_on - timedelta(days=6)
    people = _rows(PEOPLE, {})
    of = {seller: Digest(member, name, team, starts_on, ends_on) for seller, member, name, team in people}
    for paid in commissions(starts_on, ends_on, currency=currency, salespeople=list(of)):
        if paid.salesperson_id in of:
            of[paid.salesperson_id].paid.append(paid)
    for seller, *owing in _rows(OWING, {"today": ends_on + timedelta(days=1)}):
        if seller in of:
            of[seller].owing.append(Owing(*owing))
    for seller, count in _rows(BROKEN, {"from": starts_on, "to": ends_on}):
        if seller in of:
            of[seller].broken = count
    waiting = dict(_rows(QUESTIONS, {}))
    for each in of.values():
        each.questions = waiting.get(each.membership_id, 0)
    return [each for each in of.values() if not each.empty]


def by_team(found: Sequence[Digest]) -> Mapping[str, list[Digest]]:
    """The digests of each team, for its manager; salespeople without a team are absent."""
    teams: dict[str, list[Digest]] = defaultdict(list)
    for each in found:
        if each.team:
            teams[each.team].append(each)
    return teams


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"organization": current_organization_id(), **values})
        return list(cursor.fetchall())


PEOPLE = """
    SELECT s.id, s.membership_id, s.name, s.team
    FROM customers_salesperson s
    JOIN organizations_membership m ON m.organization_id = %(organization)s AND m.id = s.membership_id AND m.active
    WHERE s.organization_id = %(organization)s
    ORDER BY s.name, s.id
"""
OWING = f"""
    SELECT k.salesperson_id, i.customer_id, k.name, sum(i.open_base), (%(today)s::date - min(i.due_on))
    FROM ({OVERDUE}) i
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = i.customer_id
    WHERE i.open_base > 0 AND k.salesperson_id IS NOT NULL
    GROUP BY k.salesperson_id, i.customer_id, k.name
    ORDER BY sum(i.open_base) DESC, i.customer_id
"""
BROKEN = """
    SELECT k.salesperson_id, count(*)::int
    FROM (
        SELECT customer_id FROM collection_promise
        WHERE organization_id = %(organization)s AND state IN ('broken', 'partly')
          AND judged_on BETWEEN %(from)s AND %(to)s AND promised_on >= %(from)s::date - 14
        UNION ALL
        SELECT customer_id FROM collection_plan
        WHERE organization_id = %(organization)s AND state IN ('broken', 'partly')
          AND ended_on BETWEEN %(from)s AND %(to)s
    ) b
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = b.customer_id
    GROUP BY k.salesperson_id
"""
QUESTIONS = """
    SELECT q.to_id, count(*)::int FROM collection_ask q
    WHERE q.organization_id = %(organization)s AND q.kind = 'question' AND q.answered_on IS NULL
    GROUP BY q.to_id
"""

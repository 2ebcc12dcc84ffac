"""What is owed today, by debt, with when it is expected: what concentration is told of and scenarios are tried on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.kpi.rules import herfindahl, share, top_share
from huikuan.risk.payments.cash import WEEKS
from huikuan.risk.payments.weeks import monday_of

Numbers = NDArray[np.float64]
ZERO = Decimal(0)
SECTOR, REGION = "sector", "region"
TOPS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer who owes, in base currency."""

    id: UUID
    code: str
    name: str
    sector: str
    region: str
    owed: Decimal
    overdue: Decimal


@dataclass(frozen=True)
class Book:
    """Debts row by row. `weeks`: probability of payment in each week from that of `today` on (Monday to Sunday).

    `due`: days from today on which it is due (NaN-free: far off where no day is set). `guessed`: debts without a
    prediction, which are taken to be paid when due, or this week where that is past.
    """

    today: date
    debtors: Mapping[UUID, Debtor]
    item_ids: list[UUID]
    customer_ids: list[UUID]
    amounts: list[Decimal]
    due: NDArray[np.int64]
    weeks: Numbers
    guessed: int


NEVER = 100_000


def book_of(today: date) -> Book:
    """The debts open now, as the newest predictions see them."""
    with connection.cursor() as cursor:
        cursor.execute(DEBTS, {"organization": current_organization_id()})
        rows = cursor.fetchall()
    weeks, guessed = np.zeros((len(rows), WEEKS)), 0
    owed: dict[UUID, list[Any]] = {}
    for at, (_item, key, code, name, sector, region, base, due_on, said, said_on) in enumerate(rows):
        expected = _still_to_come(said, said_on, today) if said else None
        if expected is None:
            guessed += 1
            expected = _when_due(due_on, today)
        weeks[at, : len(expected)] = expected
        entry = owed.setdefault(key, [code, name, sector, region, ZERO, ZERO])
        entry[4] += base
        entry[5] += base if due_on is not None and due_on < today else ZERO
    return Book(
        today,
        {key: Debtor(key, *entry) for key, entry in owed.items()},
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[6] for row in rows],
        np.array([(row[7] - today).days if row[7] else NEVER for row in rows], dtype=np.int64),
        weeks,
        guessed,
    )


def _still_to_come(said: list[float], said_on: date, today: date) -> Numbers | None:
    """What was said of the weeks from this one on, given that it was not paid before; None where nothing is left of it."""
    gone = (monday_of(today) - monday_of(said_on)).days // 7
    weeks = np.clip(np.array(said, dtype=float), 0, 1)
    if not 0 <= gone < len(weeks):
        return None
    left = 1 - weeks[:gone].sum()
    if left <= 1e-6:
        return None
    expected = weeks[gone:][:WEEKS] / left
    return np.asarray(expected / max(1.0, expected.sum()))


def _when_due(due_on: date | None, today: date) -> Numbers:
    found = np.zeros(WEEKS)
    if due_on is not None:
        week = (monday_of(max(due_on, today)) - monday_of(today)).days // 7
        if week < WEEKS:
            found[week] = 1.0
    return found


DEBTS = """
    SELECT i.id, i.customer_id, c.code, c.name, c.sector, c.region, i.open_base, i.effective_due_on, p.weeks, p.as_of_on
    FROM ledger_open_item i
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = i.customer_id
    LEFT JOIN risk_payment_prediction p ON p.organization_id = %(organization)s AND p.item_id = i.id
    WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0
    ORDER BY c.code COLLATE "C", i.id
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A sector or region ("" is none): what its customers owe, its share, and the index of concentration within it."""

    name: str
    customers: int
    owed: Decimal
    overdue: Decimal
    share: Decimal | None
    index: Decimal | None


@dataclass(frozen=True)
class Concentration:
    """How much rests on few: shares of the largest few, HHI of customers, and parts by sector and region."""

    owed: Decimal
    tops: Mapping[int, Decimal | None]
    index: Decimal | None
    sectors: list[Part]
    regions: list[Part]


def concentration(book: Book) -> Concentration:
    """Of everything owed, as gross as it stands."""
    debtors = list(book.debtors.values())
    balances = [each.owed for each in debtors]
    return Concentration(
        sum(balances, ZERO),
        {number: top_share(balances, number) for number in TOPS},
        herfindahl(balances),
        _parts(debtors, SECTOR),
        _parts(debtors, REGION),
    )


def _parts(debtors: list[Debtor], by: str) -> list[Part]:
    whole = sum((each.owed for each in debtors), ZERO)
    groups: dict[str, list[Debtor]] = {}
    for each in debtors:
        groups.setdefault(getattr(each, by), []).append(each)
    made = []
    for name, members in groups.items():
        owed = sum((each.owed for each in members), ZERO)
        overdue = sum((each.overdue for each in members), ZERO)
        index = herfindahl([each.owed for each in members])
        made.append(Part(name, len(members), owed, overdue, share(owed, whole), index))
    return sorted(made, key=lambda part: (-part.owed, part.name))


def largest(book: Book, number: int) -> list[Debtor]:
    """Who owes most, the largest first."""
    return sorted(book.debtors.values(), key=lambda each: (-each.owed, each.code))[:number]

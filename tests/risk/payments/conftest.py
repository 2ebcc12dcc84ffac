"""A company whose customers pay as such customers do, made the same way each time, as a file that is imported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import TODAY, make_organization


class Row(NamedTuple):
    number: str
    customer: str
    issued: date
    due: date
    paid: date | None
    amount: int


def trade(debts: int = 900, customers: int = 30, seed: int = 7) -> list[Row]:
    """Two years of debts at 30 days; every third customer pays what is large late, some debts are never paid."""
    drawn = random.Random(seed)
    rows = []
    for number in range(debts):
        customer = drawn.randrange(customers)
        issued = date(2024, 1, 1) + timedelta(days=number * 700 // debts)
        due = issued + timedelta(days=30)
        amount = drawn.randrange(100, 9000)
        slow = customer % 3 == 0 and amount > 3000
        late = drawn.choice((8, 10, 12, 15, 40)) if slow else drawn.choice((-5, -1, 0, 0, 0, 1, 6))
        paid = None if drawn.random() < 0.02 else due + timedelta(days=late)
        rows.append(Row(f"I{number}", f"C{customer}", issued, due, paid, amount))
    return rows


def cut(rows: Iterable[Row], on: date) -> list[Row]:
    """What is known of the rows at the end of a day."""
    return [
        row._replace(paid=row.paid if row.paid and row.paid <= on else None)
        for row in rows
        if row.issued <= on
    ]


Company = Callable[[Iterable[Row]], Any]


@pytest.fixture
def company(db: None, actor: Any, tmp_path: Path) -> Company:
    """company(rows): an organization with these debts and their payments."""
    from huikuan.integrations.operations import ImportOptions, import_file

    def made(rows: Iterable[Row]) -> Any:
        organization = make_organization(actor)
        path = tmp_path / f"{organization.code}.csv"
        lines = [f"{r.number},{r.customer},{r.issued},{r.due},{r.paid or ''},{r.amount}" for r in rows]
        path.write_text("number,customer_code,document_on,due_on,paid_on,amount\n" + "\n".join(lines) + "\n")
        names = ("number", "customer_code", "document_on", "due_on", "paid_on", "amount")
        import_file(
            path,
            kind="invoices",
            organization=organization,
            actor=actor,
            today=TODAY,
            options=ImportOptions(
                mapping={name: name for name in names},
                accept=frozenset({"due_before_issue", "paid_before_issue"}),
            ),
        )
        return organization

    return made

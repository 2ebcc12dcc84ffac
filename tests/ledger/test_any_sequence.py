"""Whatever is done in whatever order: a plain model in Python agrees, and the check stays silent.

The model knows only amounts and days. It says of every act beforehand whether it must be refused.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Allocation, OpenItem
from huikuan.ledger.operations import (
    Instalment,
    NewAllocation,
    NewDocument,
    allocate,
    close_period,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_receipts,
    refund,
    reopen_period,
    reverse_allocations,
    void_documents,
    write_off,
)
from huikuan.organizations.actors import local_operator
from tests.conftest import make_organization
from tests.ledger.checking import check
from tests.trade import Books

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]

FIRST = date(2026, 1, 1)
TODAY = FIRST + timedelta(days=100)
RECORD = {
    "invoice": (1, record_invoices),
    "credit_note": (-1, record_credit_notes),
    "receipt": (-1, record_receipts),
    "advance": (-1, record_advances),
}
GROUPS = {"A": "G", "B": "G", "G": "G", "C": "C"}
RATES = {"CNY": None, "USD": Decimal("7.1234"), "JPY": Decimal("0.0456")}
LEDGER = (
    "ledger_document", "ledger_open_item", "ledger_allocation", "ledger_journal_entry", "ledger_journal_line",
    "ledger_period", "ledger_number_counter", "audit_act", "audit_event", "audit_clock",
)  # fmt: skip

days = st.integers(0, 110).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(1, 5000)


@dataclass(eq=False)
class Item:
    """An open item of the model; `moves` are (day, amount) of what settles it and of what undoes that."""

    id: UUID
    side: int
    customer: str
    currency: str
    on: date
    amount: Decimal
    due: date | None
    moves: list[tuple[date, Decimal]] = field(default_factory=list)

    @property
    def open(self) -> Decimal:
        return self.amount - sum((amount for _, amount in self.moves), Decimal(0))

    def holds(self, *new: tuple[date, Decimal]) -> bool:
        """Whether the balance stays between zero and the amount on every day."""
        settled = Decimal(0)
        moves = sorted([*self.moves, *new])
        for position, (on, amount) in enumerate(moves):
            settled += amount
            last_of_day = position + 1 == len(moves) or moves[position + 1][0] != on
            if last_of_day and not 0 <= settled <= self.amount:
                return False
        return True


@dataclass(eq=False)
class Paper:
    """A document of the model."""

    id: UUID
    kind: str
    on: date
    items: list[Item]
    void: bool = False


@dataclass(eq=False)
class Settled:
    """An allocation of the model."""

    debit: Item
    credit: Item
    amount: Decimal
    on: date
    undone: bool = False
    undone_on: date | None = None


class Trade(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.actor = local_operator()
        self.organization = make_organization(self.actor)
        self.stack.enter_context(tenant(self.organization.id))
        books = Books(organization=self.organization, actor=self.actor, today=TODAY)
        head = books.customer("G")
        self.customers = {"G": head, "C": books.customer("C")}
        self.customers |= {code: books.customer(code, parent=head) for code in "AB"}
        self.papers: list[Paper] = []
        self.settled: list[Settled] = []
        self.closed: set[date] = set()

    def teardown(self) -> None:
        broken = check(self.organization)
        self.stack.close()
        assert broken == []

    # What the model knows.

    def is_open(self, on: date) -> bool:
        return on.replace(day=1) not in self.closed

    def items(self, side: int) -> list[Item]:
        return [item for paper in self.papers for item in paper.items if item.side == side]

    def attempt(self, work: Any, *, allowed: bool) -> Any:
        """Do it; it must be refused exactly when the model says so, and then have changed nothing."""
        before = self.fingerprint()
        try:
            result = work()
        except HuikuanError as error:
            assert not allowed, f"refused: {error} ({error.code})"
            assert error.code not in {"document_refused", "allocation_refused"}, error
            assert self.fingerprint() == before
            return None
        assert allowed, "it should have been refused"
        return result

    def fingerprint(self) -> list[Any]:
        parts = " UNION ALL ".join(
            f"SELECT '{table}', count(*), sum(hashtext(t::text)) FROM {table} t WHERE organization_id = %(o)s"
            for table in LEDGER
        )
        with connection.cursor() as cursor:
            cursor.execute(parts, {"o": self.organization.pk})
            return list(cursor.fetchall())

    # The acts.

    @initialize()
    def begin(self) -> None:
        """Something to settle from the start."""
        for kind, currency, number, parts in [
            ("invoice", "CNY", 0, [3000, 4000, 3000]),
            ("receipt", "CNY", 10, [8000]),
            ("advance", "CNY", 5, [2500]),
            ("invoice", "USD", 1, [3333, 3334]),
            ("receipt", "USD", 35, [5000]),
        ]:
            self.add(kind, "A", currency, FIRST + timedelta(days=number), parts)

    @rule(
        kind=st.sampled_from(sorted(RECORD)),
        customer=st.sampled_from(["A", "A", "B", "G", "C"]),
        currency=st.sampled_from(["CNY", "CNY", "CNY", "USD", "USD", "JPY"]),
        on=days,
        parts=st.lists(amounts, min_size=1, max_size=3),
    )
    def record(self, kind: str, customer: str, currency: str, on: date, parts: list[int]) -> None:
        self.add(kind, customer, currency, on, parts)

    def add(self, kind: str, customer: str, currency: str, on: date, parts: list[int]) -> None:
        side, operation = RECORD[kind]
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        values = [part * unit for part in parts]
        dues = [on + timedelta(days=30 * (3 - n)) for n in range(len(values))]
        new = NewDocument(
            customer_id=self.customers[customer].pk,
            document_on=on,
            amount=sum(values, Decimal(0)),
            tax=(values[0] / 9).quantize(unit) if kind in ("invoice", "credit_note") else Decimal(0),
            currency=currency,
            rate=RATES[currency],
            due_on=dues[0],
            instalments=tuple(map(Instalment, values, dues)) if len(values) > 1 else (),
        )
        recorded = self.attempt(lambda: operation([new], actor=self.actor), allowed=self.is_open(on))
        if recorded:
            items = [
                Item(key, side, customer, currency, on, amount, due)
                for key, amount, due in zip(recorded[0].item_ids, values, dues, strict=True)
            ]
            self.papers.append(Paper(recorded[0].id, kind, on, items))

    def pairs(self, *, likely: bool) -> list[tuple[Item, Item]]:
        """A debit and a credit: any two, or two that can settle each other."""
        return [
            (debit, credit)
            for debit in self.items(1)
            for credit in self.items(-1)
            if not likely
            or (debit.open and credit.open and debit.currency == credit.currency
            and GROUPS[debit.customer] == GROUPS[credit.customer])
        ]  # fmt: skip

    @precondition(lambda self: self.pairs(likely=True))
    @rule(data=st.data(), later=st.sampled_from([0, 7, 30]))
    def settle_in_full(self, data: st.DataObject, later: int) -> None:
        self.allocate(*data.draw(st.sampled_from(self.pairs(likely=True))), later, 10)

    @precondition(lambda self: self.pairs(likely=True))
    @rule(data=st.data(), later=st.sampled_from([0, 7, 30]), part=st.integers(1, 9))
    def settle_a_part(self, data: st.DataObject, later: int, part: int) -> None:
        self.allocate(*data.draw(st.sampled_from(self.pairs(likely=True))), later, part)

    @rule(data=st.data(), later=st.sampled_from([0, 7, -1]), part=st.sampled_from([10, 11, 0]))
    def settle_what_may_not_be(self, data: st.DataObject, later: int, part: int) -> None:
        self.allocate(*data.draw(st.sampled_from(self.pairs(likely=False))), later, part)

    def allocate(self, debit: Item, credit: Item, later: int, part: int) -> None:
        on = max(debit.on, credit.on) + timedelta(days=later)
        unit = Decimal(1) if credit.currency == "JPY" else Decimal("0.01")
        amount = (min(debit.open, credit.open) * part / 10).quantize(unit)
        move = (on, amount)
        allowed = (
            amount > 0
            and debit.currency == credit.currency
            and GROUPS[debit.customer] == GROUPS[credit.customer]
            and max(debit.on, credit.on) <= on <= TODAY
            and amount <= min(debit.open, credit.open)
            and self.is_open(on)
            and debit.holds(move)
            and credit.holds(move)
        )
        new = NewAllocation(debit.id, credit.id, amount, on)
        if self.attempt(lambda: allocate([new], actor=self.actor, today=TODAY), allowed=allowed):
            self.settle(debit, credit, amount, on)

    def settle(self, debit: Item, credit: Item, amount: Decimal, on: date) -> None:
        for item in (debit, credit):
            item.moves.append((on, amount))
        self.settled.append(Settled(debit, credit, amount, on))

    @precondition(lambda self: self.settled)
    @rule(data=st.data(), later=st.sampled_from([None, 0, 3, 30, -1]))
    def reverse(self, data: st.DataObject, later: int | None) -> None:
        row = data.draw(st.sampled_from([row for row in self.settled if not row.undone] or self.settled))
        on = None if later is None else row.on + timedelta(days=later)
        effective = on or row.on
        [key] = (
            Allocation.objects.filter(
                debit_item=row.debit.id,
                credit_item=row.credit.id,
                reverses=None,
                amount=row.amount,
                effective_on=row.on,
            )
            .order_by("pk")
            .values_list("pk", flat=True)[self._turn(row) :][:1]
        )
        held = effective <= TODAY and effective >= row.on and self.is_open(effective)
        allowed = held and not row.undone
        if self.attempt(
            lambda: reverse_allocations([key], effective_on=on, actor=self.actor, today=TODAY),
            allowed=allowed,
        ):
            self.undo(row, effective)

    def _turn(self, row: Settled) -> int:
        """Which of equal allocations it is: they are kept in order of time."""
        equal = [
            other
            for other in self.settled
            if (other.debit, other.credit, other.amount, other.on)
            == (row.debit, row.credit, row.amount, row.on)
        ]
        return next(position for position, other in enumerate(equal) if other is row)

    def undo(self, row: Settled, on: date) -> None:
        row.undone, row.undone_on = True, on
        for item in (row.debit, row.credit):
            item.moves.append((on, -row.amount))

    @rule(data=st.data(), later=st.sampled_from([0, 10, 60, -1]), part=st.sampled_from([None, 3, 10, 11]))
    def write_off_or_refund(self, data: st.DataObject, later: int, part: int | None) -> None:
        paper = data.draw(st.sampled_from(self.papers))
        on = paper.on + timedelta(days=later)
        side = paper.items[0].side
        still = sorted((item for item in paper.items if item.open > 0), key=lambda item: item.due or date.max)
        whole = sum((item.open for item in still), Decimal(0))
        unit = Decimal(1) if paper.items[0].currency == "JPY" else Decimal("0.01")
        amount = None if part is None else (whole * part / 10).quantize(unit)
        wanted = whole if amount is None else amount
        moves, rest = [], wanted
        for item in still:
            moves.append((item, min(rest, item.open)))
            rest -= moves[-1][1]
        allowed = (
            0 < wanted <= whole
            and paper.on <= on <= TODAY
            and self.is_open(on)
            and all(item.holds((on, share)) for item, share in moves if share)
        )
        operation = write_off if side == 1 else refund
        made = self.attempt(
            lambda: operation(
                document_id=paper.id,
                amount=amount,
                effective_on=on,
                reason="x",
                actor=self.actor,
                today=TODAY,
            ),
            allowed=allowed,
        )
        if made:
            first = paper.items[0]
            other = Item(made.item_ids[0], -side, first.customer, first.currency, on, wanted, None)
            kind = "write_off" if side == 1 else "refund"
            self.papers.append(Paper(made.id, kind, on, [other]))
            for item, share in moves:
                if share:
                    self.settle(*((item, other) if side == 1 else (other, item)), share, on)

    @rule(data=st.data(), on=days, what=st.sampled_from(["void", "close", "reopen"]))
    def correct(self, data: st.DataObject, on: date, what: str) -> None:
        if what == "void":
            self.void(data)
        elif what == "close" and len(self.closed) < 2:
            self.close(on)
        elif self.closed:
            self.reopen(data)

    def void(self, data: st.DataObject) -> None:
        paper = data.draw(st.sampled_from(self.papers))
        touching = [row for row in self.settled if row.debit in paper.items or row.credit in paper.items]
        until = {
            item.id: max(
                [paper.on]
                + [
                    row.undone_on
                    for row in touching
                    if row.undone_on and row.undone_on > row.on and item in (row.debit, row.credit)
                ]
            )
            for item in paper.items
        }
        allowed = (
            not paper.void
            and all(row.undone for row in touching)
            and self.is_open(paper.on)
            and all(self.is_open(on) for on in until.values())
        )
        if self.attempt(
            lambda: void_documents([paper.id], actor=self.actor, reason="x", today=TODAY), allowed=allowed
        ):
            paper.void = True
            for item in paper.items:
                item.moves.append((until[item.id], item.amount))

    def close(self, on: date) -> None:
        month = on.replace(day=1)
        if self.attempt(lambda: close_period(month=on, actor=self.actor), allowed=month not in self.closed):
            self.closed.add(month)

    def reopen(self, data: st.DataObject) -> None:
        month = data.draw(st.sampled_from(sorted(self.closed)))
        self.attempt(lambda: reopen_period(month=month, actor=self.actor, reason="x"), allowed=True)
        self.closed.discard(month)

    # What holds after each.

    @invariant()
    def what_is_open_agrees(self) -> None:
        mine = {item.id: item.open for side in (1, -1) for item in self.items(side)}
        theirs = dict(OpenItem.objects.filter(pk__in=mine).values_list("pk", "open_amount"))
        assert theirs == mine
        assert not OpenItem.objects.exclude(pk__in=mine).filter(open_amount__gt=0).exists()


def test_any_sequence_of_acts(db: None) -> None:
    run_state_machine_as_test(
        Trade,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(
                Phase.explicit,
                Phase.reuse,
                Phase.generate,
            ),  # shrinking takes minutes: ask for it by hand
        ),
    )

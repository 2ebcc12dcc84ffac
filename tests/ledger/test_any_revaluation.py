"""Whatever is allocated, undone, revalued and voided on whatever date: no cent is left over on any day.

Documents of several currencies, closings in any order, allocations dated before and after them, both policies.
The check of the books says after each act that every revalued item is carried at the rate in force, and the
control accounts are compared with the items at every date.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Allocation, Document, OpenItem, Revaluation
from huikuan.ledger.operations import (
    Instalment,
    NewAllocation,
    NewDocument,
    NewRate,
    allocate,
    choose_reversing,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_rates,
    record_receipts,
    refund,
    revalue,
    reverse_allocations,
    undo_revaluation,
    void_documents,
    write_off,
)
from huikuan.organizations.actors import local_operator
from huikuan.reports.open_items import open_items_total
from tests.conftest import make_organization
from tests.ledger.checking import check
from tests.trade import Books

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]

FIRST = date(2026, 1, 1)
TODAY = date(2026, 5, 15)
MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
RATES = {"USD": "7.1234", "JPY": "0.0456", "CNY": None}
RECORD = {
    "invoice": record_invoices,
    "credit_note": record_credit_notes,
    "receipt": record_receipts,
    "advance": record_advances,
}
days = st.integers(0, 125).map(lambda n: FIRST + timedelta(days=n))


class Closings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.actor = local_operator()
        self.organization = make_organization(self.actor)
        self.stack.enter_context(tenant(self.organization.id))
        books = Books(organization=self.organization, actor=self.actor, today=TODAY)
        self.customer = books.customer("A")
        self.acts = 0
        self.moved: dict[
            date, Decimal
        ] = {}  # what the entries of a day moved, when the days were last compared

    def teardown(self) -> None:
        self.stack.close()

    def attempt(self, work: Any) -> None:
        """Do it, or be told by a named error why not: never by a constraint nobody expected."""
        try:
            work()
        except HuikuanError as error:
            assert error.code not in {
                "document_refused", "allocation_refused", "revaluation_refused", "settlement_refused",
            }, error  # fmt: skip

    @initialize(rates=st.lists(st.integers(-900, 900), min_size=8, max_size=8))
    def begin(self, rates: list[int]) -> None:
        new = []
        for position, month in enumerate(MONTHS):
            closing = (month + timedelta(days=40)).replace(day=1) - timedelta(days=1)
            for offset, (currency, base) in enumerate([("USD", 70_000), ("JPY", 456)]):
                change = rates[position * 2 + offset]
                per = (
                    Decimal(base + change) / 10_000
                    if currency == "USD"
                    else Decimal(base + change // 10) / 10_000
                )
                new.append(NewRate(currency, closing, per))
        record_rates(new, actor=self.actor)
        for kind, on, parts in [
            ("invoice", 3, [3333, 3334]),
            ("invoice", 20, [1000001]),
            ("receipt", 10, [5000]),
        ]:
            self.record(kind, "USD", FIRST + timedelta(days=on), parts)

    @rule(
        kind=st.sampled_from(sorted(RECORD)),
        currency=st.sampled_from(["USD", "USD", "JPY", "CNY"]),
        on=days,
        parts=st.lists(st.integers(1, 500_000), min_size=1, max_size=2),
    )
    def record(self, kind: str, currency: str, on: date, parts: list[int]) -> None:
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        values = [part * unit for part in parts]
        rate = RATES[currency]
        new = NewDocument(
            customer_id=self.customer.pk,
            document_on=on,
            amount=sum(values, Decimal(0)),
            currency=currency,
            rate=None if rate is None else Decimal(rate),
            due_on=on,
            instalments=tuple(Instalment(value, on) for value in values) if len(values) > 1 else (),
        )
        self.attempt(lambda: RECORD[kind]([new], actor=self.actor))

    @rule(data=st.data(), later=st.sampled_from([0, 0, 5, 30, 60]), part=st.integers(1, 14))
    def settle(self, data: st.DataObject, later: int, part: int) -> None:
        items = list(OpenItem.objects.filter(open_amount__gt=0).order_by("pk"))
        pairs = [
            (debit, credit)
            for debit in items
            for credit in items
            if debit.side > 0 > credit.side and debit.currency == credit.currency
        ]
        if not pairs:
            return
        debit, credit = data.draw(st.sampled_from(pairs))
        unit = Decimal(1) if credit.currency == "JPY" else Decimal("0.01")
        whole = min(debit.open_amount, credit.open_amount)
        amount = whole if part >= 10 else max(unit, (whole * part / 10).quantize(unit))
        on = max(debit.document_on, credit.document_on) + timedelta(days=later)
        new = NewAllocation(debit.pk, credit.pk, amount, on)
        self.attempt(lambda: allocate([new], actor=self.actor, today=TODAY))

    @rule(data=st.data(), later=st.sampled_from([None, 0, 10, 40]))
    def give_back(self, data: st.DataObject, later: int | None) -> None:
        undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
        standing = list(Allocation.objects.filter(reverses=None).exclude(pk__in=undone).order_by("pk"))
        if not standing:
            return
        row = data.draw(st.sampled_from(standing))
        on = None if later is None else row.effective_on + timedelta(days=later)
        self.attempt(lambda: reverse_allocations([row.pk], effective_on=on, actor=self.actor, today=TODAY))

    @rule(month=st.sampled_from(MONTHS), reverses=st.sampled_from([None, None, None, True, False]))
    def close(self, month: date, reverses: bool | None) -> None:
        if reverses is not None:
            choose_reversing(reverses=reverses, actor=self.actor)
        self.attempt(lambda: revalue(month=month, actor=self.actor, today=TODAY))
        assert revalue(month=month, actor=self.actor, today=TODAY).items == 0

    @rule(month=st.sampled_from(MONTHS))
    def undo(self, month: date) -> None:
        self.attempt(lambda: undo_revaluation(month=month, actor=self.actor, reason="x"))

    @rule(
        data=st.data(), later=st.sampled_from([0, 20, 60]), what=st.sampled_from(["void", "settle", "settle"])
    )
    def end(self, data: st.DataObject, later: int, what: str) -> None:
        documents = list(Document.objects.filter(voided_by=None).exclude(kind="reversal").order_by("pk"))
        document = data.draw(st.sampled_from(documents))
        if what == "void":
            self.attempt(lambda: void_documents([document.pk], actor=self.actor, reason="x", today=TODAY))
            return
        operation = write_off if OpenItem.objects.filter(document=document, side=1).exists() else refund
        self.attempt(
            lambda: operation(
                document_id=document.pk,
                amount=None,
                effective_on=document.document_on + timedelta(days=later),
                reason="x",
                actor=self.actor,
                today=TODAY,
            )
        )

    @invariant()
    def the_books_agree(self) -> None:
        assert check(self.organization) == []

    @invariant()
    def items_and_control_accounts_agree_on_every_day(self) -> None:
        """After every act on the days it moved and the last one; on all days after every sixth."""
        booked = _control_balances(self.organization)
        before = [Decimal(0), *(balance for _on, balance in booked)]
        moved = {on: balance - former for (on, balance), former in zip(booked, before, strict=False)}
        self.acts += 1
        for on, balance in booked:
            if self.acts % 6 == 0 or self.moved.get(on) != moved[on] or on == booked[-1][0]:
                assert open_items_total(as_of=on).base == balance, on
        self.moved = moved

    @invariant()
    def nothing_open_is_worth_nothing_on_any_day(self) -> None:
        revalued = set(Revaluation.objects.values_list("item_id", flat=True))
        for item in OpenItem.objects.filter(pk__in=revalued):
            for on, amount, base in _path(item):
                assert base >= 0, (item, on)
                assert amount or not base, (item, on)


def _control_balances(organization: Any) -> list[tuple[date, Decimal]]:
    """The balance of all control accounts together at the end of each day with an entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT day, sum(sum(amount)) OVER (ORDER BY day)
            FROM (
                SELECT e.effective_on AS day, l.debit - l.credit AS amount
                FROM ledger_journal_line l
                JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
                WHERE l.organization_id = %(organization)s AND l.item_id IS NOT NULL
            ) moves
            GROUP BY day
            """,
            {"organization": organization.pk},
        )
        return list(cursor.fetchall())


def _path(item: OpenItem) -> list[tuple[date, Decimal, Decimal]]:
    """What the item was open, and worth in the books, at the end of each day from its first closing on."""
    moves = [(item.document_on, item.amount, item.base_amount)]
    for row in Allocation.objects.filter(debit_item=item):
        moves.append((row.effective_on, -row.amount, -row.debit_base))
    for row in Allocation.objects.filter(credit_item=item):
        moves.append((row.effective_on, -row.amount, -row.credit_base))
    closings = [(row.effective_on, row.base_change) for row in Revaluation.objects.filter(item=item)]
    moves += [(on, Decimal(0), change) for on, change in closings]
    first = min(on for on, _change in closings)
    return [
        (
            day,
            sum((amount for on, amount, _base in moves if on <= day), Decimal(0)),
            sum((base for on, _amount, base in moves if on <= day), Decimal(0)),
        )
        for day in sorted({on for on, _amount, _base in moves if on >= first})
    ]


def test_any_sequence_of_closings(db: None) -> None:
    run_state_machine_as_test(
        Closings,
        settings=settings(
            max_examples=6,
            stateful_step_count=18,
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

"""Whatever is done to bills and settlements in whatever order: the sub-ledger stays the control accounts."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from huikuan.cash.models import Bill, FactoredItem
from huikuan.cash.operations import (
    Difference,
    Endorsement,
    NewBill,
    NewFactoring,
    NewOffset,
    NewReceipt,
    NewTransfer,
    NewUnidentified,
    claim_receipt,
    collect_bills,
    discount_bills,
    dishonour_bills,
    endorse_bills,
    factor_receivables,
    offset_payables,
    receive_bills,
    receive_unidentified,
    receive_with_differences,
    settle_factored,
    settle_matured_bills,
    split_bill,
    transfer_debts,
    withdraw_bills,
)
from huikuan.cash.queries import booked_bills, unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Allocation, JournalLine, OpenItem
from huikuan.ledger.operations import reverse_allocations
from huikuan.organizations.actors import local_operator
from tests.conftest import make_organization
from tests.ledger.checking import check
from tests.trade import Books

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]

FIRST = date(2026, 1, 1)
TODAY = FIRST + timedelta(days=300)
ACCEPTORS = ("中国工商银行", "宁波银行", "某某重工有限公司")
MOVES = ("endorse", "part", "discount", "collect", "settle", "dishonour", "split", "withdraw")
days = st.integers(0, 300).map(lambda n: FIRST + timedelta(days=n))
cents = st.integers(1, 20_000).map(lambda n: Decimal(n) / 100)


class Settling(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.actor = local_operator()
        self.organization = make_organization(self.actor)
        self.stack.enter_context(tenant(self.organization.id))
        self.books = Books(organization=self.organization, actor=self.actor, today=TODAY)
        self.received = 0

    def teardown(self) -> None:
        broken = check(self.organization)
        bills = JournalLine.objects.filter(account__purpose="bills")
        booked = sum((line.debit - line.credit for line in bills), Decimal(0))
        standing = booked_bills(TODAY).face
        self.stack.close()
        assert broken == []
        assert booked == standing

    def attempt(self, work: Any) -> None:
        """Do it, or be refused with a sentence; never an error of the database."""
        try:
            with transaction.atomic():
                work()
        except HuikuanError as error:
            assert error.code not in {"document_refused", "entry_refused", "bill_moved"}, error

    @initialize()
    def begin(self) -> None:
        for number, customer in enumerate(["A", "A", "B"]):
            self.books.invoice(f"I{number}", "2026-01-05", "150.00", customer=customer)
        self.bill("A", Decimal("100.00"), FIRST + timedelta(days=20), 0, 90)

    @rule(customer=st.sampled_from("AB"), on=days, amount=cents)
    def invoice(self, customer: str, on: date, amount: Decimal) -> None:
        self.books.invoice("", on.isoformat(), str(amount), customer=customer)

    @rule(
        customer=st.sampled_from("AB"),
        face=cents,
        on=days,
        acceptor=st.integers(0, 2),
        tenor=st.integers(1, 180),
    )
    def receive(self, customer: str, face: Decimal, on: date, acceptor: int, tenor: int) -> None:
        self.bill(customer, face, on, acceptor, tenor)

    def bill(self, customer: str, face: Decimal, on: date, acceptor: int, tenor: int) -> None:
        self.received += 1
        new = NewBill(
            customer_id=self.books.customer(customer).pk,
            number=f"{self.received:030d}",
            acceptor=ACCEPTORS[acceptor],
            face=face,
            issued_on=on,
            matures_on=on + timedelta(days=tenor),
            received_on=on,
            range_from=1,
            range_to=int(face * 100),
        )
        self.attempt(lambda: receive_bills([new], actor=self.actor, today=TODAY))

    @precondition(lambda self: Bill.objects.exists())
    @rule(data=st.data(), move=st.sampled_from(MOVES), later=st.integers(-1, 200), part=st.integers(1, 9))
    def move(self, data: st.DataObject, move: str, later: int, part: int) -> None:
        bill = data.draw(st.sampled_from(list(Bill.objects.order_by("number", "range_from"))))
        on = bill.matures_on if move in ("collect", "settle") else bill.issued_on + timedelta(days=later)
        common: dict[str, Any] = {"actor": self.actor, "today": TODAY}
        slice_ = (bill.face * part / 10).quantize(Decimal("0.01"))
        works = {
            "endorse": lambda: endorse_bills([Endorsement(bill.pk)], endorsee="甲", on=on, **common),
            "part": lambda: endorse_bills([Endorsement(bill.pk, slice_)], endorsee="乙", on=on, **common),
            "discount": lambda: discount_bills(
                [bill.pk], bank="招行", rate=Decimal("0.024"), on=on, **common
            ),
            "collect": lambda: collect_bills([bill.pk], on=on, **common),
            "settle": lambda: settle_matured_bills([bill.pk], on=on, **common),
            "dishonour": lambda: dishonour_bills([bill.pk], on=on, reason="x", **common),
            "split": lambda: split_bill(
                bill_id=bill.pk, amounts=[slice_, bill.face - slice_], on=on, **common
            ),
            "withdraw": lambda: withdraw_bills([bill.pk], reason="x", **common),
        }
        self.attempt(works[move])

    @rule(customer=st.sampled_from("AB"), amount=cents, on=days, short=st.integers(0, 12))
    def receipt(self, customer: str, amount: Decimal, on: date, short: int) -> None:
        new = NewReceipt(
            self.books.customer(customer).pk, amount, on, difference=Difference(short=Decimal(short))
        )
        self.attempt(lambda: receive_with_differences([new], actor=self.actor, today=TODAY))

    @rule(customer=st.sampled_from("AB"), amount=cents, on=days)
    def offset(self, customer: str, amount: Decimal, on: date) -> None:
        new = NewOffset(self.books.customer(customer).pk, amount, "DZ", on)
        self.attempt(lambda: offset_payables([new], actor=self.actor, today=TODAY))

    @rule(data=st.data(), to=st.sampled_from("AB"), on=days, amount=st.none() | cents)
    def transfer(self, data: st.DataObject, to: str, on: date, amount: Decimal | None) -> None:
        item = data.draw(st.sampled_from(self.debits()))
        new = NewTransfer(item.pk, self.books.customer(to).pk, "三方", on, amount)
        self.attempt(lambda: transfer_debts([new], actor=self.actor, today=TODAY))

    @rule(data=st.data(), on=days, recourse=st.booleans(), percent=st.integers(80, 101))
    def factor(self, data: st.DataObject, on: date, recourse: bool, percent: int) -> None:
        item = data.draw(st.sampled_from(self.debits()))
        proceeds = (item.open_amount * percent / 100).quantize(Decimal("0.01"))
        new = NewFactoring("BL", "某保理", recourse, on, (item.pk,), proceeds)
        self.attempt(lambda: factor_receivables(new, actor=self.actor, today=TODAY))

    @precondition(lambda self: FactoredItem.objects.exists())
    @rule(data=st.data(), by_customer=st.booleans(), on=days, amount=st.none() | cents)
    def end_loan(self, data: st.DataObject, by_customer: bool, on: date, amount: Decimal | None) -> None:
        line = data.draw(st.sampled_from(list(FactoredItem.objects.order_by("amount", "pk"))))
        self.attempt(
            lambda: settle_factored(
                factored_item_id=line.pk,
                by_customer=by_customer,
                on=on,
                amount=amount,
                actor=self.actor,
                today=TODAY,
            )
        )

    @rule(amount=cents, customer=st.sampled_from("AB"), on=days, claimed=st.booleans())
    def unidentified(self, amount: Decimal, customer: str, on: date, claimed: bool) -> None:
        new = NewUnidentified(amount, on)
        self.attempt(lambda: receive_unidentified([new], actor=self.actor, today=TODAY))
        if claimed and (row := unclaimed_receipts().first()):
            key = self.books.customer(customer).pk
            self.attempt(
                lambda: claim_receipt(
                    receipt_id=row.pk, customer_id=key, on=on, actor=self.actor, today=TODAY
                )
            )

    @precondition(lambda self: Allocation.objects.filter(reverses=None).exists())
    @rule(data=st.data(), later=st.integers(0, 60))
    def unallocate(self, data: st.DataObject, later: int) -> None:
        rows = list(Allocation.objects.filter(reverses=None).order_by("effective_on", "amount", "pk"))
        row = data.draw(st.sampled_from(rows))
        on = row.effective_on + timedelta(days=later)
        self.attempt(lambda: reverse_allocations([row.pk], effective_on=on, actor=self.actor, today=TODAY))

    def debits(self) -> list[OpenItem]:
        return list(OpenItem.objects.filter(side=1).order_by("document_on", "amount", "pk"))


def test_any_sequence_of_settlements(db: None) -> None:
    run_state_machine_as_test(
        Settling,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )

"""Money of a line taken as an advance on an order or a contract, and undone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from huikuan.cash.errors import LineRefused
from huikuan.cash.matching.options import from_json
from huikuan.cash.operations import Choice, apply_contract_advance, apply_matches, propose_matches, undo_uses
from huikuan.cash.proposals import Proposal
from huikuan.ledger.models import Document, OpenItem
from tests.cash.lines import line, option
from tests.ledger.checking import assert_nothing_broken
from tests.sales import agreeing
from tests.sales.selling import Selling
from tests.sales.selling import line as sold
from tests.trade import Books

pytestmark = pytest.mark.django_db


def advance(books: Books, row: Any, number: str, amount: str, **values: Any) -> Document:
    prepaid = replace(option(books, unapplied=amount, **values), advance=number)
    [use] = apply_matches([Choice(row.pk, prepaid)], actor=books.actor, today=books.today)
    assert use.settled_with["advance"] == number
    return Document.objects.get(pk=use.document_id)


def test_a_contract_that_is_named_gets_its_advance_and_uses_it(books: Books) -> None:
    contract = agreeing.sign(books)
    code = contract.customer.code
    row = line(books, "2026-06-01", "11300.00", contract.customer.name, text=f"合同{contract.number}预付款")
    propose_matches(actor=books.actor, today=books.today)
    proposal = Proposal.objects.get(line=row)
    chosen = from_json(proposal.options[0])
    assert (proposal.tier, chosen.advance) == ("likely", contract.number)
    [use] = apply_matches([Choice(row.pk, chosen, place=0)], actor=books.actor, today=books.today)
    made = Document.objects.get(pk=use.document_id)
    assert (made.kind, made.event, made.reference, made.amount) == (
        "advance",
        "account_advance",
        contract.number,
        Decimal("11300.00"),
    )
    liabilities, vat, bank = books.entries("account_advance")
    assert (liabilities, vat, bank[:5], bank[-8:]) == (
        "C2205 10000.00",
        "C222109 1300.00",
        "D1002",
        "11300.00",
    )
    assert sorted(OpenItem.objects.filter(document=made).values_list("amount", flat=True)) == [
        Decimal("1300.00"),
        Decimal("10000.00"),
    ]
    assert_nothing_broken(books.organization)
    books.invoice("YS1", "2026-07-01", "5650.00", customer=code)
    used = apply_contract_advance(
        document_id=made.pk,
        item_ids=[books.item("YS1").pk],
        on=books.today,
        actor=books.actor,
        today=books.today,
    )
    assert (used, books.open("YS1")) == (Decimal("5650.00"), 0)
    assert_nothing_broken(books.organization)
    undo_uses([use.pk], actor=books.actor, today=books.today)
    assert books.open("YS1") == Decimal("5650.00")
    assert_nothing_broken(books.organization)


def test_of_an_order_the_tax_is_that_of_its_lines(books: Books) -> None:
    selling = Selling(books)
    order = selling.order(sold("10", "100"))
    number = order.number
    row = line(books, "2026-06-01", "565.00", "客户C1", text=f"{number} 定金")
    made = advance(books, row, number, "565.00")
    parts = sorted(OpenItem.objects.filter(document=made).values_list("amount", flat=True))
    assert parts == [Decimal("65.00"), Decimal("500.00")]
    assert_nothing_broken(books.organization)


def test_what_is_refused(books: Books) -> None:
    contract = agreeing.sign(books)
    books.invoice("YS1", "2026-05-01", "100.00")
    books.customer("OTHER")
    row = line(books, "2026-06-01", "100.00")
    for values, number, code in (
        ({"customer": contract.customer.code}, "NO-2026", "unknown_agreement"),
        ({"customer": "OTHER"}, contract.number, "unknown_agreement"),
    ):
        with pytest.raises(LineRefused) as caught, transaction.atomic():
            advance(books, row, number, "100.00", **values)
        assert caught.value.code == code
    both = replace(option(books, ("YS1", "100.00")), advance=contract.number)
    with pytest.raises(LineRefused) as caught, transaction.atomic():
        apply_matches([Choice(row.pk, both)], actor=books.actor, today=books.today)
    assert caught.value.code == "advance_settles"

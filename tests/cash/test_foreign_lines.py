"""Accounts in foreign currency: unclaimed money, direct entries and the reconciliation, all in their own currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from huikuan.cash.banking import BankAccount
from huikuan.cash.errors import LineRefused, StatementRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations import (
    Choice,
    apply_matches,
    book_directly,
    claim_receipt,
    confirm_reconciliation,
    link_recorded,
    pool_lines,
    return_unidentified,
    undo_uses,
)
from huikuan.cash.reconciling import reconciliation
from huikuan.ledger.models import Document
from tests.cash.lines import line, option
from tests.cash.test_apply_matches import balance
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def usd(books: Books, on: str, amount: str, payer: str = "", **values: Any) -> Any:
    return line(books, on, amount, payer, bank="USD", currency="USD", **values)


def reconciled(books: Books, month: str) -> Any:
    return reconciliation(BankAccount.objects.get(code="USD"), day(f"{month}-01"))


def test_unclaimed_money_is_claimed_in_its_currency(books: Books) -> None:
    row = usd(books, "2026-02-03", "100.00", "ACME")
    with pytest.raises(LineRefused) as caught, transaction.atomic():
        pool_lines([row.pk], actor=books.actor, today=books.today)
    assert caught.value.code == "rate_missing"
    books.rate("USD", "2026-02-01", "7.00")
    [use] = pool_lines([row.pk], actor=books.actor, today=books.today)
    waiting = UnidentifiedReceipt.objects.get()
    assert (waiting.amount, waiting.currency, waiting.rate) == (100, "USD", 7)
    assert (balance("USD"), balance("unidentified_receipts")) == (700, -700)
    assert_nothing_broken(books.organization)
    books.invoice("CNY1", "2026-01-05", "100.00")
    books.invoice("F1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.10"))
    made = claim_receipt(
        receipt_id=waiting.pk,
        customer_id=books.customer("C1").pk,
        on=day("2026-02-10"),
        actor=books.actor,
        today=books.today,
    )
    document = Document.objects.get(pk=made.id)
    assert (document.currency, document.amount, document.base_amount) == ("USD", 100, 700)
    assert (books.open("F1"), books.open("CNY1"), balance("unidentified_receipts")) == (0, 100, 0)
    assert_nothing_broken(books.organization)
    undo_uses([use.pk], actor=books.actor, today=books.today)
    assert (books.open("F1"), balance("USD"), balance("unidentified_receipts")) == (100, 0, 0)
    assert_nothing_broken(books.organization)


def test_unclaimed_money_goes_back_only_in_its_currency(books: Books) -> None:
    books.rate("USD", "2026-02-01", "7.00")
    pool_lines([usd(books, "2026-02-03", "100.00").pk], actor=books.actor, today=books.today)
    waiting = UnidentifiedReceipt.objects.get()
    back = line(books, "2026-02-05", "-100.00")
    with pytest.raises(LineRefused) as caught, transaction.atomic():
        return_unidentified(back.pk, receipt_id=waiting.pk, actor=books.actor, today=books.today)
    assert caught.value.code == "other_amount"
    with pytest.raises(LineRefused), transaction.atomic():
        link_recorded(
            line_id=line(books, "2026-02-03", "100.00").pk,
            record_id=waiting.pk,
            actor=books.actor,
            today=books.today,
        )
    back = usd(books, "2026-02-05", "-100.00")
    return_unidentified(back.pk, receipt_id=waiting.pk, actor=books.actor, today=books.today)
    assert (balance("USD"), balance("unidentified_receipts")) == (0, 0)
    assert_nothing_broken(books.organization)


def test_the_month_is_reconciled_in_the_currency_of_the_account(books: Books) -> None:
    books.rate("USD", "2026-02-01", "7.00")
    books.rate("USD", "2026-02-15", "7.20")
    books.invoice("F1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.10"))
    paid, fee, strange, left = (
        usd(books, "2026-02-03", "100.00", "客户C1"),
        usd(books, "2026-02-04", "-5.00", kind="fee"),
        usd(books, "2026-02-16", "30.00", "某人"),
        usd(books, "2026-02-17", "9.00", "别人"),
    )
    apply_matches([Choice(paid.pk, option(books, ("F1", "100.00")))], actor=books.actor, today=books.today)
    [direct] = book_directly([fee.pk], actor=books.actor, today=books.today)
    pool_lines([strange.pk], actor=books.actor, today=books.today)
    assert balance("USD") == Decimal("881.00")
    found = reconciled(books, "2026-02")
    assert (found.statement_balance, found.book_balance) == (134, 125)
    assert [(each.amount, each.line_id) for each in found.bank_only] == [(9, left.pk)]
    assert (found.books_only, found.unexplained) == ((), 0)
    assert_nothing_broken(books.organization)
    account = BankAccount.objects.get(code="USD")
    with pytest.raises(StatementRefused) as caught, transaction.atomic():
        confirm_reconciliation(
            bank_account_id=account.pk, month=day("2026-02-01"), seen=Decimal("8"),
            actor=books.actor, today=books.today,
        )  # fmt: skip
    assert caught.value.code == "changed_meanwhile"
    confirm_reconciliation(
        bank_account_id=account.pk, month=day("2026-02-01"), seen=Decimal("9.00"),
        actor=books.actor, today=books.today,
    )  # fmt: skip
    assert reconciled(books, "2026-02").stands
    undo_uses([direct.pk], actor=books.actor, today=books.today)
    again = reconciled(books, "2026-02")
    assert (again.book_balance, again.unexplained, again.stands) == (130, 0, False)
    assert [each.amount for each in again.bank_only] == [-5, 9]
    assert_nothing_broken(books.organization)

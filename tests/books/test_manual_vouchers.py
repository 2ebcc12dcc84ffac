"""Vouchers entered by hand: what they may say, when they count, how they are taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.books.models import Source, State, Voucher, VoucherLine
from huikuan.books.operations import (
    NewLine,
    NewVoucher,
    VoucherRefused,
    dissolve_vouchers,
    enter_opening_balances,
    enter_vouchers,
    make_vouchers,
    post_vouchers,
    reverse_voucher,
    review_vouchers,
)
from huikuan.books.queries.balances import trial_balance
from huikuan.books.queries.vouchers import printed_vouchers
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Account, JournalEntry
from huikuan.ledger.operations import add_account, close_period
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

MAY = date(2026, 5, 1)
ON = date(2026, 5, 20)


def account(code: str) -> Any:
    return Account.objects.get(code=code).pk


def rent(amount: str = "8000", **options: Any) -> NewVoucher:
    lines = (
        NewLine(account("6711"), debit=Decimal(amount), summary="五月房租"),
        NewLine(account("1002"), credit=Decimal(amount)),
    )
    return NewVoucher(**{"voucher_on": ON, "lines": lines, "attachments": 2, **options})


def balance(code: str) -> Decimal:
    rows = trial_balance(since=MAY, until=MAY).rows
    return next((row.closing for row in rows if row.code == code), Decimal(0))


def enter(books: Books, *vouchers: NewVoucher) -> list[Any]:
    return enter_vouchers(vouchers, actor=books.actor, today=books.today)


def put_in_the_books(books: Books) -> None:
    review_vouchers(actor=books.actor)
    post_vouchers(actor=books.actor)


def test_it_counts_when_it_is_posted(books: Books) -> None:
    [key] = enter(books, rent())
    assert balance("6711") == 0 and not JournalEntry.objects.exists()
    put_in_the_books(books)
    voucher = Voucher.objects.get(pk=key)
    assert (str(voucher), voucher.summary, voucher.attachments, voucher.entry_count) == (
        "记-1",
        "五月房租",
        2,
        1,
    )
    assert balance("6711") == Decimal(8000) and balance("1002") == Decimal(-8000)
    assert JournalEntry.objects.get().memo == "五月房租"
    [printed] = printed_vouchers([voucher])
    assert [(line.summary, line.account_code, line.debit, line.credit) for line in printed.lines] == [
        ("五月房租", "6711", Decimal(8000), Decimal(0)),
        ("五月房租", "1002", Decimal(0), Decimal(8000)),
    ]
    assert_nothing_broken(books.organization)


def test_several_are_posted_as_a_set(books: Books, django_assert_max_num_queries: Any) -> None:
    enter(books, *(rent(str(amount)) for amount in range(1, 31)))
    review_vouchers(actor=books.actor)
    with django_assert_max_num_queries(32):
        assert post_vouchers(actor=books.actor) == 30
    assert balance("6711") == sum(range(1, 31))
    assert make_vouchers(actor=books.actor).entries == 0
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: (lines[0], replace(lines[1], credit=Decimal("7999.99"))), "unbalanced"),
        (lambda lines: lines[:1], "too_few_lines"),
        (lambda lines: (replace(lines[0], credit=Decimal(1)), lines[1]), "one_side"),
        (lambda lines: (replace(lines[0], debit=Decimal("0.001")), lines[1]), "amount_precision"),
        (lambda lines: (replace(lines[0], debit=Decimal("NaN")), lines[1]), "amount_precision"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(books: Books, change: Any, code: str) -> None:
    good = rent()
    with pytest.raises(VoucherRefused) as refused:
        enter(books, good, replace(good, lines=change(good.lines)))
    assert refused.value.code == code
    assert not Voucher.objects.exists() and not VoucherLine.objects.exists()


def test_accounts_of_customers_are_changed_by_documents_only(books: Books) -> None:
    lines = (NewLine(account("1122"), debit=Decimal(1)), NewLine(account("6001"), credit=Decimal(1)))
    with pytest.raises(VoucherRefused, match="1122") as refused:
        enter(books, rent(lines=lines, summary="x"))
    assert refused.value.code == "control_account"


def test_other_refusals(books: Books) -> None:
    with pytest.raises(VoucherRefused, match="摘要"):
        lines = tuple(replace(line, summary="") for line in rent().lines)
        enter(books, rent(lines=lines))
    with pytest.raises(VoucherRefused, match="还没有到"):
        enter(books, rent(voucher_on=date(2027, 1, 1)))
    with pytest.raises(VoucherRefused, match="科目不存在"):
        lines = (
            NewLine(books.organization.pk, debit=Decimal(1)),
            NewLine(account("1002"), credit=Decimal(1)),
        )
        enter(books, rent(lines=lines, summary="x"))
    close_period(month=MAY, actor=books.actor)
    with pytest.raises(VoucherRefused, match="2026-05"):
        enter(books, rent())


def test_red_ink_takes_it_back(books: Books) -> None:
    [key] = enter(books, rent())
    put_in_the_books(books)
    red = reverse_voucher(
        voucher_id=key, on=date(2026, 6, 2), reason="金额有误", actor=books.actor, today=books.today
    )
    put_in_the_books(books)
    voucher = Voucher.objects.get(pk=red)
    assert (voucher.source, voucher.reverses_id, voucher.amount) == (Source.REVERSAL, key, Decimal(-8000))
    assert voucher.summary == "红字冲销 2026-05 记-0001"
    row = next(row for row in trial_balance(since=MAY, until=date(2026, 6, 1)).rows if row.code == "6711")
    assert (row.debit, row.credit, row.closing) == (0, 0, 0)
    with pytest.raises(VoucherRefused, match="已经冲销"):
        reverse_voucher(
            voucher_id=key, on=date(2026, 6, 3), reason="又错", actor=books.actor, today=books.today
        )


def test_what_documents_made_is_taken_back_by_the_document(books: Books) -> None:
    books.invoice("YS1", "2026-05-03", "113")
    make_vouchers(actor=books.actor)
    put_in_the_books(books)
    with pytest.raises(VoucherRefused, match="单据") as refused:
        reverse_voucher(
            voucher_id=Voucher.objects.get().pk, on=ON, reason="x", actor=books.actor, today=books.today
        )
    assert refused.value.code == "made_by_documents"


def test_an_unposted_one_is_dissolved_not_reversed(books: Books) -> None:
    [key] = enter(books, rent())
    with pytest.raises(VoucherRefused, match="作废"):
        reverse_voucher(voucher_id=key, on=ON, reason="x", actor=books.actor, today=books.today)
    assert dissolve_vouchers(voucher_ids=[key], actor=books.actor) == 1
    assert not VoucherLine.objects.exists()
    assert_nothing_broken(books.organization)


def test_opening_balances_complete_those_of_the_sub_ledger(books: Books) -> None:
    from huikuan.ledger.operations import NewDocument, record_invoices

    customer = books.customer("C1")
    record_invoices(
        [
            NewDocument(
                customer_id=customer.pk, document_on=date(2025, 12, 31), amount=Decimal(300), number="Q1"
            )
        ],
        actor=books.actor,
        opening=True,
    )
    add_account(code="4001", name="实收资本", actor=books.actor)
    balances = {account("1002"): Decimal(700), account("4001"): Decimal(-1000)}
    enter_opening_balances(on=date(2025, 12, 31), balances=balances, actor=books.actor, today=books.today)
    put_in_the_books(books)
    rows = {row.code: row.closing for row in trial_balance(since=MAY, until=MAY).rows}
    assert rows == {"1002": 700, "1122": 300, "4001": -1000, "4199": 0}
    assert trial_balance(since=MAY, until=MAY).balances
    assert Voucher.objects.get().source == Source.OPENING
    assert_nothing_broken(books.organization)


def test_a_voucher_that_fails_at_posting_takes_no_number(books: Books, monkeypatch: Any) -> None:
    enter(books, rent())
    review_vouchers(actor=books.actor)

    def fail(*_: Any, **__: Any) -> None:
        raise HuikuanError("x", code="x")

    with monkeypatch.context() as patch:
        patch.setattr("huikuan.books.operations.states.post_entries", fail)
        with pytest.raises(HuikuanError):
            post_vouchers(actor=books.actor)
    assert Voucher.objects.get().state == State.REVIEWED
    post_vouchers(actor=books.actor)
    assert Voucher.objects.get().number == 1

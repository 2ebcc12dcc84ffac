"""Money that goes back: refunds, what nobody claimed, and payments that bounced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.operations import (
    Choice,
    apply_matches,
    bounce_receipt,
    pool_lines,
    refund_line,
    return_unidentified,
    undo_uses,
)
from huikuan.cash.queries import unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import OpenItem
from tests.cash.lines import line, option, used
from tests.cash.test_apply_matches import balance
from tests.cash.test_undo_uses import ledger
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def settled(books: Books, amount: str, *items: tuple[str, str], **parts: Any) -> Any:
    row = line(books, "2026-02-01", amount)
    [use] = apply_matches(
        [Choice(row.pk, option(books, *items, **parts))], actor=books.actor, today=books.today
    )
    return use


def bounce(books: Books, use: Any, amount: str, on: str = "2026-03-05") -> Any:
    row = line(books, on, amount, kind="return")
    return bounce_receipt(
        row.pk, document_id=use.document_id, memo="账号不符", actor=books.actor, today=books.today
    )


def refused(work: Any) -> str:
    with pytest.raises(HuikuanError) as caught:
        work()
    return caught.value.code


def test_a_payment_that_bounces_is_owed_again_as_old_as_it_was(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00", due="2026-01-31")
    due = books.item("I1").effective_due_on
    use = settled(books, "99.00", ("I1", "100.00"), fee="1.00")
    before = ledger(books)
    made = bounce(books, use, "-99.00")
    item = books.item("I1")
    assert (item.open_amount, item.effective_due_on) == (100, due)
    assert OpenItem.objects.filter(open_amount__gt=0).count() == 1
    assert (balance("ICBC"), balance("financial_expense")) == (0, 0)
    assert_nothing_broken(books.organization)
    undo_uses([made.pk], actor=books.actor, today=books.today)
    assert ledger(books) == before
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("amount", "parts"),
    [("98.00", {"discount": "2.00"}), ("100.50", {"over": "0.50"}), ("140.00", {"unapplied": "40.00"})],
)
def test_whatever_was_settled_beside_it_is_taken_back_too(
    books: Books, amount: str, parts: dict[str, str]
) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    use = settled(books, amount, ("I1", "100.00"), **parts)
    bounce(books, use, f"-{amount}")
    assert books.open("I1") == 100
    assert OpenItem.objects.filter(open_amount__gt=0).count() == 1
    assert (balance("ICBC"), balance("other_income"), balance("revenue")) == (0, 0, -100)
    assert_nothing_broken(books.organization)


def test_a_bounce_is_of_one_receipt_whole_and_once(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    use = settled(books, "100.00", ("I1", "100.00"))
    assert refused(lambda: bounce(books, use, "-60.00")) == "other_amount"
    assert refused(lambda: bounce(books, use, "-100.00", "2026-01-31")) == "before_receipt"
    assert refused(lambda: bounce(books, use, "100.00")) == "money_came_in"
    bounce(books, use, "-100.00")
    assert refused(lambda: bounce(books, use, "-100.00")) == "paid_back"
    assert refused(lambda: undo_uses([use.pk], actor=books.actor, today=books.today)) == "paid_back"


def test_a_refund_is_taken_from_what_the_customer_has_to_its_credit(books: Books) -> None:
    books.advance("A1", "2026-01-12", "20.00")
    settled(books, "50.00", unapplied="50.00")
    before = ledger(books)
    row = line(books, "2026-03-01", "-60.00")

    def pay_back(customer: str = "C1") -> Any:
        return refund_line(
            row.pk, customer_id=books.customer(customer).pk, actor=books.actor, today=books.today
        )

    assert refused(lambda: pay_back("C2")) == "beyond_balance"
    use = pay_back()
    assert sum(item.open_amount for item in OpenItem.objects.all()) == 10
    assert (balance("ICBC"), used(row.pk)) == (-10, 60)
    assert_nothing_broken(books.organization)
    undo_uses([use.pk], actor=books.actor, today=books.today)
    assert ledger(books) == before
    assert_nothing_broken(books.organization)


def test_foreign_money_goes_back_at_its_rate(books: Books) -> None:
    books.rate("USD", "2026-01-31", "7.00")
    books.invoice("F1", "2026-01-05", "100.33", currency="USD", rate=Decimal("7.10"))
    row = line(books, "2026-02-01", "99.33", bank="USD", currency="USD")
    [use] = apply_matches(
        [Choice(row.pk, option(books, ("F1", "100.33"), fee="1.00"))], actor=books.actor, today=books.today
    )
    back = line(books, "2026-03-05", "-99.33", bank="USD", currency="USD")
    bounce_receipt(back.pk, document_id=use.document_id, actor=books.actor, today=books.today)
    assert (books.open("F1"), balance("USD")) == (Decimal("100.33"), 0)
    assert_nothing_broken(books.organization)


def test_what_nobody_claimed_goes_back_whole(books: Books) -> None:
    row = line(books, "2026-02-01", "70.00")
    pool_lines([row.pk], actor=books.actor, today=books.today)
    [waiting] = unclaimed_receipts()

    def send_back(amount: str, on: str = "2026-02-20") -> Any:
        out = line(books, on, amount)
        return return_unidentified(out.pk, receipt_id=waiting.pk, actor=books.actor, today=books.today)

    assert refused(lambda: send_back("-60.00")) == "other_amount"
    use = send_back("-70.00")
    assert (balance("ICBC"), balance("unidentified_receipts")) == (0, 0)
    assert not unclaimed_receipts().exists()
    assert refused(lambda: send_back("-70.00")) == "already_claimed"
    assert_nothing_broken(books.organization)
    undo_uses([use.pk], actor=books.actor, today=books.today)
    assert unclaimed_receipts().count() == 1
    assert balance("unidentified_receipts") == -70
    assert day("2026-02-20") < books.today
    assert_nothing_broken(books.organization)

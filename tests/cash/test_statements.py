"""Statements into the books: every line once, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.bank_queries import lines_balance, standings, statement_gaps
from huikuan.cash.errors import BankAccountRefused, StatementRefused
from huikuan.cash.models import BankAccount, Statement, StatementLine
from huikuan.cash.operations import change_bank_account, close_bank_account
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from tests.cash.statement_files import NUMBER, account, bring, line, statement
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def refused(work: Any) -> str:
    with pytest.raises(StatementRefused) as caught:
        work()
    assert not Statement.objects.exists()
    return caught.value.code


def test_the_first_account_is_the_one_of_the_chart_and_others_are_below_it(books: Any) -> None:
    first, second, dollars, wallet = (
        account(books, "a", number="1"),
        account(books, "b", number="2"),
        account(books, "c", number="3", currency="USD"),
        account(books, "d", number="", kind="alipay"),
    )
    carried = {row.pk: row.account for row in BankAccount.objects.select_related("account")}
    assert (carried[first.pk].code, carried[first.pk].purpose) == ("1002", "bank")
    assert (carried[second.pk].code, carried[second.pk].purpose) == ("100202", "bank.b")
    assert carried[dollars.pk].code == "100203"
    assert carried[wallet.pk].code == "101202"
    assert Account.objects.get(purpose="bank.d").name.startswith("其他货币资金")


def test_two_accounts_cannot_have_one_number(books: Any) -> None:
    account(books, "a")
    with pytest.raises(BankAccountRefused):
        account(books, "b", number="6222 0200-0001 2345")
    account(books, "c", currency="USD")


def test_lines_come_in_once_with_their_number_sealed(books: Any) -> None:
    row = account(books)
    parsed = statement(
        line(
            "2026-03-02", "500.00", reference="B1", counterparty="甲公司", counterparty_account="31001234567"
        ),
        line("2026-03-02", "-5.50", kind="fee"),
        opening="1000.00",
    )
    [first] = bring(books, parsed)
    [again] = bring(books, parsed)
    assert (first.new, first.known, first.kinds) == (2, 0, {"transfer": 1, "fee": 1})
    assert (first.came, first.went) == (Decimal("500.00"), Decimal("5.50"))
    assert (again.new, again.known, again.again) == (0, 2, True)
    assert again.statement_id == first.statement_id
    stored = StatementLine.objects.get(reference="B1")
    assert stored.counterparty_account == "31001234567"
    assert "31001234567" not in stored.counterparty_account_encrypted
    assert stored.balance == Decimal("1500.00")
    row.refresh_from_db()
    assert row.opening_balance == Decimal("1000.00")
    assert lines_balance(row, books.today) == Decimal("1494.50")
    assert_nothing_broken(books.organization)


def test_the_same_days_as_csv_after_mt940_add_nothing(books: Any) -> None:
    account(books)
    bring(
        books,
        statement(
            line("2026-03-02", "100.00", reference="B1", text="INV 1"),
            line("2026-03-02", "100.00", reference="B2", text="INV 2"),
            line("2026-03-02", "-5.00", reference="B3"),
            opening="0",
        ),
    )
    csv = statement(
        line("2026-03-02", "100.00", reference="77-1", counterparty="甲公司", balance="100.00"),
        line("2026-03-02", "100.00", reference="77-2", counterparty="乙公司", balance="200.00"),
        line("2026-03-02", "-5.00", reference="77-3", balance="195.00"),
        format="ccb",
    )
    [second] = bring(books, csv, file_sha256="1" * 64)
    assert (second.new, second.known, second.doubtful) == (0, 3, ())
    assert Statement.objects.count() == 2
    assert StatementLine.objects.count() == 3


def test_another_order_of_the_day_is_still_the_same_day(books: Any) -> None:
    account(books)
    bring(books, statement(line("2026-03-02", "100.00"), line("2026-03-02", "40.00"), opening="0"))
    other = statement(
        line("2026-03-02", "40.00", balance="40.00"),
        line("2026-03-02", "100.00", balance="140.00"),
        format="icbc",
    )
    [second] = bring(books, other, file_sha256="1" * 64)
    assert (second.new, second.known) == (0, 2)


def test_a_table_without_balances_after_a_whole_statement(books: Any) -> None:
    account(books)
    bring(books, statement(line("2026-03-02", "100.00", reference="B1"), opening="0"))
    csv = statement(line("2026-03-02", "100.00", reference="S9", counterparty="甲公司"), format="table")
    [second] = bring(books, csv, file_sha256="1" * 64)
    assert (second.new, second.known) == (0, 1)


def test_a_second_equal_payment_is_kept(books: Any) -> None:
    account(books)
    one = line("2026-03-02", "100.00", counterparty="甲公司", text="货款")
    bring(books, statement(one, format="table"))
    [both] = bring(books, statement(one, one, format="table"), file_sha256="1" * 64)
    assert (both.new, both.known) == (1, 1)
    later = statement(
        line("2026-03-02", "100.00", reference="X1"),
        line("2026-03-02", "100.00", reference="X2"),
        line("2026-03-02", "100.00", reference="X3"),
        format="ofx",
    )
    [doubtful] = bring(books, later, file_sha256="2" * 64)
    assert doubtful.new == 3
    assert len(doubtful.doubtful) == 3


def test_equal_payments_of_two_statements_of_one_day_are_two(books: Any) -> None:
    account(books)
    one = line("2026-03-02", "100.00", counterparty="甲公司")
    bring(books, statement(one, opening="0", number="1/1"))
    [second] = bring(books, statement(one, opening="100.00", number="1/2"), file_sha256="1" * 64)
    assert second.new == 1
    assert statement_gaps(BankAccount.objects.get().pk) == []


def test_several_statements_of_one_file_are_taken_together(books: Any) -> None:
    account(books)
    found = bring(
        books,
        statement(line("2026-03-02", "100.00"), opening="0"),
        statement(line("2026-03-03", "50.00"), opening="100.00"),
    )
    assert [each.new for each in found] == [1, 1]
    with pytest.raises(StatementRefused):
        bring(
            books,
            statement(line("2026-03-04", "1.00"), opening="150.00"),
            statement(line("2026-03-05", "1.00"), account="999999999"),
            file_sha256="1" * 64,
        )
    assert Statement.objects.count() == 2


def test_number_forms_and_masks_find_the_account(books: Any) -> None:
    row = account(books)
    for place, number in enumerate(
        (f"51230800/{NUMBER}", f"{NUMBER}CNY", "6222 0200 0001 2345", "6222****2345", "2345"), 2
    ):
        [found] = bring(
            books,
            statement(line(f"2026-03-{place:02}", "1.00"), account=number),
            file_sha256=f"{place:064}",
        )
        assert found.bank_account.pk == row.pk


def test_what_is_refused(books: Any) -> None:
    row = account(books)
    other = account(books, "usd", number="777777777", currency="USD")
    one = line("2026-03-02", "1.00")
    assert refused(lambda: bring(books, statement(one, account="123456789"))) == "unknown_account"
    assert refused(lambda: bring(books, statement(one, account=""))) == "account_not_said"
    assert refused(lambda: bring(books, statement(one, currency="USD"))) == "other_currency"
    assert refused(lambda: bring(books, statement(one), bank_account_id=other.pk)) == "other_account"
    assert refused(lambda: bring(books, statement(line("2030-01-01", "1.00")))) == "future_date"
    wrong = statement(one, opening="1.00", closing=Decimal("3.00"))
    assert refused(lambda: bring(books, wrong)) == "does_not_add_up"
    close_bank_account(bank_account_id=row.pk, on=day("2026-02-28"), actor=books.actor, today=books.today)
    assert refused(lambda: bring(books, statement(one))) == "account_closed"


def test_gaps_and_overlaps_are_shown(books: Any) -> None:
    row = account(books)
    bring(books, statement(line("2026-03-02", "100.00"), opening="0"))
    bring(books, statement(line("2026-03-05", "1.00"), opening="130.00"), file_sha256="1" * 64)
    bring(
        books,
        statement(line("2026-03-05", "1.00"), line("2026-03-06", "2.00"), opening="130.00"),
        file_sha256="2" * 64,
    )
    bring(books, statement(line("2026-03-09", "1.00"), format="table"), file_sha256="3" * 64)
    assert [(gap.kind, gap.difference) for gap in statement_gaps(row.pk)] == [
        ("missing", Decimal("30.00")),
        ("overlap", None),
        ("unproven", None),
    ]


def test_an_earlier_statement_moves_the_opening_balance(books: Any) -> None:
    row = account(books)
    bring(books, statement(line("2026-03-05", "1.00"), opening="100.00"))
    bring(books, statement(line("2026-03-02", "40.00"), opening="60.00"), file_sha256="1" * 64)
    row.refresh_from_db()
    assert row.opening_balance == Decimal("60.00")
    [standing] = standings(books.today)
    assert standing.by_statement == Decimal("101.00")
    assert standing.open_count == 2
    with pytest.raises(BankAccountRefused):
        change_bank_account(
            bank_account_id=row.pk,
            code="icbc",
            name="工行",
            bank="",
            number=NUMBER,
            opening_balance=Decimal("1.00"),
            actor=books.actor,
        )


def test_ten_thousand_lines_in_a_handful_of_statements(
    books: Any, django_assert_max_num_queries: Any
) -> None:
    account(books)
    lines = [
        line(
            f"2026-{1 + n // 900:02}-{1 + n % 28:02}",
            f"{n % 97 + 1}.00",
            text=f"INV {n}",
            counterparty_account=f"3100{n % 3000:08}",
        )
        for n in range(9_000)
    ]
    with django_assert_max_num_queries(60):
        [first] = bring(books, statement(*lines, format="table"))
    assert first.new == 9_000
    [again] = bring(books, statement(*lines, format="table"))
    assert again.known == 9_000


def test_a_statement_of_another_organization_is_of_an_unknown_account(books: Any, actor: Any) -> None:
    other = make_organization(actor)
    with tenant(other.pk):
        theirs = account(Books(organization=other, actor=actor, today=books.today))
    with tenant(books.organization.pk):
        one = statement(line("2026-03-02", "1.00"))
        assert refused(lambda: bring(books, one)) == "unknown_account"
        assert refused(lambda: bring(books, one, bank_account_id=theirs.pk)) == "unknown_bank_account"
        assert not StatementLine.objects.exists()
    with tenant(other.pk):
        assert not StatementLine.objects.exists()

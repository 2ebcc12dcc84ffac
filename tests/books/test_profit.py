"""结转损益: to 本年利润 at the end of a month, what changed since when done again, back when the month is reopened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.books.models import Voucher
from huikuan.books.operations import (
    VoucherRefused,
    close_month,
    close_profit,
    make_vouchers,
    post_vouchers,
    review_vouchers,
)
from huikuan.books.queries.balances import trial_balance
from huikuan.books.queries.profit import profit_to_close
from huikuan.books.queries.statements import balance_sheet, income_details, income_statement
from huikuan.ledger.models import Period
from huikuan.ledger.requests import ask_reopen_period
from tests.books.test_closing import open_points
from tests.books.test_manual_vouchers import enter, rent
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def trade(books: Books) -> Books:
    """In May sales of 100,000 and a rent of 8,000; in June a return of 1,000."""
    books.invoice("YS1", "2026-05-03", "113000", tax="13000")
    enter(books, rent())
    keep(books)
    books.credit_note("HC1", "2026-06-10", "1130", tax="130")
    keep(books)
    return books


def keep(books: Books) -> None:
    make_vouchers(actor=books.actor)
    review_vouchers(actor=books.actor)
    post_vouchers(actor=books.actor)


def closed(books: Books, month: date) -> Any:
    return close_profit(month=month, actor=books.actor, today=books.today)


def shown(month: date) -> tuple[Decimal, Decimal, Decimal]:
    """Profit of the month and of the year, and what the balance sheet says is not closed."""
    income = next(line for line in income_statement(month=month).lines if line.name == "net_profit")
    return income.amount, income.before, balance_sheet(month=month).amount("unclosed_profit")


def test_the_balances_go_to_the_profit_of_the_year(trade: Books) -> None:
    before = shown(MAY)
    assert before == (92000, 92000, 92000)
    made = closed(trade, MAY)
    assert made.profit == Decimal(92000)
    assert trade.entries("profit_closing") == ["D6001 100000.00", "C6711 8000.00", "C4103 92000.00"]
    voucher = Voucher.objects.get(pk=made.voucher_id)
    assert (voucher.summary, str(voucher.voucher_on), voucher.state) == (
        "结转损益 2026-05", "2026-05-31", "prepared",
    )  # fmt: skip
    # The income statement shows what it showed; the sheet has the profit on its line.
    assert shown(MAY) == (92000, 92000, 0)
    assert balance_sheet(month=MAY).amount("retained") == 92000
    assert shown(JUNE) == (-1000, 91000, -1000)
    sheet = balance_sheet(month=JUNE)
    assert sheet.amount("total_assets") == sheet.amount("total_claims")
    for year in (False, True):
        profit = income_statement(month=JUNE)
        details = income_details(month=JUNE, year=year)
        for line in profit.lines:
            if not line.is_total:
                amount = line.before if year else line.amount
                assert amount == sum(each.amount for each in details if each.line == line.name)
    assert closed(trade, MAY) is None
    assert_nothing_broken(trade.organization)


def test_a_loss_is_a_debit_and_later_changes_are_moved_too(trade: Books) -> None:
    closed(trade, MAY)
    assert closed(trade, JUNE).profit == Decimal(-1000)
    assert trade.entries("profit_closing")[3:] == ["C6001 1000.00", "D4103 1000.00"]
    trade.invoice("YS2", "2026-06-20", "200")
    assert closed(trade, JUNE).profit == Decimal(200)
    assert profit_to_close(JUNE) == []
    assert shown(JUNE) == (-800, 91200, 0)
    assert trial_balance(since=MAY, until=JUNE).balances
    assert_nothing_broken(trade.organization)


def test_closed_months_show_their_profit_and_give_it_back_when_reopened(trade: Books) -> None:
    assert "profit_not_closed" not in open_points(MAY)  # nobody ever moved it: the statements add it up
    closed(trade, MAY)
    assert open_points(JUNE)["profit_not_closed"] == 1
    keep(trade)
    close_month(month=MAY, reason="", actor=trade.actor, today=TODAY)
    assert shown(MAY) == (92000, 92000, 0)
    period = Period.objects.get(month=MAY)
    ask_reopen_period(period, reason="补记", actor=trade.actor, today=TODAY)
    assert shown(MAY) == (92000, 92000, 92000)
    assert set(trade.entries("profit_closing")[3:]) == {
        "D6001 -100000.00",
        "C6711 -8000.00",
        "C4103 -92000.00",
    }
    assert open_points(MAY)["entries_without_voucher"] == 1
    trade.invoice("YS3", "2026-05-30", "50")
    assert closed(trade, MAY).profit == Decimal(92050)
    keep(trade)
    close_month(month=MAY, reason="", actor=trade.actor, today=TODAY)
    assert shown(MAY) == (92050, 92050, 0)
    assert_nothing_broken(trade.organization)


def test_not_before_the_month_is_over_nor_past_what_waits(trade: Books) -> None:
    with pytest.raises(VoucherRefused, match="还没有过完"):
        closed(trade, TODAY)
    enter(trade, rent("10"))
    with pytest.raises(VoucherRefused, match="1 张手工凭证"):
        closed(trade, MAY)
    assert trade.entries("profit_closing") == []


def test_a_small_company_has_its_own_account(actor: Any) -> None:
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.ledger.operations import open_books
    from huikuan.organizations.operations import create_organization

    organization = create_organization(code="small-profit", name="小公司")
    with tenant(organization.pk):
        open_books(actor=actor, small=True)
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("YS1", "2026-05-03", "113", tax="13")
        closed(books, MAY)
        assert books.entries("profit_closing") == ["D5001 100.00", "C3103 100.00"]
        assert balance_sheet(month=MAY).amount("retained") == 100

"""Trial balance, ledgers and statements: they agree with each other and with the open items, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from huikuan.books.operations import NewLine, NewVoucher, enter_vouchers, post_vouchers, review_vouchers
from huikuan.books.queries.balances import customer_balances, trial_balance
from huikuan.books.queries.ledgers import ledger
from huikuan.books.queries.statements import (
    balance_details,
    balance_sheet,
    income_details,
    income_statement,
)
from huikuan.ledger.models import Account, OpenItem
from tests.trade import Books

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def account(code: str) -> Account:
    return Account.objects.get(code=code)


@pytest.fixture
def trade(books: Books) -> Books:
    """Two customers owe, one has paid too much, one paid in advance; an allowance; a loss written off."""
    books.invoice("YS1", "2026-05-03", "113000", tax="13000")
    books.invoice("YS2", "2026-05-10", "1130", tax="130", customer="C2")
    books.credit_note("HC1", "2026-05-12", "11300", tax="1300")
    books.receipt("SK1", "2026-05-21", "60000")
    books.receipt("SK2", "2026-06-02", "2000", customer="C2")
    books.advance("YK1", "2026-06-03", "500", customer="C3")
    books.allocate("SK1", "YS1", "60000", "2026-05-21")
    lines = (
        NewLine(account("6702").pk, debit=Decimal(4000), summary="计提坏账准备"),
        NewLine(account("1231").pk, credit=Decimal(4000)),
    )
    enter_vouchers([NewVoucher(date(2026, 5, 31), lines)], actor=books.actor, today=books.today)
    review_vouchers(actor=books.actor)
    post_vouchers(actor=books.actor)
    books.write_off("YS1", "2026-06-20", "1000")
    return books


def test_trial_balance_of_a_month(trade: Books) -> None:
    found = trial_balance(since=JUNE, until=JUNE)
    rows = {
        row.code: (row.opening, row.debit, row.credit, row.closing, row.year_debit, row.year_credit)
        for row in found.rows
    }
    assert rows["1122"] == (42830, 0, 3000, 39830, 102830, 63000)
    assert rows["6001"] == (-91000, 0, 0, -91000, 0, 91000)  # red ink keeps turnover net
    assert rows["1231"] == (-4000, 1000, 0, -3000, 1000, 4000)
    assert rows["2203"] == (0, 0, 500, -500, 0, 500)
    assert found.balances
    assert found.total("debit") == found.total("credit") == Decimal(3500)


def test_trial_balance_over_several_months_is_the_sum_of_them(trade: Books) -> None:
    both = {row.code: row for row in trial_balance(since=MAY, until=JUNE).rows}
    for row in trial_balance(since=MAY, until=MAY).rows:
        later = next(each for each in trial_balance(since=JUNE, until=JUNE).rows if each.code == row.code)
        assert both[row.code].debit == row.debit + later.debit
        assert both[row.code].closing == later.closing
        assert later.opening == row.closing


def test_receivables_are_debit_balances_of_customers_less_the_allowance(trade: Books) -> None:
    sheet = balance_sheet(month=JUNE)
    by_customer = {
        (row["account__purpose"], row["customer_id"]): row["open"]
        for row in OpenItem.objects.values("account__purpose", "customer_id").annotate(
            open=Sum(F("side") * F("open_base"))
        )
    }
    divided = [
        amount for (purpose, _), amount in by_customer.items() if purpose in ("receivable", "advances")
    ]
    allowance = Decimal(3000)
    assert sheet.amount("receivables") == sum(each for each in divided if each > 0) - allowance
    assert sheet.amount("receivables") == Decimal(40700) - allowance
    assert sheet.amount("advances_received") == -sum(each for each in divided if each < 0) == Decimal(1370)
    assert sheet.amount("taxes") == Decimal(11830)
    assert sheet.amount("cash") == Decimal(62500)


def test_the_sheet_balances_and_every_line_is_the_sum_of_what_it_leads_to(trade: Books) -> None:
    for month in (date(2026, 4, 1), MAY, JUNE):
        sheet = balance_sheet(month=month)
        assert sheet.amount("total_assets") == sheet.amount("total_claims")
        details = balance_details(month=month)
        for line in sheet.lines:
            if not line.is_total:
                assert line.amount == sum(each.amount for each in details if each.line == line.name)
        assert all(each.line for each in details)
    assert balance_sheet(month=JUNE).amount("unclosed_profit") == Decimal(87000)


def test_income_of_the_month_and_the_year(trade: Books) -> None:
    may, june = income_statement(month=MAY), income_statement(month=JUNE)
    assert may.amount("revenue") == Decimal(91000)
    assert may.amount("credit_loss") == Decimal(-4000)
    assert may.amount("operating_profit") == may.amount("net_profit") == Decimal(87000)
    assert june.amount("net_profit") == 0
    year = {line.name: line.before for line in june.lines}
    assert (year["revenue"], year["credit_loss"], year["net_profit"]) == (91000, -4000, 87000)
    for line in june.lines:
        if not line.is_total:
            details = income_details(month=JUNE, year=True)
            assert line.before == sum(each.amount for each in details if each.line == line.name)


def test_customers_make_up_the_control_account(trade: Books) -> None:
    for on, month in ((date(2026, 5, 31), MAY), (date(2026, 6, 30), JUNE)):
        rows = {row.code: row.closing for row in trial_balance(since=month, until=month).rows}
        found = customer_balances(on=on)
        for code in ("1122", "2203"):
            assert sum(each.balance for each in found if each.code == code) == rows.get(code, 0)


def test_the_ledger_of_an_account_runs_from_opening_to_closing(trade: Books) -> None:
    found = ledger(account_id=account("1122").pk, since=JUNE, until=JUNE)
    assert (found.opening, found.debit, found.credit, found.closing) == (42830, 0, 3000, 39830)
    assert [(line.event, line.document_number, line.balance) for line in found.lines] == [
        ("receipt", "SK2", 40830),
        ("write_off", trade_off_number(), 39830),
    ]
    second = ledger(account_id=account("1122").pk, since=JUNE, until=JUNE, offset=1, limit=1)
    assert second.lines == found.lines[1:] and second.count == 2


def trade_off_number() -> str:
    from huikuan.ledger.models import Document

    return Document.objects.get(kind="write_off").number


def test_the_ledger_of_a_customer_is_its_balance(trade: Books) -> None:
    customer = trade.customers["C1"]
    found = ledger(customer_id=customer.pk, since=MAY, until=JUNE)
    assert found.closing == Decimal(40700)
    assert [line.document_number for line in found.lines][:3] == ["YS1", "HC1", "SK1"]
    vouchered = ledger(account_id=account("6702").pk, since=MAY, until=MAY).lines
    assert [(line.voucher_number, line.memo) for line in vouchered] == [(1, "计提坏账准备")]


def test_what_is_settled_within_a_group_moves_between_its_customers(books: Books) -> None:
    head = books.customer("P1")
    member = books.customer("P2", parent=head)
    books.invoice("YS1", "2026-05-03", "100", customer="P2")
    books.receipt("SK1", "2026-05-04", "80", customer="P1")
    books.allocate("SK1", "YS1", "80", "2026-06-04")
    balances = {each.customer_code: each.balance for each in customer_balances(on=date(2026, 5, 31))}
    assert balances == {"P1": -80, "P2": 100}
    balances = {each.customer_code: each.balance for each in customer_balances(on=date(2026, 6, 30))}
    assert balances == {"P2": 20}
    found = ledger(customer_id=member.pk, since=MAY, until=JUNE)
    assert [(line.event, line.debit, line.credit, line.balance) for line in found.lines] == [
        ("sale", 100, 0, 100),
        ("group_settlement", 0, 80, 20),
    ]
    assert ledger(customer_id=head.pk, since=MAY, until=JUNE).closing == 0
    assert balance_sheet(month=JUNE).amount("receivables") == Decimal(20)


def test_the_small_standard_has_its_own_lines(books: Books) -> None:
    from huikuan.books.rules.presentation import Standard, balance_lines, income_lines, line_of

    small = income_lines(Standard.SMALL)
    assert line_of("5001", small) == "revenue" and line_of("560301", small) == "finance"
    assert line_of("5711", small) == "other_expense" and line_of("5999", small) == "other_profit"
    assert line_of("3001", balance_lines(Standard.SMALL)) == "capital"
    assert line_of("4001", balance_lines(Standard.SMALL)) == "inventories"
    assert line_of("4001", balance_lines(Standard.ENTERPRISE)) == "capital"
    assert line_of("222109", balance_lines(Standard.ENTERPRISE)) == "other_current_liabilities"
    assert line_of("22210105", balance_lines(Standard.ENTERPRISE)) == "taxes"

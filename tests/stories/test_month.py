"""A month of a company, from its orders to the closed books; after every step each validation is silent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, Sum

from huikuan.books.closing import checklist
from huikuan.books.operations import (
    NewLine,
    NewVoucher,
    close_month,
    enter_opening_balances,
    enter_vouchers,
    make_vouchers,
    post_vouchers,
    review_vouchers,
)
from huikuan.books.queries.balances import TrialBalance, trial_balance
from huikuan.books.queries.statements import Statement, balance_sheet, income_statement
from huikuan.ledger.models import Account, OpenItem, Period
from huikuan.ledger.operations import add_account, choose_reversing
from huikuan.risk.operations import post_provision, set_matrix
from huikuan.risk.queries import requirement
from huikuan.risk.rules import STARTING_RATES
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line
from tests.trade import Books, day

pytestmark = pytest.mark.django_db

JULY, LAST = date(2026, 7, 1), date(2026, 7, 31)


class Month:
    """The company and its July, step by step."""

    def __init__(self, books: Books) -> None:
        self.books, self.selling = books, Selling(books)
        for code, name in (("1405", "库存商品"), ("4001", "实收资本"), ("6401", "主营业务成本")):
            add_account(code=code, name=name, actor=books.actor)
        set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
        choose_reversing(reverses=False, actor=books.actor)
        books.rate("USD", "2026-07-08", "7.10")
        books.rate("USD", "2026-07-31", "7.05")

    def silent(self) -> None:
        assert_nothing_broken(self.books.organization)

    def open_the_books(self) -> None:
        balances = {"1002": "500000", "1405": "400000", "4001": "-900000"}
        accounts = dict(Account.objects.values_list("code", "pk"))
        enter_opening_balances(
            on=JULY,
            balances={accounts[code]: Decimal(amount) for code, amount in balances.items()},
            actor=self.books.actor,
            today=self.books.today,
        )

    def sell(self) -> None:
        """Two orders: one delivered whole in two loads, one in part; each delivery is billed."""
        whole = self.selling.order(line("10", "10000"), on="2026-07-01")
        part = self.selling.order(line("8", "500"), on="2026-07-02", customer="C2")
        self.selling.deliver(whole, "6", on="2026-07-03")
        self.selling.deliver(whole, "4", on="2026-07-10")
        self.selling.deliver(part, "5", on="2026-07-10")
        self.silent()
        run = self.selling.bill(on="2026-07-15")
        assert (len(run.posted), run.net) == (2, Decimal("102500"))
        self.silent()
        # Abroad without VAT, and at home, where a tenth is returned after it was paid for.
        self.books.invoice("US1", "2026-07-08", "10000", customer="C3", currency="USD")
        sold = self.selling.invoice(line("10", "1000"), on="2026-07-09", customer="C4")
        self.receive("SK4", "2026-07-14", "11300", sold.number, customer="C4")
        self.selling.post(self.selling.credit(sold, (1, {"quantity": "1"}), on="2026-07-20"))
        self.silent()

    def receive(self, number: str, on: str, amount: str, invoice: str, **values: Any) -> None:
        self.books.receipt(number, on, amount, **values)
        self.books.allocate(number, invoice, amount, on)

    def collect(self) -> None:
        billed = OpenItem.objects.get(customer=self.books.customer("C1")).document.number
        self.receive("SK1", "2026-07-21", "60000", billed)
        self.books.rate("USD", "2026-07-22", "7.08")
        self.receive("SK3", "2026-07-22", "4000", "US1", customer="C3", currency="USD")
        self.books.advance("YK5", "2026-07-25", "20000", customer="C5")
        self.silent()

    def spend(self) -> None:
        accounts = dict(Account.objects.values_list("code", "pk"))
        lines = (
            NewLine(accounts["6401"], debit=Decimal(70000), summary="结转销售成本"),
            NewLine(accounts["1405"], credit=Decimal(70000)),
        )
        enter_vouchers([NewVoucher(LAST, lines)], actor=self.books.actor, today=self.books.today)

    def keep_vouchers(self) -> None:
        make_vouchers(month=JULY, actor=self.books.actor)
        review_vouchers(month=JULY, actor=self.books.actor)
        post_vouchers(month=JULY, actor=self.books.actor)
        self.silent()

    def close(self) -> Period:
        return close_month(month=JULY, actor=self.books.actor, today=self.books.today)


@pytest.fixture
def month(books: Books) -> Month:
    found = Month(books)
    found.open_the_books()
    found.sell()
    found.collect()
    found.spend()
    return found


def closed(month: Month) -> tuple[TrialBalance, Statement]:
    month.books.revalue("2026-07")
    month.silent()
    post_provision(as_of=LAST, actor=month.books.actor, today=month.books.today)
    month.silent()
    month.keep_vouchers()
    month.close()
    month.silent()
    return trial_balance(since=JULY, until=JULY), balance_sheet(month=JULY)


def by_customer() -> dict[tuple[str, str], Decimal]:
    """What is open of each customer on each control account, from the items alone."""
    rows = OpenItem.objects.values("account__purpose", "customer__code").annotate(
        open=Sum(F("side") * F("open_base"))
    )
    return {(row["account__purpose"], row["customer__code"]): row["open"] for row in rows}


def test_the_month_closes_without_a_word(month: Month) -> None:
    balance, _sheet = closed(month)
    assert [state.point.name for state in checklist(JULY) if not state.done] == []
    assert Period.objects.get(month=JULY).closed_at is not None
    assert balance.balances
    assert balance.total("debit") == balance.total("credit") > 0


def test_receivables_in_the_sheet_are_the_open_items_less_the_allowance(month: Month) -> None:
    _balance, sheet = closed(month)
    open_items = by_customer()
    assert open_items == {
        ("receivable", "C1"): Decimal("53000"),
        ("receivable", "C2"): Decimal("2825"),
        ("receivable", "C3"): Decimal("42300"),  # 6,000 dollars at 7.05
        ("receivable", "C4"): Decimal("-1130"),
        ("advances", "C5"): Decimal("-20000"),
    }
    owed = sum(amount for amount in open_items.values() if amount > 0)
    allowance = requirement(LAST).required
    assert allowance == Decimal("1962.50")  # all of it up to 30 days late: 2 %
    assert sheet.amount("receivables") == owed - allowance
    # Credit balances are no negative receivables: they are owed to customers.
    assert sheet.amount("advances_received") == Decimal("21130")
    assert sheet.amount("total_assets") == sheet.amount("total_claims")


def test_the_profit_of_the_month_is_made_of_its_events(month: Month) -> None:
    closed(month)
    profit = income_statement(month=JULY)
    assert profit.amount("revenue") == Decimal("182500")  # 100,000 + 2,500 + 71,000 + 10,000 - 1,000
    assert profit.amount("cost") == Decimal("70000")
    assert profit.amount("finance") == Decimal("380")  # 4,000 x 0.02 and 6,000 x 0.05 lost on the dollar
    assert profit.amount("credit_loss") == Decimal("-1962.50")
    assert profit.amount("net_profit") == Decimal("110157.50")

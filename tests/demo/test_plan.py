"""The demo company as planned: the same every time, and like a real one."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from huikuan.core.encryption import normalise_email, normalise_phone
from huikuan.customers.rules import is_valid_uscc
from huikuan.demo.agreements import AGREEMENTS
from huikuan.demo.companies import Character
from huikuan.demo.plan import Plan, plan_company
from tests.conftest import TODAY


@pytest.fixture(scope="module")
def full() -> Plan:
    """The company at its full size."""
    return plan_company(today=TODAY, customers=300, invoices=20_000)


def test_the_same_day_gives_the_same_company() -> None:
    assert plan_company(today=TODAY, customers=30, invoices=300) == plan_company(
        today=TODAY, customers=30, invoices=300
    )
    other = plan_company(today=date(2027, 3, 1), customers=30, invoices=300)
    assert max(sale.on for sale in other.sales) > TODAY


def test_it_has_the_promised_size(full: Plan) -> None:
    assert len(full.companies) == 300
    assert len(full.sales) == 20_000
    assert len({company.name for company in full.companies}) == 300
    assert min(sale.on for sale in full.sales) < TODAY - timedelta(days=3 * 365)
    assert sum(company.parent is not None for company in full.companies) > 50
    assert {company.currency for company in full.companies} == {"CNY", "USD", "EUR"}


def test_every_customer_could_exist(full: Plan) -> None:
    for company in full.companies:
        assert is_valid_uscc(company.uscc) == (company.country == "CN"), company
        assert company.open_account in AGREEMENTS
        for person in company.people:
            assert normalise_email(person.email) == person.email
            assert company.country != "CN" or normalise_phone(person.phone)


def test_nothing_is_dated_after_today_and_nothing_is_overpaid(full: Plan) -> None:
    settled: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    used: dict[int, Decimal] = defaultdict(Decimal)
    for line in (*full.payments.settlements, *full.corrections.afterwards):
        assert full.sales[line.sale].on <= line.on <= TODAY
        assert full.payments.credits[line.credit].on <= line.on
        settled[line.sale, line.part] += line.amount
        used[line.credit] += line.amount
    for (sale, part), amount in settled.items():
        assert amount <= full.sales[sale].parts[part].amount
    for credit, amount in used.items():
        assert amount <= full.payments.credits[credit].amount


def test_receivable_ages_like_that_of_a_real_company(full: Plan) -> None:
    buckets, receivable = _aging(full)
    share = {name: float(amount / receivable) for name, amount in buckets.items()}
    assert 0.20 <= 1 - share["not_due"] - share["undated"] <= 0.32
    assert share["1-30"] > share["31-60"] > share["61-90"] > 0.005
    assert 0.004 < share[">365"] < 0.04
    year = sum(
        (sale.amount * (sale.rate or 1) for sale in full.sales if sale.on > TODAY - timedelta(days=365)),
        Decimal(0),
    )
    assert 60 <= receivable / year * 365 <= 75


def _aging(plan: Plan) -> tuple[dict[str, Decimal], Decimal]:
    settled: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in (*plan.payments.settlements, *plan.corrections.afterwards):
        settled[line.sale, line.part] += line.amount
    gone = {loss.sale for loss in plan.corrections.write_offs}
    buckets: dict[str, Decimal] = defaultdict(Decimal)
    for position, sale in enumerate(plan.sales):
        for index, part in enumerate(sale.parts):
            left = (part.amount - settled[position, index]) * (sale.rate or 1)
            if left and position not in gone:
                buckets[_bucket(part.effective_due_on)] += left
    return buckets, sum(buckets.values(), Decimal(0))


def _bucket(due_on: date | None) -> str:
    if due_on is None:
        return "undated"
    days = (TODAY - due_on).days
    limits = ((0, "not_due"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
    return next((name for limit, name in limits if days <= limit), ">365")


def test_february_is_quiet_and_december_busy(full: Plan) -> None:
    by_month: dict[int, int] = defaultdict(int)
    for sale in full.sales:
        if sale.on < date(TODAY.year, 11, 1):
            by_month[sale.on.month] += 1
    assert by_month[2] < 0.75 * by_month[3]
    assert by_month[12] > 1.2 * by_month[10]


def test_customers_pay_according_to_their_character(full: Plan) -> None:
    late: dict[Character, list[int]] = defaultdict(list)
    for line in full.payments.settlements:
        sale = full.sales[line.sale]
        due_on = sale.parts[line.part].effective_due_on
        if due_on and full.payments.credits[line.credit].kind == "receipt":
            late[full.companies[sale.company].character].append((line.on - due_on).days)
    middle = {character: sorted(days)[len(days) // 2] for character, days in late.items()}
    assert middle[Character.PROMPT] <= 0 < middle[Character.LATE] < middle[Character.SLOW]
    assert middle[Character.SLOW] < middle[Character.CHRONIC]
    stopped = [company for company in full.companies if company.character is Character.STOPPED]
    assert stopped
    for company in stopped:
        assert company.pays_until and company.pays_until < TODAY - timedelta(days=365)
        assert all(
            credit.on <= company.pays_until
            for credit in full.payments.credits
            if credit.company == company.position and credit.kind == "receipt"
        )


def test_everything_that_happens_in_receivables_happens(full: Plan) -> None:
    sales, credits = full.sales, full.payments.credits
    assert any(part.retention and part.effective_due_on is None for sale in sales for part in sale.parts)
    assert any(sale.disputed and sale.memo.startswith("争议") for sale in sales)
    assert {credit.kind for credit in credits} == {"receipt", "advance", "credit_note"}
    assert len(full.corrections.mistakes) > 5
    assert 2 <= len(full.corrections.write_offs) <= 30
    assert 2 <= len(full.corrections.refunds) <= 12
    lines: dict[int, int] = defaultdict(int)
    receipts: dict[tuple[int, int], set[int]] = defaultdict(set)
    for line in full.payments.settlements:
        lines[line.credit] += 1
        if credits[line.credit].kind == "receipt":
            receipts[line.sale, line.part].add(line.credit)
    assert sum(number > 1 for number in lines.values()) > 500, "one receipt for several invoices"
    assert sum(len(paid) > 1 for paid in receipts.values()) > 50, "an invoice paid in parts"
    waiting = [
        position
        for position, credit in enumerate(credits)
        if not lines[position] and credit.kind == "receipt"
    ]
    assert len(waiting) > 10, "receipts not allocated yet"

"""What the ledger says of customers, against a plain computation; as of any day and as known at any time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.utils import timezone

from huikuan.audit.models import Clock
from huikuan.audit.operations import act
from huikuan.core.dates import add_months
from huikuan.credit.facts import customer_facts
from huikuan.credit.operations import NewFact, complete_cards, record_facts
from huikuan.ledger.operations import Leg, NewDocument, void_documents
from huikuan.ledger.operations.documents import BILL_DISHONOURED, BOUNCED, post_documents
from tests.trade import Books, day

pytestmark = pytest.mark.django_db
D = Decimal


@dataclass
class Debt:
    """An invoice as the plain computation knows it: what settled it, as (day, amount, kind)."""

    customer: str
    on: date
    due: date
    amount: Decimal
    settled: list[tuple[date, Decimal, str]] = field(default_factory=list)


def rounded(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def plain(
    debts: list[Debt], credits: list[tuple[str, date, Decimal]], who: str, at: date
) -> dict[str, Decimal]:
    """The rules of `ledger_facts` in plain loops."""
    year, before, quarter = add_months(at, -12), add_months(at, -24), add_months(at, -3)
    own = [debt for debt in debts if debt.customer == who and debt.on <= at]
    if not own:
        return {}
    sold = {
        name: sum((d.amount for d in debts if d.customer == name and year < d.on <= at), D(0))
        - sum((amount for c, on, amount in credits if c == name and year < on <= at), D(0))
        for name in {d.customer for d in debts}
    }
    earlier_debts = [d.amount for d in own if before < d.on <= year]
    earlier_credits = [amount for c, on, amount in credits if c == who and before < on <= year]
    earlier = sum(earlier_debts, D(0)) - sum(earlier_credits, D(0))
    everything = sum((max(amount, D(0)) for amount in sold.values()), D(0))
    facts = {
        "tenure_years": rounded((at - min(d.on for d in own)).days / D("365.25"), "0.1"),
        "sales_12m": sold[who],
        "monthly_sales": rounded(max(sold[who], D(0)) / 12, "0.01"),
        "bounced_12m": D(0),
        "dishonoured_12m": D(0),
    }
    if earlier > 0:
        facts["growth"] = rounded(sold[who] / earlier - 1, "0.0001")
    if everything > 0:
        facts["concentration"] = rounded(max(sold[who], D(0)) / everything, "0.0001")
    parts: list[tuple[Decimal, int, bool, bool]] = []  # amount, days late, settled before the quarter, unpaid
    fell_due = on_time = unpaid_late = D(0)
    for debt in own:
        counted = [each for each in debt.settled if each[0] <= at]
        reduced = sum((amount for _on, amount, kind in counted if kind == "credit"), D(0))
        if year <= debt.due < at:
            fell_due += debt.amount - reduced
            on_time += sum((a for on, a, kind in counted if kind == "paid" and on <= debt.due), D(0))
        for on, amount, kind in counted:
            if kind != "credit" and on > year:
                parts.append((amount, max((on - debt.due).days, 0), on <= quarter, False))
        left = debt.amount - sum((amount for _on, amount, _kind in counted), D(0))
        if left > 0 and debt.due < at:
            unpaid_late += left
            parts.append((left, (at - debt.due).days, False, True))

    def late(chosen: list[tuple[Decimal, int, bool, bool]]) -> Decimal | None:
        whole = sum((part[0] for part in chosen), D(0))
        return sum((part[0] * part[1] for part in chosen), D(0)) / whole if whole else None

    if fell_due:
        facts["on_time_rate"] = rounded(on_time / fell_due, "0.0001")
    everything_late, recent, former = (
        late(parts),
        late([part for part in parts if not part[2]]),
        late([part for part in parts if part[2]]),
    )
    if everything_late is not None:
        facts["days_late"] = rounded(everything_late, "0.1")
    if recent is not None and former is not None:
        facts["late_trend"] = rounded(recent - former, "0.1")
    facts["overdue_worst_now"] = D(max((days for _a, days, _q, unpaid in parts if unpaid), default=0))
    facts["overdue_worst_12m"] = D(max((days for _a, days, _q, _u in parts), default=0))
    facts["overdue_amount"] = unpaid_late
    return facts


def keep_random_books(books: Books, seed: int) -> tuple[list[Debt], list[tuple[str, date, Decimal]]]:
    """Three years of invoices of three customers, paid early, late, in parts, never, credited or written off."""
    chance = random.Random(seed)
    debts: list[Debt] = []
    credits: list[tuple[str, date, Decimal]] = []
    for number in range(30):
        on = books.today - timedelta(days=chance.randrange(30, 3 * 365))
        due, amount = on + timedelta(days=chance.choice([0, 30, 60])), D(chance.randrange(100, 90_000)) / 10
        debt = Debt(chance.choice(["C1", "C2", "C3"]), on, due, amount)
        debts.append(debt)
        books.invoice(f"I{number}", on.isoformat(), str(amount), due=due.isoformat(), customer=debt.customer)
        left, not_before = amount, on
        for part in range(chance.choice([0, 1, 1, 2])):
            kind = chance.choice(["paid", "paid", "paid", "credit"])
            paid_on = max(on + timedelta(days=chance.randrange(0, 200)), not_before)
            if paid_on > books.today or left <= 0:
                continue
            share = left if chance.random() < 0.6 else (left / 3).quantize(D("0.01"))
            name, key = f"S{number}-{part}", paid_on.isoformat()
            if kind == "paid":
                books.receipt(name, key, str(share), customer=debt.customer)
            else:
                books.credit_note(name, key, str(share), customer=debt.customer)
                credits.append((debt.customer, paid_on, share))
            books.allocate(name, f"I{number}", str(share), key)
            left -= share
            if chance.random() < 0.15:  # a mistake: undone on a later day
                undone_on = min(paid_on + timedelta(days=20), books.today)
                books.unallocate(name, f"I{number}", undone_on.isoformat())
                debt.settled.append((paid_on, share, kind))
                debt.settled.append((undone_on, share, "undone"))
                left, not_before = left + share, undone_on
            else:
                debt.settled.append((paid_on, share, kind))
    return debts, credits


def as_of(debts: list[Debt], at: date) -> list[Debt]:
    """What settles as seen on a day: who was undone by then counts no more."""
    seen = []
    for debt in debts:
        kept: list[tuple[date, Decimal, str]] = []
        for on, amount, kind in debt.settled:
            if kind != "undone":
                kept.append((on, amount, kind))
            elif on <= at:
                kept.pop()
        seen.append(Debt(debt.customer, debt.on, debt.due, debt.amount, kept))
    return seen


@pytest.mark.parametrize("seed", [1, 2])
def test_facts_are_those_of_a_plain_computation_on_any_day(books: Books, seed: int) -> None:
    debts, credits = keep_random_books(books, seed)
    ids = {code: customer.pk for code, customer in books.customers.items()}
    for at in (books.today, books.today - timedelta(days=200), books.today - timedelta(days=500)):
        expected = {code: plain(as_of(debts, at), credits, code, at) for code in ids}
        of_all = customer_facts(as_of=at)
        assert {code: of_all.get(ids[code], {}) for code in ids} == expected
        one = customer_facts([ids["C1"]], as_of=at)
        assert one.get(ids["C1"], {}) == expected["C1"]
        assert customer_facts(as_of=at, known_at=Clock.objects.get().ticked_at) == of_all


def test_what_is_recorded_later_is_not_known_before(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "1000", due="2026-02-05")
    books.invoice("I2", "2026-03-05", "500", due="2026-04-05")
    key = books.customer().pk
    at, then = day("2026-06-30"), Clock.objects.get().ticked_at
    before = customer_facts([key], as_of=at)
    books.receipt("R1", "2026-02-01", "1000")
    books.allocate("R1", "I1", "1000", "2026-02-01")
    books.invoice("I3", "2026-05-01", "9000", due="2026-05-02")
    complete_cards(actor=books.actor)
    new = NewFact(
        customer_id=key, code="debt_ratio", value=D("0.5"), as_of_on=day("2026-05-01"), source="年报"
    )
    record_facts([new], actor=books.actor, today=books.today)
    assert customer_facts([key], as_of=at, known_at=then) == before
    assert customer_facts(as_of=at, known_at=then)[key] == before[key]
    now = customer_facts([key], as_of=at)[key]
    assert (now["debt_ratio"], now["on_time_rate"]) == (D("0.5"), rounded(D(1000) / D(10500), "0.0001"))


def test_what_is_dated_later_is_not_seen(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "1000", due="2026-02-05")
    at, key = day("2026-03-01"), books.customer().pk
    before = customer_facts([key], as_of=at)
    assert before[key]["overdue_worst_now"] == 24
    books.receipt("R1", "2026-03-02", "1000")
    books.allocate("R1", "I1", "1000", "2026-03-02")
    books.invoice("I2", "2026-03-02", "1000", due="2026-03-02")
    assert customer_facts([key], as_of=at) == before


def test_history_from_before_the_first_day_is_known_from_its_own_date(books: Books) -> None:
    books.organization.live_on = day("2026-06-01")
    books.organization.save(update_fields=["live_on"])
    books.invoice("I1", "2026-01-05", "1000", due="2026-02-05")
    key = books.customer().pk
    known = timezone.make_aware(datetime(2026, 3, 1, 12))
    assert customer_facts([key], as_of=day("2026-03-01"), known_at=known)[key]["overdue_worst_now"] == 24
    known = timezone.make_aware(datetime(2026, 1, 4, 12))
    assert customer_facts([key], as_of=day("2026-03-01"), known_at=known) == {}


def test_bounced_payments_dishonoured_bills_and_undone_invoices(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "1000", due="2026-02-05")
    wrong = books.invoice("I2", "2026-01-06", "5000", due="2026-02-05")
    key = books.customer().pk
    owed = NewDocument(
        customer_id=key, document_on=day("2026-04-01"), amount=D(10), due_on=day("2026-04-01"),
        legs=(Leg("bank", D(-10)),),
    )  # fmt: skip
    with act("bounce_receipt", actor=books.actor) as opened:
        post_documents([owed], posting=BOUNCED, opened=opened)
        post_documents([owed, owed], posting=BILL_DISHONOURED, opened=opened)
    then = Clock.objects.get().ticked_at
    void_documents([wrong.pk], reason="录错", actor=books.actor, today=books.today)
    facts = customer_facts([key], as_of=day("2026-04-30"))[key]
    assert (facts["bounced_12m"], facts["dishonoured_12m"], facts["sales_12m"]) == (1, 2, 1000)
    assert facts["overdue_amount"] == 1000
    before = customer_facts([key], as_of=day("2026-04-30"), known_at=then)[key]
    assert (before["sales_12m"], before["overdue_amount"]) == (6000, 6000)
    assert customer_facts([key], as_of=day("2026-02-28"))[key]["sales_12m"] == 1000


def test_the_last_entered_fact_counts_until_it_is_stale_or_withdrawn(books: Books) -> None:
    key = books.customer().pk
    complete_cards(actor=books.actor)

    def enter(value: str | None, on: str) -> None:
        new = NewFact(
            customer_id=key,
            code="debt_ratio",
            value=None if value is None else D(value),
            as_of_on=day(on),
            source="审计报告",
        )
        record_facts([new], actor=books.actor, today=books.today)

    def known(on: str) -> Decimal | None:
        return customer_facts([key], as_of=day(on)).get(key, {}).get("debt_ratio")

    enter("0.6", "2025-12-31")
    enter("0.7", "2024-12-31")
    assert (known("2026-06-30"), known("2025-06-30"), known("2024-06-30")) == (D("0.6"), D("0.7"), None)
    assert known("2028-01-01") is None
    enter(None, "2026-03-01")
    assert (known("2026-02-28"), known("2026-03-01")) == (D("0.6"), None)

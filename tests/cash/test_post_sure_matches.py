"""What is sure is posted by itself, within the policy; what is stale, capped or of nobody known is told apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.banking import LineUse
from huikuan.cash.matching.options import Option, Reason
from huikuan.cash.operations import Posted, post_sure_matches
from huikuan.cash.proposals import MatchPolicy, Tier
from huikuan.cash.queries import unclaimed_receipts
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.ledger.operations import close_period
from tests.cash.lines import line, option, propose, used
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def sure(books: Books, number: str, amount: str, on: str = "2026-02-01", **values: Any) -> Any:
    """An invoice, and a line that surely pays it."""
    customer = values.pop("customer", "C1")
    books.invoice(number, "2026-01-05", amount, customer=customer)
    row = line(books, on, amount, **values)
    propose(row, option(books, (number, amount), customer=customer))
    return row


def post(books: Books, tier: Tier = Tier.SURE, **values: Any) -> Posted:
    posted, _after = post_sure_matches(actor=books.actor, today=books.today, tier=tier, **values)
    return posted


def policy(books: Books, customer: str = "", **values: Any) -> None:
    MatchPolicy.objects.create(
        organization_id=books.organization.pk,
        customer_id=books.customer(customer).pk if customer else None,
        **values,
    )


def test_sure_lines_are_posted_once(books: Books) -> None:
    rows = [sure(books, f"I{number}", f"{number}00.00") for number in range(1, 4)]
    assert post(books) == Posted(settled=3)
    assert [used(row.pk) for row in rows] == [100, 200, 300]
    assert set(LineUse.objects.values_list("automatic", "tier")) == {(True, "sure")}
    assert post(books) == Posted()
    assert_nothing_broken(books.organization)


def test_lines_follow_each_other_in_acts_of_a_limited_size(books: Books) -> None:
    rows = [sure(books, f"I{number}", "5.00") for number in range(5)]
    sizes, after = [], None
    while True:
        posted, after = post_sure_matches(
            actor=books.actor, today=books.today, after=after, limit=2, lines=[row.pk for row in rows]
        )
        sizes.append(posted.settled)
        if after is None:
            break
    assert sizes == [2, 2, 1]
    assert LineUse.objects.values("act_id").distinct().count() == 3


def test_the_policy_says_who_and_how_much(books: Books) -> None:
    policy(books, cap=Decimal("100.00"))
    policy(books, "C2", automatic=False)
    policy(books, "C3", cap=None)
    sure(books, "I1", "100.00")
    sure(books, "I2", "100.01")
    sure(books, "I3", "1.00", customer="C2")
    sure(books, "I4", "999.00", customer="C3")
    assert post(books) == Posted(settled=2, left={"cap": 1, "policy": 1})
    assert (books.open("I2"), books.open("I3"), books.open("I4")) == (Decimal("100.01"), 1, 0)


def test_what_is_no_longer_so_is_left_to_people(books: Books) -> None:
    sure(books, "I1", "100.00")
    row = line(books, "2026-02-01", "100.00")
    propose(row, option(books, ("I1", "100.00")))
    sure(books, "I2", "50.00", on="2026-01-20")
    sure(books, "I3", "50.00", on="2026-12-20")
    propose(line(books, "2026-02-01", "7.00", bank="USD", currency="USD"), option(books, unapplied="7.00"))
    broken = line(books, "2026-02-01", "8.00")
    propose(broken, option(books, unapplied="9.00"))
    close_period(month=day("2026-01-01"), actor=books.actor)
    assert post(books) == Posted(settled=1, left={"stale": 1, "closed": 2, "rate": 1, "refused": 1})
    assert_nothing_broken(books.organization)


def test_what_came_into_dispute_since_is_left_to_people(books: Books) -> None:
    sure(books, "I1", "100.00")
    new = NewDispute(books.item("I1").pk, "price", Decimal("0.01"))
    open_dispute(new, actor=books.actor, today=books.today)
    assert post(books) == Posted(left={"disputed": 1})
    assert books.open("I1") == 100


def test_lines_settled_together_are_posted_once(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    first, second = line(books, "2026-02-01", "60.00"), line(books, "2026-02-02", "40.00")
    propose(first, option(books, ("I1", "100.00"), companions=[second.pk]))
    propose(second, option(books, ("I1", "100.00"), companions=[first.pk]))
    assert post(books) == Posted(settled=2)
    assert_nothing_broken(books.organization)


def test_money_of_nobody_known_waits_in_the_pool(books: Books) -> None:
    propose(line(books, "2026-02-01", "70.00", "某人"), tier="none")
    propose(line(books, "2026-02-01", "3.00", kind="interest"), tier="none")
    propose(line(books, "2026-02-01", "-70.00"), tier="none")
    assert post(books, Tier.NONE) == Posted(pooled=1)
    assert unclaimed_receipts().get().payer == "某人"
    assert post(books, Tier.NONE) == Posted()
    assert_nothing_broken(books.organization)


def test_what_nobody_will_claim_stays_out_of_the_pool(books: Books) -> None:
    row = line(books, "2026-02-01", "6120.00", "国家税务总局")
    refund = Option(None, "none", 0, reasons=(Reason("unrelated", {"what": "office"}),))
    propose(row, refund, tier="none")
    assert post(books, Tier.NONE) == Posted(left={"unrelated": 1})
    assert used(row.pk) == 0


def test_the_pool_is_left_alone_where_the_policy_says_so(books: Books) -> None:
    policy(books, pools=False)
    propose(line(books, "2026-02-01", "70.00"), tier="none")
    assert post(books, Tier.NONE) == Posted(left={"policy": 1})
    assert not unclaimed_receipts().exists()

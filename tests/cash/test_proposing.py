"""Proposals in the books: what the matching reads, what it leaves behind, and that sets cost no more statements."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huikuan.cash.matching.options import from_json
from huikuan.cash.matching_queries import discounts_of
from huikuan.cash.models import StatementLine
from huikuan.cash.operations.automatic import post_sure_matches
from huikuan.cash.operations.proposing import propose_matches
from huikuan.cash.proposals import MatchPolicy, Proposal, RemittanceAdvice, RemittanceLine
from huikuan.customers.models import CustomerName
from huikuan.ledger.models import Document
from huikuan.organizations.actors import Actor, NotPermitted
from tests.cash.statement_files import account, bring, line, statement
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db
A = "宁波海翔机械有限公司"


def pay(books: Any, *lines: Any) -> list[StatementLine]:
    known = set(StatementLine.objects.values_list("pk", flat=True))
    bring(books, statement(*lines))
    return sorted(StatementLine.objects.exclude(pk__in=known), key=lambda row: (row.booked_on, row.position))


def propose(books: Any) -> list[str]:
    found = propose_matches(actor=books.actor, today=books.today).proposals
    return [
        " ".join([each.tier, *(f"{item.number}={item.amount}" for item in each.options[0].items)])
        if each.options
        else each.tier
        for each in found
    ]


def test_a_line_finds_its_invoice_and_the_answer_is_kept(books: Any) -> None:
    account(books)
    books.customer("A", name=A)
    books.invoice("YS2026-00001", "2026-08-01", "1000.00", customer="A")
    books.invoice("YS2026-00002", "2026-08-02", "2500.00", customer="A")
    [row] = pay(books, line("2026-10-02", "1000.00", counterparty=A, text="货款YS2026-00001"))
    assert propose(books) == ["sure YS2026-00001=1000.00"]
    kept = Proposal.objects.get()
    option = from_json(kept.options[0])
    assert (kept.line_id, kept.tier, kept.proven) == (row.pk, "sure", True)
    assert kept.customer_id == option.customer_id == books.customers["A"].pk
    assert option.items[0].item_id == books.item("YS2026-00001").pk
    books.receipt("SK1", "2026-09-02", "1000.00", customer="A")
    books.allocate("SK1", "YS2026-00001", "1000.00", "2026-09-02")
    assert propose(books) == ["likely"]
    assert Proposal.objects.get().tier == "likely"
    assert Proposal.objects.get().options[0]["reasons"] == [
        {"code": "settled_already", "number": "YS202600001"}
    ]


def test_money_that_was_registered_by_hand_is_not_posted_again(books: Any) -> None:
    account(books)
    books.customer("A", name=A)
    books.invoice("YS2026-00001", "2026-08-01", "1000.00", customer="A")
    books.receipt("SK1", "2026-10-02", "1000.00", customer="A")
    documents = Document.objects.count()
    [row] = pay(books, line("2026-10-02", "1000.00", counterparty=A, text="货款YS2026-00001"))
    assert propose(books) == ["sure"]
    posted, _after = post_sure_matches(actor=books.actor, today=books.today)
    row.refresh_from_db()
    assert (posted.settled, row.used, Document.objects.count()) == (1, row.amount, documents)
    assert propose(books) == []
    assert_nothing_broken(books.organization)


def test_learned_payers_policies_and_advices_are_read(books: Any) -> None:
    account(books)
    customer = books.customer("A", name=A)
    for number, amount in enumerate(("100.00", "200.00", "333.00"), 1):
        books.invoice(f"YS2026-{number:05d}", f"2026-08-0{number}", amount, customer="A")
    alias = CustomerName(
        organization_id=books.organization.pk, customer=customer, kind=CustomerName.Kind.PAYER, name="李建国"
    )
    alias.account = "6222021234567890128"
    alias.save()
    pay(
        books,
        line("2026-10-02", "200.00", counterparty="李建国", counterparty_account="6222021234567890128"),
        line("2026-10-03", "50.00", counterparty=A),
    )
    assert propose(books) == ["sure YS2026-00002=200.00", "weak YS2026-00001=50.00"]
    MatchPolicy.objects.create(organization_id=books.organization.pk, order="oldest")
    assert propose(books) == ["sure YS2026-00002=200.00", "sure YS2026-00001=50.00"]
    MatchPolicy.objects.create(organization_id=books.organization.pk, customer=customer, order="none")
    assert propose(books)[1] == "weak YS2026-00001=50.00"


def test_an_advice_wins(books: Any) -> None:
    from huikuan.audit.operations import act

    account(books)
    customer = books.customer("A", name=A)
    for number in (1, 2):
        books.invoice(f"YS2026-{number:05d}", f"2026-08-0{number}", "100.00", customer="A")
    with act("test", actor=books.actor) as opened:
        advice = RemittanceAdvice.objects.create(
            organization_id=books.organization.pk,
            act_id=opened.id,
            customer=customer,
            amount=Decimal("100.00"),
            currency="CNY",
        )
        RemittanceLine.objects.create(
            organization_id=books.organization.pk,
            advice=advice,
            position=1,
            reference="YS2026-00002",
            amount=Decimal("100.00"),
            item=books.item("YS2026-00002"),
        )
    pay(books, line("2026-10-02", "100.00", counterparty=A))
    assert propose(books) == ["sure YS2026-00002=100.00"]


def test_what_went_out_or_lies_ahead_is_left_alone(books: Any) -> None:
    account(books)
    books.customer("A", name=A)
    rows = pay(
        books,
        line("2026-10-02", "-100.00", counterparty=A),
        line("2026-10-02", "-7.00", counterparty=A, text="退票", kind="return"),
        line("2026-10-03", "5.00", counterparty=A),
    )
    found = propose_matches(actor=books.actor, today=day("2026-10-02")).proposals
    assert [(each.line_id, each.tier) for each in found] == [(rows[1].pk, "none")]
    [only] = propose_matches(line_ids=[rows[2].pk], actor=books.actor, today=books.today).proposals
    assert only.line_id == rows[2].pk


def test_foreign_money_finds_foreign_items_only(books: Any) -> None:
    account(books, "d", currency="USD")
    books.rate("USD", "2026-08-01", "7.10")
    books.customer("A", name=A)
    books.invoice("YS2026-00001", "2026-08-01", "1000.00", customer="A")
    books.invoice("YS2026-00002", "2026-08-01", "1000.00", customer="A", currency="USD")
    bring(books, statement(line("2026-10-02", "1000.00", counterparty=A), currency="USD"))
    assert propose(books) == ["sure YS2026-00002=1000.00"]


def test_it_needs_the_permission(books: Any) -> None:
    nobody = Actor(name="x", permissions=frozenset(), scope="own")
    with pytest.raises(NotPermitted):
        propose_matches(actor=nobody, today=books.today)


def test_many_lines_cost_no_more_statements_than_one(books: Any) -> None:
    account(books)
    for place in range(6):
        code = f"C{place}"
        books.customer(code, name=f"宁波{'甲乙丙丁戊己'[place]}机械有限公司")
        for number in range(4):
            books.invoice(
                f"YS2026-{place}{number:04d}",
                "2026-08-01",
                f"{100 + place * 7 + number}.{number}1",
                customer=code,
            )
    [first] = pay(books, line("2026-10-01", "100.01", counterparty="宁波甲机械有限公司", text="YS2026-00000"))
    pay(
        books,
        *(
            line(
                "2026-10-02",
                f"{100 + place * 7 + number}.{number}1",
                counterparty=f"宁波{'甲乙丙丁戊己'[place]}机械有限公司",
            )
            for place in range(6)
            for number in range(4)
        ),
    )

    def statements(**values: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            propose_matches(actor=books.actor, today=books.today, **values)
        return len(seen)

    assert statements(line_ids=[first.pk]) == statements() <= 20
    assert Proposal.objects.filter(tier="sure").count() >= 23


def test_discounts_that_terms_state() -> None:
    assert [(each.points, each.days) for each in discounts_of("T1 2/10, 1/20, N/30")] == [
        (200, 10),
        (100, 20),
    ]
    assert discounts_of("月结30天 2026/12/31 0/30") == ()

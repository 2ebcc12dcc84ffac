"""Salespeople claim money with evidence; finance confirms it, or sends it back with an answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from huikuan.cash.operations import ask_claim, confirm_claim, pool_lines, refuse_claim, withdraw_claim
from huikuan.cash.proposals import ReceiptClaim
from huikuan.cash.queries import unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer, CustomerName
from huikuan.notices.models import Notice
from huikuan.notices.wording import title_of
from huikuan.organizations.queries import actor_of
from tests.cash.lines import line
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day
from tests.web.people import member, seller

pytestmark = pytest.mark.django_db


def refused(work: Any) -> str:
    with pytest.raises(HuikuanError) as caught, transaction.atomic():
        work()
    return caught.value.code


@pytest.fixture
def pool(organization: Any, books: Any) -> Any:
    """Money in the pool, a salesperson with a customer that owes as much, and somebody of finance."""
    user, salesperson = seller(organization)
    finance = member(organization, "ar_accountant", name="会计")
    books.invoice("I1", "2026-01-05", "70.00", customer="MINE")
    books.invoice("I2", "2026-01-05", "70.00", customer="OTHERS")
    Customer.objects.filter(code="MINE").update(salesperson=salesperson)
    row = line(books, "2026-02-01", "70.00", "某人", account="6222")
    pool_lines([row.pk], actor=books.actor, today=books.today)

    class Pool:
        receipt = unclaimed_receipts().get()
        seller = actor_of(user)
        finance_ = actor_of(finance)
        today = books.today

        def ask(self, customer: str = "MINE", evidence: str = "电话确认", **values: Any) -> ReceiptClaim:
            return ask_claim(
                receipt_id=self.receipt.pk,
                customer_id=books.customer(customer).pk,
                evidence=evidence,
                actor=self.seller,
                today=self.today,
                **values,
            )

    return Pool()


def notices(user_id: Any) -> list[str]:
    found = Notice.objects.filter(recipient__user_id=user_id).order_by("pk")
    return [title_of(row.kind, row.parameters) for row in found]


def test_a_claim_is_confirmed_and_settles_what_it_named(pool: Any, books: Any) -> None:
    claim = pool.ask(item_ids=(books.item("I1").pk,))
    [asked] = notices(pool.finance_.user_id)
    assert "客户MINE" in asked and "某人" in asked
    assert not CustomerName.objects.filter(kind="payer").exists()
    confirm_claim(claim.pk, on=day("2026-02-03"), actor=pool.finance_, today=pool.today)
    assert (books.open("I1"), books.open("I2")) == (0, 70)
    claim.refresh_from_db()
    assert (claim.state, claim.decided_by_name) == ("confirmed", "会计")
    assert ["确认了您的认领" in text for text in notices(pool.seller.user_id)] == [True]
    learned = CustomerName.objects.get(kind="payer")
    assert (learned.name, learned.account) == ("某人", "6222")
    assert_nothing_broken(books.organization)
    assert refused(lambda: pool.ask()) == "already_claimed"


def test_a_claim_is_sent_back_with_an_answer(pool: Any, books: Any) -> None:
    claim = pool.ask()
    assert refused(lambda: refuse_claim(claim.pk, answer=" ", actor=pool.finance_)) == "answer_missing"
    refuse_claim(claim.pk, answer="金额对不上", actor=pool.finance_)
    [told] = notices(pool.seller.user_id)
    assert "退回了您的认领" in told
    decide = {"on": day("2026-02-03"), "actor": pool.finance_, "today": pool.today}
    assert refused(lambda: confirm_claim(claim.pk, **decide)) == "claim_decided"
    pool.ask(evidence="补充回单")
    assert books.open("I1") == 70


def test_what_a_claim_needs(pool: Any, books: Any) -> None:
    assert refused(lambda: pool.ask(evidence=" ")) == "evidence_missing"
    assert refused(lambda: pool.ask("OTHERS")) == "unknown_customer"
    assert refused(lambda: pool.ask(item_ids=(books.item("I2").pk,))) == "unknown_item"
    claim = pool.ask()
    assert refused(lambda: pool.ask()) == "claim_exists"
    decide = {"on": day("2026-02-03"), "today": pool.today}
    assert refused(lambda: confirm_claim(claim.pk, actor=pool.seller, **decide)) == "not_permitted"
    assert refused(lambda: withdraw_claim(claim.pk, actor=pool.finance_)) == "claim_of_somebody_else"
    withdraw_claim(claim.pk, actor=pool.seller)
    pool.ask()


def test_the_others_who_claim_it_are_told_when_one_is_confirmed(
    pool: Any, books: Any, organization: Any
) -> None:
    claim = pool.ask()
    rival, salesperson = seller(organization, code="S2")
    Customer.objects.filter(code="OTHERS").update(salesperson=salesperson)
    other = ask_claim(
        receipt_id=pool.receipt.pk,
        customer_id=books.customer("OTHERS").pk,
        evidence="回单",
        actor=actor_of(rival),  # type: ignore[arg-type]
        today=pool.today,
    )
    confirm_claim(claim.pk, on=day("2026-02-03"), actor=pool.finance_, today=pool.today)
    other.refresh_from_db()
    assert (other.state, "别的客户" in other.answer) == ("refused", True)
    assert len(notices(rival.pk)) == 1

"""Checking and reserving: what passes, what does not, and that asking again changes nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Account, Reservation
from huikuan.credit.operations import (
    consume,
    expire_reservations,
    hold_customer,
    keep_up,
    release,
    reserve_credit,
)
from huikuan.credit.rules import Action
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken

D = Decimal


def test_an_order_over_the_limit_is_held_and_nothing_reserved(credit: Giving) -> None:
    credit.limit("500000")
    credit.books.invoice("F1", "2026-11-01", "430000", due="2026-12-31")
    credit.books.receipt("R1", "2026-11-05", "20000")
    credit.books.advance("A1", "2026-11-05", "10000")
    assert credit.reserve("SO-1", "80000").passes
    decision = credit.reserve("SO-2", "30000")
    assert decision.decision == Action.APPROVE
    assert decision.as_data() == {
        "decision": "approve",
        "reasons": [
            {
                "code": "limit",
                "action": "approve",
                "text": "超出信用额度 10,000.00：额度 500,000.00，已占用 480,000.00，本单 30,000.00（CNY）。",
            }
        ],
        "currency": "CNY",
        "limit": "500000.00",
        "group_limit": None,
        "exposure": {
            "receivable": "430000.00",
            "reserved": "80000.00",
            **{
                code: "0.00"
                for code in decision.exposure
                if code not in ("receivable", "reserved", "credits", "advances")
            },
            "credits": "-20000.00",
            "advances": "-10000.00",
            "total": "480000.00",
        },
        "available": "20000.00",
        "reserved": False,
    }
    assert credit.reserved() == D(80000)
    assert_nothing_broken(credit.books.organization)


def test_the_same_order_again_gets_the_same_answer_and_takes_nothing_more(credit: Giving) -> None:
    credit.limit("100")
    first = credit.reserve("SO-1", "60")
    credit.limit("10", on="2026-11-02")
    again = credit.reserve("SO-1", "60")
    assert again == first
    assert (Reservation.objects.count(), credit.reserved()) == (1, D(60))


def test_another_amount_is_checked_again_against_what_is_left_without_itself(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "60")
    assert credit.reserve("SO-1", "100").passes
    refused = credit.reserve("SO-1", "100.01")
    assert (refused.decision, credit.reserved()) == (Action.APPROVE, D(100))
    assert refused.available == D(100), "what it holds itself is not in its way"
    assert credit.reserve("SO-1", "10").passes
    assert credit.reserved() == D(10)


def test_lowering_is_never_held_back(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "60")
    hold_customer(
        credit.books.customer().pk, reason="诉讼", actor=credit.books.actor, today=credit.books.today
    )
    assert credit.reserve("SO-2", "1").decision == Action.BLOCK
    assert credit.reserve("SO-1", "61").decision == Action.BLOCK
    lowered = credit.reserve("SO-1", "59")
    assert (lowered.decision, lowered.reasons[0].code) == (Action.WARN, "manual_hold")
    assert credit.reserved() == D(59)


def test_a_set_is_weighed_in_turn(credit: Giving) -> None:
    credit.limit("100")
    asked = [credit.asked(f"SO-{number}", "40") for number in range(4)]
    decisions = reserve_credit(asked, actor=credit.books.actor, today=credit.books.today)
    assert [each.reserved for each in decisions] == [True, True, False, False]
    assert credit.reserved() == D(80)


def test_group_and_members_are_held_together(credit: Giving) -> None:
    head = credit.books.customer("G")
    for code in ("M1", "M2"):
        credit.books.customer(code, parent=head)
        credit.limit("80", customer=code)
    credit.limit("100", customer="G", whole_group=True)
    credit.books.invoice("F1", "2026-11-01", "10", due="2026-12-31", customer="G")
    assert credit.reserve("SO-1", "80", customer="M1").passes
    refused = credit.reserve("SO-2", "11", customer="M2")
    assert [(each.code, each.figures["over"]) for each in refused.reasons] == [("group_limit", "1.00")]
    assert refused.available == D(10)
    assert credit.reserve("SO-2", "10", customer="M2").passes
    assert credit.reserve("SO-3", "1", customer="M1").decision == Action.APPROVE


def test_consumed_released_and_expired_give_back_what_they_should(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "60")
    assert consume("SO-1", amount=D(50), actor=credit.books.actor) == D(10)
    assert credit.reserve("SO-2", "90").passes
    assert release(["SO-2"], actor=credit.books.actor) == 1
    assert release(["SO-2"], actor=credit.books.actor) == 0
    assert credit.reserved() == D(10)
    with pytest.raises(CreditRefused) as refused:
        consume("SO-1", amount=D("10.01"), actor=credit.books.actor)
    assert refused.value.code == "beyond_reservation"
    later = credit.books.today + timedelta(days=91)
    assert expire_reservations(actor=credit.books.actor, today=later) == 1
    assert {row.state for row in Reservation.objects.all()} == {"expired", "released"}
    assert credit.reserve("SO-1", "100").passes
    assert_nothing_broken(credit.books.organization)


def test_an_expired_reservation_counts_no_longer_before_any_job_ran(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "100")
    credit.books.today += timedelta(days=91)
    assert credit.reserve("SO-1", "100").passes
    assert credit.reserved() == D(100)
    assert {row.state for row in Reservation.objects.all()} == {"expired", "held"}


def test_a_delivery_taken_back_takes_the_credit_again(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "100")
    keep_up({"SO-1": D(0), "unknown": D(5)}, actor=credit.books.actor)
    assert Reservation.objects.get().state == "consumed"
    keep_up({"SO-1": D("33.33")}, actor=credit.books.actor)
    assert credit.reserved() == D("33.33")
    assert_nothing_broken(credit.books.organization)


def test_other_currencies_are_weighed_at_the_rate_of_the_day(credit: Giving) -> None:
    credit.limit("710")
    with pytest.raises(CreditRefused) as refused:
        credit.reserve("SO-1", "100", currency="USD")
    assert refused.value.code == "no_rate"
    credit.books.rate("USD", "2026-11-01", "7.10")
    assert credit.reserve("SO-1", "100", currency="USD").passes
    assert credit.reserved() == D(710)
    assert consume("SO-1", amount=D(25), actor=credit.books.actor) == D("532.50")


@pytest.mark.parametrize(
    ("amount", "reference", "currency", "code"),
    [
        ("-1", "SO-1", "", "amount_not_positive"),
        ("0", "SO-1", "", "amount_not_positive"),
        ("NaN", "SO-1", "", "amount_not_positive"),
        ("1", " ", "", "reference_missing"),
        ("1", "x" * 65, "", "text_too_long"),
        ("1", "SO-1", "XYZ", "unknown_currency"),
        ("1", "TAKEN", "", "reference_taken"),
    ],
)
def test_what_cannot_be_asked_is_named_and_nothing_reserved(
    credit: Giving, amount: str, reference: str, currency: str, code: str
) -> None:
    credit.limit("100", customer="C2")
    credit.reserve("TAKEN", "1", customer="C2")
    with pytest.raises(CreditRefused) as refused:
        credit.reserve(reference, amount, currency=currency)
    assert refused.value.code == code
    assert Reservation.objects.count() == 1


def test_an_unknown_customer_is_named(credit: Giving) -> None:
    asked = credit.asked("SO-1", "1")
    asked = type(asked)(customer_id=credit.books.organization.pk, amount=asked.amount, reference="SO-1")
    with pytest.raises(CreditRefused) as refused:
        reserve_credit([asked], actor=credit.books.actor, today=credit.books.today)
    assert (refused.value.code, Account.objects.count()) == ("unknown_customer", 0)


def test_only_checking_reserves_nothing(credit: Giving) -> None:
    credit.limit("100")
    assert credit.check("100").passes
    assert credit.check("101").decision == Action.APPROVE
    assert not Reservation.objects.exists()


def test_without_a_limit_somebody_has_to_agree(credit: Giving) -> None:
    decision = credit.reserve("SO-1", "1")
    assert (decision.decision, decision.limit, decision.available) == (Action.APPROVE, None, None)
    assert decision.as_data()["limit"] is None


def test_overdue_debts_speak_with_amount_and_days(credit: Giving) -> None:
    credit.limit("1000000")
    credit.books.invoice("F1", "2026-08-01", "60000", due="2026-09-01")
    decision = credit.check("1")
    assert [reason.code for reason in decision.reasons] == ["overdue"]
    assert decision.reasons[0].figures["days"] == "81"
    assert decision.decision == Action.APPROVE
    credit.books.invoice("F2", "2026-01-01", "5", due="2026-02-01")
    assert credit.check("1").decision == Action.BLOCK

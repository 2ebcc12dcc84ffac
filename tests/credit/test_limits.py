"""Limits from day to day, what they rest on, and what cannot be a limit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.audit.models import Event
from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import Limit, LimitState
from huikuan.credit.operations import (
    NewLimit,
    end_hold,
    hold_customer,
    save_gate_rules,
    set_limit,
    set_limits,
    withdraw_limit,
)
from huikuan.credit.queries import standing_of
from huikuan.credit.rules import Action, Check, Gate, Rule, RuleScope, ScopedRule
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken

D = Decimal


def _on(credit: Giving, day: date) -> Decimal | None:
    return standing_of(credit.books.customer(), day=day).limit


def test_a_new_permanent_limit_ends_the_one_before(credit: Giving) -> None:
    credit.limit("100", on="2026-01-01")
    credit.limit("200", on="2026-06-01")
    assert [_on(credit, date(2026, month, 1)) for month in (1, 5, 6)] == [D(100), D(100), D(200)]
    assert _on(credit, date(2025, 12, 31)) is None
    assert_nothing_broken(credit.books.organization)


def test_a_temporary_limit_reverts_by_itself(credit: Giving) -> None:
    credit.limit("100")
    today = credit.books.today
    credit.limit("300", on=today.isoformat(), ends_on=today + timedelta(days=89), kind="temporary")
    assert _on(credit, today) == D(300)
    assert _on(credit, today + timedelta(days=89)) == D(300)
    assert _on(credit, today + timedelta(days=90)) == D(100)


def test_a_withdrawn_limit_counts_no_longer(credit: Giving) -> None:
    limit = credit.limit("100")
    withdraw_limit(limit.pk, actor=credit.books.actor, reason="客户停产")
    assert _on(credit, credit.books.today) is None
    with pytest.raises(CreditRefused):
        withdraw_limit(limit.pk, actor=credit.books.actor, reason="再次")
    assert_nothing_broken(credit.books.organization)


def test_what_rests_on_security_falls_when_it_expires(credit: Giving) -> None:
    today = credit.books.today
    credit.security("100", until=(today + timedelta(days=5)).isoformat(), cover=D("0.5"))
    credit.limit("200", secured=D(50))
    assert _on(credit, today) == D(200)
    late = standing_of(credit.books.customer(), day=today + timedelta(days=6))
    assert (late.limit, late.security_missing) == (D(150), D(50))
    credit.books.today += timedelta(days=6)
    assert [each.code for each in credit.check("1").reasons] == ["security_expired"]
    assert credit.check("151").decision == Action.APPROVE


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": D(-1)}, "limit_negative"),
        ({"amount": D("NaN")}, "limit_negative"),
        ({"amount": D("1.001")}, "limit_negative"),
        ({"secured": D(101)}, "secured_out_of_range"),
        ({"secured": D(50)}, "security_missing"),
        ({"reason": " "}, "reason_missing"),
        ({"currency": "XYZ"}, "unknown_currency"),
        ({"currency": "USD"}, "no_rate"),
        ({"kind": "temporary"}, "temporary_too_long"),
        ({"kind": "temporary", "ends_on": date(2027, 2, 19)}, "temporary_too_long"),
        ({"kind": "other"}, "unknown_kind"),
        ({"ends_on": date(2026, 11, 20)}, "ends_too_early"),
    ],
)
def test_what_cannot_be_a_limit_is_named(credit: Giving, values: dict[str, Any], code: str) -> None:
    usual: dict[str, Any] = {
        "customer_id": credit.books.customer().pk,
        "amount": D(100),
        "starts_on": credit.books.today,
        "reason": "授信",
    }
    with pytest.raises(CreditRefused) as refused:
        set_limit(NewLimit(**{**usual, **values}), actor=credit.books.actor, today=credit.books.today)
    assert refused.value.code == code
    assert not Limit.objects.exists()


def test_a_limit_on_expired_security_is_refused(credit: Giving) -> None:
    today = credit.books.today
    with pytest.raises(CreditRefused) as refused:
        credit.security("100", until=(today - timedelta(days=1)).isoformat())
    assert refused.value.code == "security_expired"
    credit.security("100", until=today.isoformat())
    credit.books.today += timedelta(days=1)
    with pytest.raises(CreditRefused) as refused:
        credit.limit("100", secured=D(100))
    assert refused.value.code == "security_expired"


def test_two_limits_do_not_run_beside_each_other(credit: Giving) -> None:
    credit.limit("100", on="2026-06-01")
    for on in ("2026-06-01", "2026-01-01"):
        with pytest.raises(CreditRefused) as refused, transaction.atomic():
            credit.limit("200", on=on)
        assert refused.value.code == "two_limits"


def test_many_customers_get_limits_in_one_act(credit: Giving) -> None:
    books = credit.books
    first, second = books.customer("A"), books.customer("B")

    def new(customer: Any, amount: str, on: date) -> NewLimit:
        return NewLimit(customer_id=customer.pk, amount=D(amount), starts_on=on, reason="年度评审")

    earlier = set_limit(new(first, "50", date(2026, 1, 1)), actor=books.actor, today=books.today)
    on = date(2026, 6, 1)
    limits = set_limits(
        [new(first, "100", on), new(second, "200", on)], actor=books.actor, today=books.today, reason="评审会"
    )
    assert [(row.customer_id, row.amount) for row in limits] == [(first.pk, D(100)), (second.pk, D(200))]
    assert {(row.act.pk, row.act.reason) for row in Limit.objects.filter(starts_on=on)} == {
        (limits[0].act_id, "评审会")
    }
    assert Limit.objects.get(pk=earlier.pk).ends_on == date(2026, 5, 31)
    assert list(
        Event.objects.filter(act_id=limits[0].act_id)
        .order_by("action", "number")
        .values_list("action", "number")
    ) == [("ended", ""), ("recorded", "A"), ("recorded", "B")]
    with pytest.raises(CreditRefused) as refused:
        set_limits([new(second, "300", on + timedelta(days=1))] * 2, actor=books.actor, today=books.today)
    assert refused.value.code == "two_limits"
    assert Limit.objects.filter(customer=second).count() == 1
    assert_nothing_broken(books.organization)


def test_a_group_limit_stands_at_the_head(credit: Giving) -> None:
    credit.books.customer("M", parent=credit.books.customer("G"))
    with pytest.raises(CreditRefused) as refused:
        credit.limit("1", customer="M", whole_group=True)
    assert refused.value.code == "not_the_head"


def test_the_database_refuses_what_no_operation_would_write(credit: Giving) -> None:
    limit = credit.limit("100")
    for values in ({"ends_on": date(2025, 1, 1)}, {"state": LimitState.WITHDRAWN}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Limit.objects.filter(pk=limit.pk).update(**values)
    with pytest.raises(IntegrityError, match="90_days"), transaction.atomic():
        Limit.objects.create(
            organization_id=limit.organization_id, act_id=limit.act_id, customer_id=limit.customer_id,
            kind="temporary", amount=1, currency="CNY", starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1),
            reason="x", set_by="x",
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="not recorded yet"), transaction.atomic():
        Limit.objects.create(
            organization_id=limit.organization_id, act_id=limit.act_id, customer_id=limit.customer_id,
            kind="permanent", amount=1, currency="CNY", starts_on=date(2020, 1, 1), ends_on=date(2020, 4, 1),
            reason="x", set_by="x",
        )  # fmt: skip


def test_a_hold_stops_the_customer_until_it_is_ended(credit: Giving) -> None:
    credit.limit("100")
    actor, today = credit.books.actor, credit.books.today
    held = hold_customer(credit.books.customer().pk, reason="涉诉", actor=actor, today=today)
    decision = credit.check("1")
    assert (decision.decision, decision.reasons[0].figures["why"]) == (Action.BLOCK, "涉诉")
    credit.books.today += timedelta(days=3)
    end_hold(held.pk, reason="已和解", actor=actor, today=credit.books.today)
    assert credit.check("1").decision == Action.PASS


def test_a_hold_of_the_group_stops_its_members(credit: Giving) -> None:
    head = credit.books.customer("G")
    credit.books.customer("M", parent=head)
    credit.limit("100", customer="M")
    hold_customer(
        head.pk, reason="重组", whole_group=True, actor=credit.books.actor, today=credit.books.today
    )
    assert credit.check("1", customer="M").decision == Action.BLOCK


def test_rules_are_data_and_the_more_specific_counts(credit: Giving) -> None:
    credit.books.customer("C2", segment="战略客户")
    for code in ("C1", "C2"):
        credit.limit("100", customer=code)
    limit = Rule(Gate.ORDER, Check.LIMIT, Action.BLOCK)
    excluded = Rule(Gate.ORDER, Check.LIMIT, Action.WARN, RuleScope.SEGMENT)
    save_gate_rules([ScopedRule(limit), ScopedRule(excluded, "战略客户")], actor=credit.books.actor)
    assert credit.check("101").decision == Action.BLOCK
    assert credit.check("101", customer="C2").decision == Action.WARN
    with pytest.raises(CreditRefused):
        save_gate_rules([ScopedRule(excluded)], actor=credit.books.actor)

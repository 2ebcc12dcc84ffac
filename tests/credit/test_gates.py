"""Gates before an offer, an order, a delivery and an invoice: who is let through, who is not, and that none is escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import OrderHold, Reservation
from huikuan.credit.operations import (
    Asked,
    ScopedRule,
    change_setting,
    check_credit,
    hold_customer,
    release,
    release_hold,
    reserve_credit,
    save_gate_rules,
    would_pass,
)
from huikuan.credit.queries import standing_of
from huikuan.credit.rules import Action, Check, Gate, Rule, RuleScope
from huikuan.customers.models import Customer, PaymentTerm
from huikuan.customers.rules.terms import TermRule
from huikuan.notices.models import Notice
from huikuan.organizations.models import Membership
from huikuan.sales.models import Invoice
from huikuan.sales.operations import close_orders
from tests.credit.giving import Giving
from tests.credit.test_orders import change, deliver, order, parts
from tests.sales.selling import Selling, line
from tests.web.people import member

D = Decimal


@pytest.fixture
def selling(books: Any) -> Selling:
    return Selling(books)


@pytest.fixture
def checked(books: Any) -> Giving:
    change_setting(checks_orders=True, actor=books.actor)
    return Giving(books)


def term(credit: Giving, rule: TermRule, **values: Any) -> PaymentTerm:
    return PaymentTerm.objects.create(
        organization_id=credit.books.organization.pk,
        code=rule.kind,
        name="账期",
        rule=rule.to_data(),
        **values,
    )


def test_an_offer_is_answered_by_its_own_gate_and_takes_nothing(credit: Giving) -> None:
    credit.limit("100")
    asked = credit.asked("", "150")
    answer = check_credit(asked, gate=Gate.QUOTATION, actor=credit.books.actor, today=credit.books.today)
    assert (answer.decision, [each.code for each in answer.reasons]) == (Action.WARN, ["limit"])
    assert credit.check("150").decision == Action.APPROVE
    hold_customer(
        credit.books.customer().pk, reason="涉诉", actor=credit.books.actor, today=credit.books.today
    )
    answer = check_credit(asked, gate=Gate.QUOTATION, actor=credit.books.actor, today=credit.books.today)
    assert answer.decision == Action.BLOCK
    assert not Reservation.objects.exists()


def test_money_on_account_is_counted_against_old_debts(credit: Giving) -> None:
    credit.limit("1000000")
    credit.books.invoice("F1", "2026-08-01", "80000", due="2026-08-31")
    assert credit.check("1").decision == Action.APPROVE
    credit.books.receipt("R1", "2026-11-20", "45000")
    decision = credit.check("1")
    assert (decision.decision, decision.reasons[0].figures["amount"]) == (Action.WARN, "80000.00")


def test_a_prepaid_order_takes_no_credit_and_leaves_when_its_money_is_there(
    selling: Selling, checked: Giving
) -> None:
    prepaid = term(checked, TermRule.prepaid())
    checked.limit("100")
    checked.books.customer()
    made = order(selling, "10", term_id=prepaid.pk)
    assert parts(checked) == {}
    assert not OrderHold.objects.exists()
    with pytest.raises(CreditRefused) as refused:
        deliver(selling, made, "10")
    assert refused.value.code == "prepayment_missing"
    checked.books.advance("A1", "2026-11-20", "1130")
    deliver(selling, made, "10")
    assert parts(checked) == {"delivered": D(1130), "advances": D(-1130)}


def test_the_customers_own_term_makes_an_order_prepaid_too(selling: Selling, checked: Giving) -> None:
    customer = checked.books.customer()
    Customer.objects.filter(pk=customer.pk).update(term=term(checked, TermRule.prepaid()))
    hold_customer(customer.pk, reason="涉诉", actor=checked.books.actor, today=checked.books.today)
    order(selling, "10")
    hold = OrderHold.objects.get()
    assert ([each["code"] for each in hold.reasons], hold.prepaid, hold.forced) == (
        ["manual_hold"],
        True,
        True,
    )


def test_what_was_shipped_is_always_invoiced_and_nothing_else_is(selling: Selling, checked: Giving) -> None:
    rules = [ScopedRule(Rule(Gate.INVOICE, Check.MANUAL_HOLD, Action.BLOCK))]
    save_gate_rules(rules, actor=checked.books.actor)
    checked.limit("5000")
    made = order(selling, "10")
    deliver(selling, made, "4")
    customer = checked.books.customer().pk
    hold_customer(customer, reason="停产", actor=checked.books.actor, today=checked.books.today)
    with pytest.raises(CreditRefused) as refused:
        selling.post(selling.draft(line("1", "100"), on="2026-11-20"))
    assert refused.value.code == "invoice_stopped"
    from huikuan.sales.operations import bill_deliveries

    bill_deliveries(
        until=checked.books.today,
        on=checked.books.today,
        order_ids=[made.id],
        post=True,
        actor=checked.books.actor,
        today=checked.books.today,
    )
    assert Invoice.objects.filter(state="posted").count() == 1


def test_the_more_specific_scope_excludes_and_nothing_else_does(credit: Giving) -> None:
    head = credit.books.customer("G")
    for code in ("M1", "M2"):
        credit.books.customer(code, parent=head)
    credit.books.customer("C1")
    for code in ("M1", "M2", "C1"):
        credit.limit("100", customer=code)
    block = Rule(Gate.ORDER, Check.LIMIT, Action.BLOCK)
    save_gate_rules(
        [
            ScopedRule(block),
            ScopedRule(replace(block, action=Action.PASS, scope=RuleScope.GROUP), customer_id=head.pk),
            ScopedRule(
                replace(block, action=Action.APPROVE, scope=RuleScope.CUSTOMER),
                customer_id=credit.books.customer("M2").pk,
            ),
        ],
        actor=credit.books.actor,
    )
    answers = {code: credit.check("101", customer=code).decision for code in ("M1", "M2", "C1")}
    assert answers == {"M1": Action.PASS, "M2": Action.APPROVE, "C1": Action.BLOCK}


def test_closing_and_ordering_again_is_looked_at_again(selling: Selling, checked: Giving) -> None:
    checked.limit("1000")
    first = order(selling, "10")
    hold = OrderHold.objects.get()
    release_hold(hold.pk, reason="一次放行", actor=checked.books.actor, today=checked.books.today)
    close_orders([first.id], actor=checked.books.actor, reason="重下", today=checked.books.today)
    again = order(selling, "10")
    assert OrderHold.objects.get(state="open").record_id == again.id
    with pytest.raises(CreditRefused):
        deliver(selling, again, "1")


def test_released_and_given_back_a_reference_is_weighed_again(credit: Giving) -> None:
    credit.limit("100")
    assert credit.reserve("SO-1", "100").passes
    release(["SO-1"], actor=credit.books.actor)
    credit.limit("50", on="2026-11-02")
    assert credit.reserve("SO-1", "100").decision == Action.APPROVE


def test_until_a_day_the_customers_other_orders_go_as_well(selling: Selling, checked: Giving) -> None:
    checked.limit("1000")
    first = order(selling, "10")
    hold, today = OrderHold.objects.get(), checked.books.today
    for until in (today - timedelta(days=1), today + timedelta(days=32)):
        with pytest.raises(CreditRefused) as refused:
            release_hold(hold.pk, reason="到货", until=until, actor=checked.books.actor, today=today)
        assert refused.value.code == "release_too_long"
    until = today + timedelta(days=5)
    release_hold(hold.pk, reason="季末备货", until=until, actor=checked.books.actor, today=today)
    order(selling, "20")
    change(selling, first, "12")
    assert not OrderHold.objects.filter(state="open").exists()
    checked.books.today = until + timedelta(days=1)
    selling.books.today = checked.books.today
    assert checked.check("1").decision == Action.APPROVE


def test_who_may_release_is_told_and_the_salesperson_hears_back(selling: Selling, checked: Giving) -> None:
    from huikuan.credit.operations import ask_release
    from huikuan.customers.models import Salesperson
    from huikuan.organizations.queries import actor_of

    organization = checked.books.organization
    seller, controller = member(organization, "salesperson"), member(organization, "credit_controller")
    keys = {user.pk: Membership.objects.get(user_id=user.pk).pk for user in (seller, controller)}
    salesperson = Salesperson.objects.create(
        organization_id=organization.pk, code="S1", name="业务员", membership_id=keys[seller.pk]
    )
    checked.limit("1000")
    order(selling, "10", salesperson_id=salesperson.pk)
    hold = OrderHold.objects.get()
    ask_release(hold.pk, argument="月底回款", actor=actor_of(seller))
    release_hold(hold.pk, reason="同意", actor=actor_of(controller), today=checked.books.today)
    told = [(row.recipient_id, row.kind) for row in Notice.objects.order_by("created_at", "id")]
    assert set(told) == {
        (keys[controller.pk], "order_held"),
        (keys[seller.pk], "order_held"),
        (keys[controller.pk], "release_asked"),
        (keys[seller.pk], "order_released"),
    }
    assert len(told) == 4


def test_what_would_pass_now_shows_by_itself_and_what_is_blocked_never_does(
    selling: Selling, checked: Giving
) -> None:
    checked.limit("1000")
    checked.books.invoice("F1", "2026-11-01", "900", due="2026-12-31")
    order(selling, "5")
    hold = OrderHold.objects.get()
    assert would_pass([hold], today=checked.books.today) == set()
    checked.books.receipt("R1", "2026-11-20", "600")
    assert would_pass([hold], today=checked.books.today) == {hold.pk}
    customer = checked.books.customer().pk
    hold_customer(customer, reason="涉诉", actor=checked.books.actor, today=checked.books.today)
    assert would_pass([hold], today=checked.books.today) == set()


def test_groups_in_a_circle_are_refused_by_name(credit: Giving) -> None:
    one, two = credit.books.customer("C1"), credit.books.customer("C2")
    credit.limit("100")
    Customer.objects.filter(pk=one.pk).update(parent=two)
    Customer.objects.filter(pk=two.pk).update(parent=one)
    with pytest.raises(CreditRefused) as refused:
        credit.reserve("SO-1", "1")
    assert refused.value.code == "cyclic_group"
    assert not Reservation.objects.exists()


def test_a_customer_taken_away_during_a_check_is_refused_by_name(
    credit: Giving, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huikuan.credit.operations import reservations

    credit.limit("100")
    ask_all = reservations.ask_all

    def taken_away(*asked: Any) -> Any:
        Customer.everyone.filter(pk=credit.books.customer().pk).update(
            removed_act_id=credit.books.organization.pk
        )
        return ask_all(*asked)

    monkeypatch.setattr(reservations, "ask_all", taken_away)
    with pytest.raises(CreditRefused) as refused:
        credit.reserve("SO-1", "1")
    assert refused.value.code == "customer_changed"
    assert not Reservation.objects.exists()


def test_a_clock_moved_back_neither_loses_nor_doubles_credit(credit: Giving) -> None:
    credit.limit("100")
    credit.reserve("SO-1", "60")
    today = credit.books.today
    credit.books.today = today - timedelta(days=30)
    assert credit.reserve("SO-1", "60").reserved
    assert credit.reserve("SO-2", "41").decision == Action.APPROVE, "what was reserved later counts"
    assert credit.reserved() == D(60)
    assert standing_of(credit.books.customer(), day=today).exposure.parts["reserved"] == D(60)


def test_an_order_in_a_currency_without_a_rate_takes_nothing(credit: Giving) -> None:
    credit.limit("100")
    asked = Asked(customer_id=credit.books.customer().pk, amount=D(1), reference="SO-1", currency="USD")
    with pytest.raises(CreditRefused) as refused:
        reserve_credit([asked], actor=credit.books.actor, today=date(2026, 11, 21))
    assert (refused.value.code, Reservation.objects.count()) == ("no_rate", 0)


def test_a_broken_promise_speaks_where_a_rule_looks_at_it(credit: Giving) -> None:
    from huikuan.collection.models import PaymentPromise

    credit.limit("100")
    today, customer = credit.books.today, credit.books.customer()
    with act("record_promises", actor=credit.books.actor) as opened:
        PaymentPromise.objects.create(
            organization_id=opened.organization_id, act_id=opened.id, customer_id=customer.pk,
            channel="phone", collector_name="吴", made_on=today - timedelta(days=40),
            promised_on=today - timedelta(days=35), grace_days=3, currency="CNY", amount=D(5),
            state="broken", judged_on=today - timedelta(days=31),
        )  # fmt: skip
    assert credit.check("1").decision == Action.PASS
    rule = Rule(Gate.ORDER, Check.PROMISE, Action.APPROVE, days=31)
    save_gate_rules([ScopedRule(rule)], actor=credit.books.actor)
    assert [each.figures for each in credit.check("1").reasons] == [{"count": "1", "days": "31"}]
    save_gate_rules([ScopedRule(replace(rule, days=30))], actor=credit.books.actor)
    assert credit.check("1").decision == Action.PASS

"""The decisions of credit, to the digit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from huikuan.credit.rules import (
    Action,
    Check,
    ContractRoom,
    Debt,
    Gate,
    Position,
    Rule,
    RuleScope,
    SetLimit,
    after_unmatched,
    decide,
    last_temporary_day,
    limit_in_force,
    rules_for,
    secured_limit,
    total,
)
from huikuan.credit.shipped_rules import SHIPPED_RULES
from huikuan.credit.wording import action_word, sentence

D = Decimal
ORDER_RULES = rules_for(SHIPPED_RULES, Gate.ORDER)
PARTS = {
    "receivable": D(320_000),
    "delivered": D(50_000),
    "reserved": D(80_000),
    "bills": D(60_000),
    "receipts": D(-20_000),
    "advances": D(-10_000),
}


def test_exposure_is_the_sum_of_its_components() -> None:
    assert total(PARTS) == D(480_000)


def test_an_order_of_30000_is_10000_over_and_held() -> None:
    position = Position(exposure=PARTS, limit=D(500_000))
    assert position.available == D(20_000)
    verdict = decide(position, D(30_000), ORDER_RULES)
    assert verdict.action == Action.APPROVE
    (reason,) = verdict.reasons
    assert (reason.code, reason.figures["over"]) == ("limit", "10000.00")


def test_an_order_that_fills_the_limit_exactly_passes_with_a_warning() -> None:
    verdict = decide(Position(exposure=PARTS, limit=D(500_000)), D(20_000), ORDER_RULES)
    assert [(reason.code, reason.action) for reason in verdict.reasons] == [("limit_share", Action.WARN)]


def test_the_group_holds_what_the_member_could_afford() -> None:
    position = Position(
        exposure={"receivable": D(10)}, limit=D(100), group_exposure=D(95), group_limit=D(100)
    )
    assert position.available == D(5)
    verdict = decide(position, D(6), ORDER_RULES)
    assert [reason.code for reason in verdict.reasons] == ["group_limit"]


def test_overdue_needs_both_the_amount_and_the_days() -> None:
    def held(*debts: Debt) -> Action:
        return decide(Position(limit=D(10**9), overdue=debts), D(1), ORDER_RULES).action

    assert held(Debt(D(50_000), 61)) == Action.WARN
    assert held(Debt(D("50000.01"), 60)) == Action.WARN
    assert held(Debt(D("50000.01"), 61)) == Action.APPROVE
    assert held(Debt(D(30_000), 61), Debt(D(30_000), 70)) == Action.APPROVE
    assert held(Debt(D("0.01"), 181)) == Action.BLOCK
    assert held() == Action.PASS


def test_every_reason_is_told_the_worst_first() -> None:
    position = Position(limit=D(10), overdue=[Debt(D(20_000), 200)], holds=["诉讼中"])
    verdict = decide(position, D(30), ORDER_RULES)
    assert [reason.code for reason in verdict.reasons] == ["manual_hold", "oldest", "limit", "overdue"]
    assert verdict.action == Action.BLOCK


def test_a_more_specific_rule_replaces_the_wider_and_pass_excludes() -> None:
    rules = [
        *SHIPPED_RULES,
        Rule(Gate.ORDER, Check.OVERDUE, Action.PASS, RuleScope.SEGMENT),
        Rule(Gate.ORDER, Check.LIMIT, Action.BLOCK, RuleScope.CUSTOMER),
        Rule(Gate.ORDER, Check.LIMIT, Action.WARN, RuleScope.GROUP),
    ]
    position = Position(limit=D(10), overdue=[Debt(D(20_000), 60)])
    verdict = decide(position, D(30), rules_for(rules, Gate.ORDER))
    assert [(reason.code, reason.action) for reason in verdict.reasons] == [("limit", Action.BLOCK)]


def test_a_lowered_amount_is_never_held_back() -> None:
    verdict = decide(Position(limit=D(10), exposure={"receivable": D(50)}), D(5), ORDER_RULES, lowers=True)
    assert verdict.action == Action.WARN


def test_without_a_limit_somebody_has_to_agree() -> None:
    verdict = decide(Position(), D(1), ORDER_RULES)
    assert (verdict.action, verdict.reasons[0].code) == (Action.APPROVE, "no_limit")
    assert decide(Position(group_limit=D(5)), D(1), ORDER_RULES).action == Action.PASS


def test_a_limit_of_zero_is_a_limit() -> None:
    assert decide(Position(limit=D(0)), D("0.01"), ORDER_RULES).reasons[0].code == "limit"


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), D(100)),
        (date(2026, 6, 1), D(300)),
        (date(2026, 8, 29), D(300)),
        (date(2026, 8, 30), D(200)),
    ],
)
def test_a_temporary_limit_replaces_the_permanent_and_reverts(day: date, amount: Decimal | None) -> None:
    limits = [
        SetLimit(D(100), date(2026, 1, 1), date(2026, 5, 31), False),
        SetLimit(D(200), date(2026, 6, 1), None, False),
        SetLimit(D(300), date(2026, 6, 1), last_temporary_day(date(2026, 6, 1)), True),
    ]
    found = limit_in_force(limits, day)
    assert (found.amount if found else None) == amount


def test_what_rests_on_security_falls_with_it() -> None:
    limit = SetLimit(D(500), date(2026, 1, 1), None, False, secured=D(200))
    assert secured_limit(limit, D(300)) == (D(500), D(0))
    assert secured_limit(limit, D(50)) == (D(350), D(150))


def test_money_on_account_covers_the_oldest_debts_first() -> None:
    debts = [Debt(D(100), 10), Debt(D(50), 90), Debt(D(30), 40)]
    assert after_unmatched(debts, D(60)) == [Debt(D(20), 40), Debt(D(100), 10)]
    assert after_unmatched(debts, D(0)) == sorted(debts, key=lambda debt: -debt.overdue_days)
    assert after_unmatched(debts, D(180)) == []
    rule = Rule(Gate.ORDER, Check.OVERDUE, Action.BLOCK, amount=D(10), days=30, less_unmatched=True)
    assert decide(Position(overdue=debts, unmatched=D(70)), D(1), [rule]).action == Action.PASS
    verdict = decide(Position(overdue=debts, unmatched=D(60)), D(1), [rule])
    assert verdict.reasons[0].figures == {"amount": "20.00", "days": "40", "beyond": "30"}


@pytest.mark.parametrize(
    ("values", "term_days", "codes"),
    [
        ({"grade": "D"}, None, ["grade"]),
        ({"grade": "A"}, None, []),
        ({"longest_term": 45}, 46, ["term"]),
        ({"longest_term": 45}, 45, []),
        ({"longest_term": 0}, 30, ["term"]),
        ({"longest_term": 45}, None, []),
        ({"review_days": 1}, None, ["review"]),
        ({"review_days": 0}, None, []),
        ({"broken": [30, 91]}, None, ["promise"]),
        ({"broken": [91]}, None, []),
        ({}, 90, []),
    ],
)
def test_grade_term_and_review_speak_of_who_was_assessed(
    values: dict[str, Any], term_days: int | None, codes: list[str]
) -> None:
    rules = [
        Rule(Gate.ORDER, Check.GRADE, Action.BLOCK, grades=("C", "D")),
        Rule(Gate.ORDER, Check.TERM, Action.BLOCK),
        Rule(Gate.ORDER, Check.REVIEW, Action.BLOCK),
        Rule(Gate.ORDER, Check.PROMISE, Action.BLOCK, days=90),
    ]
    verdict = decide(Position(**values), D(1), rules, term_days=term_days)
    assert [reason.code for reason in verdict.reasons] == codes


def test_a_prepaid_order_passes_everything_but_a_stopped_customer() -> None:
    position = Position(exposure=PARTS, limit=D(1), overdue=[Debt(D(99_999), 400)], grade="D")
    assert decide(position, D(30_000), ORDER_RULES, prepaid=True).action == Action.PASS
    stopped = replace(position, holds=["涉诉"])
    assert [each.code for each in decide(stopped, D(1), ORDER_RULES, prepaid=True).reasons] == ["manual_hold"]


def test_who_was_let_go_needs_no_agreement_but_is_blocked_as_ever() -> None:
    position = Position(exposure=PARTS, limit=D(500_000))
    assert decide(position, D(30_000), ORDER_RULES, let_go=True).action == Action.WARN
    assert decide(replace(position, holds=["涉诉"]), D(1), ORDER_RULES, let_go=True).action == Action.BLOCK


EVERY_POSITION = Position(
    exposure=PARTS,
    limit=D(500_000),
    group_exposure=D(900_000),
    group_limit=D(900_000),
    overdue=[Debt(D(99_999), 400)],
    holds=["涉诉"],
    security_missing=D(1),
    grade="D",
    longest_term=0,
    review_days=9,
    broken=[9],
    dunning=3,
    contract=ContractRoom("HT-1", D(100), D(90)),
)


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize("check", list(Check))
def test_every_reason_has_words_in_every_language(check: Check, language: str) -> None:
    position = (
        replace(EVERY_POSITION, limit=None, group_limit=None) if check == Check.NO_LIMIT else EVERY_POSITION
    )
    amount = D(1) if check == Check.LIMIT_SHARE else D(30_000)
    rule = Rule(Gate.ORDER, check, Action.APPROVE, share=D("0.5"), grades=("D",))
    [reason] = decide(position, amount, [rule], term_days=30).reasons
    with translation.override("zh-hans"):
        chinese = sentence(reason, "CNY")
    with translation.override(language):
        text = sentence(reason, "CNY")
        words = action_word(Action.APPROVE)
    assert text != check.value
    assert words
    if language == "en":
        assert text != chinese
        assert not re.search(r"[\u4e00-\u9fff]", text.replace("涉诉", ""))


@pytest.mark.parametrize(
    ("level", "least", "speaks"), [(0, 1, False), (1, 0, True), (2, 3, False), (3, 3, True)]
)
def test_a_dunning_level_speaks_from_its_own_on(level: int, least: int, speaks: bool) -> None:
    rule = Rule(Gate.ORDER, Check.DUNNING, Action.BLOCK, days=least)
    verdict = decide(Position(dunning=level), D(1), [rule])
    assert verdict.action == (Action.BLOCK if speaks else Action.PASS)
    if speaks:
        assert str(level) in sentence(verdict.reasons[0], "CNY")

"""Promises that were not kept count against a customer, as of a day and as known then."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from huikuan.audit.models import Clock
from huikuan.audit.operations import act
from huikuan.collection.models import CollectionAction, PaymentPromise
from huikuan.collection.operations import complete_policies
from huikuan.credit.facts import customer_facts
from huikuan.credit.operations import Asked, ScopedRule, check_credit, save_gate_rules
from huikuan.credit.queries import standings_under
from huikuan.credit.rules import Action, Check, Gate, Rule
from huikuan.credit.terms import read_terms
from tests.collection.test_runs import run as run_day
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def promise(books: Books, on: str, state: str, judged: str | None, customer: str = "C1") -> None:
    with act("record_promises", actor=books.actor) as opened:
        PaymentPromise.objects.create(
            organization_id=books.organization.pk,
            act_id=opened.id,
            customer=books.customer(customer),
            channel="phone",
            collector_name="催收员",
            made_on=day(on),
            promised_on=day(on),
            grace_days=0,
            currency="CNY",
            amount=Decimal(100),
            state=state,
            judged_on=day(judged) if judged else None,
        )


def test_broken_promises_of_twelve_months_are_counted(books: Books) -> None:
    promise(books, "2026-03-01", "broken", "2026-03-05")
    promise(books, "2026-04-01", "partly", "2026-04-05")
    promise(books, "2026-05-01", "kept", "2026-05-01")
    promise(books, "2026-11-01", "open", None)
    promise(books, "2025-03-01", "broken", "2025-03-05")
    promise(books, "2026-05-01", "kept", "2026-05-01", customer="C2")
    books.customer("C3")

    def counts(on: str) -> dict[str, int]:
        found = customer_facts(as_of=day(on))
        return {
            code: int(found[customer.pk]["broken_promises"])
            for code, customer in books.customers.items()
            if "broken_promises" in found.get(customer.pk, {})
        }

    assert counts("2026-11-21") == {"C1": 2, "C2": 0}
    assert counts("2026-04-04") == {"C1": 1}
    assert counts("2025-12-31") == {"C1": 1}
    one = books.customer("C1").pk
    assert customer_facts([one], as_of=day("2026-11-21"))[one]["broken_promises"] == 2


def test_a_promise_recorded_later_is_not_known_before(books: Books) -> None:
    promise(books, "2026-03-01", "broken", "2026-03-05")
    then = Clock.objects.get().ticked_at
    promise(books, "2026-03-02", "broken", "2026-03-06")
    key = books.customer().pk
    known = customer_facts([key], as_of=day("2026-11-21"), known_at=then)
    judged = timezone.localdate(then) >= day("2026-03-05")
    assert known.get(key, {}).get("broken_promises") == (1 if judged else None)
    assert customer_facts([key], as_of=day("2026-11-21"))[key]["broken_promises"] == 2


def test_the_level_of_dunning_is_the_last_step_done_about_what_is_open(books: Books) -> None:
    complete_policies(actor=books.actor, in_force=True)
    books.invoice("Z", "2026-03-01", "800", due="2026-04-02")
    run_day(books, date(2026, 6, 1))
    key, today = books.customer().pk, date(2026, 6, 2)
    rule = ScopedRule(Rule(Gate.ORDER, Check.DUNNING, Action.BLOCK, days=2))
    save_gate_rules([rule], actor=books.actor)

    def level() -> int:
        terms = read_terms([key], day=today)
        return standings_under(terms, day=today, gate=Gate.ORDER)[key].dunning

    assert level() == 0, "planned is not done"
    CollectionAction.objects.filter(channel="letter").update(state="done")
    deep = level()
    asked = Asked(customer_id=key, amount=Decimal(1), reference="SO-1")
    decision = check_credit(asked, actor=books.actor, today=today)
    assert deep >= 2 and decision.decision == Action.BLOCK
    assert [(each.code, each.figures["level"]) for each in decision.reasons] == [("dunning", str(deep))]
    books.receipt("R", "2026-06-02", "800")
    books.allocate("R", "Z", "800", "2026-06-02")
    assert level() == 0, "what was chased is paid"

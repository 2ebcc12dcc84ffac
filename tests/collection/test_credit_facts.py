"""Promises that were not kept count against a customer, as of a day and as known then."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from huikuan.audit.models import Clock
from huikuan.audit.operations import act
from huikuan.collection.models import PaymentPromise
from huikuan.credit.facts import customer_facts
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

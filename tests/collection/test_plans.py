"""A repayment plan from its making to its end: what it holds, what limits it, who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.checks import broken_rows
from huikuan.collection.chased import Asked, open_claims
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.credit_facts import broken_promises
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.instalments import PlanState, even_instalments
from huikuan.collection.limitation import limitations
from huikuan.collection.models import PlanInstalment, RepaymentPlan
from huikuan.collection.operations import (
    NewPlan,
    NewPromise,
    add_interest,
    judge_plans,
    make_plan,
    record_promise,
    sign_plan,
    withdraw_plan,
)
from huikuan.collection.planned import planned_items
from huikuan.collection.points import SHIPPED, Weights
from huikuan.collection.requests import PLAN as PLAN_KIND
from huikuan.collection.requests import ask_plan
from huikuan.collection.worklist import work_line
from huikuan.credit.ledger_facts import Knowledge
from huikuan.files.operations import attach_file
from tests.approvals.company import Company
from tests.collection.test_promises import owing, pay

pytestmark = pytest.mark.django_db
D = Decimal
MADE, FIRST = date(2026, 6, 1), date(2026, 6, 30)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SIGNED = b"%PDF-1.4\nsigned by the debtor"


def made(books: Any, total: str = "1500", count: int = 3, **values: Any) -> RepaymentPlan:
    parts = even_instalments(D(total), count=count, first_on=FIRST)
    new = NewPlan(
        customer_id=books.customer("C1").pk, made_on=MADE, instalments=parts, terms="分三期", **values
    )
    return make_plan(new, actor=books.actor, today=books.today)


def attached(books: Any, plan: RepaymentPlan, content: bytes = SIGNED) -> None:
    attach_file(
        record_kind="repayment_plan",
        record_id=plan.pk,
        name="还款计划.pdf",
        content=content,
        actor=books.actor,
        now=NOW,
    )


def signed(books: Any, plan: RepaymentPlan) -> RepaymentPlan:
    attached(books, plan)
    return sign_plan(plan.pk, signed_on=MADE, signer="王总", actor=books.actor, today=books.today, now=NOW)


def judged(books: Any, plan: RepaymentPlan, day: date) -> RepaymentPlan:
    judge_plans(actor=books.actor, day=day)
    return RepaymentPlan.objects.get(pk=plan.pk)


def test_a_signed_plan_puts_off_asking_and_never_the_age(books: Any) -> None:
    owing(books)
    today, key = date(2026, 6, 2), books.customer("C1").pk
    plan = made(books)
    assert (plan.claimed, plan.total, plan.state) == (D(1500), D(1500), PlanState.DRAFT)
    assert work_line(key, Weights(SHIPPED), today=today) is not None
    with pytest.raises(CollectionRefused) as refused:
        sign_plan(plan.pk, signed_on=MADE, signer="", actor=books.actor, today=books.today, now=NOW)
    assert refused.value.code == "signature_missing"
    signed(books, plan)
    due = books.item("A").effective_due_on
    assert set(planned_items([books.item("A").pk])) == {books.item("A").pk}
    assert work_line(key, Weights(SHIPPED), today=today) is None
    assert open_claims([Asked(key, today)]) == [[]]
    assert len(open_claims([Asked(key, date(2026, 5, 20))])[0]) == 2
    assert due == date(2026, 5, 1)
    with pytest.raises(CollectionRefused) as refused:
        record_promise(
            NewPromise(customer_id=key, made_on=MADE, promised_on=FIRST, item_ids=[books.item("A").pk]),
            actor=books.actor,
            today=books.today,
        )
    assert refused.value.code == "item_is_planned"
    # The debtor's agreement, and three years from the last instalment (Civil Code art. 189, 195).
    found = limitations(item_ids=[books.item("A").pk])[books.item("A").pk]
    assert (found.due_on, found.interrupted_on, found.expires_on) == (
        date(2026, 8, 30),
        MADE,
        date(2029, 8, 30),
    )
    withdraw_plan(plan.pk, reason="改签", actor=books.actor, today=books.today)
    assert limitations(item_ids=[books.item("A").pk])[books.item("A").pk].expires_on == date(2029, 6, 1)
    assert work_line(key, Weights(SHIPPED), today=today) is not None


def test_kept_broken_and_mended(books: Any) -> None:
    owing(books)
    plan = signed(books, made(books))
    pay(books, "R1", "A", "500", "2026-06-30")
    plan = judged(books, plan, date(2026, 7, 1))
    assert (plan.state, plan.paid) == ("open", D(500))
    assert list(PlanInstalment.objects.order_by("position").values_list("paid", flat=True)) == [500, 0, 0]
    plan = judged(books, plan, date(2026, 8, 7))
    assert (plan.state, plan.ended_on) == ("partly", date(2026, 8, 7))
    line = work_line(books.customer("C1").pk, Weights(SHIPPED), today=date(2026, 8, 8))
    assert line is not None and line.broken and line.overdue == D(1000)
    known = Knowledge(books.organization.pk, date(2026, 9, 1), None, date(2026, 1, 1))
    facts = broken_promises(None, known)[books.customer("C1").pk]
    assert facts == {"broken_promises": D(1)}
    assert judge_plans(actor=books.actor, day=date(2026, 8, 7)).changed == ()
    pay(books, "R2", "A", "500", "2026-07-30")  # money of then, allocated later
    plan = judged(books, plan, date(2026, 8, 8))
    assert (plan.state, plan.ended_on) == ("open", None)
    pay(books, "R3", "B", "500", "2026-08-30")
    assert judged(books, plan, date(2026, 8, 31)).state == "kept"
    found = broken_rows(COLLECTION_VALIDATIONS, organization=books.organization, now=NOW)
    assert not any(found.values())


def test_interest_and_waiver(books: Any) -> None:
    owing(books)
    plan = signed(books, made(books, "1450", interest=D(50), waived=D(100)))
    pay(books, "R1", "A", "1000", "2026-06-30")
    pay(books, "R2", "B", "400", "2026-07-20")
    assert judged(books, plan, date(2026, 10, 1)).state == "open"
    books.invoice("LI", "2026-09-01", "60", due="2026-09-10")
    with pytest.raises(CollectionRefused) as refused:
        add_interest(plan.pk, item_id=books.item("LI").pk, actor=books.actor)
    assert refused.value.code == "interest_exceeded"
    books.invoice("LJ", "2026-09-01", "50", due="2026-09-10")
    add_interest(plan.pk, item_id=books.item("LJ").pk, actor=books.actor)
    pay(books, "R3", "LJ", "50", "2026-09-05")
    plan = judged(books, plan, date(2026, 10, 2))
    assert plan.state == "kept"
    # What was waived waits for its credit note and is not asked for.
    assert books.item("B").pk in planned_items([books.item("B").pk])


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"total": "1499.99"}, "instalments_do_not_sum_up"),
        ({"total": "1500", "waived": D(1500)}, "amounts_out_of_range"),
        ({"total": "1500", "breach_days": 91}, "breach_out_of_range"),
        ({"total": "1500", "item_ids": []}, "nothing_to_plan"),
    ],
)
def test_bad_input_has_its_name(books: Any, values: dict[str, Any], code: str) -> None:
    owing(books)
    with pytest.raises(CollectionRefused) as refused:
        made(books, **values)
    assert refused.value.code == code
    assert not RepaymentPlan.objects.exists()


def test_signing_waits_for_whom_the_organization_wants(books: Any) -> None:
    company = Company(books)
    company.hire("钱总", "finance_manager")
    collector = company.hire("李催", "collector")
    company.policy(PLAN_KIND, ("0", "finance_manager"))
    owing(books)
    plan = made(books, total="1400", waived=D(100))
    attached(books, plan)
    asked = ask_plan(plan, signed_on=MADE, signer="王总", actor=collector, today=books.today)
    assert asked.request is not None and RepaymentPlan.objects.get().state == PlanState.DRAFT
    company.approve(asked.request, "钱总")
    signed = RepaymentPlan.objects.get()
    assert (signed.state, signed.signed_on, signed.signer) == (PlanState.OPEN, MADE, "王总")

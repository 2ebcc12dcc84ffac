"""Runs of the policies: each step of an item once, a customer in one piece, and a year of days at one blow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from huikuan.audit.operations import act
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import ActionItem, CollectionAction, CollectionRun, PolicyStep, RunSkip
from huikuan.collection.operations import (
    NewPromise,
    complete_policies,
    create_policy,
    judge_promises,
    pause_collection,
    put_in_force,
    record_promise,
    run_collection,
    save_draft,
    set_hold_out,
    withdraw_promise,
)
from huikuan.collection.policy_queries import content_of, policy_by_code, versions_on
from huikuan.collection.simulation import Simulation, simulate
from huikuan.collection.stepping import Content, Means, Reason, Scope, Step, Trigger
from huikuan.core.postgres.fields import new_id
from huikuan.customers.models import Contact as Person
from huikuan.disputes.errors import DisputeRefused
from huikuan.disputes.models import DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute

pytestmark = pytest.mark.django_db
D = Decimal
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 6, 1)


def run(books: Any, day: date, *, dry_run: bool = False) -> Any:
    now = datetime.combine(day, datetime.min.time(), tzinfo=SHANGHAI)
    return run_collection(actor=books.actor, day=day, now=now, dry_run=dry_run)


def person(books: Any, customer: str, *, email: str = "a@buyer.example", phone: str = "") -> Person:
    made = Person(customer=books.customer(customer), name="钱经理", position="财务经理")
    made.organization_id = books.organization.pk
    made.email, made.phone = email, phone
    made.save()
    return made


def in_force(books: Any, *steps: Step, code: str = "p", **values: Any) -> Any:
    content = Content(steps=steps, **values)
    version = create_policy(code=code, name="策略", content=content, actor=books.actor)
    return put_in_force(version.pk, starts_on=date(2020, 1, 1), actor=books.actor, today=date(2020, 1, 1))


def call(days: int, **values: Any) -> Step:
    values.setdefault("channels", (Means.PHONE,))
    return Step(name=f"第 {days} 天", days=days, **values)


def actions(day: date | None = None) -> list[tuple[str, str, str, int]]:
    found = CollectionAction.objects.all() if day is None else CollectionAction.objects.filter(on=day)
    return sorted(found.values_list("customer__code", "step__name", "channel", "items"))


def test_the_shipped_policy_plans_and_a_repeat_plans_nothing(books: Any) -> None:
    complete_policies(actor=books.actor, in_force=True)
    person(books, "C1")
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")  # a day overdue on Monday
    books.invoice("B", "2026-03-01", "500", due="2026-06-01")
    books.invoice("Z", "2026-03-01", "800", due="2026-04-02", customer="C2")  # 60 days overdue
    before = CollectionAction.objects.count()
    assert run(books, MONDAY, dry_run=True).as_json() == {
        "planned": 2, "skipped": {}, "queued": 0, "waiting_approval": 0,
    }  # fmt: skip
    assert CollectionAction.objects.count() == before and not CollectionRun.objects.exists()
    assert run(books, MONDAY).planned == 2
    assert actions() == [
        ("C1", "逾期 1 天联系", "phone", 2),
        ("C2", "上门，最后一次催款函", "letter", 1),
        ("C2", "上门，最后一次催款函", "visit", 1),
    ]
    led = CollectionAction.objects.get(customer__code="C1")
    assert (led.oldest.document.number, led.amount) == ("A", D(1500))
    again = run(books, MONDAY)
    assert (again.planned, again.skipped) == (0, {"done": 3})
    with pytest.raises(CollectionRefused) as refused:
        run(books, MONDAY - timedelta(days=1))
    assert refused.value.code == "day_before_last_run"


def test_the_database_keeps_a_second_of_a_step(books: Any) -> None:
    in_force(books, call(1))
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")
    run(books, MONDAY)
    row = ActionItem.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.create(
            organization_id=row.organization_id, action=row.action, item=row.item, step_key=row.step_key,
            cycle=row.cycle, event_on=row.event_on, due_on=row.due_on, currency="CNY", open_amount=1, open_base=1,
        )  # fmt: skip


def test_the_database_keeps_what_an_action_is_about_with_its_customer(books: Any) -> None:
    in_force(books, call(1))
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")
    books.invoice("B", "2026-03-01", "900", due="2026-06-20", customer="C2")
    run(books, MONDAY)
    row, led, other = ActionItem.objects.get(), CollectionAction.objects.get(), books.item("B")

    def put(**named: Any) -> None:
        ActionItem.objects.create(
            organization_id=row.organization_id, step_key=new_id(), cycle=0, event_on=row.event_on,
            due_on=row.due_on, currency="CNY", open_amount=1, open_base=1, **named,
        )  # fmt: skip

    def plan(**named: Any) -> None:
        same = {
            "run_id": led.run_id,
            "customer_id": led.customer_id,
            "oldest_id": led.oldest_id,
            "on": MONDAY,
            **named,
        }
        with act("run_collection", actor=books.actor) as opened:
            CollectionRun.objects.create(
                pk=new, organization_id=row.organization_id, act_id=opened.id, on=MONDAY, planned=1, waiting=0
            )
            CollectionAction.objects.create(
                organization_id=row.organization_id, act_id=opened.id, step_id=led.step_id, channel="visit",
                state="planned", items=1, amount=1, **same,
            )  # fmt: skip

    new = new_id()
    for wrong in (
        lambda: put(action_id=led.pk, item_id=other.pk),
        lambda: put(action_id=led.pk, item_id=new_id()),
        lambda: put(action_id=new_id(), item_id=row.item_id),
        lambda: plan(run_id=new, oldest_id=other.pk),
        lambda: plan(run_id=new, customer_id=new_id()),
        lambda: plan(run_id=led.run_id),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    plan(run_id=new)


def test_missed_days_are_made_up_once_by_the_latest_step(books: Any) -> None:
    in_force(books, call(1), call(3), call(7, repeat_days=2, repeats=3), window=5)
    books.invoice("A", "2026-03-01", "1000", due="2026-05-25")
    assert (
        run(books, date(2026, 5, 29)).planned == 1
    )  # the 4th day: the step of the 3rd, never that of the 1st
    assert [name for _c, name, _m, _n in actions()] == ["第 3 天"]
    assert run(books, date(2026, 6, 12)).planned == 1  # days 7, 9, 11, 13 came up: the last of them once
    assert ActionItem.objects.order_by("-id")[0].cycle == 3
    assert run(books, date(2026, 6, 13)).planned == 0
    late = run(books, date(2026, 7, 31))
    assert (late.planned, late.skipped) == (0, {})


def test_who_is_left_out_and_why(books: Any) -> None:
    in_force(books, call(1), call(5, channels=(Means.EMAIL,), template="overdue"), minimum=D(100))
    for code in ("P", "D", "Q", "S", "E", "M", "OK"):
        books.invoice(f"{code}1", "2026-03-01", "1000", due="2026-05-31", customer=code)
    pause_collection(
        books.customer("P").pk, until_on=date(2026, 12, 31), reason="谈判中", actor=books.actor, today=MONDAY
    )
    new = NewDispute(item_id=books.item("D1").pk, reason="quality", amount=D(1000))
    open_dispute(new, actor=books.actor, today=MONDAY)
    record_promise(
        NewPromise(customer_id=books.customer("Q").pk, made_on=MONDAY, promised_on=date(2026, 6, 5)),
        actor=books.actor,
        today=MONDAY,
    )
    books.invoice("S2", "2026-03-01", "50", due="2026-05-31", customer="SMALL")
    books.receipt("R", "2026-06-01", "1000", customer="M")
    books.invoice("E2", "2026-03-01", "1000", due="2026-05-27", customer="E")
    found = run(books, MONDAY)
    assert found.skipped == {
        "below_minimum": 1, "disputed": 1, "money_came": 1, "no_address": 1, "paused": 1, "promised": 1,
    }  # fmt: skip
    assert {code for code, *_rest in actions()} == {"OK", "S", "E"}
    assert set(RunSkip.objects.values_list("customer__code", "reason")) == {
        ("SMALL", "below_minimum"), ("D", "disputed"), ("M", "money_came"), ("E", "no_address"), ("P", "paused"),
        ("Q", "promised"),
    }  # fmt: skip


def test_which_policy_decides(books: Any) -> None:
    in_force(books, replace(call(1), name="所有人"), priority=100)
    scopes = ((Scope.SEGMENT, "重点"), (Scope.REGION, "华东"), (Scope.REGION, "华南"))
    in_force(books, replace(call(1), name="重点"), code="key", scopes=scopes, priority=10)
    hand = ((Scope.CUSTOMER, str(books.customer("H").pk)),)
    in_force(books, replace(call(1), name="手选"), code="hand", scopes=hand, priority=5)
    head = books.customer("G1")
    books.customer("G2", parent=head)
    group = ((Scope.GROUP, str(head.pk)),)
    in_force(books, replace(call(1), name="集团"), code="group", scopes=group, priority=7)
    books.customer("K", segment="重点", region="华南")
    books.customer("N", segment="重点", region="华北")
    for code in ("H", "K", "N", "G1", "G2"):
        books.invoice(f"{code}-1", "2026-03-01", "100", due="2026-05-31", customer=code)
    run(books, MONDAY)
    assert [(code, name) for code, name, *_rest in actions()] == [
        ("G1", "集团"), ("G2", "集团"), ("H", "手选"), ("K", "重点"), ("N", "所有人"),
    ]  # fmt: skip


def test_a_step_that_was_made_is_not_made_again_by_a_later_version(books: Any) -> None:
    version = in_force(books, call(1), call(3))
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")
    run(books, MONDAY)
    changed = replace(content_of(version), minimum=D(10))
    draft = save_draft(version.policy_id, changed, actor=books.actor)
    put_in_force(draft.pk, starts_on=MONDAY, actor=books.actor, today=MONDAY)
    assert [each.number for each in versions_on(MONDAY)] == [2]
    assert run(books, MONDAY).planned == 0
    assert run(books, MONDAY + timedelta(days=2)).planned == 1


def test_a_version_in_force_stays_as_it_is(books: Any) -> None:
    version = in_force(books, call(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version).update(days=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyStep.objects.filter(version=version)._raw_delete("default")  # type: ignore[attr-defined]


def test_states_bring_steps_too(books: Any) -> None:
    in_force(
        books,
        replace(call(2, trigger=Trigger.BROKEN), name="失信"),
        replace(call(0, trigger=Trigger.DISPUTE), name="争议"),
        replace(call(-90, trigger=Trigger.LIMITATION), name="时效"),
    )
    books.invoice("A", "2026-03-01", "1000", due="2026-05-01")
    books.invoice("B", "2026-03-01", "700", due="2026-05-01", customer="C2")
    books.invoice("C", "2023-01-01", "900", due="2023-08-30", customer="C3")  # 90 days before 2026-08-30
    new = NewPromise(customer_id=books.customer("C1").pk, made_on=MONDAY, promised_on=date(2026, 6, 5))
    record_promise(new, actor=books.actor, today=MONDAY)
    made = open_dispute(
        NewDispute(item_id=books.item("B").pk, reason="quality", amount=D(700)),
        actor=books.actor,
        today=MONDAY,
    )
    assert run(books, MONDAY).planned == 1
    resolve_dispute(
        made.pk, state=DisputeState.SETTLED, outcome="协商一致", actor=books.actor, today=date(2026, 6, 8)
    )
    run(books, date(2026, 6, 8))
    judge_promises(actor=books.actor, day=date(2026, 6, 9))
    assert run(books, date(2026, 6, 10)).planned == 0
    run(books, date(2026, 6, 11))
    assert [(name, day) for name, day in CollectionAction.objects.order_by("on").values_list("step__name", "on")] == [
        ("时效", MONDAY), ("争议", date(2026, 6, 8)), ("失信", date(2026, 6, 11)),
    ]  # fmt: skip


def small_ledger(books: Any, chance: Random) -> Iterator[tuple[date, Any]]:
    """Half a year of a small company, as acts on days: invoices, payments, promises, disputes, pauses."""
    begin = date(2026, 1, 1)
    for number in range(30):
        customer = f"C{chance.randrange(6)}"
        on = begin + timedelta(days=chance.randrange(50))
        due = on + timedelta(days=chance.choice((0, 15, 30, 45)))
        amount = chance.choice((80, 500, 2000))
        books.invoice(f"I{number}", on.isoformat(), str(amount), due=due.isoformat(), customer=customer)
        if chance.random() < 0.6:
            paid = due + timedelta(days=chance.randrange(-5, 60))
            part = amount if chance.random() < 0.7 else amount // 2
            yield max(paid, on), ("pay", number, customer, part)
        if chance.random() < 0.3:
            yield (
                due + timedelta(days=chance.randrange(1, 12)),
                ("promise", number, customer, chance.randrange(1, 10)),
            )
        if chance.random() < 0.2:
            yield (
                due + timedelta(days=chance.randrange(1, 10)),
                ("dispute", number, customer, chance.randrange(1, 15)),
            )


def act_on(books: Any, day: date, what: Any, later: dict[date, list[Any]]) -> None:
    kind, number, customer, value = what
    if kind in ("settle", "withdraw"):
        end_of(books, day, kind, number)
        return
    item = books.item(f"I{number}")
    if kind == "pay" and item.open_amount >= value:
        books.receipt(f"R{number}", day.isoformat(), str(value), customer=customer)
        books.allocate(f"R{number}", f"I{number}", str(value), day.isoformat())
    elif kind == "promise" and item.open_amount:
        new = NewPromise(
            customer_id=books.customer(customer).pk,
            made_on=day,
            promised_on=day + timedelta(days=value),
            item_ids=[item.pk],
        )
        try:
            with transaction.atomic():
                made = record_promise(new, actor=books.actor, today=day)
        except CollectionRefused:
            return
        if value == 1:
            later.setdefault(day + timedelta(days=1), []).append(("withdraw", made.pk, customer, 0))
    elif kind == "dispute" and item.open_amount:
        made = open_dispute(
            NewDispute(item_id=item.pk, reason="quality", amount=item.open_amount),
            actor=books.actor,
            today=day,
        )
        later.setdefault(day + timedelta(days=value), []).append(("settle", made.pk, customer, 0))


def end_of(books: Any, day: date, kind: str, key: Any) -> None:
    """A dispute is settled, or a promise withdrawn, unless it has ended already."""
    with suppress(DisputeRefused, CollectionRefused), transaction.atomic():
        if kind == "settle":
            resolve_dispute(key, state=DisputeState.SETTLED, outcome="协商", actor=books.actor, today=day)
        else:
            withdraw_promise(key, reason="改期", actor=books.actor, today=day)


def in_words(books: Any, found: Simulation) -> set[tuple[date, str, str, int, Decimal]]:
    names = dict(PolicyStep.objects.values_list("pk", "name"))
    codes = {each.pk: code for code, each in books.customers.items()}
    return {
        (each.on, codes[each.customer_id], names[each.step_id], each.items, each.asked)
        for each in found.planned
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulation_of_the_past_equals_the_runs_of_every_day(books: Any, seed: int) -> None:
    chance = Random(seed)
    version = in_force(
        books,
        call(-3),
        call(1),
        call(4, minimum=D(300)),
        call(9, repeat_days=7, repeats=3),
        replace(call(0, trigger=Trigger.BROKEN), name="失信"),
        replace(call(1, trigger=Trigger.DISPUTE), name="争议"),
        weekdays="135" if seed == 1 else "1234567",
        window=3,
        minimum=D(90),
    )
    acts: dict[date, list[Any]] = {}
    for day, what in small_ledger(books, chance):
        acts.setdefault(day, []).append(what)
    first, last = date(2026, 1, 5), date(2026, 4, 20)
    held = [row.key for row in PolicyStep.objects.filter(days__in=(4, 9))]
    for day in (first + timedelta(days=each) for each in range((last - first).days + 1)):
        for at, percent in {date(2026, 1, 20): 50, date(2026, 3, 20): 25, date(2026, 4, 6): 0}.items():
            for key in held if day == at else ():
                set_hold_out(key, percent=percent, actor=books.actor, today=day)
        for what in acts.pop(day, []):
            act_on(books, day, what, acts)
        judge_promises(actor=books.actor, day=day)
        run(books, day)
    rows = CollectionAction.objects.values_list("on", "customer__code", "step__name", "items", "amount")
    made = set(rows)
    assert len(made) > 40 and CollectionAction.objects.count() == len(made)
    found = simulate(version, first=first, last=last, today=last)
    assert in_words(books, found) == made
    assert RunSkip.objects.filter(reason=Reason.HELD_OUT).exists() and found.skipped[Reason.HELD_OUT]


def test_a_policy_by_its_code(books: Any) -> None:
    in_force(books, call(1))
    assert policy_by_code("p").name == "策略"
    with pytest.raises(CollectionRefused):
        policy_by_code("none")

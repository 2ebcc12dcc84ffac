"""The worklist: who is on it, why first, page by page, and the same points in SQL as in the rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from huikuan.approvals.operations import delegate
from huikuan.audit.checks import broken_rows
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Assignment, CustomerStanding
from huikuan.collection.operations import (
    NewContact,
    NewPromise,
    assign_collector,
    fold_standings,
    judge_promises,
    record_contact,
    record_promise,
    save_setting,
)
from huikuan.collection.points import SHIPPED, Signal, Standing, Weights, points
from huikuan.collection.queries import Setting, desks_of, setting_in_force
from huikuan.collection.rules import Channel, NextStep, Result
from huikuan.collection.standings import changed_customers
from huikuan.collection.worklist import (
    ALONE,
    BROKEN,
    MINE,
    PROMISED,
    TEAM,
    UNASSIGNED,
    WorkFilter,
    work_counts,
    work_line,
    work_lines,
)
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.ledger.models import OpenItem
from huikuan.organizations.queries import actor_of
from huikuan.risk.payments.models import CustomerOutlook
from huikuan.risk.payments.outlook import FRESH_DAYS
from tests.web.people import member, seller

D = Decimal
TODAY = date(2026, 11, 21)
WEIGHTS = Weights(SHIPPED)


def test_points_of_a_customer_and_what_they_are_for() -> None:
    standing = Standing(
        overdue=D(250_000),
        overdue_days=45,
        contacted_on=TODAY - timedelta(days=10),
        claimed=D(200_000),
        next_on=TODAY,
        promised_on=None,
        broken=True,
        expires_on=TODAY + timedelta(days=60),
    )
    assert points(standing, WEIGHTS, today=TODAY) == {
        Signal.AMOUNT: 15,
        Signal.AGE: 10,
        Signal.GROWN: 5,
        Signal.BROKEN: 25,
        Signal.LIMITATION: 20,
        Signal.SILENCE: 5,
        Signal.STEP_DUE: 25,
    }
    waiting = Standing(D(1), 1, contacted_on=TODAY, next_on=TODAY + timedelta(days=1))
    assert points(waiting, WEIGHTS, today=TODAY) == {Signal.LATER: -40}
    promised = Standing(D(10**9), 400, promised_on=TODAY + timedelta(days=1))
    found = points(promised, WEIGHTS, today=TODAY)
    assert (found[Signal.AMOUNT], found[Signal.AGE], found[Signal.PROMISED]) == (30, 20, -40)


def _owe(books: Any, code: str, amount: str, due: str = "2026-10-01", **values: Any) -> None:
    books.customer(code, **values)
    books.invoice(f"I-{code}-{due}", "2023-10-01", amount, due=due, customer=code)


def _log(books: Any, code: str, on: str, step: NextStep | None = None, next_on: str = "") -> None:
    record_contact(
        NewContact(
            customer_id=books.customer(code).pk,
            channel=Channel.PHONE,
            result=Result.REACHED,
            made_at=datetime.fromisoformat(f"{on}T10:00:00+08:00"),
            next_step=step,
            next_on=date.fromisoformat(next_on) if next_on else None,
        ),
        actor=books.actor,
        today=TODAY,
    )


def _codes(part: str = TEAM, **values: Any) -> list[str]:
    return [line.code for line in work_lines(WorkFilter(part, **values), WEIGHTS, today=TODAY)]


@pytest.mark.django_db
def test_the_statement_adds_up_what_the_rule_says(books: Any) -> None:
    random = Random(7)
    for place in range(30):
        code = f"C{place:02}"
        late = random.choice([1, 20, 89, 400, 365 * 3 - 10, 365 * 3 - 100, 365 * 4])
        due = TODAY - timedelta(days=late)
        _owe(books, code, str(random.choice([1, 33_333, 250_000, 9_000_000])), due.isoformat())
        if random.random() < 0.5:
            days = random.randint(0, 40)
            after = random.choice([-days, 0, 5])
            _log(
                books,
                code,
                (TODAY - timedelta(days=days)).isoformat(),
                *([NextStep.CALL, (TODAY + timedelta(days=after)).isoformat()] if after else []),
            )
            if random.random() < 0.5:
                _owe(books, code, "5000", "2026-11-02")
        if random.random() < 0.5:
            made = TODAY - timedelta(days=random.choice([0, 30]) if late > 30 else 0)
            record_promise(
                NewPromise(
                    customer_id=books.customer(code).pk,
                    made_on=made,
                    promised_on=max(made, TODAY - timedelta(days=random.choice([20, 0, -2]))),
                ),
                actor=books.actor,
                today=TODAY,
            )
    judge_promises(actor=books.actor, day=TODAY)
    lines = work_lines(WorkFilter(), WEIGHTS, today=TODAY, limit=100)
    assert len(lines) == 30
    for line in lines:
        assert sum(line.explained(WEIGHTS, today=TODAY).values()) == line.points, line
        assert work_line(line.customer_id, WEIGHTS, today=TODAY) == line
    assert lines == sorted(lines, key=lambda each: (-each.points, -each.customer_id.int))
    told = {signal for line in lines for signal in line.explained(WEIGHTS, today=TODAY)}
    assert told >= set(Signal) - {Signal.HELD, Signal.UNLIKELY, Signal.ALONE, Signal.REACHABLE, Signal.AWAY}
    pages, mark = [], ""
    while page := work_lines(WorkFilter(), WEIGHTS, today=TODAY, after=mark, limit=7):
        pages += page
        mark = page[-1].mark
    assert pages == lines
    assert work_lines(WorkFilter(), WEIGHTS, today=TODAY, before=lines[9].mark, limit=4) == lines[5:9]


@pytest.mark.django_db
def test_parts_of_the_list(books: Any) -> None:
    organization = books.organization
    user, salesperson = seller(organization)
    sales = actor_of(user)
    collector = actor_of(member(organization, "collector", name="吴催"))
    assert sales is not None and collector is not None
    _owe(books, "S", "100", salesperson=salesperson)
    _owe(books, "S2", "200", salesperson=salesperson)
    _owe(books, "N", "300")
    _owe(books, "NOT-DUE", "300", due="2026-12-31")
    mine = {"memberships": desks_of(sales, TODAY)}
    assert set(_codes()) == {"S", "S2", "N"}
    assert _codes(UNASSIGNED) == ["N"]
    assert set(_codes(MINE, **mine)) == {"S", "S2"}
    _log(books, "S2", "2026-11-21", NextStep.CALL, "2026-11-24")
    assert _codes(MINE, **mine) == ["S"]
    assert (
        assign_collector(
            [books.customer("S").pk, books.customer("N").pk],
            collector_id=collector.membership_id,
            reason="大额",
            actor=books.actor,
            today=TODAY,
        )
        == 2
    )
    assert _codes(MINE, **mine) == []
    assert set(_codes(MINE, memberships=desks_of(collector, TODAY))) == {"S", "N"}
    line = work_line(books.customer("S").pk, WEIGHTS, today=TODAY)
    assert line is not None and (line.collector, line.chosen, line.salesperson) == ("吴催", True, "业务员S1")
    assert _codes(people=[salesperson.pk], text="s") == ["S", "S2"]
    made = record_promise(
        NewPromise(
            customer_id=books.customer("N").pk, made_on=date(2026, 11, 10), promised_on=date(2026, 11, 19)
        ),
        actor=books.actor,
        today=TODAY,
    )
    assert _codes(PROMISED) == ["N"]
    judge_promises(actor=books.actor, day=date(2026, 11, 23))
    assert (_codes(PROMISED), _codes(BROKEN)) == ([], ["N"])
    counts = work_counts(WorkFilter(memberships=desks_of(collector, TODAY)), today=TODAY)
    assert dict(counts) == {MINE: 2, TEAM: 3, UNASSIGNED: 0, PROMISED: 0, BROKEN: 1, ALONE: 0}
    assert made.amount == D(300)


@pytest.mark.django_db
def test_whoever_is_away_is_covered_by_the_deputy(books: Any) -> None:
    first, second = (actor_of(member(books.organization, "collector")) for _each in range(2))
    assert first is not None and second is not None
    delegate(
        deputy_id=second.membership_id,
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=3),
        actor=first,
        today=TODAY,
    )
    assert desks_of(second, TODAY) == [second.membership_id, first.membership_id]
    assert desks_of(second, TODAY + timedelta(days=4)) == [second.membership_id]


@pytest.mark.django_db
def test_who_collected_from_whom_is_kept(books: Any) -> None:
    people = [actor_of(member(books.organization, "collector")) for _each in range(2)]
    customer = books.customer()
    for place, person in enumerate([*people, None]):
        assign_collector(
            [customer.pk],
            collector_id=person.membership_id if person else None,
            reason="轮换",
            actor=books.actor,
            today=TODAY + timedelta(days=place),
        )
    rows = Assignment.objects.filter(customer=customer).order_by("starts_on")
    assert [row.ends_on for row in rows] == [TODAY + timedelta(days=1), TODAY + timedelta(days=2)]
    stranger = actor_of(member(books.organization, "cashier"))
    assert stranger is not None
    with pytest.raises(CollectionRefused):
        assign_collector(
            [customer.pk], collector_id=stranger.membership_id, reason="", actor=books.actor, today=TODAY
        )


@pytest.mark.django_db
def test_the_weights_are_data(books: Any) -> None:
    _owe(books, "SMALL", "1000", "2025-10-01")
    _owe(books, "LARGE", "500000", "2026-11-20")
    assert _codes() == ["SMALL", "LARGE"] or _codes() == ["LARGE", "SMALL"]
    only = dict.fromkeys(Signal, 0)
    by_age = Setting(Weights({**only, Signal.AGE: 10}), 0)
    assert save_setting(by_age, actor=books.actor)
    assert not save_setting(by_age, actor=books.actor)
    assert setting_in_force() == by_age
    lines = work_lines(WorkFilter(), setting_in_force().weights, today=TODAY)
    assert [(line.code, line.points) for line in lines] == [("SMALL", 10), ("LARGE", 0)]
    with pytest.raises(CollectionRefused):
        save_setting(Setting(Weights({**only, Signal.AGE: 1001}), 0), actor=books.actor)
    with pytest.raises(CollectionRefused):
        save_setting(Setting(Weights(only, D(0)), 0), actor=books.actor)


@pytest.mark.django_db
def test_what_was_counted_beforehand_gives_the_same_lines(books: Any) -> None:
    for place, late in enumerate((0, 1, 40, 365 * 3 - 200, 365 * 3 - 170, 365 * 3 - 10)):
        _owe(books, f"C{place}", "1000", (TODAY - timedelta(days=late)).isoformat())
    _owe(books, "PAYS", "700")
    _owe(books, "ARGUES", "800")

    def counted(day: date = TODAY) -> dict[str, Decimal]:
        """The overdue of each line: as counted and as recorded, which must be one."""
        lines = work_lines(WorkFilter(), WEIGHTS, today=day, limit=100)
        assert lines == work_lines(WorkFilter(), WEIGHTS, today=day, limit=100, live=True)
        assert work_counts(WorkFilter(), today=day)[TEAM] == len(lines)
        return {line.code: line.overdue for line in lines}

    before = counted()
    assert fold_standings(today=TODAY) == 8
    assert not changed_customers(today=TODAY)
    assert counted() == before
    books.receipt("R1", "2026-11-20", "300", customer="PAYS")
    books.allocate("R1", "I-PAYS-2026-10-01", "300", "2026-11-20")
    item = OpenItem.objects.get(customer=books.customer("ARGUES"))
    open_dispute(NewDispute(item_id=item.pk, amount=D(500), reason="price"), actor=books.actor, today=TODAY)
    _log(books, "C1", "2026-11-20")
    assert set(changed_customers(today=TODAY)) == {
        books.customer(code).pk for code in ("PAYS", "ARGUES", "C1")
    }
    assert counted() == {**before, "PAYS": D(400), "ARGUES": D(300)}
    assert fold_standings(today=TODAY) == 3
    after = counted()
    # C0 falls due; limitation comes near for C3 and ends for C5; before the counted day everybody is read live.
    for days in (1, 9, 11, 20, 21, 40, -1):
        assert counted(TODAY + timedelta(days=days)).keys() - after.keys() == ({"C0"} if days > 0 else set())
        fold_standings(today=TODAY + timedelta(days=days))
        assert not changed_customers(today=TODAY + timedelta(days=days))
        counted(TODAY + timedelta(days=days))


@pytest.mark.raw_sql
@pytest.mark.django_db
def test_the_check_names_a_customer_whose_kept_row_is_wrong(books: Any) -> None:
    def broken() -> list[str]:
        now = datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC)
        found = broken_rows(COLLECTION_VALIDATIONS, organization=books.organization, now=now)
        return [row.number for row in found["standing_is_what_is_overdue"]]

    _owe(books, "C1", "1000")
    _owe(books, "C2", "700", "2026-12-01")
    fold_standings(today=TODAY)
    assert broken() == []
    CustomerStanding.objects.filter(pk=books.customer("C1").pk).update(overdue=D(999))
    assert broken() == ["C1"]
    books.receipt("R1", "2026-11-20", "300", customer="C1")
    assert broken() == [], "it is counted anew, so that nothing rests on it"


@pytest.mark.django_db
def test_outlooks_made_anew_stand_in_what_was_counted_beforehand(books: Any) -> None:
    for code in ("C1", "C2"):
        _owe(books, code, "1000", (TODAY - timedelta(days=20)).isoformat())
    fold_standings(today=TODAY)

    def slow(day: date = TODAY) -> dict[str, int | None]:
        """What each line says is left in four weeks: as kept and as joined, which must be one."""
        lines = work_lines(WorkFilter(), WEIGHTS, today=day)
        assert lines == work_lines(WorkFilter(), WEIGHTS, today=day, live=True)
        assert not changed_customers(today=day)
        return {each.code: each.slow for each in lines}

    def foresee(code: str, thousandths: int) -> None:
        CustomerOutlook.objects.filter(customer__code=code).delete()
        CustomerOutlook.objects.create(
            organization_id=books.organization.pk, customer=books.customer(code), as_of_on=TODAY, overdue=D(1000),
            slow=thousandths, late=D(0), late_share=0, likely_on=TODAY + timedelta(days=9),
        )  # fmt: skip

    assert slow() == {"C1": None, "C2": None}
    foresee("C1", 700)
    assert slow() == {"C1": 700, "C2": None}
    foresee("C1", 100)
    foresee("C2", 900)
    assert slow() == {"C1": 100, "C2": 900}
    CustomerOutlook.objects.filter(customer__code="C2").update(slow=800)
    assert slow() == {"C1": 100, "C2": 800}
    assert slow(TODAY + timedelta(days=FRESH_DAYS - 1)) == {"C1": 100, "C2": 800}
    assert slow(TODAY + timedelta(days=FRESH_DAYS)) == {"C1": None, "C2": None}
    CustomerOutlook.objects.filter(customer__code="C1").delete()
    assert slow() == {"C1": None, "C2": 800}
    _owe(books, "C2", "500", (TODAY - timedelta(days=3)).isoformat())
    fold_standings(today=TODAY)  # counted anew, what is foretold stays
    assert slow() == {"C1": None, "C2": 800}

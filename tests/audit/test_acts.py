"""Acts and the organization's clock: what is recorded has its moment, and nothing joins it later."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.models import Act, Clock, Event
from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.tenancy import OutsideTenant, tenant
from huikuan.ledger.models import Document, JournalEntry, JournalLine
from huikuan.organizations.actors import Actor
from tests.conftest import make_organization
from tests.ledger.checking import assert_nothing_broken

pytestmark = pytest.mark.django_db


def _constraint(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return str(error.value.__cause__.diag.constraint_name)  # type: ignore[union-attr]


def test_an_act_keeps_who_did_what_why_and_from_where(books: Any) -> None:
    user = uuid4()
    who = Actor(
        name="李会计",
        permissions=frozenset(),
        scope="all",
        user_id=user,
        roles=("ar_accountant", "cashier"),
        address="10.0.0.7",
    )
    with act("x", actor=who, origin_id=user, reason="更正") as opened:
        record_event(action="seen", record_kind="book", record_id=user, number="7", content={"a": 1})
    row = Act.objects.get(pk=opened.id)
    assert (row.actor_id, row.actor_name, row.roles, row.address, row.origin_id, row.reason) == (
        user,
        "李会计",
        "ar_accountant,cashier",
        "10.0.0.7",
        user,
        "更正",
    )
    assert row.recorded_at is not None
    event = Event.objects.get(act_id=opened.id)
    assert (event.action, event.record_kind, event.number, event.content) == ("seen", "book", "7", {"a": 1})


def test_each_act_is_recorded_later_than_the_one_before(books: Any) -> None:
    moments = []
    for _ in range(20):
        with act("x", actor=books.actor) as opened:
            pass
        moments.append(Act.objects.get(pk=opened.id).recorded_at)
    assert moments == sorted(set(moments))
    assert Clock.objects.get().ticked_at == moments[-1]


def test_time_moves_on_when_the_system_clock_was_set_back(books: Any) -> None:
    ahead = Clock.objects.get().ticked_at + timedelta(days=365)
    Clock.objects.update(ticked_at=ahead)
    with act("x", actor=books.actor) as opened:
        pass
    assert Act.objects.get(pk=opened.id).recorded_at == ahead + timedelta(microseconds=1)


def test_an_act_inside_an_act_is_part_of_it(books: Any) -> None:
    before = Act.objects.count()
    with act("outer", actor=books.actor) as outer:
        books.invoice("I1", "2026-01-05", "1.00")
        with act("inner", actor=books.actor) as inner:
            assert inner is outer
    assert Act.objects.count() == before + 1
    assert Document.objects.get().act_id == outer.id


def test_a_failed_act_leaves_nothing(books: Any) -> None:
    acts, ticked = Act.objects.count(), Clock.objects.get().ticked_at
    with pytest.raises(ZeroDivisionError), act("x", actor=books.actor):
        books.invoice("I1", "2026-01-05", "1.00")
        raise ZeroDivisionError
    assert Act.objects.count() == acts
    assert Clock.objects.get().ticked_at == ticked
    assert not Document.objects.exists()
    with act("y", actor=books.actor) as opened:
        pass
    assert Act.objects.get(pk=opened.id).kind == "y"


def test_outside_an_act_no_event_is_written(books: Any) -> None:
    with pytest.raises(RuntimeError):
        record_event(action="x", record_kind="x", record_id=uuid4())


def test_outside_a_tenant_there_is_no_act(db: None, actor: Actor) -> None:
    with pytest.raises(OutsideTenant), act("x", actor=actor):
        pass


@pytest.mark.parametrize("table", ["event", "document", "entry"])
def test_nothing_joins_an_act_that_is_recorded(books: Any, table: str) -> None:
    invoice = books.invoice("I1", "2026-01-05", "1.00")
    late: dict[str, Any] = {"organization_id": books.organization.pk, "act_id": invoice.act_id}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        match table:
            case "event":
                Event.objects.create(**late, action="x", record_kind="x", record_id=uuid4())
            case "document":
                invoice.pk, invoice.number = uuid4(), "I2"
                invoice.save(force_insert=True)
            case _:
                JournalEntry.objects.create(
                    **late, event="x", effective_on=invoice.document_on, document_id=invoice.pk
                )
    assert _constraint(refused) == "rows_join_only_an_open_act"


@pytest.mark.raw_sql
def test_no_line_joins_an_entry_that_is_recorded(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "1.00")
    entry, line = JournalEntry.objects.get(), JournalLine.objects.order_by("position").first()
    assert line is not None
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (books.organization.pk, entry.pk, position, line.account_id, debit, credit)
                for position, debit, credit in ((901, 5, 0), (902, 0, 5))
            ][:1],
        )
    assert _constraint(refused) in {"rows_join_only_an_open_act", "entry_balances"}
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit)"
            " VALUES (%(o)s, %(e)s, 901, %(a)s, 5, 0), (%(o)s, %(e)s, 902, %(a)s, 0, 5)",
            {"o": books.organization.pk, "e": entry.pk, "a": line.account_id},
        )
    assert _constraint(refused) == "rows_join_only_an_open_act"


def test_a_recorded_act_does_not_change(books: Any) -> None:
    first = Act.objects.order_by("recorded_at").first()
    assert first is not None
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Act.objects.filter(pk=first.pk).update(recorded_at=first.recorded_at + timedelta(days=1))
    assert _constraint(refused) == "act_is_recorded_once"


def test_the_clock_is_not_set_back(books: Any) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Clock.objects.update(ticked_at=Clock.objects.get().ticked_at - timedelta(seconds=1))
    assert _constraint(refused) == "clock_only_advances"


@pytest.mark.django_db(transaction=True)
def test_acts_of_many_at_once_appear_in_the_order_of_their_times(actor: Actor) -> None:
    """Whoever reads sees no act appear with a time earlier than one it has already seen."""
    organization = make_organization(actor)
    done = threading.Event()
    failures: list[BaseException] = []

    def perform() -> None:
        try:
            for _ in range(15):
                with tenant(organization.id), act("x", actor=actor):
                    pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    def read() -> None:
        seen: set[Any] = set()
        latest = None
        try:
            while not done.is_set():
                with tenant(organization.id):
                    now = dict(Act.objects.values_list("pk", "recorded_at"))
                fresh = [now[key] for key in now.keys() - seen]
                assert latest is None or not fresh or min(fresh) > latest
                seen |= now.keys()
                latest = max(now.values())
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=perform) for _ in range(4)]
    reader = threading.Thread(target=read)
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    with tenant(organization.id):
        assert Act.objects.filter(kind="x").count() == 60
        assert_nothing_broken(organization)

"""Notes: who is mentioned is told, who may not see is not, and nothing is rewritten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.notices.models import Note, Notice
from huikuan.notices.operations import (
    NoteRefused,
    edit_note,
    mark_read,
    remove_note,
    send_notices,
    write_note,
)
from huikuan.notices.queries import current_notes, notices_of, unread_count
from huikuan.notices.rules import handles, mentioned, pieces
from huikuan.notices.wording import MENTIONED, title_of
from huikuan.organizations.actors import Actor
from huikuan.organizations.queries import actor_of
from tests.conftest import make_organization
from tests.web.people import member

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
RECORD = uuid4()


def note(actor: Actor, text: str, **values: Any) -> Note:
    values.setdefault("may_see", lambda reader: True)
    return write_note(
        record_kind="customer",
        record_id=RECORD,
        text=text,
        actor=actor,
        now=NOW,
        label="宁波海翔",
        path="/o/x/",
        **values,
    )


@pytest.fixture
def people(organization: Any) -> Any:
    """沈经理 and 周销售, inside the tenant."""
    manager = member(organization, "finance_manager", name="沈经理")
    seller = member(organization, "salesperson", name="周销售")
    with tenant(organization.pk):
        yield actor_of(manager), actor_of(seller)


def test_a_mention_tells_the_other_once(people: Any) -> None:
    manager, seller = people
    note(manager, "请@周销售 跟进，@周销售 谢谢；@沈经理 知悉，抄送 a@周销售.cn")
    [notice] = notices_of(seller.membership_id)
    assert title_of(notice.kind, notice.parameters) == "沈经理 在 宁波海翔 的备注中提到了您"
    assert notice.path.startswith("/o/x/#note-")
    assert unread_count(seller.membership_id) == 1
    assert unread_count(manager.membership_id) == 0, "nobody is told of what they wrote themselves"


def test_who_may_not_see_the_record_cannot_be_mentioned(people: Any) -> None:
    manager, seller = people
    with pytest.raises(NoteRefused) as refused:
        note(manager, "@周销售 看一下", may_see=lambda reader: reader.membership_id != seller.membership_id)
    assert refused.value.code == "mention_may_not_see"
    assert "周销售" in refused.value.message
    assert not Note.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("text", ["", "  \n ", "字" * 4001])
def test_a_note_says_something_and_not_too_much(people: Any, text: str) -> None:
    with pytest.raises(NoteRefused):
        note(people[0], text)


def test_a_correction_is_a_new_row_and_tells_only_who_is_new(people: Any) -> None:
    manager, seller = people
    first = note(manager, "@周销售 月底付款")
    options: dict[str, Any] = {"now": NOW, "label": "宁波海翔", "path": "/", "may_see": lambda reader: True}
    edit_note(first=first.first, text="@周销售 下月付款", actor=manager, **options)
    [row] = current_notes("customer", RECORD)
    assert row.text == "@周销售 下月付款"
    assert row.replaces_id == first.pk
    assert notices_of(seller.membership_id).count() == 1
    with pytest.raises(NoteRefused) as refused:
        edit_note(first=first.first, text="我改", actor=seller, **options)
    assert refused.value.code == "note_of_somebody_else"
    remove_note(first=first.first, actor=manager, now=NOW)
    assert current_notes("customer", RECORD) == []
    assert Note.objects.count() == 3
    texts = [event.content["text"] for event in Event.objects.filter(record_id=RECORD).order_by("pk")]
    assert texts == ["@周销售 月底付款", "@周销售 下月付款", ""]


@pytest.mark.raw_sql
def test_the_database_lets_nobody_rewrite_a_note(people: Any) -> None:
    written = note(people[0], "月底付款")
    from django.db import ProgrammingError

    with pytest.raises(ProgrammingError), transaction.atomic():
        Note.objects.filter(pk=written.pk).update(text="没说过")
    with pytest.raises(ProgrammingError), transaction.atomic():
        Note.objects.filter(pk=written.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Note.objects.create(
            organization_id=written.organization_id,
            act_id=written.act_id,  # recorded already
            record_kind="customer",
            record_id=RECORD,
            first=written.pk,
            text="混进来的",
            author_name="谁",
            written_at=NOW,
            created_at=NOW,
        )


def test_only_ones_own_notices_are_marked(people: Any) -> None:
    manager, seller = people
    send_notices(
        [manager.membership_id, seller.membership_id], kind=MENTIONED, parameters={}, path="/", now=NOW
    )
    theirs = notices_of(manager.membership_id).get()
    assert mark_read(actor=seller, now=NOW, notices=[theirs.pk]) == 0
    assert mark_read(actor=seller, now=NOW) == 1
    assert unread_count(manager.membership_id) == 1


@pytest.mark.raw_sql
def test_another_organization_sees_nothing_by_raw_sql(people: Any, actor: Any) -> None:
    manager, _seller = people
    note(manager, "@周销售 机密")
    for table in ("notices_note", "notices_notice"):
        assert count(table) == 1
    other = make_organization(actor)
    with tenant(other.pk):
        for table in ("notices_note", "notices_notice"):
            assert count(table) == 0


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def test_namesakes_have_different_handles() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    named = handles([(one, "王一", "wang.yi@x.cn"), (two, "王一", "wy2@x.cn"), (three, "李四", "")])
    assert named == {one: "王一(wang.yi)", two: "王一(wy2)", three: "李四"}
    assert mentioned("@王一(wy2) 和 @李四，不是@王一", named) == [two, three]


def test_the_longest_name_wins() -> None:
    assert mentioned("@王一凡 好", {"a": "王一", "b": "王一凡"}) == ["b"]


def test_only_mentions_are_cut_out() -> None:
    assert list(pieces("请@王一 看 <b>", ["王一"])) == [("请", False), ("@王一", True), (" 看 <b>", False)]
    assert list(pieces("无", [])) == [("无", False)]

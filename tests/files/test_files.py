"""Attaching, keeping, checking and removing files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from huikuan.audit.models import Event
from huikuan.core.postgres.tenancy import tenant
from huikuan.files import storage
from huikuan.files.checks import broken_files
from huikuan.files.models import AttachedFile
from huikuan.files.operations import FileRefused, attach_file, remove_file
from huikuan.files.queries import bytes_kept, files_of_record
from huikuan.files.rules import MAX_BYTES
from huikuan.organizations.actors import Actor, NotPermitted
from tests.conftest import make_organization
from tests.files import contents as c
from tests.trade import Books

RECORD = uuid4()


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_FOLDER = str(tmp_path / "files")


def attach(books: Books, content: bytes = c.PDF, name: str = "合同.pdf", **values: Any) -> AttachedFile:
    values.setdefault("record_id", RECORD)
    values.setdefault("actor", books.actor)
    return attach_file(record_kind="customer", content=content, name=name, now=timezone.now(), **values)


def test_a_file_is_kept_as_it_came_and_only_for_us(books: Books) -> None:
    attached = attach(books, note=" 2026 年\n框架合同 ")
    path = storage.place(books.organization.pk, attached.sha256)
    assert path.read_bytes() == c.PDF
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == [attached.sha256], "no draft stays"
    assert (attached.size, attached.content_type, attached.note) == (
        len(c.PDF),
        "application/pdf",
        "2026 年 框架合同",
    )
    event = Event.objects.get(record_id=RECORD)
    assert (event.action, event.content["sha256"]) == ("file_attached", attached.sha256)


def test_the_same_bytes_are_stored_once(books: Books) -> None:
    attach(books)
    attach(books, name="同一份.pdf", record_id=uuid4())
    assert bytes_kept() == len(c.PDF)
    assert len([path for path in storage.folder().rglob("*") if path.is_file()]) == 1
    with pytest.raises(FileRefused, match="内容相同") as refused:
        attach(books, name="又一份.pdf")
    assert refused.value.code == "file_already_attached"


def test_the_limits_hold(books: Books, settings: Any) -> None:
    with pytest.raises(FileRefused, match="超过 20 MB"):
        attach(books, c.PDF + b"x" * MAX_BYTES)
    settings.FILES_QUOTA = len(c.PDF) + 5
    attach(books)
    with pytest.raises(FileRefused, match="上限"):
        attach(books, c.PNG, "a.png")
    assert AttachedFile.objects.count() == 1


def test_what_is_refused_leaves_nothing(books: Books) -> None:
    with pytest.raises(FileRefused, match="程序") as refused:
        attach(books, b"MZ\x90", "../合同.pdf")
    assert "“合同.pdf”" in refused.value.message
    assert not AttachedFile.objects.exists()
    assert not storage.folder().exists()


def test_only_those_who_may_attach_and_remove(books: Books) -> None:
    reader = Actor(name="读者", permissions=frozenset({"customer.read"}), scope="all")
    with pytest.raises(NotPermitted):
        attach(books, actor=reader)
    attached = attach(books)
    with pytest.raises(NotPermitted):
        remove_file(file_id=attached.pk, reason="x", actor=reader, now=timezone.now())


def test_a_removed_file_is_not_shown_but_kept(books: Books) -> None:
    attached = attach(books)
    with pytest.raises(FileRefused, match="原因"):
        remove_file(file_id=attached.pk, reason=" ", actor=books.actor, now=timezone.now())
    remove_file(file_id=attached.pk, reason="传错客户", actor=books.actor, now=timezone.now())
    assert files_of_record("customer", RECORD) == []
    kept = AttachedFile.objects.get()
    assert (kept.removed_by_name, kept.removed_reason) == (books.actor.name, "传错客户")
    assert storage.content(books.organization.pk, kept.sha256, name=kept.name) == c.PDF
    assert Event.objects.get(action="file_removed").act.reason == "传错客户"
    with pytest.raises(FileRefused, match="已被移除"):
        remove_file(file_id=attached.pk, reason="再来", actor=books.actor, now=timezone.now())
    attach(books, name="再传.pdf")


def test_a_removal_cannot_be_rewritten_nor_a_row_changed(books: Books) -> None:
    attached = attach(books)
    for values in ({"name": "x.pdf"}, {"sha256": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AttachedFile.objects.filter(pk=attached.pk).update(**values)
    remove_file(file_id=attached.pk, reason="传错", actor=books.actor, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        AttachedFile.objects.filter(pk=attached.pk).update(removed_reason="别的")
    with pytest.raises(DatabaseError), transaction.atomic():
        AttachedFile.objects.filter(pk=attached.pk)._raw_delete("default")


def test_a_changed_or_missing_file_is_refused_and_named(books: Books) -> None:
    altered, missing, _whole = attach(books), attach(books, c.PNG, "图.png"), attach(books, c.JPEG, "b.jpg")
    assert not any(broken_files().values())
    storage.place(books.organization.pk, altered.sha256).write_bytes(c.PDF.replace(b"1.7", b"1.6"))
    storage.place(books.organization.pk, missing.sha256).unlink()
    with pytest.raises(storage.FileAltered, match="被改动"):
        storage.content(books.organization.pk, altered.sha256, name=altered.name)
    with pytest.raises(storage.FileAltered, match="找不到"):
        storage.content(books.organization.pk, missing.sha256, name=missing.name)
    found = {name: [row.number for row in rows] for name, rows in broken_files().items()}
    assert found == {"attached_file_is_there": ["图.png"], "attached_file_is_unchanged": ["合同.pdf"]}


def test_attaching_again_repairs_what_was_altered(books: Books) -> None:
    attached = attach(books)
    storage.place(books.organization.pk, attached.sha256).write_bytes(b"x")
    attach(books, record_id=uuid4())
    assert not any(broken_files().values())


def test_organizations_share_nothing(books: Books, actor: Any) -> None:
    attach(books)
    other = make_organization(actor)
    with tenant(other.pk):
        assert files_of_record("customer", RECORD) == []
        assert bytes_kept() == 0
        attach_file(
            record_kind="customer",
            record_id=RECORD,
            content=c.PDF,
            name="a.pdf",
            now=timezone.now(),
            actor=actor,
        )
        assert len(files_of_record("customer", RECORD)) == 1
    assert len([path for path in storage.folder().rglob("*") if path.is_file()]) == 2


def test_a_folder_that_takes_nothing_says_so(books: Books, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    settings.FILES_FOLDER = str(tmp_path / "file")
    with pytest.raises(storage.FileNotKept, match="存不下"):
        attach(books)

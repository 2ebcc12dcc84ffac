"""`huikuan letter`, in process: asked for, printed, posted, delivered; a statement."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.collection.errors import CollectionRefused
from huikuan.core.postgres.tenancy import tenant
from tests.collection.printed import text_of
from tests.conftest import make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_from_the_queue_to_the_proof(actor: Any, tmp_path: Path) -> None:
    organization, today = make_organization(actor), date.today()
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        due = (today - timedelta(days=30)).isoformat()
        books.invoice("I1", due, "100.00", due=due)

    def data(*arguments: str) -> Any:
        given = ["letter", *arguments, "--org", organization.code, "--format", "json"]
        done = CliRunner().invoke(app, given, catch_exceptions=True)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return json.loads(done.stdout)

    assert data("ask", "--customer", "C1")["state"] == "asked"
    with pytest.raises(CollectionRefused):
        data("ask", "--customer", "C1", "--template", "nothing")
    file = tmp_path / "batch.pdf"
    printed = data("print", "--into", str(file))
    [number] = printed["numbers"]
    assert (number, printed["letters"]) == (f"CK{today.year}-000001", 1)
    assert "I1" in text_of(file.read_bytes(), 0)
    assert data("print", "--into", str(file))["letters"] == 0
    with pytest.raises(CollectionRefused):
        data("post", "--number", number, "--tracking", "1")
    assert data("post", "--number", number, "--tracking", "1012345678901")["courier"] == "ems"
    assert data("delivered", "--number", number, "--signed")["state"] == "delivered"
    [row] = data("list", "--state", "delivered")
    assert (row["claimed"], row["tracking"]) == ("100.00", "1012345678901")
    with pytest.raises(CollectionRefused):
        data("returned", "--number", number, "--reason", "x")
    paper = tmp_path / "statement.pdf"
    data("statement", "--customer", "C1", "--from", due, "--until", today.isoformat(), "--into", str(paper))
    assert "人民币壹佰元整" in text_of(paper.read_bytes(), 0)

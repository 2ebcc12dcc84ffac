"""`huikuan statement`, in process: drafted, sent, answered, compared; a request for confirmation."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from huikuan.core.postgres.tenancy import tenant
from tests.cli import shell
from tests.collection.printed import text_of
from tests.conftest import make_organization
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_from_the_draft_to_the_answer(actor: Any, tmp_path: Path) -> None:
    organization, today = make_organization(actor), date.today()
    month = today.replace(day=1) - timedelta(days=1)
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=today)
        books.invoice("I0001", month.isoformat(), "100.00")
        books.invoice("I0002", month.isoformat(), "30.00")

    def data(*arguments: str) -> Any:
        return shell.data(organization, "statement", *arguments)

    def refused(*arguments: str) -> str:
        done = shell.huikuan("statement", *arguments, "--org", organization.code)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    drafted = data("draft", "--month", f"{month:%Y-%m}")
    [row] = drafted["rows"]
    assert (row["closing"], row["state"], drafted["left_out"]) == ("130.00", "drafted", 0)
    assert "--month" in refused("draft")
    assert data("send") == {"sent": 0, "without_address": [row["number"]]}
    assert data("send", "--by", "paper")["sent"] == 1
    paper = tmp_path / "statement.pdf"
    assert data("pdf", "--number", row["number"], "--into", str(paper))["pages"] == 1
    assert row["number"] in text_of(paper.read_bytes(), 0)
    sheets = tmp_path / "statement.xlsx"
    assert data("xlsx", "--number", row["number"], "--into", str(sheets))["statements"] == 1
    assert 130.0 in [
        cell for line in CalamineWorkbook.from_path(sheets).get_sheet_by_index(0).to_python() for cell in line
    ]
    about = ("--number", row["number"], "--person", "王会计")
    assert data("differ", *about, "--theirs", "100")["state"] == "differing"

    theirs = tmp_path / "theirs.csv"
    theirs.write_text(f"发票号,日期,金额\n1,{month},100\n合计,,100\n", encoding="utf-8")
    found = data("compare", str(theirs), "--customer", "C1", "--month", f"{month:%Y-%m}")
    assert (found["ours"], found["theirs"], found["same"]) == ("130.00", "100.00", 1)
    assert [(each["kind"], each["number"]) for each in found["differences"]] == [("missing_there", "I0002")]
    assert "NONE" in refused("compare", str(theirs), "--customer", "NONE", "--month", f"{month:%Y-%m}")

    assert data("confirm", *about, "--file", str(paper))["state"] == "confirmed"
    assert [each["number"] for each in data("list", "--state", "confirmed")] == [row["number"]]
    assert "不能再作废" in refused("withdraw", "--number", row["number"], "--reason", "录错")
    letter = tmp_path / "letter.pdf"
    asked = ("--customer", "C1", "--auditor", "天平会计师事务所", "--into", str(letter))
    assert data("confirmation", *asked)["requests"] == 1
    said = "".join(text_of(letter.read_bytes(), 0).split())
    assert "企业询证函" in said and "天平会计师事务所" in said and "130.00" in said

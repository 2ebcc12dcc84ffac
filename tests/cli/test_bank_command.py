"""Bank accounts and statements as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huikuan.cash.models import StatementLine
from huikuan.core.postgres.tenancy import tenant
from tests.cash.formats.files import CAMT, CCB, MT940, written
from tests.cli.shell import huikuan
from tests.conftest import make_organization

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_statements_from_the_shell(actor: Any, tmp_path: Path) -> None:
    organization = make_organization(actor)
    code = organization.code
    added = huikuan(
        "bank",
        "add",
        "ccb",
        "--name",
        "建行",
        "--number",
        "6222020000012345",
        "--org",
        code,
        "--format",
        "json",
    )
    assert json.loads(added.stdout)["account"] == "1002"
    good, again, bad = (
        written(tmp_path, "a.csv", CCB, "gb18030"),
        written(tmp_path, "b.csv", CCB, "utf-8"),
        written(tmp_path, "c.sta", MT940.replace("C500,00", "C5x0,00")),
    )
    done = huikuan("import", "statement", str(good), str(again), str(bad), "--org", code, "--format", "json")
    assert done.returncode == 1, done.stderr
    first, second, third = json.loads(done.stdout)["files"]
    assert (first["lines"], first["sum_in"], first["sum_out"]) == (3, "1510.00", "10.00")
    assert [each["new"] for each in first["imported"]] == [3]
    assert [(each["new"], each["known"]) for each in second["imported"]] == [(0, 3)]
    assert third["error"]["row"] == 5
    listed = json.loads(huikuan("bank", "list", "--org", code, "--format", "json").stdout)
    assert (listed[0]["by_statement"], listed[0]["open_lines"]) == ("2500.00", 3)
    dry = huikuan(
        "import",
        "statement",
        str(written(tmp_path, "d.xml", CAMT)),
        "--org",
        code,
        "--dry-run",
        "--format",
        "json",
    )
    assert json.loads(dry.stdout)["files"][0]["imported"][0]["new"] == 2
    with tenant(organization.pk):
        assert StatementLine.objects.count() == 3

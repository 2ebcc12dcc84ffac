"""The import command as a shell sees it: JSON on standard output, exit status, and what a killed run leaves."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch
from huikuan.ledger.models import Document, OpenItem
from tests.cli.shell import COMMAND, huikuan, started
from tests.conftest import make_organization

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_problems_are_listed_as_json_and_the_rest_is_imported(actor: Any, tmp_path: Path) -> None:
    organization = make_organization(actor)
    path = tmp_path / "应收.csv"
    path.write_text(
        "客户编码,发票号,开票日期,到期日,金额\nC1,F1,2026-01-05,2026-02-05,10.50\nC1,F2,2026-02-30,,1\n",
        "gb18030",
    )
    done = huikuan("import", "invoices", str(path), "--org", organization.code, "--format", "json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {
        key: result[key] for key in ("read", "imported", "set_aside", "rejected", "customers_created")
    } == {
        "read": 2,
        "imported": 1,
        "set_aside": 0,
        "rejected": 1,
        "customers_created": 1,
    }
    assert result["batch"]
    [problem] = result["problems"]
    assert (problem["row"], problem["column"], problem["code"]) == (3, "开票日期", "date_invalid")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
        ("report.xlsx", b"%PDF-1.7\n"),
        ("cut.xlsx", b"PK\x03\x04" + b"\0" * 40),
        ("wide.csv", b",".join(b"c%d" % n for n in range(100_000)) + b"\n"),
    ],
)
def test_an_unusable_file_is_one_sentence_and_changes_nothing(
    actor: Any, tmp_path: Path, name: str, content: bytes
) -> None:
    organization = make_organization(actor)
    path = tmp_path / name
    path.write_bytes(content)
    done = huikuan("import", "invoices", str(path), "--org", organization.code, "--format", "json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    with tenant(organization.id):
        assert not Batch.objects.exists()


def test_a_killed_run_leaves_whole_chunks_and_a_rerun_completes_it(actor: Any, tmp_path: Path) -> None:
    organization = make_organization(actor)
    path = tmp_path / "many.csv"
    rows = 15_000
    lines = [f"C{n % 50},甲,2026-01-{n % 28 + 1:02d},2026-03-01,{n}.00" for n in range(1, rows + 1)]
    path.write_text("客户编码,客户名称,开票日期,到期日,金额\n" + "\n".join(lines), "utf-8")
    arguments = ("import", "invoices", str(path), "--org", organization.code, "--format", "json")
    running = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while _count(organization) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    left = _count(organization)
    assert 0 < left < rows
    assert left % 5000 == 0
    again = json.loads(started(*arguments).stdout)
    assert (again["unchanged"], again["imported"]) == (left, rows - left)
    with tenant(organization.id):
        items = OpenItem.objects.values_list("amount", flat=True)
        assert (len(items), sum(items)) == (rows, rows * (rows + 1) // 2)


def _count(organization: Any) -> int:
    with tenant(organization.id):
        return Document.objects.count()


def test_without_an_option_the_currency_is_that_of_the_headers(actor: Any, tmp_path: Path) -> None:
    organization = make_organization(actor)
    path = tmp_path / "usd.csv"
    path.write_text("客户编码,发票号,开票日期,金额(USD)\nC1,F1,2026-01-05,100.00\n", "utf-8")
    arguments = ("import", "invoices", str(path), "--org", organization.code, "--format", "json")
    refused = huikuan(*arguments)
    assert refused.returncode == 1 and "USD" in refused.stderr
    assert json.loads(huikuan(*arguments, "--rate", "7").stdout)["imported"] == 1
    with tenant(organization.pk):
        assert Document.objects.get().currency == "USD"

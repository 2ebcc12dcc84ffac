"""客户对账单 and 询证函 as reports: they say what the drafted statements and printed requests say."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.statements.content import Auditor
from huikuan.statements.models import Statement
from huikuan.statements.operations import NewBatch, draft_statements
from huikuan.statements.operations.confirming import print_confirmation_requests
from tests.trade import Books, day
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db
PERIOD = {"from": "2026-06-01", "to": "2026-06-30"}


def ask(name: str, **words: str) -> Result:
    report = report_named(name)
    return answer(report, asked(report, words, today=day("2026-07-05"), zone=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def trade(books: Books) -> Books:
    books.invoice("YS1", "2026-05-10", "1000.00", due="2026-06-09")
    books.invoice("YS2", "2026-06-05", "300.00", due="2026-07-05")
    books.receipt("SK1", "2026-06-10", "400.00")
    books.allocate("SK1", "YS1", "400.00", "2026-06-10")
    books.credit_note("HZ1", "2026-06-12", "50.00", customer="C2")
    books.rate("USD", "2026-06-01", "7")
    books.invoice("US1", "2026-06-20", "80.00", customer="C3", currency="USD", rate=Decimal(7))
    return books


def test_every_customer_and_currency_closes_as_its_statement_would(trade: Books) -> None:
    found = ask("statements", **PERIOD)
    draft_statements(
        NewBatch(starts_on=day("2026-06-01"), ends_on=day("2026-06-30")), actor=trade.actor, today=trade.today
    )
    drafted = {
        (each.customer.code, each.currency): each for each in Statement.objects.select_related("customer")
    }
    assert {row.key: row.values["closing"] for row in found.rows} == {
        key: each.closing for key, each in drafted.items()
    }
    assert [row.values["opening"] for row in found.rows] == [Decimal(1000), 0, 0]
    assert found.total is None  # two currencies
    assert {row.key: row.values["number"] for row in ask("statements", **PERIOD).rows} == {
        key: each.number for key, each in drafted.items()
    }


def test_a_chosen_customer_is_told_line_by_line(trade: Books) -> None:
    found = ask("statements", **PERIOD, customer="C1")
    assert found.total and found.total.values["closing"] == Decimal(900)
    moved, left = found.parts
    assert [(row.values["number"], row.values["balance"]) for row in moved.rows] == [
        ("", Decimal(1000)),
        ("YS2", Decimal(1300)),
        ("SK1", Decimal(900)),
    ]
    assert moved.total and moved.total.values["balance"] == Decimal(900)
    assert {row.values["number"]: row.values["amount"] for row in left.rows} == {
        "YS1": Decimal(600),
        "YS2": Decimal(300),
    }


def test_confirmations_say_what_was_asked_and_what_came_since(trade: Books) -> None:
    until = day("2026-06-30")
    keys = [trade.customer("C1").pk, trade.customer("C2").pk]
    print_confirmation_requests(
        keys[:1], until=until, auditor=Auditor(name="正信会计师事务所"), actor=trade.actor, today=trade.today,
        now=timezone.now(),
    )  # fmt: skip
    trade.invoice("YS9", "2026-06-30", "10.00")
    rows = {row.key[0]: row.values for row in ask("confirmations", as_of="2026-06-30").rows}
    assert (rows["C1"]["owed_by"], rows["C1"]["asked"]) == (Decimal(910), Decimal(900))
    assert rows["C1"]["number"].startswith("XZ") and rows["C1"]["auditor"] == "正信会计师事务所"
    assert (rows["C2"]["owed_to"], rows["C2"]["number"]) == (Decimal(50), "")
    assert ask("confirmations", as_of="2026-06-29").rows[0].values["number"] == ""


def test_page_files_and_reach(trade: Books) -> None:
    client = signed_in(member(trade.organization, "finance_manager"))
    home = f"/o/{trade.organization.code}/reports/statements/"
    page = client.get(home, PERIOD).content.decode()
    assert "900.00" in page and "customer=C1" in page
    for form in ("json", "csv", "pdf", "xlsx"):
        assert client.get(f"{home}file.{form}", {**PERIOD, "customer": "C1"}).status_code == 200
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(f"{home}file.xlsx", {**PERIOD, "customer": "C1"}).content)
    )
    cells = [cell for row in book.get_sheet_by_index(1).to_python() for cell in row]
    assert "SK1" in cells and 900.0 in cells
    own = signed_in(seller(trade.organization, code="S1")[0])
    assert "客户C1" not in own.get(home, PERIOD).content.decode()


def test_a_drafted_batch_is_a_workbook(trade: Books) -> None:
    client = signed_in(member(trade.organization, "finance_manager"))
    batch = draft_statements(
        NewBatch(starts_on=day("2026-06-01"), ends_on=day("2026-06-30")), actor=trade.actor, today=trade.today
    )
    trade.invoice("YS9", "2026-06-30", "10.00")  # too late for what was drafted
    home = f"/o/{trade.organization.code}/statements/"

    def sheets(address: str) -> list[list[list[Any]]]:
        book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(address).content))
        return [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]

    whole = sheets(f"{home}batches/{batch.pk}/batch.xlsx")
    assert len(whole) == 4  # sums, movements, open documents, meanings
    closings = {row[0]: row for row in whole[0] if row and row[0] in ("C1", "C2", "C3")}
    assert 900.0 in closings["C1"] and -50.0 in closings["C2"] and 80.0 in closings["C3"]
    numbers = [cell for row in whole[1] for cell in row]
    assert {"YS2", "SK1", "HZ1", "US1"} <= set(numbers) and "YS9" not in numbers
    one = Statement.objects.get(customer__code="C1")
    own = sheets(f"{home}{one.pk}/statement.xlsx")
    assert any(row[1] == "SK1" and 400.0 in row for row in own[1] if len(row) > 1)
    assert 900.0 in [cell for row in own[1] for cell in row]

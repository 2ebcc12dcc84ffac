"""客户对账单 and 询证函 as known at a time: what is posted, sent and asked later changes nothing of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from huikuan.collection.statement import statements_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.ledger.operations import ItemFacts, change_items, void_documents
from huikuan.reports.asking import Question, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.late import late_postings
from huikuan.reports.moments import moment
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.statements.content import Auditor
from huikuan.statements.models import Statement
from huikuan.statements.operations import NewBatch, draft_statements, withdraw_statements
from huikuan.statements.operations.confirming import print_confirmation_requests
from tests.conftest import TODAY, make_organization
from tests.trade import Books, day

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}
QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("statements", JUNE),
    ("statements", {**JUNE, "customer": "C1"}),
    ("statements", {**JUNE, "region": "华东"}),
    ("confirmations", {"as_of": "2026-06-30"}),
)


def ask(name: str, **words: str) -> tuple[Question, Result]:
    report = report_named(name)
    question = asked(report, words, today=date(2026, 7, 31), zone=ZoneInfo("Asia/Shanghai"))
    return question, answer(report, question)


def written(name: str, **words: str) -> dict[str, bytes]:
    heading = Heading("c", "公司", "小王", NOON)
    return {
        form: FORMS[form].write(report_named(name), ask(name, **words)[1], heading)
        for form in ("json", "csv", "pdf")
    }


@pytest.fixture
def trade(books: Books) -> Books:
    for code, region in (("C1", "华东"), ("C2", "华南"), ("C3", "华东")):
        books.customer(code, region=region)
    books.invoice("YS1", "2026-05-10", "1000.00", due="2026-06-09")
    books.invoice("YS2", "2026-06-05", "300.00", due="2026-07-05")
    books.receipt("SK1", "2026-06-10", "400.00")
    books.allocate("SK1", "YS1", "400.00", "2026-06-10")
    books.credit_note("HZ1", "2026-06-12", "50.00", customer="C2")
    draft_statements(
        NewBatch(
            starts_on=day("2026-06-01"), ends_on=day("2026-06-30"), customer_ids=[books.customer("C1").pk]
        ),
        actor=books.actor,
        today=books.today,
    )
    print_requests(books, "C2")
    return books


def print_requests(books: Books, *codes: str) -> None:
    print_confirmation_requests(
        [books.customer(code).pk for code in codes],
        until=day("2026-06-30"),
        auditor=Auditor(name="正信会计师事务所"),
        actor=books.actor,
        today=books.today,
        now=timezone.now(),
    )


def post_late(books: Books) -> None:
    """Everything that may be recorded afterwards for the time before."""
    books.invoice("LATE-1", "2026-06-20", "70.00", due="2026-06-25")
    books.invoice("LATE-2", "2026-05-20", "9.00", customer="C3")
    books.receipt("LATE-3", "2026-06-29", "100.00")
    books.allocate("LATE-3", "YS1", "100.00", "2026-06-29")
    books.unallocate("SK1", "YS1", "2026-06-15")
    item = books.item("YS1")
    change_items(
        [ItemFacts(item.pk, day("2026-08-31"), day("2026-08-31"), None)], actor=books.actor, reason="展期"
    )
    void_documents([books.item("YS2").document_id], actor=books.actor, reason="录错", today=books.today)
    statement = Statement.objects.get()
    withdraw_statements([statement.pk], reason="补记", actor=books.actor, today=books.today)
    print_requests(books, "C1", "C2")
    moving = Customer.objects.get(code="C1")
    change_customers(
        [(moving, CustomerFacts(code=moving.code, name=moving.name, region="华西"))],
        actor=books.actor,
        effective_on=day("2026-06-01"),
    )


@pytest.mark.django_db
def test_old_statements_and_confirmations_come_out_again_byte_for_byte(trade: Books) -> None:
    known_at = moment(TODAY).known_at
    assert known_at is not None
    kept = [written(name, **words) for name, words in QUESTIONS]
    before = {name: ask(name, **words)[1] for name, words in QUESTIONS[:1] + QUESTIONS[3:]}
    post_late(trade)
    for (name, words), then in zip(QUESTIONS, kept, strict=True):
        again = written(name, **words, known_at=known_at.isoformat())
        for form, content in then.items():
            assert again[form] == content, (name, words, form)
        assert written(name, **words)["json"] != then["json"], "what was posted since counts now"

    question, now = ask("statements", **JUNE)
    late = late_postings(question, after=known_at, until=None)
    old = before["statements"]
    assert old.total and now.total
    assert late.effect == now.total.values["closing"] - old.total.values["closing"] == Decimal(-321)
    assert {(row.kind, row.number) for row in late.rows} == {
        ("invoice", "LATE-1"),
        ("invoice", "LATE-2"),
        ("receipt", "LATE-3"),
        ("allocation", "LATE-3"),
        ("unallocation", "SK1"),
        ("due_date", "YS1"),
        ("reversal", next(row.number for row in late.rows if row.kind == "reversal")),
        ("allocation", next(row.number for row in late.rows if row.kind == "reversal")),
    }


@pytest.mark.django_db
def test_what_was_known_of_a_statement_and_a_request(trade: Books) -> None:
    known_at = moment(TODAY).known_at
    assert known_at is not None
    post_late(trade)
    then = {
        row.key[0]: row.values for row in ask("statements", **JUNE, known_at=known_at.isoformat())[1].rows
    }
    now = {row.key[0]: row.values for row in ask("statements", **JUNE)[1].rows}
    assert then["C1"]["number"].startswith("DZ") and str(then["C1"]["state"]) == "待发送"
    assert (then["C1"]["closing"], then["C1"]["overdue"], then["C1"]["unallocated"]) == (900, 600, 0)
    assert "number" not in now["C1"] or not now["C1"]["number"], "withdrawn since"
    # the invoice of 300 never was, 70 and 9 came later, 100 were paid, and YS1 is due in August
    assert (now["C1"]["closing"], now["C1"]["overdue"], now["C1"]["unallocated"]) == (570, 70, 400)
    assert "C3" not in then and now["C3"]["closing"] == 9
    asked_then = {row.key[0]: row.values["number"] for row in confirmed(known_at)}
    asked_now = {row.key[0]: row.values["number"] for row in confirmed(None)}
    assert asked_then["C1"] == "" and asked_then["C2"].startswith("XZ")
    assert asked_now["C1"].startswith("XZ") and asked_now["C2"] != asked_then["C2"]


def confirmed(known_at: datetime | None) -> Any:
    words = {"as_of": "2026-06-30"} | ({"known_at": known_at.isoformat()} if known_at else {})
    return ask("confirmations", **words)[1].rows


@pytest.mark.django_db
def test_history_is_stated_as_known_from_its_own_dates(db: None, actor: Any) -> None:
    organization = make_organization(actor, live_on=day("2026-07-01"))
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.invoice("I1", "2026-05-01", "100.00", due="2026-05-31")
        books.receipt("R1", "2026-06-10", "40.00")
        books.allocate("R1", "I1", "40.00", "2026-06-12")
        key = books.customer().pk

        def closing(known_at: datetime) -> tuple[Decimal, Decimal]:
            found = statements_of(
                [key], starts_on=day("2026-05-01"), ends_on=day("2026-06-30"), known_at=known_at
            ).get(key, [])
            return (
                sum((each.closing for each in found), Decimal(0)),
                sum((each.unallocated for each in found), Decimal(0)),
            )

        assert closing(datetime(2026, 4, 30, 12, tzinfo=UTC)) == (0, 0)
        assert closing(datetime(2026, 6, 1, 12, tzinfo=UTC)) == (100, 0)
        assert closing(datetime(2026, 6, 11, 12, tzinfo=UTC)) == (60, 40)
        assert closing(datetime(2026, 6, 12, 12, tzinfo=UTC)) == (60, 0)

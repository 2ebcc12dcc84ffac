"""Statements: each opens as the last closed, says what it says for ever, is sent and answered once."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from huikuan.audit.checks import broken_rows
from huikuan.audit.models import Event
from huikuan.collection.limitation import limitation_of_customer
from huikuan.collection.models import Claim
from huikuan.collection.models import Contact as Evidence
from huikuan.collection.operations import rule_on_limitation
from huikuan.core.postgres import embedded
from huikuan.customers.models import Contact
from huikuan.disputes.models import Dispute
from huikuan.files import storage
from huikuan.ledger.operations import void_documents
from huikuan.messaging.models import Message
from huikuan.statements.checks import STATEMENT_VALIDATIONS
from huikuan.statements.documents import printed, statement_pdfs
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import SentBy, Statement, StatementBatch, StatementState
from huikuan.statements.operations import (
    NewAnswer,
    NewBatch,
    NewDifference,
    dispute_difference,
    draft_statements,
    post_statements,
    record_answer,
    remind_statements,
    save_setting,
    send_statements,
    withdraw_statements,
)
from huikuan.statements.operations.drafting import LOCK
from huikuan.statements.operations.sending import guard
from huikuan.statements.queries import differences_of, messages_about
from tests.collection.printed import text_of

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
ENDS = {9: date(2026, 9, 30), 10: date(2026, 10, 31), 11: DAY}


def draft(books: Any, month: int, *codes: str) -> StatementBatch:
    new = NewBatch(
        starts_on=date(2026, month, 1),
        ends_on=ENDS[month],
        customer_ids=[books.customer(code).pk for code in codes] or None,
    )
    return draft_statements(new, actor=books.actor, today=DAY)


def of(batch: StatementBatch) -> list[Statement]:
    return list(Statement.objects.filter(batch=batch).select_related("customer").order_by("number"))


def sent(books: Any, row: Statement, by: SentBy = SentBy.PAPER, today: date = DAY) -> None:
    send_statements([row.pk], by=by, actor=books.actor, today=today)


def answer(books: Any, row: Statement, **values: Any) -> Any:
    new = NewAnswer(**{"agrees": True, "on": DAY, "person": "王会计", **values})
    return record_answer(row.pk, new, actor=books.actor, today=DAY, now=NOW)


def broken(books: Any) -> list[str]:
    found = broken_rows(STATEMENT_VALIDATIONS, organization=books.organization, now=NOW)
    return [name for name, rows in found.items() if rows]


def test_months_follow_each_other_and_what_came_late_stands_by_itself(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    books.invoice("GONE", "2026-09-06", "30")
    books.invoice("X", "2026-08-06", "70", customer="C2")
    [first, other] = of(draft(books, 9))
    assert (first.opening, first.moved, first.closing, first.previous) == (0, 1030, 1030, None)
    assert (other.opening, other.moved, other.closing) == (70, 0, 70)
    assert (first.number, other.number) == ("DZ202609000001", "DZ202609000002")

    books.invoice("LATE", "2026-09-20", "500")
    void_documents([books.item("GONE").document_id], actor=books.actor, reason="录错", today=books.today)
    books.receipt("R", "2026-10-10", "400")
    batch = draft(books, 10, "C1")
    [second] = of(batch)
    assert (second.previous_id, second.opening, second.earlier) == (first.pk, 1030, 470)
    assert (second.moved, second.closing) == (-400, 1100)
    told = second.content["figures"]["earlier"]
    assert [(row["number"], row["amount"]) for row in told] == [("GONE", "-30.00"), ("LATE", "500.00")]
    page = " ".join(text_of(printed([second]).content, 0).split())
    assert "以前期间调整" in page and "1,100.00" in page and "DZ202610000001" in page
    # drafted once: the same period again leaves the customer out, a later one continues
    with pytest.raises(StatementRefused) as refused:
        draft(books, 10, "C1")
    assert refused.value.code == "nothing_to_state"
    third, skipped = of(draft(books, 11))
    assert (third.starts_on, third.opening, third.closing) == (date(2026, 11, 1), 1100, 1100)
    # who was not stated in October is stated for October and November together
    assert (skipped.starts_on, skipped.opening) == (date(2026, 10, 1), 70)
    assert printed([second]).content == printed([second]).content
    assert broken(books) == []


def test_a_statement_is_made_though_nothing_is_left_of_the_last(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    draft(books, 9)
    void_documents([books.item("A").document_id], actor=books.actor, reason="录错", today=books.today)
    [second] = of(draft(books, 10))
    assert (second.opening, second.earlier, second.closing) == (1000, -1000, 0)
    assert broken(books) == []


def test_currencies_have_statements_of_their_own(books: Any) -> None:
    books.rate("USD", "2026-01-01", "7")
    books.invoice("A", "2026-09-05", "1000")
    books.invoice("U", "2026-09-06", "50", currency="USD")
    assert [(each.currency, each.closing) for each in of(draft(books, 9))] == [("CNY", 1000), ("USD", 50)]
    assert len(statement_pdfs([books.customer().pk], starts_on=date(2026, 9, 1), ends_on=ENDS[9],
                              made_at=NOW).pages) == 1  # fmt: skip


def test_the_database_refuses_to_change_what_was_said(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    [row] = of(draft(books, 9))
    for change in ("closing = closing + 1", "content = '{}'", "digest = ''", "known_at = now()"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE statements_statement SET {change} WHERE organization_id = %s AND id = %s",
                [row.organization_id, row.pk],
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        Statement.objects.filter(pk=row.pk).update(
            state="confirmed", sent_on=DAY, sent_by="paper", answered_on=DAY, answered_by="x"
        )
    sent(books, row)
    answer(books, row)
    for values in ({"state": "differing"}, {"answered_by": "other"}, {"state": "withdrawn"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Statement.objects.filter(pk=row.pk).update(**values)


def test_only_the_last_statement_can_be_withdrawn_and_then_made_anew(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    [first], [second] = of(draft(books, 9)), of(draft(books, 10))
    with pytest.raises(StatementRefused) as refused:
        withdraw_statements([first.pk], reason="录错", actor=books.actor, today=DAY)
    assert refused.value.code == "statement_followed"
    with pytest.raises(StatementRefused):
        withdraw_statements([second.pk], reason=" ", actor=books.actor, today=DAY)
    assert withdraw_statements([first.pk, second.pk], reason="录错", actor=books.actor, today=DAY) == 2
    [again] = of(draft(books, 9))
    assert (again.number, again.previous, again.opening) == ("DZ202609000002", None, 0)
    assert broken(books) == []


def test_by_mail_goes_the_pdf_and_reminders_until_there_is_an_answer(books: Any) -> None:
    person = Contact(
        organization_id=books.organization.pk, customer=books.customer("C1"), name="李会计", position="财务"
    )
    person.email = "li@kehu.example"
    person.save()
    books.invoice("A", "2026-09-05", "1000", customer="C1")
    books.invoice("B", "2026-09-05", "1000", customer="C2")
    first, other = of(draft(books, 9))
    done = send_statements([first.pk, other.pk], by=SentBy.MAIL, actor=books.actor, today=date(2026, 10, 2))
    assert (done.sent, [each.pk for each in done.without_address]) == (1, [other.pk])
    assert (post_statements(actor=books.actor, now=NOW), post_statements(actor=books.actor, now=NOW)) == (
        1,
        0,
    )
    first.refresh_from_db()
    assert first.file is not None
    content = storage.content(books.organization.pk, first.file.sha256, name=first.file.name)
    assert first.number in text_of(content, 0) and len(PdfReader(io.BytesIO(content)).pages) == 1
    [message] = Message.objects.all()
    assert (message.attachments, message.about_id) == ([str(first.file_id)], first.pk)
    assert "2026年9月" in message.subject and "李会计" in message.text

    save_setting(remind_after=5, remind_again=10, reminders=1, actor=books.actor)
    assert remind_statements(actor=books.actor, today=date(2026, 10, 6)) == 0
    person.email = ""
    person.save()
    assert remind_statements(actor=books.actor, today=date(2026, 10, 7)) == 0
    assert not Event.objects.filter(action="reminded").exists()
    person.email = "li@kehu.example"
    person.save()
    assert remind_statements(actor=books.actor, today=date(2026, 10, 7)) == 1
    assert remind_statements(actor=books.actor, today=date(2026, 11, 20)) == 0
    assert len(messages_about([first.pk])[first.pk]) == 2
    assert guard([first.pk]) == {}
    answer(books, first)
    assert list(guard([first.pk])) == [first.pk]
    other.refresh_from_db()
    assert other.state == StatementState.DRAFTED
    with pytest.raises(StatementRefused):
        sent(books, first)


def test_while_somebody_drafts_nobody_else_drafts_or_withdraws(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    cluster = embedded.ensure_running()
    with psycopg.connect(cluster.dsn(dbname=os.environ["HUIKUAN_DATABASE"], user=cluster.superuser)) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, str(books.organization.pk)])
        for attempt in (
            lambda: draft(books, 9),
            lambda: withdraw_statements([], reason="录错", actor=books.actor, today=DAY),
        ):
            with pytest.raises(StatementRefused) as refused:
                attempt()
            assert refused.value.code == "statement_meanwhile"
    assert draft(books, 9).statements == 1


def test_a_difference_is_of_a_document_in_the_currency_of_the_statement(books: Any) -> None:
    books.rate("USD", "2026-01-01", "7")
    books.invoice("A", "2026-09-05", "1000")
    books.invoice("U", "2026-09-06", "50", currency="USD")
    row, _dollars = of(draft(books, 9))
    sent(books, row)
    with pytest.raises(StatementRefused) as refused:
        answer(books, row, agrees=False, theirs=D("999.999"))
    assert refused.value.code == "amount_wrong"
    named = [NewDifference(kind="amount", number=number, amount=D(-5)) for number in ("A", "U")]
    answer(books, row, agrees=False, differences=named)
    assert [each.item_id for each in differences_of(statement=row)] == [books.item("A").pk, None]


def test_an_answer_names_what_differs_and_a_click_makes_it_a_dispute(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000")
    books.invoice("B", "2026-09-06", "300")
    [row] = of(draft(books, 9))
    with pytest.raises(StatementRefused):
        answer(books, row)  # not sent
    sent(books, row, today=date(2026, 10, 1))
    differing: dict[str, Any] = {"agrees": False, "theirs": D("1150")}
    with pytest.raises(StatementRefused) as refused:
        answer(books, row, agrees=False)
    assert refused.value.code == "difference_missing"
    with pytest.raises(StatementRefused):
        answer(books, row, agrees=False, theirs=D(1300))
    with pytest.raises(StatementRefused):
        answer(books, row, on=date(2026, 9, 30), **differing)
    with pytest.raises(StatementRefused):
        answer(books, row, theirs=D(1))
    less = NewDifference(kind="amount", number="B", amount=D("-150"), note="单价不符")
    more = NewDifference(kind="missing_here", number="OURS", amount=D("77"))
    answer(books, row, differences=[less, more], file=("回执.pdf", printed([row]).content), **differing)
    row.refresh_from_db()
    assert (row.state, row.answered_by) == (StatementState.DIFFERING, "王会计")
    about, missing = differences_of(statement=row)
    made = dispute_difference(about.pk, actor=books.actor, today=DAY)
    assert (made.amount, made.reason, made.item.document.number) == (150, "invoice.amount", "B")
    for key in (about.pk, missing.pk):
        with pytest.raises(StatementRefused):
            dispute_difference(key, actor=books.actor, today=DAY)
    assert Dispute.objects.count() == 1
    answer(books, row, on=DAY - timedelta(days=1))
    row.refresh_from_db()
    assert row.state == StatementState.CONFIRMED
    assert broken(books) == []


def test_a_signed_statement_lets_limitation_begin_anew(books: Any) -> None:
    """The debts it lists, with the amounts it says; not what came later, nor what was paid for its days since."""
    for number, amount in (("A", "1000"), ("B", "300"), ("C", "50")):
        books.invoice(number, "2026-09-05", amount, due="2026-09-20")
    books.receipt("R", "2026-09-25", "150")
    books.allocate("R", "B", "100", "2026-09-26")
    [row] = of(draft(books, 9))
    sent(books, row, today=date(2026, 10, 1))
    books.allocate("R", "C", "50", "2026-09-27")
    books.invoice("D", "2026-10-02", "70", due="2026-10-05")
    answer(books, row, on=date(2026, 10, 9), file=("回执.pdf", printed([row]).content))
    [contact] = Evidence.objects.all()
    assert (contact.made_on, contact.interrupts_on, contact.agreement) == (date(2026, 10, 9),) * 2 + (True,)
    assert (contact.person_name, contact.channel) == ("王会计", "letter")
    assert contact.text == f"确认对账单 {row.number}：截至 2026-09-30 欠 1,200.00 CNY。"
    claimed = Claim.objects.filter(contact=contact).values_list("number", "open_amount", "due_on")
    assert set(claimed) == {("A", 1000, date(2026, 9, 20)), ("B", 200, date(2026, 9, 20))}
    ends = {each.number: each.expires_on for each in limitation_of_customer(row.customer_id)}
    later = date(2029, 10, 9)
    assert ends == {"A": later, "B": later, "D": date(2029, 10, 5)}


def test_without_a_signature_legal_decides_and_a_difference_agrees_to_nothing(books: Any) -> None:
    books.invoice("A", "2026-09-05", "1000", due="2026-09-20")
    [row] = of(draft(books, 9))
    sent(books, row, today=date(2026, 10, 1))
    answer(books, row, agrees=False, theirs=D(900), on=date(2026, 10, 2))
    assert not Evidence.objects.exists()
    answer(books, row, on=date(2026, 10, 9))
    [contact] = Evidence.objects.all()
    assert (contact.interrupts_on, contact.claimed) == (None, 1000)
    [limit] = limitation_of_customer(row.customer_id)
    assert limit.expires_on == date(2029, 9, 20)
    legal = replace(books.actor, user_id=None)
    rule_on_limitation(contact.pk, interrupts=True, basis="邮件", agreement=True, actor=legal, today=DAY)
    [limit] = limitation_of_customer(row.customer_id)
    assert limit.expires_on == date(2029, 10, 9)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "code"),
    [
        (date(2026, 10, 1), date(2026, 9, 30), "period_turned_round"),
        (date(2026, 11, 1), date(2026, 11, 30), "period_not_over"),
        (date(2026, 9, 1), date(2026, 9, 30), "nothing_to_state"),
    ],
)
def test_a_period_that_cannot_be_stated_is_refused(
    books: Any, starts_on: date, ends_on: date, code: str
) -> None:
    with pytest.raises(StatementRefused) as refused:
        draft_statements(NewBatch(starts_on=starts_on, ends_on=ends_on), actor=books.actor, today=DAY)
    assert refused.value.code == code
    assert not StatementBatch.objects.exists()

"""Records of statements for tests of other areas: a statement that was answered, its difference, a comparison."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from huikuan.statements.models import Difference, Reconciliation, SentBy, Statement
from huikuan.statements.operations import (
    NewAnswer,
    NewBatch,
    NewDifference,
    NewReconciliation,
    compare_list,
    draft_statements,
    keep_list,
    record_answer,
    send_statements,
)
from huikuan.statements.rules import Mode

LIST = "发票号,日期,金额\nYS1,2026-05-01,900\nNEU-1,2026-05-02,5\n合计,,905\n"


def stated(books: Any, code: str = "C1") -> Statement:
    """The statement of a customer up to yesterday, not sent yet."""
    ends_on = books.today - timedelta(days=1)
    new = NewBatch(
        starts_on=ends_on.replace(month=1, day=1), ends_on=ends_on, customer_ids=[books.customer(code).pk]
    )
    batch = draft_statements(new, actor=books.actor, today=books.today)
    return Statement.objects.get(batch=batch)


def objected(books: Any, row: Statement, number: str = "YS1") -> Difference:
    """Sent on paper, and answered with one difference."""
    send_statements([row.pk], by=SentBy.PAPER, actor=books.actor, today=books.today)
    said = NewDifference(kind="amount", number=number, amount=Decimal(-10))
    answer = NewAnswer(agrees=False, on=books.today, person="王会计", differences=[said])
    record_answer(row.pk, answer, actor=books.actor, today=books.today, now=timezone.now())
    return Difference.objects.get(statement=row)


def compared(books: Any, code: str = "C1") -> Reconciliation:
    """A customer's list compared with ours."""
    customer = books.customer(code).pk
    file = keep_list(customer, name="list.csv", content=LIST.encode(), actor=books.actor, now=timezone.now())
    new = NewReconciliation(
        customer_id=customer,
        currency="CNY",
        mode=Mode.MOVEMENTS,
        starts_on=books.today.replace(month=1, day=1),
        ends_on=books.today,
    )
    return compare_list(file, new, actor=books.actor, today=books.today)


def keys_of_statements(books: Any, customer_code: str) -> dict[str, dict[str, Any]]:
    """The values that addresses of statements take."""
    row = stated(books, customer_code)
    difference, result = objected(books, row), compared(books, customer_code)
    return {
        "statement": {"key": row.pk},
        "statement-batch": {"key": row.batch_id},
        "statement-dispute": {"key": difference.pk},
        "reconciliation": {"key": result.pk, "file": result.file_id},
    }

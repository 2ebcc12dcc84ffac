"""Three months of statements of the demo company: sent, agreed, objected to, or not answered; one customer's list compared."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from huikuan.core.dates import add_months
from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import Actor
from huikuan.statements.models import SentBy, Statement, StatementBatch, StatementState
from huikuan.statements.operations import (
    NewAnswer,
    NewBatch,
    NewDifference,
    NewReconciliation,
    compare_list,
    draft_statements,
    keep_list,
    record_answers,
    send_statements,
)
from huikuan.statements.rules import Mode

CUSTOMERS = 30
MONTHS = 3
PEOPLE = ("王会计", "李静", "赵敏", "陈会计", "周经理")
AGREE, DIFFER = (28, 23, 9), (1, 2, 3)
"""Of how many customers the answers are there, from the first month to the last."""
LEFT_DRAFTED = 4
REASONS = (
    NewDifference(kind="missing_there", amount=Decimal("-12800"), note="发票还没有收到"),
    NewDifference(kind="date", amount=Decimal(0), note="入账在下月"),
    NewDifference(kind="missing_here", amount=Decimal("-3500"), note="运费扣款，已附协议"),
    NewDifference(kind="amount", amount=Decimal("-960"), note="单价与合同不符"),
)


def state_accounts(staff: Mapping[str, Actor], *, today: date) -> None:
    """The last whole months, for the customers with most business of them."""
    accountant = staff["ar_accountant"]
    since = add_months(today.replace(day=1), -MONTHS)
    found = (
        OpenItem.objects.filter(document_on__gte=since, currency="CNY")
        .values("customer_id")
        .annotate(count=Count("pk"))
        .order_by("-count", "customer_id")
    )
    keys = [row["customer_id"] for row in found[:CUSTOMERS]]
    for place in range(MONTHS):
        starts_on = add_months(since, place)
        ends_on = add_months(starts_on, 1) - timedelta(days=1)
        sent_on = min(today, ends_on + timedelta(days=3))
        new = NewBatch(starts_on=starts_on, ends_on=ends_on, customer_ids=keys)
        batch = draft_statements(new, actor=accountant, today=sent_on)
        rows = list(Statement.objects.filter(batch=batch).defer("content").order_by("number"))
        going = rows if place < MONTHS - 1 else rows[LEFT_DRAFTED:]
        send_statements([row.pk for row in going], by=SentBy.PAPER, actor=accountant, today=sent_on)
        _answer(going, place, accountant, sent_on, today)
    _compare(batch, accountant, today)


def _answer(rows: Sequence[Statement], month: int, actor: Actor, sent_on: date, today: date) -> None:
    answers: dict[Any, NewAnswer] = {}
    for place, row in enumerate(rows[: AGREE[month] + DIFFER[month]]):
        person = PEOPLE[(place + month) % len(PEOPLE)]
        on = min(today, sent_on + timedelta(days=2 + (place * 7 + month) % 12))
        if place >= DIFFER[month]:
            answers[row.pk] = NewAnswer(agrees=True, on=on, person=person)
            continue
        said = REASONS[(place + month) % len(REASONS)]
        answers[row.pk] = NewAnswer(
            agrees=False, on=on, person=person, theirs=row.closing + said.amount, differences=[said]
        )
    record_answers(answers, actor=actor, today=today, now=_noon(today))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)


def _compare(batch: StatementBatch, actor: Actor, today: date) -> None:
    """The list of one who differs, as its own program writes it."""
    row = (
        Statement.objects.filter(batch=batch, state=StatementState.DIFFERING)
        .select_related("customer")
        .order_by("number")
        .first()
    )
    if row is None:
        return
    name = f"{row.customer.name[:20]} 应付明细 {batch.ends_on:%Y-%m}.csv"
    file = keep_list(row.customer_id, name=name, content=_list(row), actor=actor, now=_noon(today))
    new = NewReconciliation(
        customer_id=row.customer_id,
        currency=row.currency,
        mode=Mode.MOVEMENTS,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        statement_id=row.pk,
    )
    compare_list(file, new, actor=actor, today=today)


def _list(row: Statement) -> bytes:
    """What the customer booked: one invoice left out, one twice, one without tax, payments some days later."""
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["日期", "发票号", "摘要", "借方", "贷方"])
    table.writerow(["", "", "期初余额", "", row.opening.quantize(Decimal("0.01"))])
    for place, each in enumerate(row.content["figures"]["movements"]):
        amount, on = Decimal(each["amount"]), date.fromisoformat(each["on"])
        if amount < 0:
            later = min(row.ends_on, on + timedelta(days=2))
            table.writerow([later, "", "付款", -amount, ""])
        elif place != 1:
            booked = (amount / Decimal("1.13")).quantize(Decimal("0.01")) if place == 3 else amount
            for _twice in range(2 if place == 5 else 1):
                table.writerow([on, each["number"][2:], "采购", "", booked])
    table.writerow([row.ends_on, "FY-0031", "运费扣款", 860, ""])
    table.writerow(["", "", "本月合计", "", ""])
    return stream.getvalue().encode()

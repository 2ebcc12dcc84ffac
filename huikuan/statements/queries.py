"""Reads: statements of customers somebody sees, what they stand on, and how they left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from huikuan.customers.queries import visible_salespeople
from huikuan.messaging.models import Message
from huikuan.organizations.actors import Actor
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import (
    Difference,
    Reconciliation,
    Statement,
    StatementAnswer,
    StatementBatch,
    StatementSetting,
    StatementState,
)

ABOUT = "customer_statement"
"""The kind that messages about statements have (messaging/registry.py)."""
WAITING = (StatementState.DRAFTED, StatementState.SENT, StatementState.DIFFERING)


def statements_seen(actor: Actor) -> QuerySet[Statement]:
    """The statements of customers whom the actor sees."""
    found = Statement.objects.select_related("customer").defer("content")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def statement_by_number(number: str, actor: Actor) -> Statement:
    """The statement of that number, if the actor sees its customer. Raises StatementRefused."""
    found = statements_seen(actor).filter(number=number.strip()).first()
    if found is None:
        raise StatementRefused(_("没有编号为 %s 的对账单。") % number[:64], code="unknown_statement")
    return found


def reconciliations_seen(actor: Actor) -> QuerySet[Reconciliation]:
    """The comparisons with customers whom the actor sees."""
    found = Reconciliation.objects.select_related("customer", "statement", "file")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def last_statements(customer_ids: Collection[UUID]) -> dict[tuple[UUID, str], Statement]:
    """The last statement of each customer and currency that was not withdrawn, without its content."""
    rows = (
        Statement.objects.filter(customer_id__in=customer_ids)
        .exclude(state=StatementState.WITHDRAWN)
        .order_by("customer_id", "currency", "-ends_on")
        .distinct("customer_id", "currency")
        .defer("content")
    )
    return {(each.customer_id, each.currency): each for each in rows}


def statement_setting() -> StatementSetting:
    """How customers are reminded; the usual where nobody decided it."""
    return StatementSetting.objects.order_by("-id").first() or StatementSetting()


def answers_of(statement: Statement) -> list[StatementAnswer]:
    """What the customer answered, the first first."""
    return list(StatementAnswer.objects.filter(statement=statement).select_related("file").order_by("id"))


def differences_of(
    *, statement: Statement | None = None, reconciliation: Reconciliation | None = None
) -> list[Difference]:
    """The differences that an answer named or a comparison found."""
    found = Difference.objects.select_related("item__document", "dispute").order_by("id")
    if reconciliation is not None:
        return list(found.filter(reconciliation=reconciliation).order_by("position"))
    return list(found.filter(statement=statement, reconciliation=None))


def messages_about(keys: Collection[UUID]) -> dict[UUID, list[Message]]:
    """The messages by which statements left, and reminders of them, by statement, the last first."""
    found: dict[UUID, list[Message]] = {}
    rows = Message.objects.filter(about_kind=ABOUT, about_id__in=keys).defer("html", "text").order_by("-id")
    for each in rows:
        assert each.about_id is not None
        found.setdefault(each.about_id, []).append(each)
    return found


def batches_seen(actor: Actor) -> QuerySet[StatementBatch]:
    """Batches; only for who sees all customers."""
    return (
        StatementBatch.objects.all() if visible_salespeople(actor) is None else StatementBatch.objects.none()
    )


def counts_by_state(found: QuerySet[Statement]) -> dict[str, int]:
    """How many statements stand where."""
    rows = found.order_by().values("state").annotate(count=Count("id")).values_list("state", "count")
    return dict(rows)


def silent_since(today: date, setting: StatementSetting) -> Q:
    """Sent, and to be reminded of today."""
    first = today - timedelta(days=setting.remind_after)
    again = today - timedelta(days=setting.remind_again)
    return Q(state=StatementState.SENT, sent_on__lte=first, reminders__lt=setting.reminders) & (
        Q(reminded_on=None) | Q(reminded_on__lte=again)
    )

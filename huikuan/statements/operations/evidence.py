"""A statement that a customer agrees to is the debtor's acknowledgement of what it lists: evidence for limitation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.collection.chased import Asked, OpenClaim, open_claims
from huikuan.collection.operations import NewContact, post_contacts
from huikuan.collection.operations.letters import noon
from huikuan.collection.rules import Channel, Direction, Proof, Result
from huikuan.core.money import amount_said
from huikuan.ledger.models import OpenItem, Side
from huikuan.statements.models import SentBy, Statement, StatementAnswer

CHANNELS = {SentBy.MAIL.value: Channel.EMAIL, SentBy.PAPER.value: Channel.LETTER}


def keep_agreements(
    agreed: Sequence[tuple[Statement, StatementAnswer]], *, opened: OpenAct, today: date, now: datetime
) -> None:
    """Each becomes a contact with the open debts of its statement as they were stated.

    With the signed copy limitation begins anew on the day of the answer (Civil Code art. 195); without it only once
    legal rules so. A statement that lists nothing owed is no evidence of a debt.
    """
    claims = _stated([statement for statement, _answer in agreed])
    news = [
        _contact(statement, answer, claims[statement.pk], now)
        for statement, answer in agreed
        if claims[statement.pk]
    ]
    post_contacts(news, opened=opened, today=today)


def _contact(
    statement: Statement, answer: StatementAnswer, claims: Sequence[OpenClaim], now: datetime
) -> NewContact:
    signed = answer.file is not None
    return NewContact(
        customer_id=statement.customer_id,
        channel=CHANNELS[statement.sent_by],
        direction=Direction.IN,
        result=Result.ACKNOWLEDGED,
        made_at=noon(answer.on, now),
        person_name=answer.person,
        text=_("确认对账单 %(number)s：截至 %(day)s 欠 %(amount)s %(currency)s。")
        % {
            "number": statement.number,
            "day": statement.ends_on.isoformat(),
            "amount": amount_said(statement.closing, statement.currency),
            "currency": statement.currency,
        },
        proof=Proof.SIGNED if signed else Proof.NONE,
        proof_on=answer.on if signed else None,
        claims=claims,
    )


def _stated(statements: Sequence[Statement]) -> dict[UUID, list[OpenClaim]]:
    """The debts that each lists as open, by its key, with the amounts it says; settled since for its days: left out."""
    items = _items(statements)
    found: dict[UUID, dict[UUID, Decimal]] = {}
    for each in statements:
        lines = [line for line in each.content["figures"]["open"] if Decimal(line["amount"]) > 0]
        found[each.pk] = _amounts(lines, items.get((each.customer_id, each.currency), {}))
    asked = [Asked(each.customer_id, each.ends_on, list(found[each.pk])) for each in statements]
    return {
        each.pk: [_as_said(claim, found[each.pk][claim.item_id]) for claim in claims]
        for each, claims in zip(statements, open_claims(asked), strict=True)
    }


def _as_said(claim: OpenClaim, amount: Decimal) -> OpenClaim:
    base = (claim.open_base * amount / claim.open_amount).quantize(Decimal("0.0001"))
    return replace(claim, open_amount=amount, open_base=base)


Items = dict[str, list[tuple[str | None, UUID]]]


def _items(statements: Sequence[Statement]) -> Mapping[tuple[UUID, str], Items]:
    """The debts that have the numbers of the lines: (due day, key) of each number, by customer and currency."""
    numbers = {line["number"] for each in statements for line in each.content["figures"]["open"]}
    rows = OpenItem.objects.filter(
        customer_id__in={each.customer_id for each in statements},
        side=Side.DEBIT,
        document__number__in=numbers,
        document__voided_by=None,
    ).values_list("customer_id", "currency", "document__number", "effective_due_on", "pk")
    found: dict[tuple[UUID, str], Items] = {}
    for customer, currency, number, due, key in rows.order_by("effective_due_on", "line"):
        of = found.setdefault((customer, currency), {})
        of.setdefault(number, []).append((due.isoformat() if due else None, key))
    return found


def _amounts(lines: Iterable[Mapping[str, Any]], items: Mapping[str, Sequence[Any]]) -> dict[UUID, Decimal]:
    """What a statement says is open of each item: that of the number and due day, else the earliest of the number."""
    found: dict[UUID, Decimal] = {}
    for line in lines:
        left = [each for each in items.get(line["number"], ()) if each[1] not in found]
        left.sort(key=lambda each: each[0] != line["due_on"])
        if left:
            found[left[0][1]] = Decimal(line["amount"])
    return found

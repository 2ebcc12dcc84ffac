"""The options of a proposal as the workbench shows them: who paid, what for, what is left, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.cash.banking import StatementLine
from huikuan.cash.matching.options import Option, Settled, from_json
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations import match_policies
from huikuan.cash.proposals import MatchOrder, Proposal
from huikuan.cash.reason_words import words_of
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document, OpenItem
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work
from huikuan.web.workbench.words import DIFFERENCES, tier_badge

Row = dict[str, Any]


def options_of(line: StatementLine) -> list[Option]:
    """What the matching proposes for a line, best first."""
    proposal = Proposal.objects.filter(line_id=line.pk).first()
    return [from_json(data) for data in proposal.options] if proposal else []


def candidates(work: Work, line: StatementLine, options: Sequence[Option]) -> list[Row]:
    """The options as they are now: an item that was settled meanwhile makes an option stale."""
    settled = [each for option in options for each in (*option.items, *option.credits)]
    items = {
        item.pk: item
        for item in OpenItem.objects.filter(pk__in={each.item_id for each in settled}).select_related(
            "document", "customer"
        )
    }
    customers = Customer.everyone.in_bulk({option.customer_id for option in options if option.customer_id})
    companions = {
        row.pk: row
        for row in StatementLine.objects.filter(
            pk__in={key for option in options for key in option.companions}
        )
    }
    named = {key for option in options for key in (option.returns, option.recorded) if key}
    documents = Document.objects.in_bulk(named)
    pooled = UnidentifiedReceipt.objects.in_bulk(named - documents.keys())
    policies = match_policies()
    rows = []
    for place, option in enumerate(options):
        customer = customers.get(option.customer_id) if option.customer_id else None
        stale = any(
            each.item_id not in items or items[each.item_id].open_amount < each.amount
            for each in (*option.items, *option.credits)
        ) or any(key not in companions or companions[key].used for key in option.companions)
        short = not option.unapplied and any(
            each.item_id in items and each.amount < items[each.item_id].open_amount for each in option.items
        )
        receipt = documents.get(option.returns) if option.returns else None
        recorded = documents.get(option.recorded) if option.recorded else None
        waiting = pooled.get(option.recorded) if option.recorded else None
        rows.append(
            {
                "place": place,
                "key": place + 1 if place < 9 else "",
                "customer": customer,
                "customer_url": customer_url(work, customer.pk) if customer else "",
                "badge": tier_badge(option.tier),
                "payer_reasons": [words_of(each) for each in option.payer_reasons],
                "reasons": [words_of(each) for each in option.reasons],
                "items": [_item(work, each, items, customer) for each in option.items],
                "credits": [_item(work, each, items, customer) for each in option.credits],
                "differences": [
                    {"label": DIFFERENCES[name], "amount": amount}
                    for name, amount in option.differences.items()
                    if amount
                ],
                "advance": option.advance,
                "unapplied": option.unapplied if _stays(option) else Decimal(0),
                "companions": [companions[key] for key in option.companions if key in companions],
                "returns": receipt,
                "returns_url": document_url(work, receipt.pk) if receipt else "",
                "recorded": recorded,
                "recorded_url": document_url(work, recorded.pk) if recorded else "",
                "waiting": waiting,
                "stale": stale,
                "asks_reason": short and policies.of(option.customer_id).order == MatchOrder.NONE,
                "possible": (customer is not None or waiting is not None) and not stale,
            }
        )
    return rows


def _stays(option: Option) -> bool:
    """Whether what is not applied stays with the customer as free money."""
    return not (option.returns or option.recorded or option.advance)


def _item(work: Work, each: Settled, items: dict[UUID, OpenItem], payer: Customer | None) -> Row:
    item = items.get(each.item_id)
    row: Row = {
        "number": each.number,
        "amount": each.amount,
        "url": "",
        "due": None,
        "late": "",
        "rest": None,
    }
    if item is not None:
        late = (work.today - item.effective_due_on).days if item.effective_due_on else 0
        row |= {
            "number": item.document.number,
            "url": document_url(work, item.document_id),
            "due": item.effective_due_on,
            "late": days_text(late) if late > 0 and item.side > 0 else "",
            "rest": item.open_amount - each.amount if item.open_amount > each.amount else None,
            "of": item.customer.name if payer is not None and item.customer_id != payer.pk else "",
        }
    return row


def first_possible(rows: Iterable[Row]) -> int | None:
    """The candidate that is chosen to begin with."""
    return next((row["place"] for row in rows if row["possible"]), None)

"""What a statement says, frozen: its figures as data and its page as it is printed; and requests for confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from huikuan.collection.claim_facts import ZERO, ClaimFacts
from huikuan.collection.letter_content import Addressee, Content, letter_head, letter_to, standalone_statement
from huikuan.collection.models import Letterhead
from huikuan.collection.statement import PARTS, Movement, Statement
from huikuan.collection.templates import day_words, figure, words_of
from huikuan.core.money import amount_text


def statement_of_account(
    found: Statement,
    facts: ClaimFacts,
    *,
    language: str,
    head: Letterhead | None,
    number: str,
    previous: str,
    known_at: datetime,
) -> Content:
    """A statement as it is kept. `figures`: amounts as text; `page`: see `collection/letter_content.py`."""
    return {
        "figures": figures(found, previous=previous, known_at=known_at),
        "page": standalone_statement([found], replace(facts, number=number), language=language, head=head),
    }


def figures(found: Statement, *, previous: str, known_at: datetime) -> dict[str, Any]:
    """The figures of a statement as data."""

    def text(amount: Decimal) -> str:
        return amount_text(amount, found.currency)

    def rows(of: Sequence[Movement]) -> list[dict[str, str]]:
        return [
            {
                "on": each.on.isoformat(),
                "number": each.number,
                "kind": each.kind,
                "part": each.part,
                "amount": text(each.amount),
            }
            for each in of
        ]

    return {
        "previous": previous,
        "known_at": known_at.isoformat(),
        "opening": text(found.opening),
        "earlier": rows(found.earlier),
        "movements": rows(found.movements),
        "sums": {part: text(found.sums.get(part, ZERO)) for part in PARTS},
        "closing": text(found.closing),
        "overdue": text(found.overdue),
        "unallocated": text(found.unallocated),
        "open": [
            {
                "number": each.number,
                "on": each.document_on.isoformat(),
                "due_on": each.due_on.isoformat() if each.due_on else None,
                "amount": text(each.amount),
            }
            for each in found.open_lines
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Who asks for confirmation: name, where answers go, and the reference of the request."""

    name: str
    address: str = ""
    reference: str = ""


def confirmation_request(
    facts: ClaimFacts,
    balances: Mapping[str, Decimal],
    *,
    auditor: Auditor,
    until: date,
    language: str,
    head: Letterhead | None,
    to: Addressee,
    number: str,
) -> Content:
    """积极式询证函: the balances of a customer at the end of a day, to be answered to the auditor in any case.

    `balances` by currency; above zero, the customer owes. The wording follows the request for confirmation that
    Chinese Standard on Auditing 1312 (函证) describes.
    """
    words, letter, said = words_of(language), words_of(language, "letter"), words_of(language, "confirmation")
    day = day_words(until, words)
    sender = letter_head(facts, head, language)
    company = sender["name"]
    return {
        "language": language,
        "head": sender,
        "number": [said["number"], number],
        "date": day_words(facts.day, words),
        "to": letter_to(facts, to, language),
        "dear": letter["dear"].format(customer=facts.customer),
        "subject": said["title"],
        "paragraphs": _paragraphs(said, auditor, day),
        "table": _balances(said, balances or {facts.currency: ZERO}, until),
        "sums": [],
        "account": [],
        "closing": letter["closing"],
        "sign": [company, "", letter["seal"], day_words(facts.day, words)],
        "slip": {
            "title": said["slip"],
            "said": said["slip_to"].format(auditor=auditor.name, company=company, until=day),
            "options": [said["agree"], said["differ"]],
            "fields": [letter["slip_sign"], letter["slip_person"], letter["slip_date"]],
        },
        "page": letter["page"],
        "enclosed": "",
        "statements": [],
    }


def _paragraphs(said: Mapping[str, str], auditor: Auditor, day: str) -> list[str]:
    """The words of a request; what is put in is put in once."""
    values = {
        "auditor": auditor.name,
        "until": day,
        "address": said["address"].format(address=auditor.address) if auditor.address else "",
        "items": "{items}",
    }
    return [each.strip().format(**values) for each in said["said"].strip().split("\n\n")]


def _balances(said: Mapping[str, str], balances: Mapping[str, Decimal], until: date) -> Content:
    columns = [("until", "left"), ("currency", "left"), ("owed_by", "right"), ("owed_to", "right")]
    return {
        "columns": [[said[name], side] for name, side in (*columns, ("remark", "left"))],
        "keys": [*(name for name, _side in columns), "item"],
        "rows": [
            [
                until.isoformat(),
                currency,
                figure(amount, currency) if amount > 0 else "—",
                figure(-amount, currency) if amount < 0 else "—",
                "" if amount else said["nothing"],
            ]
            for currency, amount in sorted(balances.items())
        ],
        "sums": [],
    }

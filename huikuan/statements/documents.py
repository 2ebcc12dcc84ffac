"""Statements and requests for confirmation as PDF: one, a batch, or many that are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from huikuan.collection.addressing import language_of
from huikuan.collection.claim_facts import claim_facts, letterhead_in_force
from huikuan.collection.letter_content import standalone_statement
from huikuan.collection.letters import PrintedLetters, letter_pdf
from huikuan.collection.statement import statements_of
from huikuan.customers.models import Customer
from huikuan.statements.models import Statement


def printed(rows: Sequence[Statement], *, title: str = "") -> PrintedLetters:
    """Statements as they were drafted, in the order given, as one file; the same rows always give the same file."""
    made_at = max(each.known_at for each in rows)
    name = title or (f"{rows[0].number}–{rows[-1].number}" if len(rows) > 1 else rows[0].number)
    return letter_pdf([each.content["page"] for each in rows], title=name, made_at=made_at)


def statement_pdfs(
    customer_ids: Sequence[UUID], *, starts_on: date, ends_on: date, made_at: datetime
) -> PrintedLetters:
    """Statements of a period for any number of customers as one file, neither numbered nor kept.

    Whoever has nothing to be stated is left out; several currencies of a customer stand on pages of their own.
    """
    found = statements_of(customer_ids, starts_on=starts_on, ends_on=ends_on)
    facts = claim_facts(list(found), day=ends_on)
    countries = dict(Customer.everyone.filter(pk__in=found).values_list("pk", "country"))
    head = letterhead_in_force()
    contents = [
        standalone_statement(stated, facts[key], language=language_of(countries.get(key, "")), head=head)
        for key, stated in found.items()
    ]
    return letter_pdf(contents, title=f"{starts_on}–{ends_on}", made_at=made_at)

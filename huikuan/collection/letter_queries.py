"""Reads of letters: those whose customers somebody sees, the last mailing addresses, what a letter claims."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from huikuan.collection.chased import OpenClaim
from huikuan.collection.claim_facts import ClaimFacts, claim_facts, letterhead_in_force
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.letter_content import (
    Content,
    addressee_of,
    letter_content,
    month_before,
    standalone_statement,
)
from huikuan.collection.models import Letter, LetterItem, MailingAddress
from huikuan.collection.statement import Statement, statements_of
from huikuan.collection.template_fields import LANGUAGES, TemplateChannel
from huikuan.collection.templates import Template, chosen_template, claims_money, templates_in_force
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.files import storage
from huikuan.organizations.actors import Actor


def letters_seen(actor: Actor) -> QuerySet[Letter]:
    """The letters to customers whom the actor sees."""
    found = Letter.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def mailing_addresses(customer_ids: Collection[UUID]) -> dict[UUID, MailingAddress]:
    """Where letters to customers go."""
    rows = MailingAddress.objects.filter(customer_id__in=customer_ids).order_by("customer_id", "-id")
    return {row.customer_id: row for row in rows.distinct("customer_id")}


def letter_templates() -> list[Template]:
    """The templates of letters in force, in Chinese where there are several languages, by name."""
    found: dict[str, Template] = {}
    in_force = templates_in_force()
    for language in reversed(LANGUAGES):
        for each in in_force.values():
            if each.channel == TemplateChannel.LETTER and each.language == language:
                found[each.code] = each
    return [found[code] for code in sorted(found)]


def template_of_letter(code: str, language: str) -> Template:
    """The template that a letter is printed by. Raises CollectionRefused."""
    found = chosen_template(templates_in_force(), code, TemplateChannel.LETTER.value, language)
    if found is None:
        raise CollectionRefused(_("没有名为 %s 的信函模板。") % code, code="unknown_template")
    return found


def wanted_lines(letter: Letter, facts: ClaimFacts, template: Template) -> ClaimFacts:
    """What a letter claims of what can be asked: the chosen items, else all that is overdue; a note claims nothing."""
    if not claims_money(template):
        return replace(facts, lines=())
    if letter.item_ids:
        return facts.only({UUID(each) for each in letter.item_ids})
    return facts.overdue_only()


def previewed(
    customer: Customer,
    template: Template,
    *,
    language: str,
    day: date,
    item_ids: Collection[UUID] = (),
    period: tuple[date, date] | None = None,
) -> Content:
    """A letter to a customer as it would be printed on a day, without a number.

    `item_ids`: what it claims; empty: what is overdue, or all that is open where nothing is. `period`: of the
    statement of account with it; a note without one takes last month's.
    """
    facts = claim_facts([customer.pk], day=day)[customer.pk]
    if item_ids:
        facts = facts.only(set(item_ids))
    elif facts.overdue:
        facts = facts.overdue_only()
    if period is None and not claims_money(template):
        period = month_before(day)
    statements: list[Statement] = []
    if period is not None:
        statements = statements_of([customer.pk], starts_on=period[0], ends_on=period[1]).get(customer.pk, [])
    return letter_content(
        template,
        facts,
        language=language,
        head=letterhead_in_force(),
        to=addressee_of(mailing_addresses([customer.pk]).get(customer.pk)),
        statements=statements,
    )


def statement_letter(
    customer: Customer, *, starts_on: date, ends_on: date, language: str, day: date
) -> Content | None:
    """A customer's statement of account by itself; None where there is nothing to state."""
    found = statements_of([customer.pk], starts_on=starts_on, ends_on=ends_on).get(customer.pk)
    if not found:
        return None
    facts = claim_facts([customer.pk], day=day)[customer.pk]
    return standalone_statement(found, facts, language=language, head=letterhead_in_force())


def claims_of(letters: Collection[Letter]) -> dict[UUID, list[OpenClaim]]:
    """What letters claim, as a contact freezes it."""
    customers = {each.pk: each.customer_id for each in letters}
    found: dict[UUID, list[OpenClaim]] = {key: [] for key in customers}
    for row in LetterItem.objects.filter(letter_id__in=customers).order_by("letter_id", "position"):
        found[row.letter_id].append(
            OpenClaim(
                customers[row.letter_id],
                row.item_id,
                row.number,
                row.due_on,
                row.currency,
                row.open_amount,
                row.open_base,
                row.paid,
            )
        )
    return found


def batch_file(letter: Letter) -> bytes:
    """The file in which a letter was printed. Raises storage.FileAltered."""
    assert letter.batch is not None
    file = letter.batch.file
    return storage.content(letter.organization_id, file.sha256, name=file.name)

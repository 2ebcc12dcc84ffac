"""询证函: requests of an auditor to confirm balances, printed and written down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import Told, act, record_events
from huikuan.collection.addressing import language_of
from huikuan.collection.claim_facts import claim_facts, letterhead_in_force
from huikuan.collection.letter_content import addressee_of
from huikuan.collection.letter_queries import mailing_addresses
from huikuan.collection.letters import PrintedLetters, letter_pdf
from huikuan.collection.queries import customers_seen
from huikuan.collection.statement import statements_of
from huikuan.core.money import amount_text
from huikuan.ledger.operations.numbers import take_numbers
from huikuan.organizations.actors import Actor
from huikuan.statements.content import Auditor, confirmation_request
from huikuan.statements.errors import StatementRefused

PREFIX = "XZ"
CONFIRMATION = "confirmation_request"
MOST = 500


def print_confirmation_requests(
    customer_ids: Sequence[UUID], *, until: date, auditor: Auditor, actor: Actor, today: date, now: datetime
) -> PrintedLetters:
    """出具询证函: one for each customer, with its balances by currency at the end of a day, as one file.

    Each has a number; the trail says which balances it names. Raises StatementRefused.
    """
    actor.require("reconciliation.write")
    wanted = sorted(set(customer_ids))
    if not auditor.name.strip():
        raise StatementRefused(_("请填写会计师事务所的名称。"), code="auditor_missing")
    if until > today:
        raise StatementRefused(_("截止日期还没有到。"), code="period_not_over")
    if not wanted or len(wanted) > MOST:
        raise StatementRefused(_("一次请选 1 到 %d 个客户。") % MOST, code="too_many_customers")
    with act("print_confirmation_requests", actor=actor) as opened:
        people = {each.pk: each for each in customers_seen(actor).filter(pk__in=wanted)}
        if len(people) < len(wanted):
            raise StatementRefused(_("客户不存在，或不归您负责。"), code="unknown_customer")
        stated = statements_of(wanted, starts_on=until, ends_on=until)
        facts, head, addresses = (
            claim_facts(wanted, day=today),
            letterhead_in_force(),
            mailing_addresses(wanted),
        )
        ordered = sorted(wanted, key=lambda key: people[key].code)
        numbers = list(take_numbers(PREFIX, today.replace(day=1), len(ordered)))
        contents, told = [], []
        for key, number in zip(ordered, numbers, strict=True):
            balances = {each.currency: each.closing for each in stated.get(key, ())}
            contents.append(
                confirmation_request(
                    facts[key],
                    balances,
                    auditor=auditor,
                    until=until,
                    language=language_of(people[key].country),
                    head=head,
                    to=addressee_of(addresses.get(key)),
                    number=" ".join(each for each in (number, auditor.reference) if each),
                )
            )
            said = {currency: amount_text(amount, currency) for currency, amount in balances.items()}
            told.append(
                Told(
                    "printed",
                    CONFIRMATION,
                    key,
                    number,
                    {"until": until.isoformat(), "auditor": auditor.name, "balances": said},
                )
            )
        made = letter_pdf(contents, title=f"{numbers[0]}–{numbers[-1]}", made_at=now)
        record_events(told, opened=opened)
    return made

"""Lines of statements in tests: an account at a bank, what came in on it, and options put together by number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from huikuan.audit.operations import act, record_event
from huikuan.cash.bank_digests import digests_of_statements
from huikuan.cash.banking import BankAccount, LineKind, Statement, StatementLine
from huikuan.cash.matching.options import Option, Reason, Settled, to_json
from huikuan.cash.operations.bank_accounts import content
from huikuan.cash.proposals import Proposal
from huikuan.ledger.models import Account
from huikuan.ledger.operations import add_account
from tests.trade import Books, day


def bank_account(books: Books, code: str = "ICBC", currency: str = "CNY") -> BankAccount:
    """The account, with one of its own in the chart."""
    found = BankAccount.objects.filter(code=code).first()
    if found is not None:
        return found
    account = add_account(code=f"1002{Account.objects.count():02d}", name=code, actor=books.actor)
    with act("add_bank_account", actor=books.actor):
        row = BankAccount.objects.create(
            organization_id=books.organization.pk, code=code, name=code, currency=currency, account=account
        )
        record_event(
            action="recorded", record_kind="bank_account", record_id=row.pk, number=code, content=content(row)
        )
    return row


def line(books: Books, on: str, amount: str, payer: str = "", **values: Any) -> StatementLine:
    """One movement on the account `bank` (its code), on a statement of its own; `account` is the payer's number."""
    owner = bank_account(books, values.pop("bank", "ICBC"), values.pop("currency", "CNY"))
    number = values.pop("account", "")
    with act("import_statement", actor=books.actor) as opened:
        statement = Statement.objects.create(
            organization_id=books.organization.pk,
            act_id=opened.id,
            bank_account=owner,
            format="test",
            file_name="x",
            file_sha256=uuid4().hex * 2,
            starts_on=day(on),
            ends_on=day(on),
            net=Decimal(amount),
            count=1,
        )
        row = StatementLine(
            organization_id=books.organization.pk,
            act_id=opened.id,
            bank_account=owner,
            statement=statement,
            position=1,
            booked_on=day(on),
            amount=Decimal(amount),
            counterparty=payer,
            fingerprint=uuid4().bytes,
            kind=values.pop("kind", LineKind.TRANSFER),
            **values,
        )
        row.counterparty_account = number
        row.save()
        record_event(
            action="imported",
            record_kind="bank_statement",
            record_id=statement.pk,
            content={
                "bank_account": str(owner.pk),
                "sha256": statement.file_sha256,
                "from": on,
                "to": on,
                "net": amount,
                "count": 1,
                "new": 1,
                "lines": digests_of_statements([statement.pk])[statement.pk],
            },
        )
    return row


def option(books: Books, *items: tuple[str, str], customer: str = "C1", **values: Any) -> Option:
    """An option that settles items by number and amount; `credits` likewise, `fee=` and so on by name."""
    differences = {
        name: Decimal(values.pop(name)) for name in ("fee", "short", "over", "discount") if name in values
    }
    return Option(
        customer_id=books.customer(customer).pk,
        tier=values.pop("tier", "sure"),
        score=100,
        items=tuple(_settled(books, *each) for each in items),
        credits=tuple(_settled(books, *each) for each in values.pop("credits", ())),
        differences=differences,
        companions=tuple(values.pop("companions", ())),
        unapplied=Decimal(values.pop("unapplied", "0")),
        reasons=(Reason("number_in_text", {"number": items[0][0]}),) if items else (),
        **values,
    )


def _settled(books: Books, number: str, amount: str) -> Settled:
    return Settled(books.item(number).pk, number, Decimal(amount))


def propose(row: StatementLine, *options: Option, tier: str = "sure") -> Proposal:
    """What the matching would have written for a line."""
    made, _created = Proposal.objects.update_or_create(
        organization_id=row.organization_id,
        line_id=row.pk,
        defaults={
            "tier": tier,
            "customer_id": options[0].customer_id if options else None,
            "options": [to_json(each) for each in options],
        },
    )
    return made


def used(key: UUID) -> Decimal:
    """How much of a line is used."""
    return StatementLine.objects.get(pk=key).used

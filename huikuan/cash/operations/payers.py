"""Who pays under which name and from which account: learned from what people confirm, forgotten with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from huikuan.cash.banking import LineUse, StatementLine, UseKind
from huikuan.cash.queries import standing_uses
from huikuan.core.lengths import lengths_of
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import CustomerName

NAME = lengths_of(CustomerName, "name")["name"]


@dataclass(frozen=True, slots=True)
class Payer:
    """A line of a statement, and the customer whose money it turned out to be."""

    customer_id: UUID
    line: StatementLine


def learn_payers(payers: Sequence[Payer]) -> None:
    """Remember name and account of who paid for a customer; what is known already stays as it is."""
    CustomerName.objects.bulk_create(
        [
            CustomerName(
                organization_id=current_organization_id(),
                customer_id=payer.customer_id,
                kind=CustomerName.Kind.PAYER,
                name=payer.line.counterparty.strip()[:NAME],
                # Sealed alike wherever it stands: see `payer_account_context`.
                account_encrypted=payer.line.counterparty_account_encrypted,
                account_index=payer.line.counterparty_account_index,
            )
            for payer in payers
            if payer.line.counterparty.strip() or payer.line.counterparty_account_index
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )


def forget_payers(payers: Sequence[Payer]) -> int:
    """Forget what was learned from lines that turned out otherwise, but for what another confirmed line says."""
    forgotten = 0
    for payer in payers:
        name, account = payer.line.counterparty.strip()[:NAME], payer.line.counterparty_account_index
        same = Q(line__counterparty=payer.line.counterparty, line__counterparty_account_index=account)
        others = standing_uses().filter(
            same, kind=UseKind.RECEIPT, automatic=False, document__customer_id=payer.customer_id
        )
        if others.exists():
            continue
        learned = CustomerName.objects.filter(
            customer_id=payer.customer_id, kind=CustomerName.Kind.PAYER, name=name, account_index=account
        )
        forgotten += learned.delete()[0]
    return forgotten


def payers_of(uses: Sequence[LineUse]) -> list[Payer]:
    """What the confirmed ones among uses had taught; each payer once."""
    found: dict[tuple[UUID, str, bytes], Payer] = {}
    for use in uses:
        if use.kind == UseKind.RECEIPT and not use.automatic and use.document is not None:
            line = use.line
            key = (use.document.customer_id, line.counterparty, bytes(line.counterparty_account_index or b""))
            found[key] = Payer(use.document.customer_id, line)
    return list(found.values())

"""Which items an amount settles: the chosen ones in their order, else the customer's, earliest due first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.cash.errors import SettlingRefused
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import NewAllocation
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.organizations.models import Organization

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit item of a customer with the amount it settles from a day on.

    `item_ids`: what it settles, in this order; without, the customer's receivables. `in_full`: whether more than
    what is open is refused, or stays on the credit item.
    """

    item_id: UUID
    customer_id: UUID
    amount: Decimal
    on: date
    item_ids: tuple[UUID, ...] = ()
    in_full: bool = False


def base_currency() -> str:
    """The currency of the current organization."""
    return Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())


def settle(credits: Sequence[Credit], *, today: date, opened: OpenAct, currency: str = "") -> int:
    """Allocate credits inside an open act: items are locked first, so that two clerks plan one after the other.

    `currency` of all the credits, the organization's own where nothing is said.
    """
    currency = currency or base_currency()
    open_items = _locked(credits, currency)
    left = {item.pk: item.open_amount for item in open_items}
    planned: list[NewAllocation] = []
    for credit in credits:
        planned += _spread(credit, open_items, left)
    return post_allocations(planned, today=today, opened=opened)


def _locked(credits: Sequence[Credit], currency: str) -> list[OpenItem]:
    chosen = {key for credit in credits for key in credit.item_ids}
    free = {credit.customer_id for credit in credits if not credit.item_ids}
    wanted = set(
        OpenItem.objects.filter(
            customer_id__in=free,
            side=1,
            open_amount__gt=0,
            currency=currency,
            account__purpose="receivable",
        ).values_list("pk", flat=True)
    )
    found = list(
        OpenItem.objects.filter(pk__in=wanted | chosen | {credit.item_id for credit in credits})
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    missing = chosen - {item.pk for item in found}
    if missing:
        raise SettlingRefused(_("要核销的单据不存在，或不属于本组织。"), code="unknown_item")
    return sorted(
        (item for item in found if item.side > 0),
        key=lambda item: (item.effective_due_on or date.max, item.document_on, item.pk),
    )


def _spread(credit: Credit, items: Sequence[OpenItem], left: dict[UUID, Decimal]) -> list[NewAllocation]:
    by_id = {item.pk: item for item in items}
    if credit.item_ids:
        mine = [by_id[key] for key in credit.item_ids if key in by_id]
    else:
        mine = [
            item for item in items if item.customer_id == credit.customer_id and item.document_on <= credit.on
        ]
    amount, planned = credit.amount, []
    for item in mine:
        part = min(amount, left[item.pk])
        if part > 0:
            planned.append(NewAllocation(item.pk, credit.item_id, part, credit.on))
            left[item.pk] -= part
            amount -= part
    if amount and credit.in_full:
        raise SettlingRefused(
            _("未核销的应收只有 %(open)s，不足 %(amount)s。")
            % {"open": f"{credit.amount - amount:.2f}", "amount": f"{credit.amount:.2f}"},
            code="beyond_balance",
        )
    return planned

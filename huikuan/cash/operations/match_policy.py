"""What the matching may do by itself: for the organization, and for customers in its place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.proposals import MatchOrder, MatchPolicy
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.organizations.actors import Actor

KIND = "match_policy"


def change_match_policy(
    *,
    customer_id: UUID | None,
    automatic: bool,
    cap: Decimal | None,
    order: str,
    pools: bool,
    actor: Actor,
) -> MatchPolicy:
    """Match by these rules from now on: money of one customer, or (None) of all that have none of their own."""
    actor.require("settlement.write")
    if cap is not None and (not cap.is_finite() or cap <= 0):
        raise SettlingRefused(_("自动核销的上限必须大于零；不限请留空。"), code="cap_not_positive")
    if order not in MatchOrder.values:
        raise SettlingRefused(_("不认识的核销顺序。"), code="unknown_order")
    customer = Customer.objects.filter(pk=customer_id).first() if customer_id else None
    if customer_id and customer is None:
        raise SettlingRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    with act("change_match_policy", actor=actor):
        rows = MatchPolicy.objects.select_for_update()
        row = (
            rows.filter(customer_id=customer_id).first()
            if customer_id
            else rows.filter(customer=None).first()
        )
        before = _content(row) if row else None
        row = row or MatchPolicy(organization_id=current_organization_id(), customer_id=customer_id)
        row.automatic, row.cap, row.order, row.pools = automatic, cap, order, pools
        if before != _content(row):
            row.save()
            record_event(
                action="changed",
                record_kind=KIND,
                record_id=row.pk,
                number=customer.code if customer else "",
                content=_content(row) | ({"before": before} if before else {}),
            )
    return row


def remove_match_policy(*, customer_id: UUID, actor: Actor) -> None:
    """The customer's money is matched by the organization's rules again."""
    actor.require("settlement.write")
    with act("change_match_policy", actor=actor):
        row = MatchPolicy.objects.select_for_update().filter(customer_id=customer_id).first()
        if row is None:
            return
        record_event(action="removed", record_kind=KIND, record_id=row.pk, content=_content(row))
        MatchPolicy.objects.filter(customer_id=customer_id).delete()


def _content(row: MatchPolicy) -> dict[str, Any]:
    return {
        "automatic": row.automatic,
        "cap": f"{row.cap:.2f}" if row.cap is not None else None,
        "order": row.order,
        "pools": row.pools,
    }

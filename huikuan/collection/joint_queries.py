"""Reads of joint work: whose hands, open questions, terms of commission, what lateness cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import PAYING
from huikuan.collection.commission import SHIPPED_TERMS, CommissionTerms, Factor, commission, lost
from huikuan.collection.models import CommissionSetting, HandOver
from huikuan.collection.sharing import Hands, Stay, stays
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.models import Membership

MOST_PAID = 5000


def colleagues() -> list[tuple[UUID, str]]:
    """Everybody of us who may be asked, by name."""
    found = Membership.objects.filter(active=True, user__is_active=True)
    return list(found.order_by("user__name", "pk").values_list("pk", "user__name"))


def hands_of(customer_ids: Collection[UUID]) -> Mapping[UUID, Hands]:
    """Who leads the collection from each customer now; those never handed over (sales) are absent."""
    rows = HandOver.objects.filter(customer_id__in=customer_ids).order_by("customer_id", "-id")
    return {
        key: Hands(hands) for key, hands in rows.distinct("customer_id").values_list("customer_id", "hands")
    }


def stays_of(customer_id: UUID, *, today: date) -> list[Stay]:
    """In whose hands a customer was and how long, since its oldest open item fell due, or the first hand-over."""
    moves = [
        (on, Hands(hands))
        for on, hands in HandOver.objects.filter(customer_id=customer_id)
        .order_by("id")
        .values_list("on", "hands")
    ]
    oldest = (
        OpenItem.objects.filter(
            customer_id=customer_id, side=Side.DEBIT, open_amount__gt=0, effective_due_on__lt=today
        )
        .order_by("effective_due_on")
        .values_list("effective_due_on", flat=True)
        .first()
    )
    since = min((each for each in (oldest, moves[0][0] if moves else None) if each), default=None)
    return stays(moves, since=since, today=today) if since else []


def commission_terms(known_at: datetime | None = None) -> CommissionTerms:
    """The terms decided last, or last by a time; as shipped where nobody had decided."""
    rows = CommissionSetting.objects.order_by("-id")
    row = (rows if known_at is None else rows.filter(act__recorded_at__lte=known_at)).first()
    if row is None:
        return SHIPPED_TERMS
    return CommissionTerms(
        row.rate.normalize() if row.rate else Decimal(0),
        tuple(Factor(int(days), Decimal(share)) for days, share in row.factors),
    )


@dataclass(frozen=True, slots=True)
class PaidItem:
    """Money of a day for an item, with the commission it gives its salesperson and what lateness took of it.

    Amounts in the organization's currency. `days_late`: negative where it was paid early.
    """

    salesperson_id: UUID | None
    customer_id: UUID
    customer: str
    document_id: UUID
    number: str
    paid_on: date
    days_late: int
    amount: Decimal
    net: Decimal
    gross: Decimal
    commission: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)


def commissions(
    starts_on: date,
    ends_on: date,
    *,
    currency: str,
    salespeople: Collection[UUID] | None = None,
    customer_id: UUID | None = None,
) -> list[PaidItem]:
    """What was collected from a day up to and with another, item by item, and the commission on it.

    Money given back or settled anew is negative on its day. `salespeople`: of their documents (None: of all). The latest
    `MOST_PAID` come back; `currency` is the organization's.
    """
    terms = commission_terms()
    with connection.cursor() as cursor:
        cursor.execute(
            PAID,
            {
                "organization": current_organization_id(),
                "from": starts_on,
                "to": ends_on,
                "all": salespeople is None,
                "people": list(salespeople or ()),
                "customer": customer_id,
                "most": MOST_PAID,
            },
        )
        rows = cursor.fetchall()
    found = []
    for seller, customer_id, customer, document_id, number, paid_on, days_late, amount, net, gross in rows:
        figures = {"net": net, "gross": gross, "days_late": days_late, "terms": terms, "currency": currency}
        found.append(
            PaidItem(
                salesperson_id=seller,
                customer_id=customer_id,
                customer=customer,
                document_id=document_id,
                number=number,
                paid_on=paid_on,
                days_late=days_late,
                amount=amount,
                net=net,
                gross=gross,
                commission=commission(amount, **figures),
                lost=lost(amount, **figures),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Stake:
    """What lateness takes of the commission on what a customer has overdue: `lost` if it paid today, and `more` from
    `next_on` on (None: nothing is left to lose). In the organization's currency.
    """

    lost: Decimal
    next_on: date | None
    more: Decimal


def commission_at_stake(customer_id: UUID, *, today: date, currency: str) -> Stake | None:
    """What the salesperson of a customer's overdue items loses by their lateness; None where nothing is overdue."""
    terms = commission_terms()
    rows = OpenItem.objects.filter(
        customer_id=customer_id, side=Side.DEBIT, open_amount__gt=0, effective_due_on__lt=today
    ).exclude(document__salesperson=None)
    items: list[tuple[date, dict[str, Any]]] = [
        (due, {"collected": amount, "net": net, "gross": gross, "terms": terms, "currency": currency})
        for due, amount, net, gross in rows.values_list(
            "effective_due_on", "open_base", "document__net", "document__amount"
        )
        if due is not None
    ]
    if not items:
        return None

    def lost_on(day: date) -> Decimal:
        return sum((lost(**figures, days_late=(day - due).days) for due, figures in items), Decimal(0))

    drops = [
        due + timedelta(days=days)
        for due, _figures in items
        if (days := terms.next_drop((today - due).days)) is not None
    ]
    now, next_on = lost_on(today), min(drops, default=None)
    return Stake(now, next_on, lost_on(next_on) - now if next_on else Decimal(0))


PAID = f"""
    SELECT d.salesperson_id, i.customer_id, k.name, d.id, d.number, a.effective_on,
           a.effective_on - i.effective_due_on, sum(a.debit_base), d.net, d.amount
    FROM ledger_allocation a
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = i.customer_id
    JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
    JOIN ledger_document p ON p.organization_id = %(organization)s AND p.id = o.document_id
    WHERE a.organization_id = %(organization)s AND a.effective_on BETWEEN %(from)s AND %(to)s
      AND p.kind IN {PAYING} AND i.effective_due_on IS NOT NULL AND d.amount <> 0
      AND (%(all)s OR d.salesperson_id = ANY(%(people)s::uuid[]))
      AND (%(customer)s::uuid IS NULL OR i.customer_id = %(customer)s)
    GROUP BY d.salesperson_id, i.customer_id, k.name, d.id, d.number, a.effective_on, i.effective_due_on, d.net, d.amount
    HAVING sum(a.debit_base) <> 0
    ORDER BY a.effective_on DESC, d.number
    LIMIT %(most)s
"""

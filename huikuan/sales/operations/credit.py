"""Orders before credit: looked at when they are entered or changed, lowered by deliveries, forgotten at their end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.models import OrderHold, Reservation
from huikuan.credit.operations import (
    ContractSale,
    admit_orders,
    contracts_beyond,
    forget_orders,
    keep_up,
    refuse_contracts,
    refuse_deliveries,
    refuse_invoices,
)
from huikuan.credit.operations import Order as CreditOrder
from huikuan.credit.queries import checks_orders
from huikuan.credit.rules import Gate
from huikuan.customers.models import Customer, PaymentTerm
from huikuan.customers.rules.instalments import is_prepaid, longest_days
from huikuan.organizations.actors import Actor
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, Order
from huikuan.sales.plan_queries import DueContract
from huikuan.sales.queries import contracts_of_orders


def look_at_orders(order_ids: Collection[UUID], *, actor: Actor, today: date) -> None:
    """Check the credit of orders as they now are and reserve it, or let them wait with the reasons.

    Nothing happens where the organization does not look at orders. Orders of contracts count by their plan.
    """
    if not order_ids or not checks_orders():
        return
    by_plan = contracts_of_orders(order_ids)
    orders = Order.objects.filter(pk__in=order_ids).exclude(pk__in=by_plan)
    orders = orders.select_related("salesperson").order_by("ordered_on", "number")
    admit_orders(_as_credit_sees(list(orders), actor), actor=actor, today=today)


def _as_credit_sees(orders: Sequence[Order], actor: Actor | None = None) -> list[CreditOrder]:
    """Orders with what is still to come of them, and for how long they are paid by their terms, or their customers'."""
    left = undelivered_of([order.pk for order in orders])
    terms = {term.pk: term for term in PaymentTerm.objects.all()}
    usual = dict(
        Customer.objects.filter(pk__in={order.customer_id for order in orders}).values_list("pk", "term_id")
    )
    found = []
    for order in orders:
        term = terms.get(order.term_id or usual.get(order.customer_id))
        found.append(
            CreditOrder(
                record_id=order.pk,
                reference=order.number,
                customer_id=order.customer_id,
                amount=order.amount,
                undelivered=left[order.pk],
                currency=order.currency,
                sellers=_sellers(order, actor) if actor else (),
                term_days=longest_days(term.rule, term.instalments) if term else None,
                prepaid=is_prepaid(term.rule, term.instalments) if term else False,
            )
        )
    return found


def _sellers(order: Order, actor: Actor) -> list[UUID]:
    """Who may not release the order: its salesperson, and who enters or changes it."""
    salesperson = order.salesperson.membership_id if order.salesperson else None
    return [each for each in (salesperson, actor.membership_id) if each is not None]


def let_deliver(orders: Collection[Order], *, today: date) -> None:
    """Raise CreditRefused where an order waits for credit or its customer is stopped."""
    if checks_orders():
        by_plan = contracts_of_orders([order.pk for order in orders])
        found = _as_credit_sees(list(orders))
        refuse_deliveries(
            [replace(each, prepaid=each.prepaid and each.record_id not in by_plan) for each in found],
            today=today,
        )
        refuse_contracts(
            [
                ContractSale(contract.pk, contract.customer_id, Decimal(0), contract.currency)
                for contract in by_plan.values()
            ],
            gate=Gate.DELIVERY,
            today=today,
        )


def let_invoice(invoices: Collection[Invoice], *, today: date) -> None:
    """Raise CreditRefused where a customer is stopped at the invoice gate; what was shipped is always invoiced."""
    if not checks_orders():
        return
    sold = [each for each in invoices if each.kind == InvoiceKind.INVOICE]
    shipped = set(
        InvoiceLine.objects.filter(
            invoice_id__in=[each.pk for each in sold], delivery_line__isnull=False
        ).values_list("invoice_id", flat=True)
    )
    refuse_invoices({each.customer_id for each in sold if each.pk not in shipped}, today=today)


def without_room(due: Collection[DueContract], *, today: date) -> dict[UUID, str]:
    """Contracts of which nothing more may be invoiced now, by their own limits, each with the reason in words."""
    if not checks_orders():
        return {}
    sales = [
        ContractSale(each.contract.pk, each.contract.customer_id, each.amount, each.contract.currency)
        for each in due
    ]
    return contracts_beyond(sales, gate=Gate.INVOICE, today=today)


def settle_reservations(order_ids: Collection[UUID], *, actor: Actor, today: date | None = None) -> None:
    """Bring what is reserved for orders to what is still undelivered of them."""
    references = dict(Order.objects.filter(pk__in=order_ids).values_list("number", "pk"))
    if Reservation.objects.filter(reference__in=list(references)).exists():
        left = undelivered_of(order_ids)
        keep_up({number: left[key] for number, key in references.items()}, actor=actor, today=today)


def forget_credit(order_ids: Collection[UUID], *, actor: Actor, today: date) -> None:
    """Nothing more comes of these orders, or something else counts them."""
    references = list(Order.objects.filter(pk__in=order_ids).values_list("number", flat=True))
    known = Reservation.objects.filter(reference__in=references, state="held").exists()
    if known or OrderHold.objects.filter(reference__in=references, state="open").exists():
        forget_orders(references, actor=actor, today=today)


def undelivered_of(order_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What is still to come of orders, with tax and in their currency."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"organization": current_organization_id(), "ids": list(order_ids)})
        return {key: quantize(amount, currency) for key, currency, amount in cursor.fetchall()}


LEFT = """
    SELECT o.id, o.currency,
           coalesce(sum(l.gross * (l.quantity - l.delivered) / l.quantity) FILTER (WHERE l.quantity > 0), 0)
    FROM sales_order o
    LEFT JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.order_id = o.id
    WHERE o.organization_id = %(organization)s AND o.id = ANY(%(ids)s)
    GROUP BY o.id, o.currency
"""

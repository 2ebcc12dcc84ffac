"""An order that belongs to a contract is billed by the contract's plan, and by nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Order, OrderLine
from huikuan.sales.operations.credit import forget_credit
from huikuan.sales.queries import contracts_of_orders


def take_into_contracts(orders: Mapping[UUID, UUID], *, actor: Actor, on: date) -> None:
    """Hold orders (order → the customer who signs) that contracts are about to bill.

    Refused where an order is another customer's, was billed by deliveries already, or belongs to a contract.
    A billing run that is under way is waited for, and one that comes meanwhile finds the contract. What was reserved
    for the orders is free: from now on they count by their plans.
    """
    if not orders:
        return
    held = Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True)
    found = {order.pk: order for order in held}
    if any(key not in found or found[key].customer_id != orders[key] for key in orders):
        raise SalesRefused(_("没有这张订单，或它属于别的客户。"), code="unknown_order")
    taken = contracts_of_orders(orders)
    for key, contract in taken.items():
        raise SalesRefused(
            _("订单 %(order)s 已经属于合同 %(contract)s。")
            % {"order": found[key].number, "contract": contract.number},
            code="order_of_contract",
        )
    lines = OrderLine.objects.filter(order_id__in=orders).order_by("pk").select_for_update(no_key=True)
    billed = next((line for line in lines if line.billed), None)
    if billed is not None:
        raise SalesRefused(
            _("订单 %s 已按发货开过票，不能再由合同开票；请先作废草稿或冲销这些发票。")
            % found[billed.order_id].number,
            code="order_billed_by_deliveries",
        )
    forget_credit(list(orders), actor=actor, today=on)


def refuse_orders_of_contracts(order_ids: Collection[UUID]) -> None:
    """Raise SalesRefused where one of the orders belongs to a contract."""
    for contract in contracts_of_orders(order_ids).values():
        raise SalesRefused(
            _("订单属于合同 %s，由合同的收款计划开票，不再按发货开票。") % contract.number,
            code="order_of_contract",
        )


def refuse_contracts_meanwhile() -> None:
    """After a run has marked the lines of orders as billed: refuse it where one of them became a contract's.

    The mark holds the lines, so that whoever signs from now on sees them billed.
    """
    with connection.cursor() as cursor:
        cursor.execute(SIGNED_MEANWHILE, {"organization": current_organization_id()})
        row = cursor.fetchone()
    if row is not None:
        raise SalesRefused(
            _("订单属于合同 %s，由合同的收款计划开票，不再按发货开票。") % row[0], code="order_of_contract"
        )


SIGNED_MEANWHILE = """
    SELECT k.number FROM sales_contract k
    WHERE k.organization_id = %(organization)s AND (k.state = 'active' OR k.amount > 0)
      AND k.order_id IN (SELECT order_id FROM billed_line)
    LIMIT 1
"""

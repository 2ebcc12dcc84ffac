"""Deliveries: what the customer signed for, and what that is worth until it is billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act
from huikuan.core.lengths import lengths_of, too_long
from huikuan.core.postgres.bulk import stage
from huikuan.ledger.operations.numbers import numbered
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Delivery, DeliveryLine, Order, OrderLine
from huikuan.sales.operations.credit import let_deliver, settle_reservations
from huikuan.sales.operations.draft_rows import run_statements
from huikuan.sales.operations.line_rows import QUANTITY_UNIT
from huikuan.sales.operations.numbering import DELIVERY_PREFIX
from huikuan.sales.operations.orders import amounts_of, locked_orders

LENGTHS = lengths_of(Delivery, "number", "memo")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """Goods of one order that were signed for on a day: order lines with their quantities."""

    order_id: UUID
    delivered_on: date
    lines: Sequence[tuple[UUID, Decimal]]
    number: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """A delivery as it now stands."""

    id: UUID
    number: str


DELIVERY_COLUMNS = (
    ("id", "uuid"),
    ("number", "text"),
    ("order_id", "uuid"),
    ("customer_id", "uuid"),
    ("delivered_on", "date"),
    ("memo", "text"),
)
DELIVERY_LINE_COLUMNS = (
    ("delivery_id", "uuid"),
    ("order_line_id", "uuid"),
    ("quantity", "numeric"),
    ("discount_amount", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("gross", "numeric"),
)


def record_deliveries(
    deliveries: Sequence[NewDelivery], *, actor: Actor, today: date
) -> list[RecordedDelivery]:
    """签收: the customer has these goods. They are worth what their order lines say, and wait to be billed.

    Refused, the whole set, where an order is not open or a line would be delivered beyond what was ordered.
    """
    actor.require("order.write")
    if not deliveries:
        return []
    with act("record_deliveries", actor=actor) as opened:
        orders = locked_orders([delivery.order_id for delivery in deliveries])
        let_deliver(orders.values(), today=today)
        lines = {
            line.pk: line
            for line in OrderLine.objects.filter(
                pk__in={key for delivery in deliveries for key, _quantity in delivery.lines}
            )
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        numbers = numbered(DELIVERY_PREFIX, [(each.number, each.delivered_on) for each in deliveries])
        heads: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        recorded: list[RecordedDelivery] = []
        for delivery, number in zip(deliveries, numbers, strict=True):
            order = orders[delivery.order_id]
            _require_sound(delivery, order, number, today)
            key = uuid7()
            heads.append((key, number, order.pk, order.customer_id, delivery.delivered_on, delivery.memo))
            rows.extend(
                (key, *_delivered(lines.get(line), order, quantity, number))
                for line, quantity in delivery.lines
            )
            recorded.append(RecordedDelivery(key, number))
        stage("incoming_delivery", DELIVERY_COLUMNS, heads)
        stage("incoming_delivery_line", DELIVERY_LINE_COLUMNS, rows)
        run_statements(WRITE_DELIVERIES, opened)
        settle_reservations(list(orders), actor=actor, today=today)
    return recorded


def _require_sound(delivery: NewDelivery, order: Order, number: str, today: date) -> None:
    if not delivery.lines:
        raise SalesRefused(_("发货单 %s 至少要有一行。") % number, code="no_lines")
    if delivery.delivered_on > today:
        raise SalesRefused(
            _("发货单 %(number)s 的签收日期 %(on)s 晚于今天。")
            % {"number": number, "on": delivery.delivered_on},
            code="delivery_in_future",
        )
    if delivery.delivered_on < order.ordered_on:
        raise SalesRefused(
            _("发货单 %(number)s 的签收日期早于下单日期 %(on)s。")
            % {"number": number, "on": order.ordered_on},
            code="before_order",
        )
    for name, text, label in (("number", number, _("发货单号")), ("memo", delivery.memo, _("备注"))):
        if len(text) > LENGTHS[name]:
            raise SalesRefused(too_long(_("发货单"), label, LENGTHS[name]), code="text_too_long")


def _delivered(line: OrderLine | None, order: Order, quantity: Decimal, number: str) -> tuple[Any, ...]:
    """The staged line; `delivered` of the order line is raised, for further deliveries of the same set."""
    if line is None or line.order_id != order.pk:
        raise SalesRefused(
            _("发货单 %(number)s：这一行不属于订单 %(order)s。") % {"number": number, "order": order.number},
            code="unknown_line",
        )
    where = {"number": number, "line": line.position}
    if not quantity.is_finite() or quantity <= 0 or quantity != quantity.quantize(QUANTITY_UNIT):
        raise SalesRefused(
            _("发货单 %(number)s：订单第 %(line)d 行的数量必须大于零，最多六位小数。") % where,
            code="quantity_not_positive",
        )
    left = line.quantity - line.delivered
    if quantity > left:
        raise SalesRefused(
            _("发货单 %(number)s：订单第 %(line)d 行只剩 %(left)s 未发。")
            % {**where, "left": f"{left.normalize():f}"},
            code="beyond_order",
        )
    found = amounts_of(line, order, before=line.delivered, quantity=quantity)
    line.delivered += quantity
    discount = Decimal(0) if line.discount_percent else found.discount
    return (line.pk, quantity, discount, found.net, found.tax, found.gross)


def void_deliveries(delivery_ids: Sequence[UUID], *, actor: Actor, reason: str) -> int:
    """作废: deliveries that were entered by mistake or taken back before they were billed; returns how many."""
    actor.require("order.write")
    if not reason.strip():
        raise SalesRefused(_("作废必须写明原因。"), code="reason_missing")
    ids = list(dict.fromkeys(delivery_ids))
    with act("void_deliveries", actor=actor, reason=reason) as opened:
        # In the order in which billing and deliveries hold them: orders, then lines.
        owners = set(Delivery.objects.filter(pk__in=ids).values_list("order_id", flat=True))
        list(
            Order.objects.filter(pk__in=owners)
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk")
        )
        found = list(Delivery.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        if len(found) < len(ids):
            raise SalesRefused(_("没有这张发货单。"), code="unknown_delivery")
        if any(delivery.voided for delivery in found):
            raise SalesRefused(_("发货单已经作废。"), code="already_void")
        lines = DeliveryLine.objects.filter(delivery_id__in=ids).order_by("pk").select_for_update(no_key=True)
        if any(line.billed for line in lines):
            raise SalesRefused(_("发货单已经开票，请先作废或冲销发票。"), code="delivery_billed")
        stage("ended_delivery", (("id", "uuid"),), ((key,) for key in ids))
        run_statements(VOID_DELIVERIES, opened)
        settle_reservations(owners, actor=actor)
    return len(ids)


WRITE_DELIVERIES = (
    """
    INSERT INTO sales_delivery
        (organization_id, id, number, order_id, customer_id, delivered_on, memo, voided, act_id)
    SELECT %(organization)s, id, number, order_id, customer_id, delivered_on, memo, false, %(act)s
    FROM incoming_delivery
    """,
    """
    INSERT INTO sales_delivery_line (organization_id, id, delivery_id, order_line_id, quantity, discount_amount,
        net, tax, gross, billed, voided)
    SELECT %(organization)s, uuidv7(), delivery_id, order_line_id, quantity, discount_amount, net, tax, gross,
        false, false
    FROM incoming_delivery_line
    """,
    """
    UPDATE sales_order_line l SET delivered = l.delivered + n.quantity
    FROM (
        SELECT order_line_id, sum(quantity) AS quantity FROM incoming_delivery_line GROUP BY order_line_id
    ) n
    WHERE l.organization_id = %(organization)s AND l.id = n.order_line_id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'created', 'delivery', d.id, d.number, jsonb_build_object(
        'order', d.order_id, 'on', d.delivered_on, 'lines', (
            SELECT jsonb_agg(jsonb_build_array(l.order_line_id, l.quantity, l.net, l.tax))
            FROM incoming_delivery_line l WHERE l.delivery_id = d.id))
    FROM incoming_delivery d
    """,
)
VOID_DELIVERIES = (
    """
    UPDATE sales_delivery d SET voided = true
    FROM ended_delivery n WHERE d.organization_id = %(organization)s AND d.id = n.id
    """,
    """
    WITH taken AS (
        UPDATE sales_delivery_line l SET voided = true
        FROM ended_delivery n WHERE l.organization_id = %(organization)s AND l.delivery_id = n.id
        RETURNING l.order_line_id, l.quantity
    )
    UPDATE sales_order_line o SET delivered = o.delivered - t.quantity
    FROM (SELECT order_line_id, sum(quantity) AS quantity FROM taken GROUP BY order_line_id) t
    WHERE o.organization_id = %(organization)s AND o.id = t.order_line_id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'voided', 'delivery', d.id, d.number, '{}'::jsonb
    FROM ended_delivery n
    JOIN sales_delivery d ON d.organization_id = %(organization)s AND d.id = n.id
    """,
)

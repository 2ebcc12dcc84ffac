"""Importing deliveries: each row a quantity of one order line; the rows of one number (or order and day) a delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from huikuan.core.said import said as _
from huikuan.integrations.operations.recognition import recognise_fingerprints, remember_fingerprints
from huikuan.integrations.operations.run import Rows
from huikuan.sales.models import Delivery, Order, OrderLine, OrderState
from huikuan.sales.operations import NewDelivery, record_deliveries

FINGERPRINT = (
    "delivery_number",
    "order_number",
    "line",
    "product_code",
    "product",
    "quantity",
    "delivered_on",
)


def import_deliveries(rows: Rows) -> None:
    """Import the live rows of a chunk. A row beyond what its order has left is rejected; the others are taken."""
    prints = recognise_fingerprints(rows, fields=FINGERPRINT, customers={})
    orders = _orders(rows)
    lines = _lines(orders)
    left = {line.pk: line.quantity - line.delivered for group in lines.values() for line in group}
    taken = _taken_numbers(rows)
    groups: dict[tuple[str, UUID, date], dict[UUID, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for index in list(rows.live):
        order = orders.get(rows.columns["order_number"][index])
        line = _line(rows, index, order, lines)
        if order is None or line is None or not _fits(rows, index, order, line, left):
            continue
        number = rows.columns["delivery_number"][index] or ""
        if number in taken:
            rows.reject(index, "delivery_number", "number_taken", _("单号 %s 已用于另一张发货单") % number)
            continue
        quantity = rows.columns["quantity"][index]
        left[line.pk] -= quantity
        groups[number, order.pk, rows.columns["delivered_on"][index]][line.pk] += quantity
    record_deliveries(
        [
            NewDelivery(
                order_id=order, delivered_on=on, lines=list(quantities.items()), number=_own(rows, number)
            )
            for (number, order, on), quantities in groups.items()
        ],
        actor=rows.run.actor,
        today=rows.run.today,
    )
    remember_fingerprints(rows, prints, {})
    rows.run.imported += len(rows.live)


def _orders(rows: Rows) -> dict[str, Order]:
    column = rows.columns["order_number"]
    wanted = {column[index] for index in rows.live}
    return {order.number: order for order in Order.objects.filter(number__in=wanted)}


def _lines(orders: Mapping[str, Order]) -> dict[UUID, list[OrderLine]]:
    found: dict[UUID, list[OrderLine]] = defaultdict(list)
    keys = [order.pk for order in orders.values()]
    for line in OrderLine.objects.filter(order_id__in=keys).select_related("product").order_by("position"):
        found[line.order_id].append(line)
    return found


def _taken_numbers(rows: Rows) -> set[str]:
    """Numbers of deliveries that were there before this run."""
    column = rows.columns["delivery_number"]
    wanted = {column[index] for index in rows.live if column[index]}
    mine: dict[str, int] = rows.run.memory.setdefault("delivery numbers", {})
    return set(Delivery.objects.filter(number__in=wanted - mine.keys()).values_list("number", flat=True))


def _own(rows: Rows, number: str) -> str:
    """The number of a delivery; a second one of the same number (another order, day or chunk) gets a suffix."""
    if not number:
        return ""
    used: dict[str, int] = rows.run.memory.setdefault("delivery numbers", {})
    used[number] = used.get(number, 0) + 1
    return number if used[number] == 1 else f"{number[:58]}-{used[number]}"


def _line(
    rows: Rows, index: int, order: Order | None, lines: Mapping[UUID, list[OrderLine]]
) -> OrderLine | None:
    """The order line that a row means: by its position, else by its product or text."""
    columns = rows.columns
    if order is None:
        number = columns["order_number"][index]
        rows.reject(index, "order_number", "order_unknown", _("没有订单 %s") % number)
        return None
    if order.state != OrderState.OPEN:
        rows.reject(index, "order_number", "order_ended", _("订单 %s 已关闭或取消") % order.number)
        return None
    position, code, text = (columns[name][index] for name in ("line", "product_code", "product"))
    found = [
        line
        for line in lines[order.pk]
        if (position is None or line.position == position)
        and (not code or (line.product is not None and line.product.code == code))
        and (not text or line.description == text)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        rows.reject(index, "line", "line_ambiguous", _("订单 %s 有几行都符合，请填写订单行号") % order.number)
    else:
        rows.reject(index, "product_code", "line_unknown", _("订单 %s 没有这一行") % order.number)
    return None


def _fits(rows: Rows, index: int, order: Order, line: OrderLine, left: Mapping[UUID, Decimal]) -> bool:
    quantity, on = rows.columns["quantity"][index], rows.columns["delivered_on"][index]
    if quantity <= 0:
        rows.reject(index, "quantity", "quantity_not_positive", _("数量必须大于零"))
    elif quantity > left[line.pk]:
        message = _("订单 %(order)s 第 %(line)d 行只剩 %(left)s 未发") % {
            "order": order.number,
            "line": line.position,
            "left": f"{left[line.pk].normalize():f}",
        }
        rows.reject(index, "quantity", "beyond_order", message)
    elif on > rows.run.today:
        rows.reject(index, "delivered_on", "delivery_in_future", _("签收日期 %s 晚于今天") % on)
    elif on < order.ordered_on:
        message = _("签收日期早于下单日期 %s") % order.ordered_on
        rows.reject(index, "delivered_on", "before_order", message)
    else:
        return True
    return False

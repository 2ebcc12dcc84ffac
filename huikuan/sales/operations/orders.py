"""Orders: entered, changed while something is still to come, closed or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import is_currency
from huikuan.core.postgres.bulk import stage
from huikuan.customers.models import Customer, PaymentTerm, Salesperson
from huikuan.ledger.operations.numbers import numbered
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.models import Order, OrderLine, OrderState
from huikuan.sales.operations.credit import forget_credit, look_at_orders
from huikuan.sales.operations.draft_rows import run_statements
from huikuan.sales.operations.drafts import base_currency
from huikuan.sales.operations.line_rows import (
    NewLine,
    computed_lines,
    known_for,
    row_of,
    sums,
)
from huikuan.sales.operations.numbering import ORDER_PREFIX
from huikuan.sales.operations.order_rows import (
    CHANGE_LINES,
    CHANGED_BY_ADDITION,
    CHANGED_LINE_COLUMNS,
    END_ORDERS,
    INSERT_ORDER_LINES,
    ORDER_COLUMNS,
    ORDER_LINE_COLUMNS,
    RETOTAL,
    WRITE_ORDERS,
)
from huikuan.sales.rules import LineAmounts, UnusableLine, discount_share, line_amounts

LENGTHS = lengths_of(Order, "number", "reference", "memo")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order as it is entered. Without `number` the next one of its month; without `term` the customer's counts."""

    customer_id: UUID
    ordered_on: date
    lines: Sequence[NewLine]
    number: str = ""
    currency: str = ""
    prices_include_tax: bool = False
    salesperson_id: UUID | None = None
    term_id: UUID | None = None
    reference: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """An order as it now stands, with its lines in their order."""

    id: UUID
    number: str
    line_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class LineChange:
    """What becomes of an order line; None: nothing is said."""

    line_id: UUID
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None


def create_orders(orders: Sequence[NewOrder], *, actor: Actor, today: date) -> list[RecordedOrder]:
    """Enter orders, numbered, in a handful of statements; all of them or none. Nothing is owed by an order.

    Where the organization looks at credit, what an order comes to is reserved, or the order waits with its reasons.
    """
    actor.require("order.write")
    if not orders:
        return []
    with act("create_orders", actor=actor) as opened:
        people = _salespeople(orders)
        known = known_for([line for order in orders for line in order.lines])
        base = base_currency()
        for order in orders:
            _require_sound(order, base)
        numbers = numbered(ORDER_PREFIX, [(order.number, order.ordered_on) for order in orders])
        heads: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        recorded: list[RecordedOrder] = []
        for order, number in zip(orders, numbers, strict=True):
            computed = computed_lines(
                order.lines,
                currency=order.currency or base,
                prices_include_tax=order.prices_include_tax,
                known=known,
                place=_("订单 %s") % number,
            )
            key, line_ids = uuid7(), tuple(uuid7() for _line in computed)
            heads.append(
                (
                    key,
                    number,
                    order.customer_id,
                    order.salesperson_id or people[order.customer_id],
                    order.term_id,
                    order.ordered_on,
                    order.currency or base,
                    order.prices_include_tax,
                    *sums(computed),
                    order.reference,
                    order.memo,
                )
            )
            lines.extend(
                (line_id, key, *row_of(line)) for line_id, line in zip(line_ids, computed, strict=True)
            )
            recorded.append(RecordedOrder(key, number, line_ids))
        stage("incoming_order", ORDER_COLUMNS, heads)
        stage("incoming_order_line", ORDER_LINE_COLUMNS, lines)
        run_statements(WRITE_ORDERS, opened)
        look_at_orders([order.id for order in recorded], actor=actor, today=today)
    return recorded


def add_order_lines(
    additions: Sequence[tuple[UUID, Sequence[NewLine]]], *, actor: Actor, today: date
) -> list[UUID]:
    """Add lines to open orders; returns their keys in order."""
    actor.require("order.write")
    if not additions:
        return []
    with act("change_orders", actor=actor) as opened:
        orders = locked_orders([order for order, _lines in additions])
        last = dict(
            OrderLine.objects.filter(order_id__in=orders)
            .values_list("order_id")
            .annotate(last=Max("position"))
            .values_list("order_id", "last")
        )
        known = known_for([line for _order, lines in additions for line in lines])
        rows: list[tuple[Any, ...]] = []
        for key, new in additions:
            order = orders[key]
            computed = computed_lines(
                new,
                currency=order.currency,
                prices_include_tax=order.prices_include_tax,
                known=known,
                place=_("订单 %s") % order.number,
                first=last.get(key, 0) + 1,
            )
            last[key] = computed[-1].position
            rows.extend((uuid7(), key, *row_of(line)) for line in computed)
        stage("incoming_order_line", ORDER_LINE_COLUMNS, rows)
        run_statements((INSERT_ORDER_LINES, CHANGED_BY_ADDITION), opened)
        _retotal(list(orders), opened)
        look_at_orders(list(orders), actor=actor, today=today)
    return [row[0] for row in rows]


def change_order_lines(changes: Sequence[LineChange], *, actor: Actor, today: date) -> int:
    """Change what is still to come of open orders; returns how many lines changed.

    The quantity does not go below what was delivered or billed; once something was delivered, the price and the
    discount stay.
    """
    actor.require("order.write")
    with act("change_orders", actor=actor) as opened:
        keys = {change.line_id for change in changes}
        owners = dict(OrderLine.objects.filter(pk__in=keys).values_list("pk", "order_id"))
        if len(owners) < len(changes):
            raise SalesRefused(_("没有这一行，或同一行出现了两次。"), code="unknown_line")
        orders = locked_orders(sorted(set(owners.values())))
        lines = {
            line.pk: line
            for line in OrderLine.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
        }
        rows = [_changed(change, lines[change.line_id], orders[owners[change.line_id]]) for change in changes]
        _write_changes([row for row in rows if row is not None], opened)
        _retotal(list(orders), opened)
        look_at_orders(list(orders), actor=actor, today=today)
    return sum(row is not None for row in rows)


def close_orders(order_ids: Sequence[UUID], *, actor: Actor, reason: str, today: date) -> int:
    """取消: nothing more of these orders comes. What was delivered stays and can be billed; what was paid is untouched.

    An order of which nothing was delivered is cancelled as it stands; of another the quantities are reduced to
    what was delivered, and it is closed.
    """
    actor.require("order.write")
    if not reason.strip():
        raise SalesRefused(_("取消订单必须写明原因。"), code="reason_missing")
    with act("close_orders", actor=actor, reason=reason) as opened:
        orders = locked_orders(list(dict.fromkeys(order_ids)))
        lines = list(
            OrderLine.objects.filter(order_id__in=orders).order_by("pk").select_for_update(no_key=True)
        )
        begun = {line.order_id for line in lines if line.delivered}
        rows = [
            _changed(LineChange(line.pk, quantity=line.delivered), line, orders[line.order_id])
            for line in lines
            if line.order_id in begun
        ]
        _write_changes([row for row in rows if row is not None], opened)
        _retotal(sorted(begun), opened)
        stage(
            "ended_order",
            (("id", "uuid"), ("state", "text")),
            (
                (key, OrderState.CLOSED.value if key in begun else OrderState.CANCELLED.value)
                for key in sorted(orders)
            ),
        )
        run_statements(END_ORDERS, opened)
        forget_credit(list(orders), actor=actor, today=today)
    return len(orders)


def locked_orders(keys: Sequence[UUID]) -> dict[UUID, Order]:
    """Open orders by their keys, held until the transaction ends; refused where one is not open."""
    found = {
        order.pk: order
        for order in Order.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    }
    if len(found) < len(set(keys)):
        raise SalesRefused(_("没有这张订单。"), code="unknown_order")
    ended = next((order for order in found.values() if order.state != OrderState.OPEN), None)
    if ended is not None:
        raise SalesRefused(_("订单 %s 已关闭或取消。") % ended.number, code="order_ended")
    return found


def amounts_of(line: OrderLine, order: Order, *, before: Decimal, quantity: Decimal) -> LineAmounts:
    """What a part of an order line is worth, when `before` of it went ahead."""
    share = discount_share(
        line.discount_amount, line.quantity, before=before, part=quantity, currency=order.currency
    )
    try:
        return line_amounts(
            quantity,
            line.unit_price,
            line.tax_rate,
            currency=order.currency,
            prices_include_tax=order.prices_include_tax,
            discount_percent=line.discount_percent,
            discount_amount=share,
        )
    except UnusableLine as error:
        raise line_refusal(
            _("订单 %(number)s 第 %(line)d 行") % {"number": order.number, "line": line.position}, error
        ) from error


def _changed(change: LineChange, line: OrderLine, order: Order) -> tuple[Any, ...] | None:
    """The staged row of a changed line; nothing where it stays as it is."""
    where = _("订单 %(number)s 第 %(line)d 行") % {"number": order.number, "line": line.position}
    price = line.unit_price if change.unit_price is None else change.unit_price
    percent = line.discount_percent if change.discount_percent is None else change.discount_percent
    discount = line.discount_amount if change.discount_amount is None else change.discount_amount
    quantity = line.quantity if change.quantity is None else change.quantity
    terms = (price, percent, discount) != (line.unit_price, line.discount_percent, line.discount_amount)
    if not terms and quantity == line.quantity:
        return None
    if terms and line.delivered:
        raise SalesRefused(_("%s：已经发过货，单价和折扣不能再改。") % where, code="price_of_delivered")
    if not quantity.is_finite() or quantity < max(line.delivered, line.billed):
        raise SalesRefused(
            _("%(line)s：数量不能少于已发货的 %(delivered)s。")
            % {"line": where, "delivered": f"{line.delivered.normalize():f}"},
            code="below_delivered",
        )
    if quantity == 0:
        return (line.pk, quantity, price, percent, Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    if change.discount_amount is None and discount and quantity < line.quantity:
        discount = discount_share(
            discount, line.quantity, before=Decimal(0), part=quantity, currency=order.currency
        )
    try:
        found = line_amounts(
            quantity,
            price,
            line.tax_rate,
            currency=order.currency,
            prices_include_tax=order.prices_include_tax,
            discount_percent=percent,
            discount_amount=discount,
        )
    except UnusableLine as error:
        raise line_refusal(where, error) from error
    return (line.pk, quantity, price, percent, discount, found.net, found.tax, found.gross)


def _write_changes(rows: Sequence[tuple[Any, ...]], opened: OpenAct) -> None:
    stage("changed_order_line", CHANGED_LINE_COLUMNS, rows)
    run_statements(CHANGE_LINES, opened)


def _retotal(order_ids: Sequence[UUID], opened: OpenAct) -> None:
    stage("touched_order", (("id", "uuid"),), ((key,) for key in order_ids))
    run_statements((RETOTAL,), opened)


def _salespeople(orders: Sequence[NewOrder]) -> dict[UUID, UUID | None]:
    """The salespeople of the customers; whoever is named exists."""
    found: dict[UUID, UUID | None] = dict(
        Customer.objects.filter(pk__in={order.customer_id for order in orders}).values_list(
            "pk", "salesperson_id"
        )
    )
    if any(order.customer_id not in found for order in orders):
        raise SalesRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    people = {order.salesperson_id for order in orders if order.salesperson_id}
    if people and Salesperson.objects.filter(pk__in=people).count() < len(people):
        raise SalesRefused(_("没有这位业务员。"), code="unknown_salesperson")
    terms = {order.term_id for order in orders if order.term_id}
    if terms and PaymentTerm.objects.filter(pk__in=terms).count() < len(terms):
        raise SalesRefused(_("没有这个付款条件。"), code="unknown_term")
    return found


def _require_sound(order: NewOrder, base: str) -> None:
    if not is_currency(order.currency or base):
        raise SalesRefused(_("不认识的币种：%s") % order.currency, code="unknown_currency")
    labels = {"number": _("订单号"), "reference": _("参考号"), "memo": _("备注")}
    values = {"number": order.number, "reference": order.reference, "memo": order.memo}
    name = first_too_long(values, LENGTHS)
    if name:
        raise SalesRefused(
            too_long(_("订单 %s") % order.number[:64], labels[name], LENGTHS[name]), code="text_too_long"
        )

"""Importing orders: each row a line, the rows of one number an order. An order is taken whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.core.money import is_currency
from huikuan.core.said import said as _
from huikuan.customers.models import Customer
from huikuan.integrations.operations.parties import resolve_customers, resolve_salespeople
from huikuan.integrations.operations.products import products_called
from huikuan.integrations.operations.recognition import recognise_fingerprints, remember_fingerprints
from huikuan.integrations.operations.run import Rows
from huikuan.sales.models import Order, OrderState, Product
from huikuan.sales.operations import NewLine, NewOrder, SalesRefused, add_order_lines, create_orders
from huikuan.sales.operations.line_rows import Known, computed_lines
from huikuan.sales.queries import tax_rates
from huikuan.sales.rules import tax_code_of

ZERO = Decimal(0)
FINGERPRINT = (
    "order_number",
    "ordered_on",
    "product_code",
    "product",
    "quantity",
    "unit_price",
    "gross_price",
    "discount_percent",
    "discount_amount",
    "tax_rate",
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as a line, with what its order must agree on."""

    line: NewLine
    currency: str
    prices_include_tax: bool


def import_orders(rows: Rows) -> None:
    """Import the live rows of a chunk.

    An order that begins in one chunk and ends in the next gets its further lines there; so does one of an import
    that was interrupted. Any other order with the number of a known one is refused.
    """
    broken = _broken_by_reading(rows)
    checked = _checked(rows, broken)
    customers = resolve_customers(rows)
    prints = recognise_fingerprints(rows, fields=FINGERPRINT, customers=customers)
    salespeople = resolve_salespeople(rows)
    by_number: dict[str, list[int]] = defaultdict(list)
    for index in rows.live:
        by_number[rows.columns["order_number"][index]].append(index)
    existing = {order.number: order for order in Order.objects.filter(number__in=by_number)}
    new: list[NewOrder] = []
    additions: list[tuple[UUID, list[NewLine]]] = []
    for number, indexes in by_number.items():
        refused = broken.get(number) or _disagreement(rows, indexes, customers, checked, existing.get(number))
        if refused:
            for index in indexes:
                rows.reject(index, "order_number", "order_incomplete", refused)
        elif number in existing:
            additions.append((existing[number].pk, [checked[index].line for index in indexes]))
        else:
            new.append(_order(rows, number, indexes, customers, checked, salespeople))
    create_orders(new, actor=rows.run.actor, today=rows.run.today)
    add_order_lines(additions, actor=rows.run.actor, today=rows.run.today)
    remember_fingerprints(rows, prints, {})
    rows.run.imported += len(rows.live)


def _broken_by_reading(rows: Rows) -> dict[str, str]:
    """Orders of which a row could not be read."""
    message = _("同一订单有一行无法读取，整张订单没有导入")
    numbers = {problem.values.get("order_number") for problem in rows.run.problems}
    return {number: message for number in numbers if number}


def _checked(rows: Rows, broken: dict[str, str]) -> dict[int, _Row]:
    """The rows that can be lines; the numbers of the orders of the others go to `broken`."""
    known = Known({}, tax_rates())
    products = products_called(rows)
    checked: dict[int, _Row] = {}
    message = _("同一订单的另一行有问题，整张订单没有导入")
    for index in list(rows.live):
        number = rows.columns["order_number"][index]
        currency = _currency(rows, index)
        row = _row(rows, index, currency, products) if currency else None
        if row is None or not _computes(rows, index, row, known):
            broken.setdefault(number, message)
            continue
        checked[index] = row
    return checked


def _currency(rows: Rows, index: int) -> str | None:
    """The row's currency; an order owes nothing, so that it needs no rate."""
    currency: str = rows.columns["currency"][index] or rows.run.currency
    if is_currency(currency):
        return currency
    rows.reject(index, "currency", "currency_unknown", _("不认识的币种 %s") % currency)
    return None


def _row(rows: Rows, index: int, currency: str, products: Mapping[str, Product]) -> _Row | None:
    columns = rows.columns
    code, description = columns["product_code"][index], columns["product"][index] or ""
    product = products.get(code) if code else None
    if code and product is None:
        rows.reject(index, "product_code", "product_unknown", _("没有这个产品：%s") % code)
        return None
    net_price, gross_price = columns["unit_price"][index], columns["gross_price"][index]
    price = gross_price if net_price is None else net_price
    tax = columns["tax_rate"][index]
    unit = columns["unit"][index] or (product.unit if product else "")
    line = NewLine(
        quantity=columns["quantity"][index],
        unit_price=ZERO if price is None else price,
        product_id=product.pk if product else None,
        description=description[:200] or (product.name if product else ""),
        unit=unit[:20],
        tax_code=tax_code_of(tax) if tax else (product.tax_code if product else ""),
        discount_percent=columns["discount_percent"][index] or ZERO,
        discount_amount=columns["discount_amount"][index] or ZERO,
    )
    if price is None or not line.description:
        name, text = ("unit_price", _("没有单价")) if price is None else ("product", _("没有产品或说明"))
        rows.reject(index, name, f"{name}_missing", text)
        return None
    return _Row(line, currency, net_price is None)


def _computes(rows: Rows, index: int, row: _Row, known: Known) -> bool:
    """Whether sales would take the line; else it is rejected with sales' own reason."""
    plain = NewLine(
        quantity=row.line.quantity,
        unit_price=row.line.unit_price,
        description=row.line.description,
        unit=row.line.unit,
        tax_code=row.line.tax_code,
        discount_percent=row.line.discount_percent,
        discount_amount=row.line.discount_amount,
    )
    try:
        computed_lines([plain], currency=row.currency, prices_include_tax=row.prices_include_tax, known=known)
    except SalesRefused as error:
        field = "tax_rate" if error.code == "unknown_tax_rate" else "quantity"
        rows.reject(index, field, error.code, error.message.partition("：")[2] or error.message)
        return False
    return True


def _disagreement(
    rows: Rows,
    indexes: list[int],
    customers: dict[int, Customer],
    checked: dict[int, _Row],
    order: Order | None,
) -> str:
    """Why the rows of a number are not one order; "" where they are."""
    first = indexes[0]
    on: date = rows.columns["ordered_on"][first]
    head = (customers[first].pk, on, checked[first].currency, checked[first].prices_include_tax)
    for index in indexes[1:]:
        row = checked[index]
        if (
            customers[index].pk,
            rows.columns["ordered_on"][index],
            row.currency,
            row.prices_include_tax,
        ) != head:
            return _("同一订单号的行，客户、日期、币种或含税方式不一致")
    if order is None:
        return ""
    theirs = (order.customer_id, order.ordered_on, order.currency, order.prices_include_tax)
    if theirs != head or order.state != OrderState.OPEN or not _imported(rows, order):
        return _("订单号 %s 已用于另一张订单") % order.number
    return ""


def _imported(rows: Rows, order: Order) -> bool:
    """Whether the order came by an import, which its further rows may complete."""
    known: dict[UUID, Any] = rows.run.memory.setdefault("orders by import", {})
    if order.pk not in known:
        known[order.pk] = order.act.origin_id
    return known[order.pk] is not None


def _order(
    rows: Rows,
    number: str,
    indexes: list[int],
    customers: dict[int, Customer],
    checked: dict[int, _Row],
    salespeople: dict[str, UUID],
) -> NewOrder:
    first, columns = indexes[0], rows.columns
    person = next((columns["salesperson"][index] for index in indexes if columns["salesperson"][index]), None)
    return NewOrder(
        customer_id=customers[first].pk,
        ordered_on=columns["ordered_on"][first],
        lines=[checked[index].line for index in indexes],
        number=number,
        currency=checked[first].currency,
        prices_include_tax=checked[first].prices_include_tax,
        salesperson_id=salespeople.get(person) if person else None,
        reference=columns["reference"][first] or "",
        memo=columns["memo"][first] or "",
    )

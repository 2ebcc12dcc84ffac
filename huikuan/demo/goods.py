"""What the demo company sells with lines: its products, the orders behind the invoices of the last months, new orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random
from uuid import UUID

from huikuan.audit.operations import OpenAct, act
from huikuan.core.dates import add_months
from huikuan.core.postgres.bulk import stage
from huikuan.demo import words
from huikuan.demo.plan import Plan
from huikuan.demo.sales import YUAN_PER_UNIT, Sale
from huikuan.ledger.operations import RecordedDocument
from huikuan.organizations.actors import Actor
from huikuan.sales.models import OrderLine, Product
from huikuan.sales.operations import (
    NewDelivery,
    NewInvoice,
    NewLine,
    NewOrder,
    ProductFacts,
    RecordedOrder,
    bill_deliveries,
    create_orders,
    draft_invoices,
    record_deliveries,
    save_products,
)
from huikuan.sales.operations.draft_rows import run_statements
from huikuan.sales.operations.posting import MARK_POSTED

MONTHS_WITH_LINES = 3
CATALOGUE = (
    ("L", "配件", "件", words.PARTS),
    ("F", "辅机", "台", words.AUXILIARIES),
    ("Z", "主机", "台", words.MACHINES),
)
VAT = Decimal("1.13")
NEW_ORDERS, DRAFTS = 36, 4
MOST_OF_ONE = {"L": 24, "F": 3, "Z": 1}


def sell_with_lines(
    plan: Plan,
    recorded: Sequence[RecordedDocument],
    customer_ids: Sequence[UUID],
    staff: Mapping[str, Actor],
    today: date,
) -> None:
    """Open the catalogue, lay orders, deliveries and lines behind the latest invoices, and take new orders."""
    accountant = staff["ar_accountant"]
    products = _catalogue(accountant)
    since = add_months(today, -MONTHS_WITH_LINES)
    chosen = [position for position, sale in enumerate(plan.sales) if sale.on >= since]
    with act("demo_sales", actor=accountant) as opened:
        orders = create_orders(
            [_order_behind(plan, plan.sales[each], customer_ids, products) for each in chosen],
            actor=accountant,
            today=today,
        )
        _deliver_whole(orders, [plan.sales[each].on for each in chosen], accountant, today)
        _bill_as_recorded(plan, chosen, orders, recorded, accountant, today, opened)
    _take_new_orders(plan, customer_ids, products, accountant, today)


def _catalogue(actor: Actor) -> dict[str, Product]:
    """The products by name."""
    facts = [
        ProductFacts(
            code=f"{letter}{number:03}",
            name=name,
            category=category,
            unit=unit,
            tax_code="13",
            price=(Decimal(price) / VAT).quantize(Decimal("0.01")),
        )
        for letter, category, unit, goods in CATALOGUE
        for number, (name, price) in enumerate(goods, start=1)
    ]
    save_products(facts, actor=actor)
    return {product.name: product for product in Product.objects.all()}


def _order_behind(
    plan: Plan, sale: Sale, customer_ids: Sequence[UUID], products: Mapping[str, Product]
) -> NewOrder:
    """The order that an invoice was written for: its goods at list price, less what makes the invoice's amount."""
    company = plan.companies[sale.company]
    price = sale.price / YUAN_PER_UNIT[company.currency]
    # Rounded up where the invoice was rounded to hundreds, so that the discount is none rather than negative.
    price = max(price, sale.amount / sale.quantity).quantize(Decimal("0.01"), ROUND_CEILING)
    product = products[sale.product]
    return NewOrder(
        customer_id=customer_ids[sale.company],
        ordered_on=sale.on - timedelta(days=3 + len(sale.product) % 12),
        currency=company.currency,
        prices_include_tax=True,
        reference=sale.contract,
        lines=[
            NewLine(
                quantity=Decimal(sale.quantity),
                unit_price=price,
                product_id=product.pk,
                tax_code="13" if sale.tax else "0",
                discount_amount=price * sale.quantity - sale.amount,
            )
        ],
    )


def _deliver_whole(orders: Sequence[RecordedOrder], dates: Sequence[date], actor: Actor, today: date) -> None:
    quantities = dict(
        OrderLine.objects.filter(order_id__in=[order.id for order in orders]).values_list("pk", "quantity")
    )
    record_deliveries(
        [
            NewDelivery(
                order_id=order.id, delivered_on=on, lines=[(key, quantities[key]) for key in order.line_ids]
            )
            for order, on in zip(orders, dates, strict=True)
        ],
        actor=actor,
        today=today,
    )


def _bill_as_recorded(
    plan: Plan,
    chosen: Sequence[int],
    orders: Sequence[RecordedOrder],
    recorded: Sequence[RecordedDocument],
    actor: Actor,
    today: date,
    opened: OpenAct,
) -> None:
    """Bill the orders, and let the invoices be those of the documents that are in the books already."""
    bill_deliveries(
        until=today,
        on=today,
        order_ids=[order.id for order in orders],
        post=False,
        actor=actor,
        today=today,
    )
    stage(
        "recorded_invoice",
        (
            ("order_id", "uuid"),
            ("document_id", "uuid"),
            ("number", "text"),
            ("invoice_on", "date"),
            ("rate", "numeric"),
        ),
        (
            (order.id, recorded[each].id, recorded[each].number, plan.sales[each].on, plan.sales[each].rate)
            for order, each in zip(orders, chosen, strict=True)
        ),
    )
    stage("posted_invoice", (("id", "uuid"), ("document_id", "uuid"), ("number", "text")), ())
    run_statements((*AS_RECORDED, *MARK_POSTED), opened)


AS_RECORDED = (
    """
    INSERT INTO posted_invoice
    SELECT i.id, r.document_id, r.number
    FROM recorded_invoice r
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.order_id = r.order_id
    """,
    """
    UPDATE sales_invoice i SET invoice_on = r.invoice_on, rate = r.rate
    FROM recorded_invoice r WHERE i.organization_id = %(organization)s AND i.order_id = r.order_id
    """,
)


def _take_new_orders(
    plan: Plan, customer_ids: Sequence[UUID], products: Mapping[str, Product], actor: Actor, today: date
) -> None:
    """Orders of the last weeks, delivered in part and waiting to be billed, and a few drafts."""
    rng = Random(f"orders {today}")
    buyers = [
        position
        for position, company in enumerate(plan.companies)
        if company.currency == "CNY" and company.buys_until >= today
    ]
    goods = sorted(products.values(), key=lambda product: product.code)
    days = [today - timedelta(days=rng.randrange(4, 35)) for _ in range(NEW_ORDERS)]
    orders = create_orders(
        [
            NewOrder(customer_id=customer_ids[rng.choice(buyers)], ordered_on=on, lines=_lines(goods, rng))
            for on in sorted(days)
        ],
        actor=actor,
        today=today,
    )
    _deliver_in_part(orders, sorted(days), actor, today, rng)
    draft_invoices(
        [
            NewInvoice(
                customer_id=customer_ids[rng.choice(buyers)], invoice_on=today, lines=_lines(goods, rng)
            )
            for _ in range(DRAFTS)
        ],
        actor=actor,
    )


def _lines(goods: Sequence[Product], rng: Random) -> list[NewLine]:
    chosen = rng.sample(goods, rng.choice((1, 2, 2, 3, 4)))
    return [
        NewLine(
            quantity=Decimal(rng.randint(1, MOST_OF_ONE[product.code[0]])),
            unit_price=product.price or Decimal(100),
            product_id=product.pk,
            discount_percent=Decimal(rng.choice((0, 0, 0, 2, 3, 5))),
        )
        for product in chosen
    ] + (
        [
            NewLine(
                quantity=Decimal(1), unit_price=Decimal(rng.randrange(8, 60) * 100), description="安装调试服务",
                unit="次", tax_code="6",
            )
        ]
        if rng.random() < 0.3
        else []
    )  # fmt: skip


def _deliver_in_part(
    orders: Sequence[RecordedOrder], days: Sequence[date], actor: Actor, today: date, rng: Random
) -> None:
    quantities = dict(
        OrderLine.objects.filter(order_id__in=[order.id for order in orders]).values_list("pk", "quantity")
    )
    deliveries = []
    for order, on in zip(orders, days, strict=True):
        if rng.random() < 0.25:
            continue
        lines = [
            (key, quantities[key] if rng.random() < 0.6 else max(Decimal(1), quantities[key] // 2))
            for key in order.line_ids
            if rng.random() < 0.85
        ]
        if lines:
            delivered_on = min(today, on + timedelta(days=rng.randrange(2, 12)))
            deliveries.append(NewDelivery(order_id=order.id, delivered_on=delivered_on, lines=lines))
    record_deliveries(deliveries, actor=actor, today=today)

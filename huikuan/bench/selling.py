"""post_invoices and bill_orders: sales through its operations, beside bare set-based SQL of the same shape."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.bench.company import TODAY, customer_key, found_customers, found_organization
from huikuan.bench.measures import Result, Stopwatch, server_process
from huikuan.bench.posting import OPEN_ACT, RECORD_ACT
from huikuan.bench.scratch import superuser_connection
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.sales.models import Invoice, OrderLine
from huikuan.sales.operations import (
    NewDelivery,
    NewInvoice,
    NewLine,
    NewOrder,
    bill_deliveries,
    create_orders,
    draft_invoices,
    post_invoices,
    record_deliveries,
)

LINES = 3
DAYS = 28
PRICES = 9_973
CHUNK = 2_000
TABLES = (
    "sales_order",
    "sales_order_line",
    "sales_delivery",
    "sales_delivery_line",
    "sales_invoice",
    "sales_invoice_line",
)


def measure_post_invoices(*, invoices: int, customers: int, code: str = "post") -> Result:
    """Drafts of three lines posted in one set: documents, items, entries, numbers, due dates, trail.

    The limit is `POST_BY_SQL` over drafts that are the same, by the same role under the same keys, triggers and
    policies; it writes the same rows and takes its numbers by counting.
    """
    ours, limit = (_with_drafts(f"{code}-{suffix}", invoices, customers) for suffix in ("ours", "limit"))

    def post() -> None:
        with tenant(ours.pk):
            keys = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))
            post_invoices(keys, actor=local_operator(), today=TODAY)

    return _beside("post_invoices", invoices, post, lambda: _by_sql(limit, POST_BY_SQL))


def measure_bill_orders(*, orders: int, customers: int, code: str = "bill") -> Result:
    """Orders of three lines, delivered and billed in one run: an invoice each, posted.

    The limit writes the same invoices and lines from the deliveries, then posts them as `POST_BY_SQL` does.
    """
    ours, limit = (_with_deliveries(f"{code}-{suffix}", orders, customers) for suffix in ("ours", "limit"))

    def bill() -> None:
        with tenant(ours.pk):
            run = bill_deliveries(until=TODAY, on=TODAY, actor=local_operator(), today=TODAY)
        if len(run.posted) != orders:
            raise RuntimeError(f"{len(run.posted)} of {orders} orders were billed")

    return _beside("bill_orders", orders, bill, lambda: _by_sql(limit, (*BILL_BY_SQL, *POST_BY_SQL)))


def _beside(name: str, size: int, ours: Callable[[], None], limit: Callable[[], None]) -> Result:
    watches = [Stopwatch(server_process()) for _each in range(2)]
    for watch, work in zip(watches, (ours, limit), strict=True):
        with watch:
            work()
    mine, bare = watches
    return Result(
        name=name,
        size=size,
        seconds=mine.seconds,
        limit_seconds=bare.seconds,
        detail={
            "limit_rate_per_s": size / bare.seconds,
            "python_cpu_s": mine.python_cpu,
            "server_cpu_s": mine.server_cpu,
            "limit_server_cpu_s": bare.server_cpu,
        },
    )


def _company(code: str, customers: int) -> Organization:
    organization = found_organization(code)
    found_customers(organization, customers)
    return organization


def _lines(position: int) -> list[NewLine]:
    price = Decimal(100 + position % PRICES)
    return [
        NewLine(quantity=Decimal(1 + number), unit_price=price, description=f"产品 {number}")
        for number in range(LINES)
    ]


def _with_drafts(code: str, count: int, customers: int) -> Organization:
    """A company with drafts of three lines."""
    organization = _company(code, customers)
    for first in range(0, count, CHUNK):
        with tenant(organization.pk):
            draft_invoices(
                [
                    NewInvoice(
                        customer_id=customer_key(position % customers),
                        invoice_on=TODAY - timedelta(days=position % DAYS),
                        lines=_lines(position),
                    )
                    for position in range(first, min(first + CHUNK, count))
                ],
                actor=local_operator(),
            )
    _settle()
    return organization


def _with_deliveries(code: str, count: int, customers: int) -> Organization:
    """A company with orders of three lines, all delivered, none billed."""
    organization = _company(code, customers)
    for first in range(0, count, CHUNK):
        with tenant(organization.pk):
            orders = create_orders(
                [
                    NewOrder(
                        customer_id=customer_key(position % customers),
                        ordered_on=TODAY - timedelta(days=DAYS),
                        lines=_lines(position),
                    )
                    for position in range(first, min(first + CHUNK, count))
                ],
                actor=local_operator(),
                today=TODAY,
            )
            quantities = dict(
                OrderLine.objects.filter(order_id__in=[order.id for order in orders]).values_list(
                    "pk", "quantity"
                )
            )
            record_deliveries(
                [
                    NewDelivery(
                        order_id=order.id,
                        delivered_on=TODAY - timedelta(days=position % DAYS),
                        lines=[(key, quantities[key]) for key in order.line_ids],
                    )
                    for position, order in enumerate(orders, start=first)
                ],
                actor=local_operator(),
                today=TODAY,
            )
    _settle()
    return organization


def _settle() -> None:
    """Statistics as a table has them after a night."""
    with superuser_connection() as superuser:
        for table in TABLES:
            superuser.execute(f"ANALYZE {table}")


def _by_sql(organization: Organization, statements: tuple[str, ...]) -> None:
    with tenant(organization.pk):
        accounts: dict[str, UUID] = dict(Account.objects.exclude(purpose="").values_list("purpose", "pk"))
    parameters: dict[str, Any] = {"organization": organization.pk, "today": TODAY, **accounts}
    with tenant(organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7()")
        parameters["act"] = cursor.fetchone()[0]
        for statement in (OPEN_ACT, *statements, RECORD_ACT):
            cursor.execute(statement, parameters)


POST_BY_SQL = (
    """
    CREATE TEMP TABLE IF NOT EXISTS bench_posted (id uuid, document_id uuid, item_id uuid, entry_id uuid, number text)
    ON COMMIT DELETE ROWS
    """,
    """
    INSERT INTO bench_posted
    SELECT id, uuidv7(), uuidv7(), uuidv7(), 'LS' || to_char(invoice_on, 'YYYYMM') || lpad((row_number() OVER ())::text, 6, '0')
    FROM sales_invoice WHERE organization_id = %(organization)s AND state = 'draft'
    """,
    "ANALYZE bench_posted",
    """
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT %(organization)s, n.document_id, %(act)s, 'invoice', 'sale', n.number, i.customer_id,
        i.invoice_on, i.currency, 1, i.amount, i.net, i.tax, i.amount, '', l.description, ''
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = n.id AND l.position = 1
    """,
    """
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id,
        side, currency, document_on, due_on, effective_due_on, amount, base_amount, open_amount, open_base)
    SELECT %(organization)s, n.item_id, %(act)s, n.document_id, 1, %(receivable)s, i.customer_id,
        1, i.currency, i.invoice_on, i.invoice_on, i.invoice_on, i.amount, i.amount, i.amount, i.amount
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, document_id)
    SELECT %(organization)s, n.entry_id, %(act)s, 'sale', i.invoice_on, n.document_id
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, n.entry_id, line.*
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    CROSS JOIN LATERAL (VALUES
        (101, %(receivable)s::uuid, i.amount, 0, n.item_id),
        (200, %(revenue)s::uuid, 0, i.net, NULL),
        (300, %(output_vat)s::uuid, 0, i.tax, NULL)
    ) line
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'invoice', n.document_id, n.number, jsonb_build_object(
        'customer', i.customer_id, 'on', i.invoice_on, 'currency', i.currency, 'rate', 1,
        'amount', i.amount, 'net', i.net, 'tax', i.tax, 'base', i.amount, 'event', 'sale',
        'reference', '', 'product', '', 'memo', '', 'salesperson', NULL,
        'items', jsonb_build_array(jsonb_build_array(i.amount, i.invoice_on, i.invoice_on)))
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    UPDATE sales_invoice i SET state = 'posted', document_id = n.document_id, number = n.number
    FROM bench_posted n WHERE i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'posted', 'sales_invoice', i.id, i.number, jsonb_build_object(
        'kind', i.kind, 'customer', i.customer_id, 'on', i.invoice_on, 'currency', i.currency, 'amount', i.amount,
        'tax', i.tax, 'document', i.document_id, 'lines', (
            SELECT jsonb_agg(jsonb_build_array(l.position, l.quantity, l.net, l.tax) ORDER BY l.position)
            FROM sales_invoice_line l WHERE l.organization_id = %(organization)s AND l.invoice_id = i.id))
    FROM bench_posted n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
)

BILL_BY_SQL = (
    """
    CREATE TEMP TABLE IF NOT EXISTS bench_billed (id uuid, delivery_id uuid, order_id uuid, delivered_on date)
    ON COMMIT DELETE ROWS
    """,
    """
    INSERT INTO bench_billed
    SELECT uuidv7(), id, order_id, delivered_on FROM sales_delivery WHERE organization_id = %(organization)s
    """,
    "ANALYZE bench_billed",
    """
    INSERT INTO sales_invoice (organization_id, id, kind, state, event, number, customer_id, order_id, invoice_on,
        ordered_on, delivered_on, currency, prices_include_tax, amount, net, tax, instalments, reference, memo,
        revision, act_id)
    SELECT %(organization)s, b.id, 'invoice', 'draft', 'sale', '', o.customer_id, o.id, %(today)s,
        o.ordered_on, b.delivered_on, o.currency, o.prices_include_tax, o.amount, o.net, o.tax, '[]'::jsonb, '', '',
        1, %(act)s
    FROM bench_billed b
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = b.order_id
    """,
    """
    INSERT INTO sales_invoice_line (organization_id, id, invoice_id, order_line_id, delivery_line_id, position,
        description, unit, quantity, unit_price, discount_percent, discount_amount, tax_code, tax_rate, net, tax,
        gross, credited_quantity, credited_net, credited_gross)
    SELECT %(organization)s, uuidv7(), b.id, l.id, d.id, l.position, l.description, l.unit, d.quantity, l.unit_price,
        0, 0, l.tax_code, l.tax_rate, d.net, d.tax, d.gross, 0, 0, 0
    FROM bench_billed b
    JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.delivery_id = b.delivery_id
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = d.order_line_id
    """,
    """
    UPDATE sales_delivery_line SET billed = true WHERE organization_id = %(organization)s
    """,
    """
    UPDATE sales_order_line SET billed = quantity WHERE organization_id = %(organization)s
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'drafted', 'sales_invoice', i.id, '', jsonb_build_object(
        'kind', i.kind, 'customer', i.customer_id, 'on', i.invoice_on, 'currency', i.currency, 'amount', i.amount,
        'tax', i.tax)
    FROM bench_billed b
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = b.id
    """,
)

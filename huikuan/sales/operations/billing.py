"""开票运行: what was delivered and not billed becomes invoices, any number of orders in one set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.postgres.bulk import stage
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused
from huikuan.sales.operations.contract_orders import (
    refuse_contracts_meanwhile,
    refuse_orders_of_contracts,
)
from huikuan.sales.operations.draft_rows import INVOICE_CONTENT, run_statements
from huikuan.sales.operations.drafts import base_currency
from huikuan.sales.operations.line_rows import LINE_NAMES, MOST_LINES
from huikuan.sales.operations.posting import PostedInvoice, post_invoices
from huikuan.sales.queries import BILLED_BY_PLAN


class Per(StrEnum):
    """What makes one invoice."""

    ORDER = "order"
    CUSTOMER = "customer"  # of one currency, term, salesperson and way of quoting prices


@dataclass(frozen=True, slots=True)
class BillingRun:
    """What a run made: invoices that were posted, and those left as drafts (as foreign ones without a rate)."""

    posted: tuple[PostedInvoice, ...]
    drafts: tuple[UUID, ...]
    lines: int
    net: Decimal
    tax: Decimal

    @property
    def invoices(self) -> int:
        return len(self.posted) + len(self.drafts)


def bill_deliveries(
    *,
    until: date,
    on: date,
    actor: Actor,
    today: date,
    per: Per = Per.ORDER,
    order_ids: Collection[UUID] | None = None,
    customer_ids: Collection[UUID] | None = None,
    post: bool = True,
    rates: Mapping[str, Decimal] | None = None,
) -> BillingRun:
    """Bill what was signed for up to `until` in invoices dated `on`; of some orders or customers, else of all.

    Each delivered line is billed once, whoever runs at the same time. Salesperson, payment term, order and
    delivery dates are carried over, so that due dates follow from them. `rates`: base currency per unit of
    foreign ones, by default that of the rates table; an invoice without its rate stays a draft. Orders that belong
    to a contract are left to its plan; asked for by name they are refused.
    """
    actor.require("invoice.record")
    if until > on:
        raise SalesRefused(_("开票日期不能早于所开的发货截止日期。"), code="billed_before_delivery")
    if order_ids is not None:
        refuse_orders_of_contracts(order_ids)
    with act("bill_deliveries", actor=actor) as opened:
        lines = _gather(until, per, order_ids, customer_ids, opened)
        if not lines:
            return BillingRun((), (), 0, Decimal(0), Decimal(0))
        base = base_currency()
        stage(
            "known_rate", (("currency", "text"), ("rate", "numeric")), _rates(on, base, rates or {}).items()
        )
        run_statements(BILL, opened, on=on, base=base)
        refuse_contracts_meanwhile()
        with connection.cursor() as cursor:
            cursor.execute(BILLED, {"base": base})
            made = cursor.fetchall()
        ready = [key for key, _net, _tax, complete in made if complete and post]
        posted = post_invoices(ready, actor=actor, today=today)
    return BillingRun(
        tuple(posted),
        tuple(key for key, _net, _tax, complete in made if not (complete and post)),
        lines,
        sum((net for _key, net, _tax, _complete in made), Decimal(0)),
        sum((tax for _key, _net, tax, _complete in made), Decimal(0)),
    )


def _rates(on: date, base: str, given: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Rates of the foreign currencies that are billed: as given, else the latest of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT currency FROM billed_invoice WHERE currency <> %s", [base])
        foreign = [currency for (currency,) in cursor.fetchall()]
    known = rates_on([(currency, on) for currency in foreign])
    return {**{currency: rate for (currency, _day), rate in known.items()}, **given}


def _gather(
    until: date,
    per: Per,
    order_ids: Collection[UUID] | None,
    customer_ids: Collection[UUID] | None,
    opened: OpenAct,
) -> int:
    """Hold the lines to bill, in key order, and lay them out by invoice; returns how many there are."""
    values = {
        "until": until,
        "orders": None if order_ids is None else list(order_ids),
        "customers": None if customer_ids is None else list(customer_ids),
        "per_order": per == Per.ORDER,
        "most": MOST_LINES,
    }
    run_statements(GATHER, opened, **values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billed_line")
        return int(cursor.fetchone()[0])


WAITING = f"""
    FROM sales_delivery_line d
    JOIN sales_delivery v ON v.organization_id = %(organization)s AND v.id = d.delivery_id
    WHERE d.organization_id = %(organization)s AND NOT d.billed AND NOT d.voided AND v.delivered_on <= %(until)s
      AND NOT {BILLED_BY_PLAN}
      AND (%(orders)s::uuid[] IS NULL OR v.order_id = ANY(%(orders)s::uuid[]))
      AND (%(customers)s::uuid[] IS NULL OR v.customer_id = ANY(%(customers)s::uuid[]))
"""

GATHER = (
    """
    CREATE TEMP TABLE IF NOT EXISTS held_delivery_line (id uuid) ON COMMIT DELETE ROWS
    """,
    "TRUNCATE held_delivery_line",
    # A line that another run bills meanwhile is waited for, and then no longer waits to be billed.
    f"""
    INSERT INTO held_delivery_line
    SELECT id FROM (SELECT d.id {WAITING} ORDER BY d.id FOR NO KEY UPDATE OF d) held
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS billed_line (
        delivery_line_id uuid, order_line_id uuid, order_id uuid, customer_id uuid, salesperson_id uuid, term_id uuid,
        currency text, prices_include_tax boolean, ordered_on date, delivered_on date, group_key text, part int,
        position int, invoice_id uuid
    ) ON COMMIT DELETE ROWS
    """,
    "TRUNCATE billed_line",
    """
    INSERT INTO billed_line
    SELECT delivery_line_id, order_line_id, order_id, customer_id, salesperson_id, term_id, currency,
           prices_include_tax, ordered_on, delivered_on, group_key, (turn - 1) / %(most)s, (turn - 1) %% %(most)s + 1, NULL
    FROM (
        SELECT *, row_number() OVER (PARTITION BY group_key ORDER BY delivered_on, number, position, delivery_line_id)
                  AS turn
        FROM (
            SELECT d.id AS delivery_line_id, l.id AS order_line_id, o.id AS order_id, o.customer_id, o.salesperson_id,
                   o.term_id, o.currency, o.prices_include_tax, o.ordered_on, v.delivered_on, v.number, l.position,
                   CASE WHEN %(per_order)s THEN o.id::text
                        ELSE concat_ws('/', o.customer_id, o.currency, o.prices_include_tax, o.term_id::text,
                                       o.salesperson_id::text) END AS group_key
            FROM held_delivery_line h
            JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.id = h.id
            JOIN sales_delivery v ON v.organization_id = %(organization)s AND v.id = d.delivery_id
            JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = d.order_line_id
            JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = v.order_id
        ) lines
    ) turns
    """,
    """
    CREATE TEMP TABLE IF NOT EXISTS billed_invoice (
        id uuid, group_key text, part int, order_id uuid, customer_id uuid, salesperson_id uuid, term_id uuid,
        currency text, prices_include_tax boolean, ordered_on date, delivered_on date, net numeric, tax numeric,
        rate numeric
    ) ON COMMIT DELETE ROWS
    """,
    "TRUNCATE billed_invoice",
    """
    INSERT INTO billed_invoice
    SELECT uuidv7(), b.group_key, b.part, CASE WHEN %(per_order)s THEN (array_agg(b.order_id))[1] END,
           (array_agg(b.customer_id))[1], (array_agg(b.salesperson_id))[1], (array_agg(b.term_id))[1],
           min(b.currency), bool_or(b.prices_include_tax), min(b.ordered_on), max(b.delivered_on),
           sum(d.net), sum(d.tax), NULL
    FROM billed_line b
    JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.id = b.delivery_line_id
    GROUP BY b.group_key, b.part
    """,
    "ANALYZE billed_line, billed_invoice",
)

BILL = (
    """
    UPDATE billed_invoice i SET rate = r.rate FROM known_rate r
    WHERE r.currency = i.currency AND i.currency <> %(base)s
    """,
    """
    INSERT INTO sales_invoice (organization_id, id, kind, state, event, number, customer_id, salesperson_id, term_id,
        order_id, invoice_on, ordered_on, delivered_on, currency, rate, prices_include_tax, amount, net, tax,
        instalments, reference, memo, revision, act_id)
    SELECT %(organization)s, i.id, 'invoice', 'draft', 'sale', '', i.customer_id, i.salesperson_id, i.term_id,
        i.order_id, %(on)s, i.ordered_on, i.delivered_on, i.currency, i.rate, i.prices_include_tax, i.net + i.tax,
        i.net, i.tax, '[]'::jsonb, '', '', 1, %(act)s
    FROM billed_invoice i
    """,
    f"""
    INSERT INTO sales_invoice_line (organization_id, id, invoice_id, order_line_id, delivery_line_id, {LINE_NAMES},
        credited_quantity, credited_net, credited_gross)
    SELECT %(organization)s, uuidv7(), i.id, l.id, d.id, b.position, l.product_id, l.description, l.unit, d.quantity,
        l.unit_price, l.discount_percent, d.discount_amount, l.tax_code, l.tax_rate, d.net, d.tax, d.gross, 0, 0, 0
    FROM billed_line b
    JOIN billed_invoice i ON i.group_key = b.group_key AND i.part = b.part
    JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.id = b.delivery_line_id
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = b.order_line_id
    """,
    """
    UPDATE sales_delivery_line d SET billed = true
    FROM held_delivery_line h WHERE d.organization_id = %(organization)s AND d.id = h.id
    """,
    """
    UPDATE sales_order_line l SET billed = l.billed + b.quantity
    FROM (
        SELECT b.order_line_id, sum(d.quantity) AS quantity
        FROM billed_line b
        JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.id = b.delivery_line_id
        GROUP BY b.order_line_id
    ) b
    WHERE l.organization_id = %(organization)s AND l.id = b.order_line_id
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'drafted', 'sales_invoice', i.id, '', {INVOICE_CONTENT}
    FROM billed_invoice n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
)

BILLED = """
    SELECT id, net, tax, currency = %(base)s OR rate IS NOT NULL FROM billed_invoice ORDER BY delivered_on, id
"""

"""What orders and billing plans will bring once they are invoiced: when that is expected, and when it is due then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.rules import Instalment, TermKind, TermRule, instalments_from_data, split_instalments
from huikuan.sales.contracts import Contract, ContractState
from huikuan.sales.plan_queries import line_facts
from huikuan.sales.plan_rules import DATE, MONTH, billable, due_on
from huikuan.sales.queries import BILLED_BY_PLAN, delivered_not_invoiced

WHOLE, DAY = Decimal(100), timedelta(days=1)
KIND_LABELS = {"order": _("未开票的订单"), "plan": _("未开票的收款计划")}


@dataclass(frozen=True, slots=True)
class ComingDebt:
    """What will be invoiced on about `issue_on` and be due on `due_on`; `amount` with tax, in `currency`.

    `kind`: a key of KIND_LABELS; `record_id`: the order or the contract. `name`: the line of a plan.
    """

    kind: str
    customer_id: UUID
    record_id: UUID
    number: str
    name: str
    currency: str
    amount: Decimal
    issue_on: date
    due_on: date


def coming_debts(today: date) -> list[ComingDebt]:
    """Everything that is to be invoiced, the earliest due first."""
    found = [*ordered(today), *planned_lines(today)]
    return sorted(found, key=lambda debt: (debt.due_on, debt.kind, debt.number, debt.name, debt.amount))


def ordered(today: date) -> Iterator[ComingDebt]:
    """What is to be delivered of open orders, and what was delivered and is in no posted invoice.

    Deliveries and invoices are expected as long after the order, or the delivery, as is usual here, and not before tomorrow.
    Orders that wait for a credit release are left out, and those that a contract bills.
    """
    to_deliver, to_bill = _usual(today)
    waiting = {
        each.order_id: (each.waiting + each.drafted, each.since)
        for each in delivered_not_invoiced(as_of=today)
    }
    for row in _rows(list(waiting), today):
        key, customer_id, number, currency, ordered_on, coming, rule, instalments = row
        tomorrow = today + DAY
        delivered, since = waiting.get(key, (Decimal(0), None))
        parts = [
            (delivered, since or ordered_on, max((since or today) + timedelta(days=to_bill), tomorrow)),
            (coming, None, max(ordered_on + timedelta(days=to_deliver + to_bill), tomorrow)),
        ]
        for amount, delivered_on, issue_on in parts:
            if amount > 0:
                for part, due in _due(
                    amount, currency, rule, instalments, ordered_on, delivered_on, issue_on
                ):
                    yield ComingDebt("order", customer_id, key, number, "", currency, part, issue_on, due)


def _due(
    amount: Decimal,
    currency: str,
    rule: Any,
    instalments: Any,
    ordered_on: date,
    delivered_on: date | None,
    issue_on: date,
) -> Iterator[tuple[Decimal, date]]:
    """The instalments of an amount; what waits for something else (acceptance) counts from the invoice."""
    agreed = (
        instalments_from_data(instalments)
        if instalments
        else [Instalment(WHOLE, TermRule.from_data(rule))]
        if rule
        else []
    )
    events = {
        each.rule.event: ordered_on
        if each.rule.kind is TermKind.PREPAID
        else (delivered_on or issue_on)
        if each.rule.event == "delivery"
        else issue_on
        for each in agreed
    }
    if not agreed:
        yield amount, issue_on
        return
    for part in split_instalments(amount, currency, agreed, events):
        if part.amount > 0:
            yield part.amount, max(part.effective_due_on or issue_on, issue_on)


def _usual(today: date) -> tuple[int, int]:
    """Days from order to delivery and from delivery to invoice, as half of those of the last year were within."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY d.delivered_on - o.ordered_on)
                    FROM sales_delivery d
                    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = d.order_id
                    WHERE d.organization_id = %(organization)s AND NOT d.voided AND d.delivered_on BETWEEN %(since)s AND %(today)s),
                   (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY i.invoice_on - i.delivered_on)
                    FROM sales_invoice i
                    WHERE i.organization_id = %(organization)s AND i.state = 'posted' AND i.delivered_on IS NOT NULL
                      AND i.invoice_on BETWEEN %(since)s AND %(today)s)
            """,
            {
                "organization": current_organization_id(),
                "since": today - timedelta(days=365),
                "today": today,
            },
        )
        to_deliver, to_bill = cursor.fetchone()
    return max(to_deliver or 0, 0), max(to_bill or 0, 0)


def _rows(waiting: list[Any], today: date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT v.order_id, v.customer_id, v.number, v.currency, v.ordered_on,
                   CASE WHEN v.open THEN coalesce(l.coming, 0) ELSE 0 END, t.rule, t.instalments
            FROM (
                SELECT o.id AS order_id, o.customer_id, o.number, o.currency, o.ordered_on, o.term_id,
                       o.state = 'open' AND NOT EXISTS (
                           SELECT FROM credit_order_hold h
                           WHERE h.organization_id = %(organization)s AND h.reference = o.number AND h.state = 'open') AS open
                FROM sales_order o
                WHERE o.organization_id = %(organization)s AND o.ordered_on <= %(today)s
                  AND (o.state = 'open' OR o.id = ANY(%(waiting)s::uuid[]))
            ) v
            JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = v.customer_id
            LEFT JOIN customers_payment_term t
                ON t.organization_id = %(organization)s AND t.id = coalesce(v.term_id, c.term_id)
            LEFT JOIN LATERAL (
                SELECT sum(round(l.gross * (l.quantity - greatest(l.delivered, l.billed)) / l.quantity, 2)) AS coming
                FROM sales_order_line l
                WHERE l.organization_id = %(organization)s AND l.order_id = v.order_id
                  AND l.quantity > greatest(l.delivered, l.billed)
            ) l ON true
            WHERE NOT {BILLED_BY_PLAN}
            ORDER BY v.number
            """,
            {"organization": current_organization_id(), "today": today, "waiting": waiting},
        )
        return [
            (*row, json.loads(rule) if rule else None, json.loads(instalments) if instalments else None)
            for *row, rule, instalments in cursor.fetchall()
        ]


def planned_lines(today: date) -> Iterator[ComingDebt]:
    """What the plans of active contracts bill on a day, and what has happened and is not billed yet.

    Lines that wait for a milestone, acceptance or delivery have no date and bring nothing that could be foreseen.
    """
    contracts = {
        contract.pk: contract
        for contract in Contract.objects.filter(state=ContractState.ACTIVE).order_by("pk")
    }
    for facts in line_facts(list(contracts), until=today):
        line, contract = facts.line, contracts[facts.line.contract_id]
        dated = line.bill_on if line.trigger in (DATE, MONTH) else facts.happened_on
        if dated is None:
            continue
        issue_on = max(dated, today + DAY)
        left = billable(facts.state, on=issue_on, currency=contract.currency)
        if left <= 0:
            continue
        _contractual, effective = due_on(
            TermRule.from_data(line.rule),
            signed_on=contract.signed_on,
            billed_on=issue_on,
            happened_on=facts.happened_on,
        )
        yield ComingDebt(
            "plan", contract.customer_id, contract.pk, contract.number, line.name, contract.currency, left, issue_on, effective
        )  # fmt: skip

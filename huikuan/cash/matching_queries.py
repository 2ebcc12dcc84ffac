"""What the matching reads: lines that wait, open items with the numbers they are known under, names, policies.

Each is one statement for the whole set, however many lines and items there are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.cash.matching.facts import (
    Advice,
    AdviceLine,
    Agreement,
    Customer,
    Discount,
    Facts,
    Item,
    KnownName,
    Limits,
    Line,
    PastReceipt,
    Recorded,
    to_decimal,
    to_units,
)
from huikuan.cash.matching.recorded import WITHIN
from huikuan.cash.matching.references import bare_number, possible_numbers
from huikuan.cash.proposals import MatchPolicy
from huikuan.cash.queries import cash_policy
from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.disputes.queries import disputed_amounts
from huikuan.organizations.models import Organization

# "2/10, N/30" in a payment term: two percent when paid within ten days.
_DISCOUNT = re.compile(r"(?<![0-9/.])([0-9](?:\.[0-9]{1,2})?)\s*/\s*([0-9]{1,3})(?![0-9/])")

LINES = """
    SELECT l.id, l.amount, l.used, b.currency, l.booked_on, l.counterparty, l.counterparty_account_index,
        l.reference, l.text, l.kind, l.position, b.account_id
    FROM cash_statement_line l
    JOIN cash_bank_account b ON b.organization_id = l.organization_id AND b.id = l.bank_account_id
    WHERE l.organization_id = %(organization)s AND l.used <> abs(l.amount) AND l.booked_on <= %(today)s
        AND (%(ids)s::uuid[] IS NULL OR l.id = ANY(%(ids)s::uuid[]))
        AND (l.amount > 0 OR l.kind = 'return' OR l.text ~* '退|冲正|拒付|撤销|return|revers|bounce')
    ORDER BY l.booked_on, l.id
"""

ITEMS = """
    SELECT i.id, i.document_id, d.number, i.customer_id, i.open_amount, i.amount,
        CASE WHEN d.amount = 0 THEN i.amount ELSE d.net * i.amount / d.amount END,
        i.currency, i.document_on, i.effective_due_on, i.side, i.line, d.kind, d.event, a.purpose, d.reference
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
    JOIN ledger_account a ON a.organization_id = i.organization_id AND a.id = i.account_id
    WHERE i.organization_id = %(organization)s AND i.open_amount > 0 AND d.voided_by_id IS NULL
        AND (a.purpose = 'receivable' OR (a.purpose = 'contract_assets' AND i.side = 1))
"""

# Orders, contracts and tax invoices behind documents that still have something open.
ALSO = """
    WITH waiting AS MATERIALIZED (
        SELECT DISTINCT document_id FROM ledger_open_item
        WHERE organization_id = %(organization)s AND open_amount > 0 AND side = 1
    )
    SELECT w.document_id, 'order', o.number
    FROM waiting w
    JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.document_id = w.document_id
    JOIN sales_order o ON o.organization_id = s.organization_id AND o.id = s.order_id
    UNION
    SELECT w.document_id, 'contract', c.number
    FROM waiting w
    JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.document_id = w.document_id
    JOIN sales_contract c ON c.organization_id = s.organization_id AND c.order_id = s.order_id
    UNION
    SELECT w.document_id, 'contract', c.number
    FROM waiting w
    JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.document_id = w.document_id
    JOIN sales_plan_billing b ON b.organization_id = s.organization_id AND b.invoice_id = s.id
    JOIN sales_plan_line l ON l.organization_id = b.organization_id AND l.id = b.line_id
    JOIN sales_contract c ON c.organization_id = l.organization_id AND c.id = l.contract_id
    UNION
    SELECT w.document_id, 'tax_invoice', t.number
    FROM waiting w
    JOIN sales_tax_invoice_link k ON k.organization_id = %(organization)s AND k.document_id = w.document_id
        AND k.ended_act_id IS NULL
    JOIN sales_tax_invoice t ON t.organization_id = k.organization_id AND t.id = k.tax_invoice_id
"""

CUSTOMERS = """
    SELECT c.id, c.name, c.code, c.parent_id, coalesce(t.code || ' ' || t.name, '')
    FROM customers_customer c
    LEFT JOIN customers_payment_term t ON t.organization_id = c.organization_id AND t.id = c.term_id
    WHERE c.organization_id = %(organization)s AND c.removed_act_id IS NULL
"""

NAMES = """
    SELECT customer_id, kind, name, account_index FROM customers_customer_name
    WHERE organization_id = %(organization)s
"""

ADVICES = """
    SELECT a.id, a.amount, a.currency, a.customer_id, a.paid_on, l.reference, l.amount, l.item_id
    FROM cash_remittance_advice a
    JOIN cash_remittance_line l ON l.organization_id = a.organization_id AND l.advice_id = a.id
    WHERE a.organization_id = %(organization)s AND a.line_id IS NULL
    ORDER BY a.id, l.position
"""

# Receipts made of lines, of the amounts that went out again.
RECEIPTS = """
    SELECT d.id, d.number, d.customer_id, l.amount, d.currency, l.booked_on, l.counterparty,
        l.counterparty_account_index
    FROM cash_statement_line l
    JOIN cash_line_use u ON u.organization_id = l.organization_id AND u.line_id = l.id AND u.kind = 'receipt'
        AND u.amount = l.amount
    JOIN ledger_document d ON d.organization_id = u.organization_id AND d.id = u.document_id
    WHERE l.organization_id = %(organization)s AND l.amount = ANY(%(amounts)s) AND d.voided_by_id IS NULL
        AND NOT EXISTS (
            SELECT FROM cash_line_use x WHERE x.organization_id = u.organization_id AND x.undoes_id = u.id
        )
"""

# Money of these amounts and about these days on these accounts that no line is known to be.
RECORDED = """
    WITH known AS (
        SELECT d.id, d.number, d.customer_id, d.amount, d.currency, d.document_on AS on_day, d.reference,
            '' AS payer, e.id AS entry_id
        FROM ledger_document d
        JOIN ledger_journal_entry e ON e.organization_id = d.organization_id AND e.document_id = d.id
        WHERE d.organization_id = %(organization)s AND d.kind IN ('receipt', 'advance') AND d.voided_by_id IS NULL
            AND d.document_on BETWEEN %(since)s AND %(until)s AND d.amount = ANY(%(amounts)s)
        UNION ALL
        SELECT p.id, p.number, d.customer_id, p.amount, coalesce(nullif(p.currency, ''), %(base)s), p.received_on, p.bank_reference, p.payer, p.entry_id
        FROM cash_unidentified_receipt p
        LEFT JOIN ledger_document d
            ON d.organization_id = p.organization_id AND d.id = p.document_id AND d.voided_by_id IS NULL
        WHERE p.organization_id = %(organization)s
            AND p.received_on BETWEEN %(since)s AND %(until)s AND p.amount = ANY(%(amounts)s)
    )
    SELECT k.id, k.number, k.customer_id, k.amount, k.currency, k.on_day, j.account_id, k.reference, k.payer
    FROM known k
    JOIN ledger_journal_line j ON j.organization_id = %(organization)s AND j.entry_id = k.entry_id
        AND j.account_id = ANY(%(accounts)s) AND j.debit > 0
    WHERE NOT EXISTS (
        SELECT FROM cash_line_use u
        WHERE u.organization_id = %(organization)s AND u.undoes_id IS NULL
            AND (u.document_id = k.id OR u.unidentified_id = k.id) AND NOT EXISTS (
                SELECT FROM cash_line_use x WHERE x.organization_id = u.organization_id AND x.undoes_id = u.id
            )
    )
"""

# Orders and contracts in force of numbers in the texts, where they are in the organization's own currency.
AGREED = """
    SELECT 'order', o.number, o.customer_id, o.amount, o.currency
    FROM sales_order o
    WHERE o.organization_id = %(organization)s AND o.number = ANY(%(numbers)s) AND o.state = 'open'
        AND o.currency = %(base)s
    UNION ALL
    SELECT 'contract', c.number, c.customer_id, c.amount, c.currency
    FROM sales_contract c
    WHERE c.organization_id = %(organization)s AND c.number = ANY(%(numbers)s) AND c.state = 'active'
        AND c.currency = %(base)s
    ORDER BY 1, 2
"""

SETTLED = """
    SELECT d.number, d.customer_id
    FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.number = ANY(%(numbers)s) AND d.voided_by_id IS NULL
        AND d.kind IN ('invoice', 'debit_note')
        AND NOT EXISTS (
            SELECT FROM ledger_open_item i
            WHERE i.organization_id = d.organization_id AND i.document_id = d.id AND i.open_amount > 0
        )
"""


def waiting_lines(line_ids: Collection[UUID] | None, *, today: date) -> list[Line]:
    """Money that came in and is not used up (these lines, or all), and payments that may have bounced."""
    ids = None if line_ids is None else list(line_ids)
    return [
        Line(
            row[0],
            to_units(row[1] - row[2] if row[1] > 0 else row[1] + row[2], row[3]),
            row[3],
            row[4],
            row[5],
            bytes(row[6]) if row[6] is not None else None,
            row[7],
            row[8],
            row[9],
            row[10],
            row[11],
        )
        for row in _rows(LINES, ids=ids, today=today)
    ]


def matching_facts(lines: Sequence[Line]) -> Facts:
    """Everything that the matching of these lines looks at."""
    policies = list(MatchPolicy.objects.values_list("customer_id", "order"))
    own = next((order for customer, order in policies if customer is None), "none")
    organization = Organization.objects.get(pk=current_organization_id())
    cash = cash_policy()
    numbers = sorted(
        {number for line in lines for number in possible_numbers(f"{line.text} {line.reference}")}
    )
    return Facts(
        customers=_customers(),
        items=_items(),
        advices=_advices(),
        receipts=_receipts(lines),
        recorded=_recorded(lines, organization.currency),
        orders={customer: order for customer, order in policies if customer is not None},
        order=own,
        own_names=(organization.name,),
        settled=_settled(numbers),
        agreements=_agreements(numbers, organization.currency),
        limits=Limits(
            fee=to_units(cash.fee_tolerance.quantize(Decimal("0.01")), "CNY"),
            short=to_units(cash.difference_tolerance.quantize(Decimal("0.01")), "CNY"),
        ),
    )


def discounts_of(term: str) -> tuple[Discount, ...]:
    """The settlement discounts that a payment term states the usual way: "2/10, 1/20, N/30"."""
    return tuple(
        Discount(int(Decimal(percent) * 100), int(days))
        for percent, days in _DISCOUNT.findall(term)
        if Decimal(percent) > 0
    )


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"organization": current_organization_id(), **parameters})
        return list(cursor.fetchall())


def _customers() -> tuple[Customer, ...]:
    names: dict[UUID, list[KnownName]] = {}
    for customer_id, kind, name, account in _rows(NAMES):
        names.setdefault(customer_id, []).append(
            KnownName(kind, name, bytes(account) if account is not None else None)
        )
    return tuple(
        Customer(key, name, code, parent, tuple(names.get(key, ())), discounts_of(term))
        for key, name, code, parent, term in _rows(CUSTOMERS)
    )


def _items() -> tuple[Item, ...]:
    also: dict[UUID, list[tuple[str, str]]] = {}
    for document_id, kind, number in _rows(ALSO):
        also.setdefault(document_id, []).append((kind, number))
    disputed = disputed_amounts()
    return tuple(_item(row, also.get(row[1], ()), disputed.get(row[0], Decimal(0))) for row in _rows(ITEMS))


def _item(row: tuple[Any, ...], also: Iterable[tuple[str, str]], disputed: Decimal) -> Item:
    currency = row[7]
    reference = (("reference", row[15]),) if row[15] else ()
    return Item(
        id=row[0],
        document_id=row[1],
        number=row[2],
        customer_id=row[3],
        amount=to_units(row[4], currency),
        gross=to_units(row[5], currency),
        net=to_units(quantize(row[6], currency), currency),
        currency=currency,
        document_on=row[8],
        due_on=row[9],
        side=row[10],
        position=row[11],
        kind=row[12],
        also=(*also, *reference),
        interest=row[13] == "late_interest",
        held=row[14] == "contract_assets",
        disputed=to_units(disputed, currency),
    )


def _advices() -> tuple[Advice, ...]:
    heads: dict[UUID, tuple[Any, ...]] = {}
    lines: dict[UUID, list[AdviceLine]] = {}
    for row in _rows(ADVICES):
        heads[row[0]] = row
        lines.setdefault(row[0], []).append(AdviceLine(row[5], to_units(row[6], row[2]), row[7]))
    return tuple(
        Advice(key, to_units(row[1], row[2]), row[2], tuple(lines[key]), row[3], row[4])
        for key, row in heads.items()
    )


def _receipts(lines: Iterable[Line]) -> tuple[PastReceipt, ...]:
    amounts = {-line.amount for line in lines if line.amount < 0}
    if not amounts:
        return ()
    wanted = {Decimal(amount).scaleb(-exponent) for amount in amounts for exponent in (0, 2, 3)}
    return tuple(
        PastReceipt(
            row[0],
            row[1],
            row[2],
            to_units(row[3], row[4]),
            row[4],
            row[5],
            row[6],
            bytes(row[7]) if row[7] is not None else None,
        )
        for row in _rows(RECEIPTS, amounts=sorted(wanted))
    )


def _recorded(lines: Sequence[Line], base: str) -> tuple[Recorded, ...]:
    incoming = [line for line in lines if line.amount > 0]
    if not incoming:
        return ()
    rows = _rows(
        RECORDED,
        base=base,
        since=min(line.booked_on for line in incoming) - WITHIN,
        until=max(line.booked_on for line in incoming) + WITHIN,
        amounts=sorted({to_decimal(line.amount, line.currency) for line in incoming}),
        accounts=sorted({line.bank for line in incoming if line.bank}),
    )
    return tuple(Recorded(row[0], row[1], row[2], to_units(row[3], row[4]), row[4], *row[5:]) for row in rows)


def _settled(numbers: Sequence[str]) -> dict[str, UUID]:
    """Numbers in the texts whose documents have nothing open any more, bare, with their customers."""
    if not numbers:
        return {}
    return {bare_number(number): customer for number, customer in _rows(SETTLED, numbers=numbers)}


def _agreements(numbers: Sequence[str], base: str) -> tuple[Agreement, ...]:
    if not numbers:
        return ()
    rows = _rows(AGREED, numbers=numbers, base=base)
    return tuple(Agreement(row[0], row[1], row[2], to_units(row[3], row[4]), row[4]) for row in rows)

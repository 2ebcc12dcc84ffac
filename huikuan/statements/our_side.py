"""Our side of a comparison: the documents of a customer and currency as lines, of a period or as open on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.statement import LEFT_OUT, all_recorded, mine_sql, settled_sql
from huikuan.statements.rules import Line, Mode

ZERO = Decimal(0)
SHARED = ("invoice", "debit_note", "credit_note")
"""Documents whose number the customer gets."""


@dataclass(frozen=True, slots=True)
class OurSide:
    """`opening`: the balance before the first day (0 for open items). `kinds` and `items` by the key of a line."""

    opening: Decimal
    lines: tuple[Line, ...]
    kinds: dict[str, str]
    items: dict[str, UUID]


def our_side(customer_id: UUID, currency: str, *, mode: Mode, starts_on: date, ends_on: date) -> OurSide:
    """What the ledger says; the customer's side of it, so without write-offs and what was undone."""
    known = all_recorded(ends_on)
    values: dict[str, Any] = {
        **known.parameters,
        "ids": [customer_id],
        "currency": currency,
        "from": starts_on,
        "open": mode is Mode.OPEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {mine_sql(known)}, {settled_sql(known)}, {LINES}", values)
        rows = cursor.fetchall()
    opening, lines, kinds, items = ZERO, [], {}, {}
    for key, on, number, kind, amount, net, left, item_id, others in rows:
        if key is None:
            opening = amount
            continue
        lines.append(
            Line(
                key=str(key),
                on=on,
                number=number,
                amount=amount,
                others=tuple(each for each in others or () if each and each != number),
                net=net if net is not None and net != amount else None,
                open=left,
                shared=kind in SHARED,
            )
        )
        kinds[str(key)] = kind
        if item_id is not None:
            items[str(key)] = item_id
    return OurSide(opening, tuple(lines), kinds, items)


LINES = f"""
    document AS (
        SELECT m.document_id, m.document_on, m.number, m.kind, sum(m.side * m.amount) AS amount,
               sum(m.side * (m.amount - coalesce(s.amount, 0))) AS left_then,
               (array_agg(m.id ORDER BY m.amount - coalesce(s.amount, 0) DESC, m.id) FILTER (WHERE m.side = 1))[1]
                   AS item_id
        FROM mine m LEFT JOIN settled s ON s.id = m.id
        WHERE m.currency = %(currency)s AND NOT m.undone AND m.kind NOT IN {LEFT_OUT}
        GROUP BY m.document_id, m.document_on, m.number, m.kind
    ),
    within_group AS (
        SELECT a.id, a.effective_on, c.number, -a.amount AS amount
        FROM mine m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = m.id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
        WHERE m.side = 1 AND m.currency = %(currency)s AND o.customer_id <> m.customer_id
          AND a.effective_on <= %(as_of)s AND NOT %(open)s
        UNION ALL
        SELECT a.id, a.effective_on, m.number, a.amount
        FROM mine m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.credit_item_id = m.id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.debit_item_id
        WHERE m.side = -1 AND m.currency = %(currency)s AND o.customer_id <> m.customer_id
          AND a.effective_on <= %(as_of)s AND NOT %(open)s
    )
    SELECT NULL::uuid, NULL::date, '', '', coalesce(sum(amount), 0), NULL::numeric, NULL::numeric, NULL::uuid,
           NULL::text[]
    FROM (
        SELECT amount FROM document WHERE document_on < %(from)s
        UNION ALL SELECT amount FROM within_group WHERE effective_on < %(from)s
    ) before
    WHERE NOT %(open)s
    UNION ALL
    SELECT d.document_id, d.document_on, d.number, d.kind, d.amount,
           CASE WHEN l.amount = abs(d.amount) THEN sign(d.amount) * l.net END, d.left_then, d.item_id,
           array_append(coalesce(t.numbers, '{{}}'::text[]), nullif(l.reference, ''))
    FROM document d
    JOIN ledger_document l ON l.organization_id = %(organization)s AND l.id = d.document_id
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT x.number::text) AS numbers
        FROM sales_tax_invoice_link k
        JOIN sales_tax_invoice x ON x.organization_id = %(organization)s AND x.id = k.tax_invoice_id
        WHERE k.organization_id = %(organization)s AND k.document_id = d.document_id AND k.ended_act_id IS NULL
    ) t ON true
    WHERE CASE WHEN %(open)s THEN d.left_then <> 0 ELSE d.document_on >= %(from)s AND d.amount <> 0 END
    UNION ALL
    SELECT w.id, w.effective_on, w.number, 'group', w.amount, NULL, 0, NULL, NULL
    FROM within_group w WHERE w.effective_on >= %(from)s
"""

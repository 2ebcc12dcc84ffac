"""How customers buy: far more than usual, or again after a long silence.

An order counts on its day; an invoice counts where it comes from no order, for companies that enter none.
"""

from __future__ import annotations

from datetime import date

from huikuan.warnings.detection.paying import PACKED
from huikuan.warnings.detection.reading import evidence, money, read, tenths, whole
from huikuan.warnings.rules import Finding, Kind, Setting


def bought_more(setting: Setting, day: date) -> list[Finding]:
    """Customers that ordered so many times as much as in the same number of days of the year before."""
    return [
        Finding(
            Kind.ORDER_SPIKE,
            key,
            {
                "days": whole(setting.values["days"]),
                "amount": money(amount),
                "usual": money(usual),
                "times": tenths(amount / usual),
            },
            [*evidence("order", orders), *evidence("document", documents)],
        )
        for key, amount, usual, orders, documents in read(MORE, setting, day)
    ]


def bought_again(setting: Setting, day: date) -> list[Finding]:
    """Customers of before that ordered nothing for long, and now much."""
    return [
        Finding(
            Kind.DORMANT,
            key,
            {"last": last.isoformat(), "silent": str(silent), "amount": money(amount)},
            [*evidence("order", orders), *evidence("document", documents)],
            since,
        )
        for key, last, silent, amount, since, orders, documents in read(AGAIN, setting, day)
    ]


# In base currency: invoices by their own rate, orders by the last one known on their day.
BOUGHT = """
    bought AS MATERIALIZED (
        SELECT o.customer_id, 'order' AS kind, o.id, o.number, o.ordered_on AS on_day,
               o.amount * coalesce((
                   SELECT r.rate FROM ledger_rate r
                   WHERE r.organization_id = %(organization)s AND r.currency = o.currency
                     AND r.rated_on <= o.ordered_on ORDER BY r.rated_on DESC LIMIT 1), 1) AS base
        FROM sales_order o
        WHERE o.organization_id = %(organization)s AND o.state <> 'cancelled' AND o.ordered_on <= %(day)s
        UNION ALL
        SELECT d.customer_id, 'document', d.id, d.number, d.document_on, d.base_amount
        FROM ledger_document d
        WHERE d.organization_id = %(organization)s AND d.kind = 'invoice' AND d.voided_by_id IS NULL
          AND d.document_on <= %(day)s
          AND NOT EXISTS (
              SELECT FROM sales_invoice i
              JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = i.id
              WHERE i.organization_id = %(organization)s AND i.document_id = d.id
                AND (i.order_id IS NOT NULL OR l.order_line_id IS NOT NULL))
    )
"""
_EACH = PACKED.format(id="id", number="number", on="on_day", amount="base")


def _rows(kind: str) -> str:
    return f"""to_jsonb((array_agg({_EACH} ORDER BY base DESC, id)
                FILTER (WHERE recent AND kind = '{kind}'))[1:10])"""


MORE = f"""
    WITH {BOUGHT},
    told AS (
        SELECT customer_id,
               sum(base) FILTER (WHERE recent) AS amount,
               sum(base) FILTER (WHERE NOT recent) * %(days)s / 365 AS usual,
               {_rows("order")} AS orders, {_rows("document")} AS documents
        FROM (
            SELECT *, on_day > %(day)s::date - %(days)s::int AS recent FROM bought
            WHERE on_day > %(day)s::date - %(days)s::int - 365
        ) each
        GROUP BY customer_id
        HAVING count(*) FILTER (WHERE NOT recent) >= %(debts)s
    )
    SELECT customer_id, amount, usual, orders, documents FROM told
    WHERE amount >= %(amount)s AND usual > 0 AND amount >= %(times)s * usual
    ORDER BY customer_id
"""
AGAIN = f"""
    WITH {BOUGHT},
    told AS (
        SELECT customer_id,
               max(on_day) FILTER (WHERE NOT recent) AS last_on,
               min(on_day) FILTER (WHERE recent) AS again_on,
               sum(base) FILTER (WHERE recent) AS amount,
               {_rows("order")} AS orders, {_rows("document")} AS documents
        FROM (SELECT *, on_day > %(day)s::date - %(days)s::int AS recent FROM bought) each
        GROUP BY customer_id
    )
    SELECT customer_id, last_on, again_on - last_on, amount, again_on, orders, documents FROM told
    WHERE amount >= %(amount)s AND again_on - last_on >= %(silent)s
    ORDER BY customer_id
"""

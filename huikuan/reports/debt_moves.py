"""Every change of the debts of a moment: issued, paid, written off, otherwise settled, revalued."""

from __future__ import annotations

from huikuan.reports.kpi.facts import MONEY
from huikuan.reports.moments import Moment
from huikuan.reports.state import changes_sql, items_sql, known_row_sql


def debt_moves_sql(at: Moment, *, debts: str, still_fresh: str) -> str:
    """Rows of an item `i` with `due`, `on_day`, `what` and `base`; the bases of an item add up to what is open of it.

    `what`: fresh (issued), money, write_off, exchange, other. `debts`: a condition on items `i`. `still_fresh`: one on
    the days {on} and `i.effective_due_on`; a change for which it holds belongs to what was issued.
    """
    item = (
        "i.id, i.customer_id, i.salesperson_id, i.currency, i.document_id, i.side, i.document_on,"
        " i.effective_due_on AS due"
    )
    join, known = known_row_sql(at, "r", "r.effective_on")
    return f"""
        SELECT {item}, i.document_on AS on_day, 'fresh' AS what, i.base_amount AS base
        FROM {items_sql(at)} i WHERE {debts}
        UNION ALL
        SELECT {item}, c.effective_on,
               CASE WHEN {still_fresh.format(on="c.effective_on")} THEN 'fresh' WHEN d.kind IN {MONEY} THEN 'money'
                    WHEN d.kind = 'write_off' THEN 'write_off' ELSE 'other' END, -c.base
        FROM ({changes_sql(at, after=None, debits_only=True)}) c
        JOIN {items_sql(at)} i ON i.id = c.item_id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = c.other_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        WHERE {debts}
        UNION ALL
        SELECT {item}, r.effective_on,
               CASE WHEN {still_fresh.format(on="r.effective_on")} THEN 'fresh' ELSE 'exchange' END, r.base_change
        FROM ledger_revaluation r {join}
        JOIN {items_sql(at)} i ON i.id = r.item_id
        WHERE r.organization_id = %(organization)s AND r.effective_on <= %(as_of)s AND {known} AND {debts}
    """

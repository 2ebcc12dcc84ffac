"""What cash knows of exposure: acceptance bills that the customer handed over and that are not paid yet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.credit.components import Component
from huikuan.credit.known import SETTING, late_act, was_known


def _bills(state: str) -> str:
    """Bills in a state at the end of a day, by what they weigh: commercial ones in full and bank ones not at all,
    unless the organization decided otherwise. What was handed on may come back until it is due."""
    return f"""
        SELECT b.customer_id, NULL::text,
               sum(b.face * CASE b.kind WHEN 'bank' THEN coalesce(s.bank_weight, 0)
                                        ELSE coalesce(s.commercial_weight, 1) END)
        FROM cash_bill b
        JOIN LATERAL (
            SELECT e.state FROM cash_bill_event e
            WHERE e.organization_id = %(organization)s AND e.bill_id = b.id AND e.effective_on <= %(day)s
            ORDER BY e.position DESC LIMIT 1
        ) e ON {state}
        LEFT JOIN credit_setting s ON s.organization_id = %(organization)s
        WHERE b.organization_id = %(organization)s AND b.customer_id = ANY(%(ids)s::uuid[])
        GROUP BY b.customer_id
    """


HELD = _bills("e.state = 'held'")
HANDED_ON = _bills("e.state IN ('endorsed', 'discounted') AND b.pays_on >= %(day)s")

# What happened to bills is only added; a bill of which nothing was known yet has no state.
_KNOWN = {
    "cash_bill_event": f"""
        SELECT e.organization_id, e.bill_id, e.position, e.effective_on, e.state
        FROM cash_bill_event e
        {late_act("e")}
        WHERE e.organization_id = %(organization)s AND {was_known("e", "e.effective_on")}
    """,
    **SETTING,
}

COMPONENTS = (
    Component("bills", _("持有的承兑汇票（按权重）"), HELD, _KNOWN, "bills", "customer={code}&state=held"),
    Component("recourse", _("已背书或贴现未到期（按权重）"), HANDED_ON, _KNOWN, "bills", "customer={code}"),
)

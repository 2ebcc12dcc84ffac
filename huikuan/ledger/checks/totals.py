"""The totals that pages read equal the sums over the items."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

TOTAL_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "day_total_is_the_sum",
        _("这一天的合计与未核销项目、核销和收款的合计不一致。"),
        """
        SELECT 'day_total' AS record_kind, kept.id AS record_id, coalesce(kept.day, summed.day)::text AS number
        FROM (
            SELECT * FROM ledger_day_total WHERE organization_id = %(organization)s
        ) kept
        FULL JOIN ledger_day_totals(%(organization)s, ARRAY(
            SELECT id FROM customers_customer WHERE organization_id = %(organization)s
        )) summed
          ON coalesce(summed.day, 'infinity') = coalesce(kept.day, 'infinity')
        WHERE (coalesce(kept.due_amount, 0), coalesce(kept.due_open, 0), coalesce(kept.due_count, 0),
               coalesce(kept.receivable_change, 0), coalesce(kept.overdue_change, 0),
               coalesce(kept.credit_change, 0), coalesce(kept.received, 0))
           <> (coalesce(summed.due_amount, 0), coalesce(summed.due_open, 0), coalesce(summed.due_count, 0),
               coalesce(summed.receivable_change, 0), coalesce(summed.overdue_change, 0),
               coalesce(summed.credit_change, 0), coalesce(summed.received, 0))
        """,
    ),
    Validation(
        "customer_total_is_the_sum",
        _("客户的应收、逾期或贷项合计与其未核销项目的合计不一致。"),
        """
        SELECT 'customer' AS record_kind, coalesce(kept.id, summed.customer_id) AS record_id, c.code AS number
        FROM (
            SELECT * FROM ledger_customer_total WHERE organization_id = %(organization)s
        ) kept
        FULL JOIN ledger_customer_totals(%(organization)s, (
            SELECT counted_until FROM ledger_overdue_day WHERE organization_id = %(organization)s
        )) summed ON summed.customer_id = kept.id
        LEFT JOIN customers_customer c
          ON c.organization_id = %(organization)s AND c.id = coalesce(kept.id, summed.customer_id)
        WHERE kept.id IS NULL OR (coalesce(kept.receivable, 0), coalesce(kept.overdue, 0), coalesce(kept.credit, 0))
           <> (coalesce(summed.receivable, 0), coalesce(summed.overdue, 0), coalesce(summed.credit, 0))
        """,
    ),
)

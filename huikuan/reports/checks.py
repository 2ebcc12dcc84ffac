"""What must hold of what reports keep: the list that `huikuan check` runs over it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.reports.kpi.flows import ADDED_SINCE, NOW_SQL, added_sql

REPORT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "kept_flows_are_those_of_the_ledger",
        _("按日保存的 %(what)s 是 %(kept)s，从账簿重算是 %(counted)s。"),
        f"""
        {ADDED_SINCE},
        kept AS (SELECT day, what, sum(amount) AS amount FROM ({NOW_SQL}) f GROUP BY day, what),
        counted (day, what, amount) AS (
            SELECT day, what, sum(amount) FROM ({added_sql(None)}) f (day, what, amount) GROUP BY day, what)
        SELECT 'reports_day_flow' AS record_kind, NULL::uuid AS record_id, day::text AS number, what,
               coalesce(k.amount, 0) AS kept, coalesce(c.amount, 0) AS counted
        FROM kept k FULL JOIN counted c USING (day, what)
        WHERE coalesce(k.amount, 0) <> coalesce(c.amount, 0)
          AND EXISTS (SELECT FROM reports_flow_mark m WHERE m.organization_id = %(organization)s)
        """,
    ),
)

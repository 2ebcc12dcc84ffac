"""What must hold of limits and reservations: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation


def _last_said(kind: str) -> str:
    """The content of the last event of each record of a kind."""
    return f"""
        SELECT DISTINCT ON (record_id) record_id, content FROM audit_event
        WHERE organization_id = %(organization)s AND record_kind = '{kind}' ORDER BY record_id, id DESC
    """


CREDIT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "one_permanent_limit_at_a_time",
        _("额度 %(amount)s 与同一客户的另一个固定额度日期重叠。"),
        """
        SELECT 'credit_limit' AS record_kind, l.id AS record_id, l.starts_on::text AS number, l.amount
        FROM credit_limit l
        JOIN credit_limit o ON o.organization_id = %(organization)s AND o.customer_id = l.customer_id
          AND o.whole_group = l.whole_group AND o.contract_id IS NOT DISTINCT FROM l.contract_id AND o.id <> l.id AND o.kind = 'permanent' AND o.state = 'active'
          AND o.starts_on <= l.starts_on AND coalesce(o.ends_on, 'infinity') >= l.starts_on
        WHERE l.organization_id = %(organization)s AND l.kind = 'permanent' AND l.state = 'active'
        """,
    ),
    Validation(
        "limit_is_as_it_was_set",
        _("额度现在是 %(amount)s，审计轨迹记录的是 %(said)s。"),
        f"""
        SELECT 'credit_limit' AS record_kind, l.id AS record_id, l.starts_on::text AS number,
               l.amount, e.content->>'amount' AS said
        FROM credit_limit l
        LEFT JOIN ({_last_said("credit_limit")}) e ON e.record_id = l.id
        WHERE l.organization_id = %(organization)s
          AND (e.record_id IS NULL
               OR (e.content->>'amount')::numeric <> l.amount OR (e.content->>'secured')::numeric <> l.secured
               OR e.content->>'state' <> l.state OR (e.content->>'customer')::uuid <> l.customer_id
               OR (e.content->>'until')::date IS DISTINCT FROM l.ends_on)
        """,
    ),
    Validation(
        "reservation_is_as_it_was_recorded",
        _("预占还剩 %(remaining)s，审计轨迹记录的是 %(said)s。"),
        f"""
        SELECT 'credit_reservation' AS record_kind, r.id AS record_id, r.reference AS number,
               r.remaining, e.content->>'remaining' AS said
        FROM credit_reservation r
        LEFT JOIN ({_last_said("credit_reservation")}) e ON e.record_id = r.id
        WHERE r.organization_id = %(organization)s
          AND (e.record_id IS NULL
               OR (e.content->>'remaining')::numeric <> r.remaining
               OR (e.content->>'base_amount')::numeric <> r.base_amount
               OR e.content->>'state' <> r.state OR (e.content->>'customer')::uuid <> r.customer_id)
        """,
    ),
    Validation(
        "held_order_has_no_new_reservation",
        _("订单 %(reference)s 被暂缓，却在暂缓之后预占了 %(remaining)s。"),
        """
        SELECT 'credit_order_hold' AS record_kind, h.id AS record_id, h.reference AS number,
               h.reference, r.remaining
        FROM credit_order_hold h
        JOIN credit_reservation r ON r.organization_id = %(organization)s AND r.reference = h.reference
          AND r.state = 'held' AND r.amount = h.amount
        WHERE h.organization_id = %(organization)s AND h.state = 'open'
        """,
    ),
    Validation(
        "assessment_adds_up",
        _("评级的总分是 %(points)s，各维度的贡献合计 %(summed)s。"),
        """
        SELECT 'credit_assessment' AS record_kind, a.id AS record_id, a.as_of_on::text AS number,
               a.points, round(coalesce(p.summed, 0), 2) AS summed
        FROM credit_assessment a
        CROSS JOIN LATERAL (
            SELECT sum((d->>'points')::numeric) AS summed FROM jsonb_array_elements(a.inputs->'dimensions') d
        ) p
        WHERE a.organization_id = %(organization)s AND abs(coalesce(p.summed, 0) - a.points) > 0.0051
        """,
    ),
    Validation(
        "assessment_has_the_grade_of_its_card",
        _("评级写的是 %(grade)s，按 %(points)s 分和评分卡应为 %(said)s。"),
        """
        SELECT 'credit_assessment' AS record_kind, a.id AS record_id, a.as_of_on::text AS number,
               a.grade, a.points, coalesce(g.code, '') AS said
        FROM credit_assessment a
        JOIN credit_scorecard_version v ON v.organization_id = %(organization)s AND v.id = a.version_id
        LEFT JOIN LATERAL (
            SELECT e->>'code' AS code FROM jsonb_array_elements(v.definition->'grades') e
            WHERE (e->>'floor')::numeric <= a.points ORDER BY (e->>'floor')::numeric DESC LIMIT 1
        ) g ON true
        WHERE a.organization_id = %(organization)s AND NOT a.vetoed
          AND g.code IS DISTINCT FROM CASE WHEN a.capped_from = '' THEN a.grade ELSE a.capped_from END
        """,
    ),
)

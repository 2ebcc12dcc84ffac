"""What must hold of customers."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

# GB 32100-2015: the characters' places in the alphabet, weighted by powers of three, sum to 0 modulo 31 together
# with the check digit. Written out position by position, it runs as fast as a scan.
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTED_SUM: Final = " + ".join(
    f"(strpos('{_ALPHABET}', substr(uscc, {position + 1}, 1)) - 1) * {pow(3, position, 31)}"
    for position in range(17)
)

CUSTOMER_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "credit_code_has_its_check_digit",
        _("统一社会信用代码 %(uscc)s 的长度、字符或校验位不对。"),
        f"""
        SELECT 'customer' AS record_kind, id AS record_id, code AS number, uscc
        FROM customers_customer
        WHERE organization_id = %(organization)s AND uscc <> ''
          AND (uscc !~ '^[{_ALPHABET}]{{18}}$'
               OR mod({_WEIGHTED_SUM} + strpos('{_ALPHABET}', substr(uscc, 18, 1)) - 1, 31) <> 0)
        """,
    ),
    Validation(
        "customer_is_as_last_recorded",
        _("客户资料与审计记录不一致：%(fields)s。"),
        """
        WITH said AS (
            SELECT record_id, jsonb_object_agg(key, value) AS facts
            FROM (
                SELECT DISTINCT ON (e.record_id, f.key) e.record_id, f.key, f.value
                FROM audit_event e
                JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
                CROSS JOIN LATERAL jsonb_each(
                    CASE jsonb_typeof(e.content) WHEN 'object' THEN e.content ELSE '{}' END
                    || jsonb_build_object('code', e.number)
                ) f
                WHERE e.organization_id = %(organization)s AND e.record_kind = 'customer'
                  AND e.action IN ('created', 'changed')
                ORDER BY e.record_id, f.key, a.recorded_at DESC, e.id DESC
            ) latest
            GROUP BY record_id
        )
        SELECT 'customer' AS record_kind, s.record_id, coalesce(c.code, s.facts ->> 'code') AS number, (
                   SELECT string_agg(f.key, ', ' ORDER BY f.key) FROM jsonb_each(s.facts) f
                   WHERE to_jsonb(c) -> f.key IS DISTINCT FROM f.value
               ) AS fields
        FROM said s
        LEFT JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.record_id
        WHERE c.id IS NULL OR NOT to_jsonb(c) @> s.facts
        """,
    ),
)

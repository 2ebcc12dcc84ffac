"""What must hold of provisions: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

RISK_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "provision_is_the_sum_of_its_lines",
        _("计提应有的余额 %(required)s 不等于各行损失之和 %(losses)s。"),
        """
        SELECT 'provision' AS record_kind, p.id AS record_id, p.as_of::text AS number, p.required,
               coalesce(l.losses, 0) AS losses
        FROM risk_provision p
        LEFT JOIN (
            SELECT provision_id, sum(loss) AS losses FROM risk_provision_line
            WHERE organization_id = %(organization)s GROUP BY provision_id
        ) l ON l.provision_id = p.id
        WHERE p.organization_id = %(organization)s AND p.required <> coalesce(l.losses, 0)
        """,
    ),
    Validation(
        "provision_entry_books_its_charge",
        _("计提分录的金额或日期与计提 %(charge)s 不符。"),
        """
        SELECT 'provision' AS record_kind, p.id AS record_id, p.as_of::text AS number, p.charge
        FROM risk_provision p
        LEFT JOIN ledger_journal_entry e ON e.organization_id = p.organization_id AND e.id = p.entry_id
        LEFT JOIN LATERAL (
            SELECT sum(l.credit - l.debit) AS booked
            FROM ledger_journal_line l
            JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
            WHERE l.organization_id = p.organization_id AND l.entry_id = p.entry_id AND k.purpose = 'allowance'
        ) l ON true
        WHERE p.organization_id = %(organization)s
          AND (coalesce(l.booked, 0) <> p.charge OR e.effective_on <> p.as_of)
        """,
    ),
    Validation(
        "recovery_stays_within_the_write_off",
        _("坏账核销 %(amount)s，却收回了 %(recovered)s。"),
        """
        SELECT w.kind AS record_kind, w.id AS record_id, w.number, w.base_amount AS amount, r.recovered
        FROM ledger_document w
        JOIN (
            SELECT reference, customer_id, sum(base_amount) AS recovered FROM ledger_document
            WHERE organization_id = %(organization)s AND kind = 'recovery' AND voided_by_id IS NULL
            GROUP BY reference, customer_id
        ) r ON r.reference = w.number AND r.customer_id = w.customer_id
        WHERE w.organization_id = %(organization)s AND w.kind = 'write_off' AND w.voided_by_id IS NULL
          AND r.recovered > w.base_amount
        """,
    ),
    Validation(
        "workpaper_is_unchanged",
        _("审计底稿与过账时留下的摘要 %(digest)s 不符。"),
        """
        SELECT 'provision' AS record_kind, p.id AS record_id, p.as_of::text AS number, w.digest
        FROM risk_workpaper w
        JOIN risk_provision p ON p.organization_id = w.organization_id AND p.id = w.provision_id
        WHERE w.organization_id = %(organization)s
          AND (encode(sha256(convert_to(w.content, 'UTF8')), 'hex') <> w.digest
               OR (w.content::jsonb ->> 'required')::numeric <> p.required)
        """,
    ),
)

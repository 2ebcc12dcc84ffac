"""What must hold of requests and decisions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

APPROVAL_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "request_is_as_submitted",
        _("审批申请与提交时的审计记录不一致。"),
        """
        SELECT 'approval' AS record_kind, r.id AS record_id, r.number
        FROM approvals_request r
        LEFT JOIN audit_event e ON e.organization_id = r.organization_id AND e.record_id = r.id
            AND e.record_kind = 'approval' AND e.action = 'submitted'
        WHERE r.organization_id = %(organization)s AND e.content IS DISTINCT FROM jsonb_build_object(
            'kind', r.kind, 'payload', r.payload, 'amount', r.amount::text, 'record', r.record_id,
            'subject', r.subject, 'steps', r.steps, 'requester', r.requester_id)
        """,
    ),
    Validation(
        "request_was_agreed_to_by_all",
        _("申请已批准，但 %(steps)s 步中只有 %(agreed)s 步有批准记录。"),
        """
        SELECT 'approval' AS record_kind, r.id AS record_id, r.number,
               jsonb_array_length(r.steps) AS steps, count(d.id) AS agreed
        FROM approvals_request r
        LEFT JOIN approvals_decision d ON d.organization_id = r.organization_id AND d.request_id = r.id
            AND d.verdict = 'approved'
        WHERE r.organization_id = %(organization)s AND r.status IN ('done', 'stuck')
        GROUP BY r.organization_id, r.id
        HAVING count(d.id) <> jsonb_array_length(r.steps)
        """,
    ),
    Validation(
        "nobody_agrees_to_an_own_request",
        _("%(name)s 批准了自己提出（或替申请人批准）的申请。"),
        """
        SELECT 'approval' AS record_kind, r.id AS record_id, r.number, d.member_name AS name
        FROM approvals_request r
        JOIN approvals_decision d ON d.organization_id = r.organization_id AND d.request_id = r.id
            AND d.verdict = 'approved'
        WHERE r.organization_id = %(organization)s AND r.requester_id IN (d.member_id, d.in_place_of_id)
        """,
    ),
    Validation(
        "decision_is_in_the_trail",
        _("审批决定与审计记录不一致。"),
        """
        SELECT 'approval' AS record_kind, d.request_id AS record_id, r.number
        FROM approvals_decision d
        JOIN approvals_request r ON r.organization_id = d.organization_id AND r.id = d.request_id
        LEFT JOIN audit_event e ON e.organization_id = d.organization_id AND e.record_id = d.request_id
            AND e.act_id = d.act_id AND e.action = 'request_' || d.verdict
            AND e.content ->> 'step' = d.step::text AND e.content ->> 'comment' = d.comment
        WHERE d.organization_id = %(organization)s AND e.id IS NULL
        """,
    ),
)

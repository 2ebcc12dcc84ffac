"""What must hold of disputes: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.disputes.operations import ENDED_CONTENT, OPENED_CONTENT

DISPUTE_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "dispute_is_as_recorded",
        _("争议与提出时的审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'dispute' AS record_kind, coalesce(d.id, a.record_id) AS record_id,
               coalesce(d.number, a.number) AS number
        FROM (SELECT * FROM disputes_dispute WHERE organization_id = %(organization)s) d
        FULL JOIN (
            SELECT record_id, act_id, number, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'dispute' AND action = 'dispute_opened'
        ) a ON a.record_id = d.id
        WHERE d.id IS NULL OR a.record_id IS NULL OR a.act_id <> d.act_id OR a.content <> {OPENED_CONTENT}
        """,
    ),
    Validation(
        "dispute_ended_as_recorded",
        _("争议的状态与审计事件不一致。"),
        f"""
        SELECT 'dispute' AS record_kind, d.id AS record_id, d.number
        FROM disputes_dispute d
        JOIN LATERAL (
            SELECT action, content, act_id FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'dispute' AND record_id = d.id
              AND action IN ('dispute_opened', 'dispute_ended', 'dispute_reopened')
            ORDER BY id DESC LIMIT 1
        ) a ON true
        WHERE d.organization_id = %(organization)s
          AND CASE WHEN d.state = 'open' THEN a.action = 'dispute_ended'
                   ELSE a.action <> 'dispute_ended' OR a.act_id <> d.ended_act_id OR a.content <> {ENDED_CONTENT} END
        """,
    ),
    Validation(
        "disputed_never_above_item",
        _("争议金额合计 %(disputed)s 超过了应收金额 %(amount)s。"),
        """
        SELECT 'dispute' AS record_kind, min(d.id::text)::uuid AS record_id, min(d.number) AS number,
               sum(d.amount) AS disputed, i.amount
        FROM disputes_dispute d
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = d.item_id
        WHERE d.organization_id = %(organization)s AND d.state = 'open'
        GROUP BY i.id, i.amount
        HAVING sum(d.amount) > i.amount
        """,
    ),
    Validation(
        "settled_item_has_no_open_dispute",
        _("应收已经结清，争议却还没有结束。"),
        """
        SELECT 'dispute' AS record_kind, d.id AS record_id, d.number
        FROM disputes_dispute d
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = d.item_id
        WHERE d.organization_id = %(organization)s AND d.state = 'open' AND i.open_amount = 0
        """,
    ),
)

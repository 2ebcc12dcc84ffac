"""What must hold of messages: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

_SENT = """
        SELECT 'message' AS record_kind, m.id AS record_id, m.address_shown::text AS number, m.state::text AS state
        FROM messaging_message m
        WHERE m.organization_id = %(organization)s AND """

MESSAGING_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "sent_message_has_its_proof",
        _("消息的状态是 %(state)s，但没有一次成功的发送或确认。"),
        _SENT
        + """m.state = 'sent' AND NOT EXISTS (
            SELECT FROM messaging_attempt a
            WHERE a.organization_id = m.organization_id AND a.message_id = m.id AND a.finding = 'sent')""",
    ),
    Validation(
        "message_being_sent_has_an_open_try",
        _("消息的状态是 %(state)s，与没有结束的发送不符。"),
        _SENT
        + """(m.state = 'sending') <> EXISTS (
            SELECT FROM messaging_attempt a
            WHERE a.organization_id = m.organization_id AND a.message_id = m.id AND a.ended_at IS NULL)""",
    ),
    Validation(
        "message_counts_its_tries",
        _("消息记录了 %(tries)s 次发送，实际有 %(rows)s 次。"),
        """
        SELECT 'message' AS record_kind, m.id AS record_id, m.address_shown::text AS number, m.tries,
               coalesce(a.rows, 0) AS rows
        FROM messaging_message m
        LEFT JOIN (
            SELECT message_id, count(*) AS rows FROM messaging_attempt
            WHERE organization_id = %(organization)s AND kind = 'send' AND finding <> 'test' GROUP BY message_id
        ) a ON a.message_id = m.id
        WHERE m.organization_id = %(organization)s AND m.tries <> coalesce(a.rows, 0)
        """,
    ),
    Validation(
        "unsent_message_was_never_sent",
        _("消息的状态是 %(state)s，但最后一次发送已经成功。"),
        _SENT
        + """m.state IN ('failed', 'cancelled') AND (
            SELECT a.finding FROM messaging_attempt a
            WHERE a.organization_id = m.organization_id AND a.message_id = m.id
            ORDER BY a.ended_at DESC, a.id DESC LIMIT 1) = 'sent'""",
    ),
)

"""Statements as pages say them: where they are, what state they are in, how they left."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.messaging.models import Message
from huikuan.messaging.wording import STATES as MESSAGE_STATES
from huikuan.messaging.wording import TONES as MESSAGE_TONES
from huikuan.statements.models import SentBy, Statement, StatementState
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work

Row = dict[str, Any]
TONES: dict[str, str] = {
    StatementState.DRAFTED: "notice",
    StatementState.SENT: "warn",
    StatementState.CONFIRMED: "good",
    StatementState.DIFFERING: "bad",
    StatementState.WITHDRAWN: "plain",
}


def state_badge(work: Work, row: Statement) -> Row:
    """Where a statement stands; while it waits for an answer, for how long."""
    badge: Row = {"label": str(StatementState(row.state).label), "tone": TONES[row.state]}
    if row.state == StatementState.SENT and row.sent_on:
        days = (work.today - row.sent_on).days
        if days:
            badge["detail"] = days_text(days)
    return badge


def channel_badge(row: Statement, messages: list[Message]) -> Row | None:
    """How a statement left: on paper, or what became of the last mail."""
    if not row.sent_by:
        return None
    if row.sent_by == SentBy.PAPER:
        return {"label": str(SentBy.PAPER.label), "tone": "plain"}
    if row.file_id is None:
        return {"label": _("正在生成 PDF"), "tone": "notice"}
    if not messages:
        return {"label": str(SentBy.MAIL.label), "tone": "plain"}
    last = messages[0]
    if last.bounced_at:
        return {"label": pgettext("mail", "已退信"), "tone": "bad"}
    return {
        "label": str(MESSAGE_STATES.get(last.state, last.state)),
        "tone": MESSAGE_TONES.get(last.state, "notice"),
    }


def board_url(work: Work, **query: str) -> str:
    url = reverse("statements", args=[work.organization.code])
    return f"{url}?{urlencode(query)}" if query else url


def statement_url(work: Work, key: UUID) -> str:
    return reverse("statement", args=[work.organization.code, key])


def batch_url(work: Work, key: UUID) -> str:
    return reverse("statement-batch", args=[work.organization.code, key])


def result_url(work: Work, key: UUID) -> str:
    return reverse("reconciliation", args=[work.organization.code, key])


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """The way from the board."""
    if not more:
        return [{"label": _("与客户对账")}]
    return [
        {"label": _("与客户对账"), "url": board_url(work)},
        *({"label": label} for label in more),
    ]


def amount_cell(work: Work, amount: Any, currency: str) -> Row:
    """Money with its currency where that is not the organization's."""
    other = currency != work.organization.currency
    return {"value": amount, "currency": currency, "code": currency if other else ""}

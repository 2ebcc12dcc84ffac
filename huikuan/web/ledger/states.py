"""What state an item or a document is in, in the words of components/badge.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huikuan.ledger.models import Document, OpenItem, Side

DUE_SOON = timedelta(days=7)


STATES = {
    "settled": gettext_lazy("已结清"),
    "overdue": gettext_lazy("已逾期"),
    "partial": gettext_lazy("部分核销"),
    "due_soon": gettext_lazy("即将到期"),
    "not_due": gettext_lazy("未到期"),
}


def days_text(days: int) -> str:
    """A number of days in words."""
    return ngettext("%d 天", "%d 天", days) % days


def state_of(
    *, side: int, amount: Decimal, open_amount: Decimal, due_on: date | None, today: date
) -> dict[str, Any]:
    """A badge: `status` or `label` with `tone`, and how late."""
    if open_amount <= 0:
        return {"status": "settled"}
    if side == Side.CREDIT:
        label = _("未核销") if open_amount == amount else _("部分核销")
        return {"label": label, "tone": "notice"}
    if due_on is not None and due_on < today:
        return {"status": "overdue", "detail": days_text((today - due_on).days)}
    if open_amount < amount:
        return {"status": "partial"}
    if due_on is not None and due_on <= today + DUE_SOON:
        return {"status": "due_soon"}
    return {"status": "not_due"}


def state_text(state: Mapping[str, Any]) -> str:
    """What a badge says, for files."""
    said = str(state.get("label") or STATES.get(str(state.get("status")), ""))
    return f"{said} {state['detail']}" if state.get("detail") else said


def item_state(item: OpenItem, today: date) -> dict[str, Any]:
    """The badge of one instalment."""
    return state_of(
        side=item.side,
        amount=item.amount,
        open_amount=item.open_amount,
        due_on=item.effective_due_on,
        today=today,
    )


def document_state(document: Document, items: Sequence[OpenItem], today: date) -> dict[str, Any]:
    """The badge of a document: its reversal, else that of what is open, the earliest due date deciding."""
    if document.voided_by_id:
        return {"label": _("已冲销"), "tone": "plain"}
    if not items:
        return {"status": "settled"}
    dues = [item.effective_due_on for item in items if item.open_amount > 0 and item.effective_due_on]
    return state_of(
        side=items[0].side,
        amount=sum((item.amount for item in items), Decimal(0)),
        open_amount=sum((item.open_amount for item in items), Decimal(0)),
        due_on=min(dues, default=None),
        today=today,
    )

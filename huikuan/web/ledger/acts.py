"""How a document ends (written off, refunded, undone): who may do it or ask for it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import needs_approval
from huikuan.approvals.registry import kind_of
from huikuan.ledger.models import Kind
from huikuan.ledger.requests import REFUND, VOID
from huikuan.web.ledger.document_parts import may_settle
from huikuan.web.ledger.queries import DocumentFile
from huikuan.web.pages import Work


def may_ask(work: Work, code: str) -> bool:
    """Whether the reader may do such an act, or ask for it where the organization wants agreement."""
    kind = kind_of(code)
    if work.actor.may(kind.acting):
        return True
    return work.actor.may(kind.permission) and needs_approval(code)


def ending_actions(work: Work, file: DocumentFile) -> list[dict[str, Any]]:
    """The buttons for 冲销 and 退款, where they can be done or asked for."""
    actions: list[dict[str, Any]] = []
    if may_void(file) and may_ask(work, VOID):
        actions.append(_action(work, file, _("冲销"), "document-void", "arrow-back-up"))
    if may_settle(file) and not file.is_debit and may_ask(work, REFUND):
        actions.append(_action(work, file, _("退款"), "document-refund", "receipt-refund"))
    return actions


def _action(work: Work, file: DocumentFile, label: str, name: str, icon: str) -> dict[str, Any]:
    address = reverse(name, args=[work.organization.code, file.document.pk])
    return {"label": label, "url": address, "icon": icon}


def may_void(file: DocumentFile) -> bool:
    """Whether the document can be undone: it counts, is no reversal itself, and nothing is settled with it."""
    settled = any(each.undone is None for each in file.settlements)
    return file.document.voided_by_id is None and file.document.kind != Kind.REVERSAL and not settled

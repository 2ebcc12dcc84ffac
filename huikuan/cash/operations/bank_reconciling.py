"""月末余额调节的确认."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.errors import StatementRefused
from huikuan.cash.models import BankReconciliation, Statement
from huikuan.cash.operations.bank_accounts import locked_account
from huikuan.cash.reconciling import Explained, Reconciliation, reconciliation
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor

LENGTHS = lengths_of(BankReconciliation, "memo")
MOST_KEPT = 2_000


def confirm_reconciliation(
    *, bank_account_id: UUID, month: date, seen: Decimal, memo: str = "", actor: Actor, today: date
) -> BankReconciliation:
    """确认余额调节表 of a month that is over, with the list that explains the difference.

    `seen`: the difference that the person has looked at; another one meanwhile is refused. So are a month that is
    not over or has no statement or a gap, and a difference that the list does not explain. An account in foreign
    currency is reconciled in its own, by the amounts of the documents and lines behind the entries.
    """
    actor.require("statement.write")
    if first_too_long({"memo": memo}, LENGTHS):
        raise StatementRefused(too_long(_("余额调节表"), _("说明"), LENGTHS["memo"]), code="text_too_long")
    with act("confirm_reconciliation", actor=actor) as opened:
        account = locked_account(bank_account_id)
        found = reconciliation(account, month)
        _check(found, seen, today)
        row = BankReconciliation.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            bank_account=account,
            month=found.month,
            statement_balance=found.statement_balance,
            book_balance=found.book_balance,
            explained=_listed(found),
            memo=memo.strip(),
        )
        record_event(
            action="confirmed",
            record_kind="bank_reconciliation",
            record_id=row.pk,
            number=f"{account.code} {found.month:%Y-%m}",
            content={
                "bank_account": str(account.pk),
                "month": found.month.isoformat(),
                "statement_balance": f"{found.statement_balance:.4f}",
                "book_balance": f"{found.book_balance:.4f}",
                "memo": row.memo,
            },
        )
    return row


def _check(found: Reconciliation, seen: Decimal, today: date) -> None:
    if found.on >= today:
        raise StatementRefused(_("%s 还没有结束。") % f"{found.month:%Y-%m}", code="month_not_over")
    if found.difference != seen:
        raise StatementRefused(_("余额在您查看之后变了，请重新核对。"), code="changed_meanwhile")
    if found.unexplained:
        raise StatementRefused(
            _("还有 %s 的差额没有列明原因。") % f"{found.unexplained:,.2f}", code="unexplained"
        )
    statements = Statement.objects.filter(
        bank_account_id=found.account.pk, starts_on__lte=found.on, ends_on__gte=found.month
    )
    if not statements.exists():
        raise StatementRefused(_("这个月还没有对账单。"), code="no_statement")
    if any(gap.kind == "missing" for gap in found.gaps):
        raise StatementRefused(_("对账单之间有缺口，先补齐再确认。"), code="gaps")


def _listed(found: Reconciliation) -> list[dict[str, Any]]:
    def told(side: str, each: Explained) -> dict[str, Any]:
        return {
            "side": side,
            "on": each.on.isoformat(),
            "what": each.what,
            "amount": f"{each.amount:.4f}",
            "line": str(each.line_id) if each.line_id else None,
            "document": str(each.document_id) if each.document_id else None,
        }

    rows = [told("bank", each) for each in found.bank_only] + [
        told("books", each) for each in found.books_only
    ]
    if found.start:
        rows.insert(0, {"side": "start", "amount": f"{found.start:.4f}"})
    return rows[:MOST_KEPT]

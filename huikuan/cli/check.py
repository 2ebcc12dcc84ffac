"""huikuan check: run every validation over one organization and name the rows of which it does not hold."""

from __future__ import annotations

import typer
from django.utils import timezone

from huikuan.approvals.checks import APPROVAL_VALIDATIONS
from huikuan.audit.checks import AUDIT_VALIDATIONS, BrokenRow, broken_rows
from huikuan.books.checks import BOOKS_VALIDATIONS
from huikuan.cash.checks import CASH_VALIDATIONS
from huikuan.cli.runtime import Format, FormatOption, OrganizationOption, emit, working_in
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.credit.checks import CREDIT_VALIDATIONS
from huikuan.customers.checks import CUSTOMER_VALIDATIONS
from huikuan.disputes.checks import DISPUTE_VALIDATIONS
from huikuan.files.checks import broken_files
from huikuan.ledger.checks import LEDGER_VALIDATIONS
from huikuan.messaging.checks import MESSAGING_VALIDATIONS
from huikuan.reports.checks import REPORT_VALIDATIONS
from huikuan.risk.checks import RISK_VALIDATIONS
from huikuan.sales.checks import SALES_VALIDATIONS
from huikuan.statements.checks import STATEMENT_VALIDATIONS

VALIDATIONS = (
    *AUDIT_VALIDATIONS,
    *APPROVAL_VALIDATIONS,
    *CUSTOMER_VALIDATIONS,
    *MESSAGING_VALIDATIONS,
    *LEDGER_VALIDATIONS,
    *DISPUTE_VALIDATIONS,
    *CREDIT_VALIDATIONS,
    *SALES_VALIDATIONS,
    *BOOKS_VALIDATIONS,
    *RISK_VALIDATIONS,
    *CASH_VALIDATIONS,
    *COLLECTION_VALIDATIONS,
    *STATEMENT_VALIDATIONS,
    *REPORT_VALIDATIONS,
)


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("check")(check)


def check(org: OrganizationOption, format: FormatOption = Format.TABLE) -> None:
    """检查账簿与审计轨迹：没有问题时不输出；否则列出每一行并以状态 1 结束。"""
    now = timezone.now()
    with working_in(org, snapshot=True) as (organization, _operator):
        found = broken_rows(VALIDATIONS, organization=organization, now=now)
        found |= broken_files()
    rows = [row for name in found for row in found[name]]
    if format == Format.JSON:
        emit(
            {
                "organization": org,
                "checked_at": now,
                "validations": [{"name": name, "broken": len(found[name])} for name in found],
                "broken": [_as_data(row) for row in rows],
            }
        )
    else:
        for row in rows:
            typer.echo(
                f"{row.validation}  {row.record_kind} {row.number or '-'}  {row.detail}  [{row.record_id}]"
            )
    if rows:
        raise typer.Exit(1)


def _as_data(row: BrokenRow) -> dict[str, object]:
    return {
        "validation": row.validation,
        "record_kind": row.record_kind,
        "record_id": row.record_id,
        "number": row.number,
        "detail": row.detail,
    }

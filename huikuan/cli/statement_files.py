"""huikuan import statement: files of banks, each read right or refused with its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import typer
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.cash.bank_queries import statement_gaps
from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.reading import read_statements
from huikuan.cash.formats.statements import ParsedStatement
from huikuan.cash.models import BankAccount
from huikuan.cash.operations import ImportedStatement
from huikuan.cash.operations.statement_files import import_statement_file
from huikuan.cash.queries import ZERO
from huikuan.cli.runtime import Format, emit, messages
from huikuan.core.encryption import mask_account
from huikuan.core.errors import HuikuanError
from huikuan.core.money import amount_text
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor

PIPED_WIDTH = 160


@dataclass
class FileResult:
    """What became of one file: what it says, what was taken in, or why it was refused."""

    path: Path
    read: tuple[ParsedStatement, ...] = ()
    imported: list[ImportedStatement] = field(default_factory=list)
    error: HuikuanError | None = None

    @property
    def sums(self) -> tuple[int, Decimal, Decimal]:
        """Lines, money in, money out, of all that was read."""
        amounts = [line.amount for statement in self.read for line in statement.lines]
        came = sum((amount for amount in amounts if amount > 0), ZERO)
        return len(amounts), came, came - sum(amounts, ZERO)


@dataclass(frozen=True)
class Choices:
    """How the files are to be read."""

    account: str = ""
    format_name: str = ""
    mapping: Mapping[str, str] | None = None
    date_order: str = ""
    dry_run: bool = False


class _TakenBack(Exception):
    """Ends a dry run."""


def import_statement_files(
    files: Sequence[Path],
    choices: Choices,
    *,
    organization_id: UUID,
    actor: Actor,
    today: date,
    format: Format,
) -> None:
    """Each file is one act of its own; exit status 1 when any was refused."""
    results = [_import(path, choices, organization_id, actor, today) for path in files]
    if format == Format.JSON:
        with tenant(organization_id):
            emit({"files": [_described(result) for result in results], "gaps": _gaps(results)})
    else:
        _show(results)
    if any(result.error for result in results):
        raise typer.Exit(1)


def _import(path: Path, choices: Choices, organization_id: UUID, actor: Actor, today: date) -> FileResult:
    result = FileResult(path)
    try:
        result.read = read_statements(
            path,
            format_name=choices.format_name,
            mapping=choices.mapping,
            date_order=choices.date_order,
        )
        with tenant(organization_id), transaction.atomic():
            result.imported = import_statement_file(
                path,
                file_name=path.name,
                bank_account_id=_account(choices.account),
                format_name=choices.format_name,
                mapping=choices.mapping,
                date_order=choices.date_order,
                actor=actor,
                today=today,
            )
            if choices.dry_run:
                raise _TakenBack
    except _TakenBack:
        pass
    except HuikuanError as error:
        result.error = error
    return result


def _account(wanted: str) -> UUID | None:
    """An account by its code or id."""
    if not wanted:
        return None
    found = BankAccount.objects.filter(code=wanted).first()
    if found is not None:
        key: UUID = found.pk
        return key
    try:
        return UUID(wanted)
    except ValueError:
        raise typer.BadParameter(_("没有银行账户 %s。") % wanted) from None


def _described(result: FileResult) -> dict[str, Any]:
    count, came, went = result.sums
    told: dict[str, Any] = {
        "file": str(result.path),
        "format": result.read[0].format if result.read else None,
        "statements": len(result.read),
        "lines": count,
        "sum_in": _amount(came, result),
        "sum_out": _amount(went, result),
        "imported": [_statement(each) for each in result.imported],
    }
    if result.error is not None:
        row = result.error.row if isinstance(result.error, StatementUnreadable) else 0
        told["error"] = {"code": result.error.code, "row": row, "message": str(result.error)}
    return told


def _amount(amount: Decimal, result: FileResult) -> str:
    return amount_text(amount, (result.read[0].currency if result.read else "") or "CNY")


def _statement(each: ImportedStatement) -> dict[str, Any]:
    parsed, currency = each.parsed, each.bank_account.currency
    return {
        "account": each.bank_account.code,
        "number": parsed.number,
        "from": str(parsed.starts_on or ""),
        "to": str(parsed.ends_on or ""),
        "opening": None if parsed.opening is None else amount_text(parsed.opening, currency),
        "closing": None if parsed.closing is None else amount_text(parsed.closing, currency),
        "lines": len(parsed.lines),
        "new": each.new,
        "known": each.known,
        "kinds": each.kinds,
        "new_in": amount_text(each.came, currency),
        "new_out": amount_text(each.went, currency),
        "imported_before": each.again,
        "doubtful_rows": list(each.doubtful),
        "notices": list(each.notices),
    }


def _gaps(results: Sequence[FileResult]) -> list[dict[str, Any]]:
    accounts = {each.bank_account.pk: each.bank_account for result in results for each in result.imported}
    return [
        {
            "account": row.code,
            "kind": gap.kind,
            "after": str(gap.before.ends_on),
            "before": str(gap.after.starts_on),
            "difference": None if gap.difference is None else amount_text(gap.difference, row.currency),
        }
        for row in sorted(accounts.values(), key=lambda row: row.code)
        for gap in statement_gaps(row.pk)
    ]


def _show(results: Sequence[FileResult]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    table = Table(box=box.SIMPLE)
    for title in (_("文件"), _("格式"), _("账户")):
        table.add_column(title, overflow="fold")
    for title in (_("对账单"), _("流水"), pgettext("bank", "收入"), _("支出"), _("新增"), _("已有")):
        table.add_column(title, justify="right")
    for result in results:
        count, came, went = result.sums
        codes = sorted({each.bank_account.code for each in result.imported})
        numbers = {mask_account(statement.account) for statement in result.read if statement.account}
        table.add_row(
            result.path.name,
            result.read[0].format if result.read else "—",
            "、".join(codes or sorted(numbers)),
            str(len(result.read)),
            str(count),
            f"{came:,.2f}",
            f"{went:,.2f}",
            str(sum(each.new for each in result.imported)) if not result.error else "—",
            str(sum(each.known for each in result.imported)) if not result.error else "—",
        )
    console.print(table)
    for result in results:
        if result.error is not None:
            messages.print(f"{result.path.name}：{result.error}", markup=False, style="red")
        for each in result.imported:
            for notice in each.notices:
                messages.print(f"{result.path.name}：{notice}", markup=False)
            if each.doubtful:
                messages.print(
                    _("%(file)s：有 %(count)d 笔可能已经在账里，请核对（第一处在第 %(row)d 行）。")
                    % {"file": result.path.name, "count": len(each.doubtful), "row": each.doubtful[0]},
                    markup=False,
                )

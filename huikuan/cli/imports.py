"""huikuan import: files of customers, invoices, receipts, allocations, products, orders, deliveries, rates, banks."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    acting,
    emit,
    messages,
    organization_of,
    parse_amount,
)
from huikuan.cli.statement_files import Choices, import_statement_files
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.catalogue import analyse_tables, autovacuum_paused
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.operations import ImportOptions, Report, import_file

WORTH_ANALYSING = 1_000  # rows after which reports are planned anew


class What(StrEnum):
    CUSTOMERS = "customers"
    INVOICES = "invoices"
    RECEIPTS = "receipts"
    ALLOCATIONS = "allocations"
    RATES = "rates"
    PRODUCTS = "products"
    ORDERS = "orders"
    DELIVERIES = "deliveries"
    STATEMENT = "statement"


class NoSuchFile(HuikuanError):
    """The path names no readable file."""

    code = "file_missing"


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("import")(import_)


def _parse_map(text: str) -> tuple[str, str]:
    name, sign, column = text.partition("=")
    if not (name and sign and column):
        raise typer.BadParameter(_("应写成 字段=列名，例如 amount=金额：%s") % text)
    return name.strip(), column.strip()


def import_(
    what: Annotated[What, typer.Argument(help="文件里是什么")],
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV、TSV、XLSX 或 XLS 文件；对账单还可以是 MT940、CAMT、OFX，可写多个", metavar="FILE..."
        ),
    ],
    org: OrganizationOption,
    map: Annotated[
        list[str] | None, typer.Option("--map", help="字段=列名，可重复", metavar="FIELD=COLUMN")
    ] = None,
    date_format: Annotated[
        str, typer.Option("--date-format", help="DMY、MDY、YMD 或 strptime 格式", metavar="F")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="文件编码", metavar="E")] = "",
    delimiter: Annotated[str, typer.Option("--delimiter", help="分隔符", metavar="D")] = "",
    currency: Annotated[str, typer.Option("--currency", help="文件没有币种列时的币种", metavar="C")] = "",
    terms: Annotated[
        int | None, typer.Option("--terms", help="没有到期日时的账期天数", metavar="DAYS")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="接受的可疑原因，可重复", metavar="CODE")
    ] = None,
    existing_customers_only: Annotated[
        bool, typer.Option("--existing-customers-only", help="未知客户的行搁置，不新建客户")
    ] = False,
    opening: Annotated[bool, typer.Option("--opening", help="作为期初余额入账")] = False,
    rate: Annotated[
        Decimal | None, typer.Option("--rate", parser=parse_amount, help="外币汇率", metavar="R")
    ] = None,
    account: Annotated[
        str, typer.Option("--account", help="对账单是哪个银行账户的：代码或 ID", metavar="ID")
    ] = "",
    format_name: Annotated[
        str, typer.Option("--format-name", help="对账单的格式名，不写则自动识别", metavar="NAME")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不导入")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """导入文件：逐行说明导入、搁置或拒绝的原因；同一文件导入两次不会重复。"""
    mapping = dict(_parse_map(text) for text in map or ())
    if what == What.STATEMENT:
        choices = Choices(account, format_name, mapping or None, date_format, dry_run)
        _import_statements(files, choices, org, actor, format)
        return
    if len(files) > 1:
        raise typer.BadParameter(_("一次只能导入一个文件；对账单可以一次导入多个。"))
    [file] = files
    options = ImportOptions(
        mapping=mapping,
        date_format=date_format or None,
        encoding=encoding or None,
        delimiter={"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter) or None,
        currency=currency or None,
        terms=terms,
        accept=frozenset(accept or ()),
        existing_customers_only=existing_customers_only,
        opening=opening,
        rate=rate,
    )
    _import_table(file, what, options, org, actor, dry_run=dry_run, format=format)


def _import_table(
    file: Path, what: What, options: ImportOptions, org: str, actor: str, *, dry_run: bool, format: Format
) -> None:
    organization = organization_of(org)
    if not file.is_file():
        raise NoSuchFile(_("没有这个文件：%s") % file)
    with tenant(organization.pk):
        who = acting(actor)
    # A dry run is one transaction, taken back at the end.
    paused = autovacuum_paused() if dry_run else nullcontext()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with paused, Progress(*columns, console=messages) as bar:
        task = bar.add_task(file.name, total=None)
        report = import_file(
            file,
            kind=what.value,
            organization=organization,
            actor=who,
            today=timezone.localdate(),
            options=options,
            dry_run=dry_run,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if report.imported >= WORTH_ANALYSING and not dry_run:
        analyse_tables()
    _show(report, format)


def _import_statements(files: list[Path], choices: Choices, org: str, actor: str, format: Format) -> None:
    organization = organization_of(org)
    missing = next((file for file in files if not file.is_file()), None)
    if missing is not None:
        raise NoSuchFile(_("没有这个文件：%s") % missing)
    with tenant(organization.pk):
        who = acting(actor)
    import_statement_files(
        files,
        choices,
        organization_id=organization.pk,
        actor=who,
        today=timezone.localdate(),
        format=format,
    )


def _show(report: Report, format: Format) -> None:
    for notice in report.notices:
        messages.print(notice, markup=False)
    if format == Format.JSON:
        emit(
            {
                "read": report.read,
                "imported": report.imported,
                "unchanged": report.unchanged,
                "set_aside": report.set_aside,
                "rejected": report.rejected,
                "customers_created": report.customers_created,
                "batch": report.batch_id,
                "problems": [
                    {"row": item.row, "column": item.column, "code": item.code, "message": item.message}
                    for item in report.problems
                ],
            }
        )
        return
    messages.print(
        _(
            "读取 %(read)d 行：导入 %(imported)d，已有 %(unchanged)d，搁置 %(set_aside)d，拒绝 %(rejected)d；新建客户 %(customers)d。"
        )
        % {
            "read": report.read,
            "imported": report.imported,
            "unchanged": report.unchanged,
            "set_aside": report.set_aside,
            "rejected": report.rejected,
            "customers": report.customers_created,
        }
    )
    for item in report.problems[:20]:
        messages.print(_("第 %(row)d 行 %(column)s：%(message)s") % vars(item), markup=False)
    if len(report.problems) > 20:
        messages.print(_("……还有 %d 行") % (len(report.problems) - 20))

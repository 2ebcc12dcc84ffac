"""huikuan report trial-balance, balance-sheet, income: what the books say at the end of a month."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import typer
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.books.queries.balances import COLUMNS, trial_balance
from huikuan.books.queries.statements import Statement, balance_sheet, income_statement
from huikuan.cli.runtime import ActorOption, Format, FormatOption, OrganizationOption, emit, working_in
from huikuan.cli.vouchers import MonthOption

PIPED_WIDTH = 200  # no terminal to fit into: keep the columns whole


def register(app: typer.Typer) -> None:
    """Add the commands to `huikuan report`."""
    app.command("trial-balance")(trial_balance_of)
    app.command("balance-sheet")(balance_sheet_of)
    app.command("income")(income_of)


def trial_balance_of(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """科目余额表：期初、本期发生、期末。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("books.read")
        found = trial_balance(since=month, until=month)
    data = found.as_json()
    if format == Format.JSON:
        emit(data)
        return
    heads = (_("期初借方"), _("期初贷方"), _("本期借方"), _("本期贷方"), _("期末借方"), _("期末贷方"))
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column(_("科目"), footer=_("合计"))
    table.add_column(_("名称"))
    for name, head in zip(COLUMNS, heads, strict=True):
        table.add_column(head, footer=_readable(data["total"][name]), justify="right", no_wrap=True)
    for row in data["rows"]:
        table.add_row(row["code"], row["name"], *(_readable(row[name]) for name in COLUMNS))
    _show(table)


def balance_sheet_of(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """资产负债表：月末与年初。"""
    _statement(org, month, actor, format, balance_sheet, (_("期末余额"), _("年初余额")))


def income_of(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """利润表：本月与本年累计。"""
    _statement(org, month, actor, format, income_statement, (_("本月金额"), _("本年累计")))


def _statement(
    org: str, month: date, actor: str, format: Format, read: object, heads: tuple[str, str]
) -> None:
    assert callable(read)
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("books.read")
        found: Statement = read(month=month)
    if format == Format.JSON:
        emit(found.as_json())
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(_("项目"))
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for line in found.lines:
        if line.is_total or line.amount or line.before:
            style = "bold" if line.is_total else None
            amounts = (_readable(f"{line.amount:.2f}"), _readable(f"{line.before:.2f}"))
            table.add_row(line.title, *amounts, style=style)
    _show(table)


def _readable(text: str) -> str:
    amount = Decimal(text)
    return f"{amount:,.2f}" if amount else "-"


def _show(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)

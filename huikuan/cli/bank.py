"""huikuan bank add|list: our accounts at banks and wallets."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.cash.bank_queries import standings
from huikuan.cash.models import BankAccount
from huikuan.cash.operations import NewBankAccount, add_bank_account
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_amount,
    working_in,
)
from huikuan.core.encryption import mask_account
from huikuan.core.money import amount_text

PIPED_WIDTH = 160

app = typer.Typer(help="银行账户：登记、列出。", no_args_is_help=True)


@app.command()
def add(
    org: OrganizationOption,
    code: Annotated[str, typer.Argument(help="账户代码，例如 icbc", metavar="CODE")],
    name: Annotated[str, typer.Option("--name", help="账户名称", metavar="NAME")],
    number: Annotated[str, typer.Option("--number", help="账号", metavar="NO")] = "",
    bank: Annotated[str, typer.Option("--bank", help="开户行", metavar="NAME")] = "",
    kind: Annotated[str, typer.Option("--kind", help="bank、alipay、wechat 或 cash", metavar="K")] = "bank",
    currency: Annotated[str, typer.Option("--currency", help="币种；默认本位币", metavar="C")] = "",
    opening: Annotated[
        Decimal, typer.Option("--opening-balance", parser=parse_amount, help="期初余额", metavar="A")
    ] = "0",  # type: ignore[assignment]
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记一个银行账户；记账的科目自动建立。"""
    with working_in(org, actor=actor) as (organization, who):
        row = add_bank_account(
            new=NewBankAccount(
                code=code,
                name=name,
                currency=currency or organization.currency,
                kind=kind,
                bank=bank,
                number=number,
                opening_balance=opening,
            ),
            actor=who,
        )
        account = BankAccount.objects.select_related("account").get(pk=row.pk).account
    if format == Format.JSON:
        emit({"id": str(row.pk), "code": row.code, "account": account.code, "currency": row.currency})
    else:
        messages.print(
            _("已登记账户 %(name)s，记账科目 %(account)s。") % {"name": row.name, "account": str(account)}
        )


@app.command(name="list")
def list_(org: OrganizationOption, actor: ActorOption = "", format: FormatOption = Format.TABLE) -> None:
    """列出银行账户：对账单余额、账面余额、未处理的流水。"""
    with working_in(org, actor=actor) as (organization, who):
        who.require("bank.read")
        found = standings(timezone.localdate())
        rows = [
            {
                "code": each.account.code,
                "name": each.account.name,
                "kind": each.account.kind,
                "number": mask_account(each.account.number),
                "currency": each.account.currency,
                "account": each.account.account.code,
                "by_statement": amount_text(each.by_statement, each.account.currency),
                "by_books": amount_text(each.by_books, organization.currency),
                "last_statement": str(each.last_on) if each.last_on else None,
                "open_lines": each.open_count,
                "closed_on": str(each.account.closed_on) if each.account.closed_on else None,
            }
            for each in found
        ]
    if format == Format.JSON:
        emit(rows)
        return
    console = Console()
    table = Table(box=box.SIMPLE)
    for title in (_("代码"), _("名称"), _("账号"), _("币种"), _("科目")):
        table.add_column(title)
    for title in (_("对账单余额"), _("账面余额"), _("未处理流水")):
        table.add_column(title, justify="right")
    for row, each in zip(rows, found, strict=True):
        table.add_row(
            str(row["code"]),
            str(row["name"]),
            str(row["number"]),
            str(row["currency"]),
            str(row["account"]),
            f"{each.by_statement:,.2f}",
            f"{each.by_books:,.2f}",
            f"{each.open_count:,}",
        )
    (console if console.is_terminal else Console(width=PIPED_WIDTH)).print(table)

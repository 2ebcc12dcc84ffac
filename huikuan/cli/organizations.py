"""huikuan org: create and list organizations."""

from __future__ import annotations

from typing import Annotated

import typer

from huikuan.cli.runtime import Format, FormatOption, emit, messages, parse_day, ready
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.operations import open_books
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.operations import create_organization, create_roles

app = typer.Typer(help="组织", no_args_is_help=True)


@app.command()
def create(
    code: Annotated[str, typer.Argument(help="组织代码:小写字母、数字、- 和 _")],
    name: Annotated[str, typer.Option("--name", help="组织名称")],
    currency: Annotated[str, typer.Option("--currency", help="本位币")] = "CNY",
    live_on: Annotated[
        str, typer.Option("--live-on", help="上线日期:更早的单据视为历史,按其自身日期为已知", metavar="DATE")
    ] = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """新建组织及其科目表、记账规则和角色。"""
    ready()
    organization = create_organization(
        code=code, name=name, currency=currency, live_on=parse_day(live_on) if live_on else None
    )
    with tenant(organization.pk):
        create_roles()
        open_books(actor=local_operator())
    if format == Format.JSON:
        emit({"code": code, "name": organization.name, "currency": currency, "id": organization.pk})
    else:
        messages.print(f"{code} {organization.name} ({currency})")


@app.command("list")
def list_organizations(format: FormatOption = Format.TABLE) -> None:
    """列出全部组织。"""
    ready()
    rows = list(Organization.objects.values("code", "name", "currency"))
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        messages.print(f"{row['code']}  {row['name']}  {row['currency']}")

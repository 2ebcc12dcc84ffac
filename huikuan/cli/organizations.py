"""huikuan org: create and list organizations."""

from __future__ import annotations

from typing import Annotated

import typer
from django.db import transaction
from django.utils.translation import gettext as _

from huikuan.administration.operations import FOUNDER_ROLES, first_password, invite_member
from huikuan.books.rules.presentation import Standard
from huikuan.cli.runtime import Format, FormatOption, emit, messages, parse_day, ready
from huikuan.collection.operations import complete_policies
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import complete_cards
from huikuan.ledger.operations import open_books
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization, Role
from huikuan.organizations.operations import create_organization, create_roles

app = typer.Typer(help="组织", no_args_is_help=True)


@app.command()
def create(
    code: Annotated[str, typer.Argument(help="组织代码：小写字母、数字、- 和 _")],
    name: Annotated[str, typer.Option("--name", help="组织名称")],
    currency: Annotated[str, typer.Option("--currency", help="本位币")] = "CNY",
    live_on: Annotated[
        str,
        typer.Option("--live-on", help="上线日期：更早的单据视为历史，按其自身日期为已知", metavar="DATE"),
    ] = "",
    admin: Annotated[
        str, typer.Option("--admin", help="管理员的邮箱或手机号；新的人得到一个初始密码", metavar="LOGIN")
    ] = "",
    standard: Annotated[
        Standard, typer.Option("--standard", help="会计准则：企业或小企业")
    ] = Standard.ENTERPRISE,
    format: FormatOption = Format.TABLE,
) -> None:
    """新建组织及其科目表、记账规则和角色。"""
    ready()
    with transaction.atomic():  # all of it, or no organization
        organization = create_organization(
            code=code, name=name, currency=currency, live_on=parse_day(live_on) if live_on else None
        )
        with tenant(organization.pk):
            create_roles()
            open_books(actor=local_operator(), small=standard is Standard.SMALL)
            complete_cards(actor=local_operator())
            complete_policies(actor=local_operator(), in_force=True)
            password = _invite_administrator(admin) if admin else ""
    if format == Format.JSON:
        made = {"code": code, "name": organization.name, "currency": currency, "id": organization.pk}
        emit(made | ({"password": password} if password else {}))
    else:
        messages.print(f"{code} {organization.name} ({currency})")
        if password:
            messages.print(_("初始密码（首次登录时修改）：%s") % password, highlight=False)


def _invite_administrator(login: str) -> str:
    """The first password of the administrator, where it is a new person; the command line has no address for links."""
    roles = Role.objects.filter(code__in=FOUNDER_ROLES).values_list("pk", flat=True)
    password = first_password()
    invited = invite_member(
        name=login, login=login, role_ids=roles, password=password, actor=local_operator()
    )
    return password if invited.is_new else ""


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

"""huikuan credit what-if: what other limits or terms would do."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    parse_amount,
    working_in,
)
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports.what_if import Change, try_change


def register(app: typer.Typer) -> None:
    """Add the command to `huikuan credit`."""
    app.command("what-if")(what_if)


def what_if(
    org: OrganizationOption,
    limit_percent: Annotated[
        Decimal, typer.Option("--limit-percent", parser=parse_amount, metavar="P", help="额度变动的百分比")
    ] = Decimal(0),
    term_days: Annotated[int, typer.Option("--term-days", metavar="N", help="账期变动的天数")] = 0,
    capital_percent: Annotated[
        Decimal, typer.Option("--capital-percent", parser=parse_amount, metavar="P", help="资金年成本率")
    ] = Decimal(6),
    segment: Annotated[str, typer.Option("--segment", metavar="NAME", help="客户分类；默认全部")] = "",
    grade: Annotated[str, typer.Option("--grade", metavar="GRADE", help="信用评级；默认全部")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """试算：改变一类客户的额度或账期，占用、资金成本和预期损失会怎样；不改动任何数据。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("credit.read")
        if who.scope != Scope.ALL:
            raise NotPermitted(_("这份报表包含全部客户的数字，您的角色只看得到一部分客户。"))
        change = Change(limit_percent, term_days, capital_percent / 100)
        found = try_change(change, segment=segment, grade=grade, today=timezone.localdate())
    if format == Format.JSON:
        emit(found.as_data())
        return
    typer.echo(_("%d 个客户") % len(found.customers))
    names = (_("允许的额度"), _("已占用"), _("每年资金成本"), _("预期损失"))
    for name, before, after, difference in zip(
        names, found.before, found.after, found.difference, strict=True
    ):
        typer.echo(f"{name}  {before:,.2f} → {after:,.2f}  ({difference:+,.2f})")
    typer.echo(f"{_('因额度不足做不成')}  {found.stopped:,.2f}")

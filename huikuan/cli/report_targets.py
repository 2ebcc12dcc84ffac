"""huikuan report target: what key figures should be, from which month on and for whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
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
    messages,
    working_in,
)
from huikuan.reports.kpi.targets import Whose, targets_set
from huikuan.reports.operations import set_target

app = typer.Typer(name="target", help="指标目标：设定、列出", no_args_is_help=True)

NONE = "none"


@app.command("set")
def set_(
    figure: Annotated[str, typer.Argument(help="指标名称，如 dso、overdue_rate", metavar="FIGURE")],
    value: Annotated[
        str, typer.Argument(help="天数或次数；比率写 0.85 或 85%;none 表示不再有目标", metavar="VALUE")
    ],
    org: OrganizationOption,
    month: Annotated[str, typer.Option("--from", help="从哪个月起；默认本月", metavar="YYYY-MM")] = "",
    salesperson: Annotated[str, typer.Option("--salesperson", help="只对一位业务员", metavar="CODE")] = "",
    team: Annotated[str, typer.Option("--team", help="只对一个团队", metavar="TEAM")] = "",
    actor: ActorOption = "",
) -> None:
    """设定一个指标的目标；不写业务员和团队就是整个公司的。"""
    with working_in(org, actor=actor) as (_organization, who):
        set_target(
            figure,
            _value(value),
            whose=Whose(salesperson, team),
            starts_on=_month(month),
            actor=who,
            now=timezone.now(),
        )
    messages.print(_("目标已设好。"))


def _value(text: str) -> Decimal | None:
    if text == NONE:
        return None
    try:
        value = Decimal(text.rstrip("%"))
    except InvalidOperation:
        raise typer.BadParameter(_("目标应是一个数字：%s") % text) from None
    return value / 100 if text.endswith("%") else value


def _month(text: str) -> date:
    if not text:
        return timezone.localdate().replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(_("月份应写成 2026-01：%s") % text) from None


@app.command("list")
def listed(org: OrganizationOption, format: FormatOption = Format.TABLE) -> None:
    """列出设定过的目标，以及哪些有效。"""
    with working_in(org, snapshot=True):
        found = [
            {
                "figure": each.figure,
                "salesperson": each.whose.salesperson,
                "team": each.whose.team,
                "from": f"{each.starts_on:%Y-%m}",
                "value": None if each.value is None else str(each.value.normalize()),
                "state": each.state,
                "set_by": each.set_by,
            }
            for each in targets_set(timezone.localdate())
        ]
    if format == Format.JSON:
        emit({"targets": found})
        return
    for each in found:
        whose = each["salesperson"] or each["team"] or "—"
        typer.echo(f"{each['figure']}  {whose}  {each['from']}  {each['value'] or NONE}  {each['state']}")

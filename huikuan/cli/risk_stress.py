"""huikuan risk stress: concentration, and what becomes of cash, overdue, provision and limits in a scenario."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    working_in,
)
from huikuan.core.money import amount_text
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports.operations import record_file

PIPED_WIDTH = 160


def stress(
    org: OrganizationOption,
    sector: Annotated[
        str, typer.Option("--sector", metavar="NAME", help="这个行业的客户都晚付；不写是全部")
    ] = "",
    region: Annotated[str, typer.Option("--region", metavar="NAME", help="这个地区的客户都晚付")] = "",
    days: Annotated[int, typer.Option("--days", metavar="N", help="晚付多少天；0 表示没有人晚付")] = 30,
    fail_largest: Annotated[
        int, typer.Option("--fail-largest", metavar="N", help="欠得最多的几家无力付款")
    ] = 0,
    fail: Annotated[list[str] | None, typer.Option("--fail", metavar="CODE", help="这个客户无力付款")] = None,
    loss: Annotated[float, typer.Option("--loss", metavar="PERCENT", help="无力付款的损失多少（%）")] = 100,
    excel: Annotated[Path | None, typer.Option("--excel", metavar="FILE", help="存为 Excel")] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """压力测试：一些客户晚付、无力付款时，每周回款、逾期、坏账准备和额度会怎样；以及应收有多集中。"""
    from huikuan.reports.stress.book import book_of, concentration  # numbers take time to load
    from huikuan.reports.stress.files import as_data, as_workbook
    from huikuan.reports.stress.stressing import Scenario, stressed

    with working_in(org, actor=actor, snapshot=excel is None) as (organization, who):
        who.require("report.read")
        if who.scope != Scope.ALL:
            raise NotPermitted(_("压力测试包含全部客户，您的角色只看得到一部分客户。"))
        book = book_of(timezone.localdate())
        scenario = Scenario(sector, region, days, fail_largest, tuple(fail or ()), Decimal(str(loss)) / 100)
        found, tried, currency = concentration(book), stressed(book, scenario), organization.currency
        if excel is not None:
            record_file(actor=who, name="stress", form="xlsx", rows=len(book.item_ids))
            excel.write_bytes(as_workbook(book, found, tried, currency))
    if format == Format.JSON:
        emit(as_data(book, found, tried, currency))
        return

    def money(amount: Decimal | None) -> str:
        return "—" if amount is None else f"{Decimal(amount_text(amount, currency)):,}"

    table = Table(box=box.SIMPLE_HEAD)
    for name in (_("周（周一起）"), _("预计回款"), _("情景下回款"), _("逾期"), _("情景下逾期")):
        table.add_column(name, justify="right", no_wrap=True)
    for week in tried.weeks:
        figures = (week.cash, week.cash_after, week.overdue, week.overdue_after)
        table.add_row(week.starts_on.isoformat(), *map(money, figures))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    said = {"before": money(tried.provision), "after": money(tried.provision_after)}
    messages.print(_("坏账准备 %(before)s，情景下 %(after)s。") % said, highlight=False)
    above = sum(1 for each in tried.limits if not each.failed)
    messages.print(
        _("十三周内少收 %(missing)s；%(above)s 家会超过额度；%(guessed)s 笔没有预测，按到期日。")
        % {"missing": money(tried.missing), "above": above, "guessed": tried.guessed},
        highlight=False,
    )

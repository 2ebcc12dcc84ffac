"""huikuan risk forecast: what is expected to come in, by week and month, and in a scenario."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from huikuan.customers.models import Customer
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports.operations import record_file
from huikuan.risk.payments.refusing import PaymentModelRefused

if TYPE_CHECKING:
    from huikuan.reports.cash_forecast.reading import Forecast
    from huikuan.risk.payments.scenarios import Scenario, TriedWeek

PIPED_WIDTH = 160


def forecast(
    org: OrganizationOption,
    by_month: Annotated[bool, typer.Option("--by-month", help="按月列出；不写是按周")] = False,
    customer: Annotated[str, typer.Option("--customer", metavar="CODE", help="情景：这个客户晚付")] = "",
    weeks: Annotated[int, typer.Option("--weeks", metavar="N", min=0, max=52, help="晚付几周")] = 2,
    rate: Annotated[
        float, typer.Option("--rate", metavar="PERCENT", help="情景：外币升值（负数是贬值）多少（%）")
    ] = 0,
    slip: Annotated[
        int, typer.Option("--slip", metavar="N", min=0, max=52, help="情景：还没有开票的晚几周")
    ] = 0,
    excel: Annotated[Path | None, typer.Option("--excel", metavar="FILE", help="存为 Excel")] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """现金预测：各周、各月预计收到多少（P10、P50、P90），其中未开票和承诺多少；情景下会怎样；以前的预测与实际。"""
    from huikuan.reports.cash_forecast.files import as_data, as_workbook  # numbers take time to load
    from huikuan.reports.cash_forecast.reading import forecast as newest_forecast
    from huikuan.reports.cash_forecast.reading import lines
    from huikuan.risk.payments.scenarios import try_scenario

    with working_in(org, actor=actor, snapshot=excel is None) as (organization, who):
        who.require("report.read")
        if who.scope != Scope.ALL:
            raise NotPermitted(_("现金预测包含全部客户，您的角色只看得到一部分客户。"))
        found = newest_forecast(timezone.localdate())
        if found is None:
            raise PaymentModelRefused(
                _("还没有预测：先用 huikuan risk train 训练模型，再用 huikuan risk predict --keep 预测。"),
                code="nothing_foretold",
            )
        scenario = _scenario(customer, weeks, Decimal(str(rate)), slip)
        tried = try_scenario(scenario) if scenario else []
        parts = list(lines()) if excel is not None or format == Format.JSON else []
        currency = organization.currency
        if excel is not None:
            record_file(actor=who, name="cash-forecast", form="xlsx", rows=len(parts))
            excel.write_bytes(as_workbook(found, parts, tried, currency))
    if format == Format.JSON:
        emit(as_data(found, parts, tried, currency))
        return
    _show(found, tried, by_month=by_month, currency=currency)


def _scenario(code: str, weeks: int, rate: Decimal, slip: int) -> Scenario | None:
    from huikuan.risk.payments.scenarios import Scenario

    customer = None
    if code:
        customer = Customer.objects.filter(code=code).values_list("pk", flat=True).first()
        if customer is None:
            raise PaymentModelRefused(_("没有代码为 %s 的客户。") % code, code="unknown_customer")
    if customer is None and not rate and not slip:
        return None
    return Scenario(customer, weeks if customer else 0, rate, slip)


def _show(found: Forecast, tried: list[TriedWeek], *, by_month: bool, currency: str) -> None:
    def money(amount: Decimal | None) -> str:
        return "" if amount is None else f"{Decimal(amount_text(amount, currency)):,}"

    table = Table(box=box.SIMPLE_HEAD)
    heads = [_("月") if by_month else _("周（周一起）"), "P10", "P50", _("预计回款"), "P90"]
    if not by_month:
        heads += [_("其中未开票"), _("其中承诺"), *([_("情景下")] if tried else [])]
    for name in heads:
        table.add_column(name, justify="right", no_wrap=True)
    if by_month:
        for month in found.months:
            table.add_row(
                f"{month.starts_on:%Y-%m}", *map(money, (month.low, month.middle, month.expected, month.high))
            )
    else:
        moved = {week.week_on: week.tried for week in tried}
        for week in found.shown:
            table.add_row(
                week.week_on.isoformat(),
                *map(
                    money,
                    (
                        week.low,
                        week.middle,
                        week.expected,
                        week.high,
                        week.planned,
                        found.promised.get(week.week_on),
                    ),
                ),
                *([money(moved[week.week_on])] if tried else []),
            )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    messages.print(_("截至 %s 的预测。") % found.made_on.isoformat(), highlight=False)
    if found.miss is not None:
        messages.print(
            _("最近 %(weeks)s 周，每周开始前的预测与实际平均相差 %(miss)s。")
            % {"weeks": len(found.past), "miss": f"{found.miss:.0%}"},
            highlight=False,
        )

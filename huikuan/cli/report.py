"""huikuan report: the reports, as JSON or as a table. The result goes to standard output."""

from __future__ import annotations

import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.cli import report_schedules, report_targets
from huikuan.cli.report_commands import (
    PIPED_WIDTH,
    CatalogueGroup,
    FormOption,
    OutputOption,
    ReportForm,
    WhereOption,
    run_report,
)
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_day,
    parse_moment,
    working_in,
)
from huikuan.core.money import currency_exponent
from huikuan.customers.queries import visible_salespeople
from huikuan.ledger.rules import Basis, UnusableBounds, aging_buckets
from huikuan.reports.aging import Aging, AgingRow, By
from huikuan.reports.aging import aging as read_aging
from huikuan.reports.catalogue import described, report_named, saved_reports

app = typer.Typer(cls=CatalogueGroup, help="报表", no_args_is_help=True)
app.add_typer(report_schedules.app)
app.add_typer(report_targets.app)


@app.callback(invoke_without_command=True)
def reports(
    context: typer.Context,
    listed: Annotated[bool, typer.Option("--list", help="列出全部报表")] = False,
    org: Annotated[str, typer.Option("--org", metavar="CODE", help="同时列出这个组织保存的透视表")] = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """报表：每张报表一个命令,--list 列出全部。"""
    if listed:
        _list_reports(format, org)
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")
        raise typer.Exit


def _list_reports(format: Format, org: str) -> None:
    found = described()
    if org:
        with working_in(org) as (_organization, who):
            found += described(saved_reports(who))
    if format == Format.JSON:
        emit(found)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for head in (_("命令"), _("报表"), _("说明")):
        table.add_column(head)
    for report in found:
        table.add_row(report["name"], report["title"], report["definition"])
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def _parse_bounds(text: str) -> tuple[int, ...]:
    """Own buckets: upper bounds in days, such as 30,60,90."""
    try:
        bounds = tuple(int(part) for part in text.split(","))
        aging_buckets(date.max, Basis.DUE, bounds)
    except (ValueError, UnusableBounds):
        raise typer.BadParameter(_("账龄区间应写成从小到大的天数，如 30,60,90：%s") % text) from None
    return bounds


def _parse_dimensions(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """What makes a row, outermost first: `region,salesperson`."""
    if isinstance(text, tuple):
        return text
    named = tuple(part.strip() for part in text.split(","))
    report = report_named("aging")
    if named != (By.NONE.value,) and (
        not set(named) <= set(report.dimensions) or len(set(named)) < len(named) or len(named) > report.levels
    ):
        known = ", ".join(report.dimensions)
        raise typer.BadParameter(_("--by 最多写三个不同的维度，可以是：%s") % known)
    return named


AsOfOption = Annotated[
    date | None, typer.Option("--as-of", parser=parse_day, metavar="DATE", help="截止日期；默认今天")
]
KnownAtOption = Annotated[
    datetime | None,
    typer.Option("--known-at", parser=parse_moment, metavar="TIME", help="按当时已登记的数据；默认最新"),
]
ByOption = Annotated[
    tuple,  # type: ignore[type-arg]
    typer.Option(
        "--by", parser=_parse_dimensions, metavar="A,B,C", help="每行是什么，最多三层;none 只看合计"
    ),
]
BoundsOption = Annotated[
    tuple | None,  # type: ignore[type-arg]
    typer.Option("--buckets", parser=_parse_bounds, metavar="DAYS", help="自定义区间上限(天)，如 30,60,90"),
]


@app.command()
def aging(
    org: OrganizationOption,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    by: ByOption = (By.CUSTOMER.value,),  # type: ignore[type-arg]
    basis: Annotated[Basis, typer.Option("--basis", help="按到期日还是单据日期")] = Basis.DUE,
    buckets: BoundsOption = None,
    where: WhereOption = None,
    actor: ActorOption = "",
    format: FormOption = ReportForm.TABLE,
    output: OutputOption = None,
) -> None:
    """账龄分析：任意一天、按任意时点已登记的数据;--by 写几个维度就分几层。"""
    plain = len(by) == 1 and by[0] in tuple(By) and not where and output is None
    if not plain or format not in (ReportForm.TABLE, ReportForm.JSON):
        said = {
            "as_of": as_of and as_of.isoformat(),
            "known_at": known_at and known_at.isoformat(),
            "by": ",".join(by),
            "basis": basis.value,
            "bounds": ",".join(map(str, buckets or ())),
        }
        words = {name: text for name, text in said.items() if text}
        run_report(
            report_named("aging"), words, org=org, actor=actor, where=where, form=format, output=output
        )
        return
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("report.read")
        report = read_aging(
            as_of=as_of or timezone.localdate(),
            known_at=known_at,
            by=By(by[0]),
            basis=basis,
            bounds=buckets or (),
            salesperson_ids=visible_salespeople(who),
        )
    if format is ReportForm.JSON:
        emit(report.as_json())
    else:
        _show(report)


def _show(report: Aging) -> None:
    known_at = report.known_at.isoformat(sep=" ", timespec="seconds") if report.known_at else "—"
    currency = _("原币") if report.by is By.CURRENCY else report.currency
    messages.print(
        _("账龄 %(as_of)s · %(currency)s · 数据截至 %(known_at)s")
        % {"as_of": report.as_of, "currency": currency, "known_at": known_at}
    )
    table = Table(box=box.SIMPLE_HEAD, show_footer=report.total is not None)
    total = _cells(report, report.total) if report.total else None
    table.add_column(_("代码"), footer=_("合计"), overflow="fold")
    table.add_column(_("名称"), overflow="fold")
    for position, heading in enumerate(_headings(report)):
        table.add_column(heading, footer=total[position] if total else "", justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(row.key or "—", row.name or "—", *_cells(report, row))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def _headings(report: Aging) -> list[str]:
    names = [_("未到期") if bucket.name == "not_due" else bucket.name for bucket in report.buckets]
    return [
        *names,
        _("应收合计"),
        _("未核销贷项"),
        _("净额"),
        *([_("未触发到期")] if report.has_untriggered else []),
    ]


def _cells(report: Aging, row: AgingRow) -> list[str]:
    amounts = [*row.amounts, row.gross, row.unallocated, row.net]
    if report.has_untriggered:
        amounts.append(row.untriggered)
    return [_readable(amount, row.currency) for amount in amounts]


def _readable(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{currency_exponent(currency)}f}" if amount else "-"

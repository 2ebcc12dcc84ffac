"""huikuan bench: how fast this machine posts, imports and reports, beside raw SQL that does the same."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from huikuan.bench.machine import machine
from huikuan.bench.measures import Result
from huikuan.bench.scratch import require_embedded
from huikuan.bench.suite import Name, Sizes, run_bench
from huikuan.cli.runtime import Format, FormatOption, emit, messages
from huikuan.demo.operations import build_demo


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("bench")(bench)


def bench(
    names: Annotated[list[Name] | None, typer.Argument(help="测量什么；不写则全部", metavar="NAME")] = None,
    invoices: Annotated[
        int | None,
        typer.Option("--invoices", min=1, help="开具(默认 20000)或导入(默认 1000000)多少应收单", metavar="N"),
    ] = None,
    open: Annotated[
        int | None, typer.Option("--open", min=4, help="多少笔未核销项目(默认 1000000)", metavar="N")
    ] = None,
    customers: Annotated[int | None, typer.Option("--customers", min=1, help="多少客户", metavar="N")] = None,
    lines: Annotated[
        int | None, typer.Option("--lines", min=1, help="匹配多少银行流水(默认 10000)", metavar="N")
    ] = None,
    mails: Annotated[
        int | None, typer.Option("--messages", min=1, help="发送多少消息(默认 10000)", metavar="N")
    ] = None,
    letters: Annotated[
        int | None, typer.Option("--letters", min=1, help="打印多少封信函(默认 1000)", metavar="N")
    ] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """在临时数据库里测量速度和内存，旁边是做同样事情的纯 SQL(极限)。"""
    require_embedded()
    found_on = machine()
    sizes = Sizes(
        invoices=invoices, open=open, customers=customers, lines=lines, messages=mails, letters=letters
    )
    results = list(
        run_bench(
            names or (),
            sizes=sizes,
            announce=lambda text: messages.print(text, markup=False),
            build_demo=build_demo,
        )
    )
    if format == Format.JSON:
        emit({"machine": found_on, "results": [result.as_json() for result in results]})
    else:
        _show(found_on, results)


def _show(found_on: dict[str, Any], results: list[Result]) -> None:
    console = Console()
    console.print(
        _("%(cpus)d 核 %(cpu)s,内存 %(memory_mb)d MB,Python %(python)s,PostgreSQL %(postgres)s,负载 %(load)s")
        % found_on,
        markup=False,
        highlight=False,
    )
    table = Table()
    table.add_column(_("名称"), no_wrap=True)
    for title in (_("规模"), _("秒"), _("每秒"), _("极限（秒）"), _("倍数"), _("内存峰值(MB)")):
        table.add_column(title, justify="right")
    for result in results:
        table.add_row(
            result.name,
            f"{result.size:,}",
            f"{result.seconds:,.3f}",
            f"{result.rate_per_s:,.0f}",
            f"{result.limit_seconds:,.3f}",
            f"{result.ratio:.2f}",
            f"{result.peak_mb:,.0f}",
        )
    console.print(table)
    for result in results:
        details = "  ".join(f"{name} {value:,.2f}" for name, value in result.detail.items())
        console.print(f"{result.name}: {details}", markup=False, highlight=False)

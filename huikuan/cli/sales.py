"""huikuan sales: bill what was delivered, post drafts, and what is delivered and not invoiced."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from huikuan.cli.runtime import (
    ActorOption,
    DayOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_day,
    working_in,
)
from huikuan.core.money import amount_text
from huikuan.sales.models import Invoice, InvoiceState
from huikuan.sales.operations import Per, bill_deliveries, post_invoices
from huikuan.sales.queries import delivered_not_invoiced

app = typer.Typer(help="销售：按发货开票、草稿过账、已发未开票", no_args_is_help=True)

UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=parse_day, metavar="DATE", help="签收截止；默认与开票日期相同"),
]


@app.command("bill")
def bill(
    org: OrganizationOption,
    on: DayOption,
    until: UntilOption = None,
    per: Annotated[Per, typer.Option("--per", help="每张订单还是每个客户一张发票")] = Per.ORDER,
    draft: Annotated[bool, typer.Option("--draft", help="只生成草稿，不过账")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """按发货开票：把已签收、还没有开票的发货开成发票并过账。"""
    with working_in(org, actor=actor) as (organization, who):
        run = bill_deliveries(
            until=until or on, on=on, per=per, post=not draft, actor=who, today=timezone.localdate()
        )
        currency = organization.currency
    if format == Format.JSON:
        emit(
            {
                "posted": [posted.number for posted in run.posted],
                "drafts": [str(key) for key in run.drafts],
                "lines": run.lines,
                "net": amount_text(run.net, currency),
                "tax": amount_text(run.tax, currency),
            }
        )
        return
    messages.print(
        _("已过账 %(posted)d 张，草稿 %(drafts)d 张，共 %(lines)d 行。")
        % {"posted": len(run.posted), "drafts": len(run.drafts), "lines": run.lines}
    )


@app.command("post-drafts")
def post_drafts(
    org: OrganizationOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """过账全部草稿：要么全部过账，要么一张也不过账。"""
    with working_in(org, actor=actor) as (_organization, who):
        drafts = Invoice.objects.filter(state=InvoiceState.DRAFT).order_by("invoice_on", "pk")
        posted = post_invoices(
            list(drafts.values_list("pk", flat=True)), actor=who, today=timezone.localdate()
        )
    if format == Format.JSON:
        emit({"posted": [each.number for each in posted]})
    else:
        messages.print(_("已过账 %d 张发票。") % len(posted))


@app.command("unbilled")
def unbilled(
    org: OrganizationOption,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=parse_day, metavar="DATE", help="截至哪天；默认今天")
    ] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """已发未开票(暂估)：按客户和订单，发货 = 已开票 + 在草稿 + 未开票。"""
    with working_in(org, snapshot=True) as (_organization, _who):
        rows = delivered_not_invoiced(as_of=as_of or timezone.localdate())
    if format == Format.JSON:
        names = ("delivered", "invoiced", "drafted", "waiting", "waiting_net")
        emit(
            [
                {**asdict(row), **{name: amount_text(getattr(row, name), row.currency) for name in names}}
                for row in rows
            ]
        )
        return
    table = Table()
    for title in (_("客户"), _("订单"), _("币种")):
        table.add_column(title)
    for title in (_("已发货"), _("已开票"), _("在草稿"), _("未开票")):
        table.add_column(title, justify="right")
    for row in rows:
        amounts = (row.delivered, row.invoiced, row.drafted, row.waiting)
        table.add_row(
            row.customer_name,
            row.order_number,
            row.currency,
            *(amount_text(amount, row.currency) for amount in amounts),
        )
    Console().print(table)

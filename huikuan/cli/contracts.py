"""huikuan contracts list, bill: contracts and what their plans have due."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_day,
    working_in,
)
from huikuan.core.money import amount_text
from huikuan.sales.operations import bill_due
from huikuan.sales.plan_queries import contract_sums, due_contracts

app = typer.Typer(help="合同与收款计划", no_args_is_help=True)
OnOption = Annotated[
    date | None, typer.Option("--on", parser=parse_day, help="开票日期；不写则为今天", metavar="DATE")
]


@app.command("list")
def list_contracts(org: OrganizationOption, format: FormatOption = Format.TABLE) -> None:
    """列出合同：金额、已开票、状态。"""
    with working_in(org, snapshot=True) as (_organization, who):
        who.require("ledger.read")
        rows = [
            {
                "number": contract.number,
                "name": contract.name,
                "customer": contract.customer.code,
                "signed_on": contract.signed_on,
                "currency": contract.currency,
                "amount": amount_text(contract.amount, contract.currency),
                "billed": amount_text(billed, contract.currency),
                "state": contract.state,
            }
            for contract, billed in contract_sums()
        ]
    _show(
        rows,
        format,
        (_("合同号"), _("名称"), _("客户"), _("签订日期"), _("币种"), _("金额"), _("已开票"), _("状态")),
    )


@app.command("bill")
def bill(
    org: OrganizationOption,
    on: OnOption = None,
    preview: Annotated[bool, typer.Option("--preview", help="只列出将要开票的款项")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """按计划开票：把所有合同到条件的款项一次开成应收单；再次运行不会重复。"""
    with working_in(org, actor=actor) as (_organization, who):
        today = timezone.localdate()
        day = on or today
        who.require("invoice.record")
        due = due_contracts(day)
        run = None if preview else bill_due(on=day, actor=who, today=today)
        contracts = due if run is None else run.contracts
        numbers = [""] * len(contracts) if run is None else [each.number for each in run.invoices]
        rows = [
            {
                "contract": each.contract.number,
                "customer": each.contract.customer.code,
                "currency": each.contract.currency,
                "amount": amount_text(each.amount, each.contract.currency),
                "invoice": number,
            }
            for each, number in zip(contracts, numbers, strict=True)
        ]
    for number, reason in (run.held if run else {}).items():
        messages.print(
            _("合同 %(number)s 没有开票：%(reason)s") % {"number": number, "reason": reason}, markup=False
        )
    if not rows and format != Format.JSON:
        messages.print(_("没有到期未开票的款项。"))
        return
    _show(rows, format, (_("合同号"), _("客户"), _("币种"), _("金额"), _("应收单")))


def _show(rows: list[dict[str, object]], format: Format, titles: tuple[str, ...]) -> None:
    if format == Format.JSON:
        emit(rows)
        return
    table = Table(box=None, pad_edge=False)
    for title in titles:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)

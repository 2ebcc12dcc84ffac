"""huikuan statement compare: a customer's list compared with ours, line by line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

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
    organization_of,
    working_in,
)
from huikuan.cli.statement import CustomerOption, Month, Since, Until, customer_of, period_of
from huikuan.core.money import amount_text
from huikuan.files.rules import MAX_BYTES
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import Reconciliation
from huikuan.statements.operations import NewReconciliation, compare_list, keep_list
from huikuan.statements.queries import differences_of
from huikuan.statements.rules import Mode
from huikuan.statements.their_list import Asked


def register(app: typer.Typer) -> None:
    """Add the command to `huikuan statement`."""
    app.command("compare")(compare)


def compare(
    org: OrganizationOption,
    file: Annotated[
        Path, typer.Argument(help="客户的往来清单(Excel 或 CSV)", metavar="FILE", exists=True, dir_okay=False)
    ],
    customer: CustomerOption,
    currency: Annotated[str, typer.Option("--currency", help="币种；默认本位币", metavar="CODE")] = "",
    month: Month = None,
    since: Since = None,
    until: Until = None,
    open_items: Annotated[bool, typer.Option("--open", help="只核对截止日未付的，而不是期间发生额")] = False,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="字段=列名，可多次", metavar="FIELD=COLUMN")
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="工作表", metavar="NAME")] = "",
    skip_unreadable: Annotated[bool, typer.Option("--skip-unreadable", help="略过读不出来的行")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """双边核对：客户的清单与我方逐笔比较，列出差异。"""
    now = timezone.now()
    today = timezone.localdate(now)
    starts_on, ends_on = period_of(
        month, since, until or (today if open_items else None), open_items=open_items
    )
    if file.stat().st_size > MAX_BYTES:
        raise StatementRefused(_("文件超过 %d MB。") % (MAX_BYTES // 1024**2), code="file_too_large")
    home = organization_of(org).currency
    with working_in(org, actor=actor) as (_organization, who):
        found = customer_of(customer, who)
        kept = keep_list(found.pk, name=file.name, content=file.read_bytes(), actor=who, now=now)
        new = NewReconciliation(
            customer_id=found.pk,
            currency=currency.upper() or home,
            mode=Mode.OPEN if open_items else Mode.MOVEMENTS,
            starts_on=starts_on,
            ends_on=ends_on,
            asked=Asked(mapping=_mapping(map_ or []), sheet=sheet),
            leave_unreadable=skip_unreadable,
        )
        made = compare_list(kept, new, actor=who, today=today)
        data = _compared(made)
    if format == Format.JSON:
        emit(data)
        return
    for each in data["differences"]:
        typer.echo("  ".join((each["kind"], each["number"], each["difference"])))
    told = {"ours": data["ours"], "theirs": data["theirs"], "count": len(data["differences"])}
    messages.print(_("我方 %(ours)s，客户 %(theirs)s，差异 %(count)d 处。") % told)


def _mapping(given: list[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, sign, column = each.partition("=")
        if not sign:
            raise typer.BadParameter(_("应写成 字段=列名：%s") % each)
        found[name.strip()] = column.strip()
    return found


def _compared(row: Reconciliation) -> dict[str, Any]:
    def text(amount: Decimal) -> str:
        return amount_text(amount, row.currency)

    return {
        "id": str(row.pk),
        "mode": row.mode,
        "currency": row.currency,
        "from": row.starts_on.isoformat(),
        "until": row.ends_on.isoformat(),
        "opening": text(row.opening),
        "opening_theirs": text(row.opening_theirs),
        "ours": text(row.ours),
        "theirs": text(row.theirs),
        "same": row.same,
        "turned": row.asked["turned"],
        "columns": row.asked["columns"],
        "left_out": row.left_out,
        "differences": [
            {
                "kind": each.kind,
                "number": each.number,
                "difference": text(each.amount),
                "lines": row.findings[each.position] if each.position >= 0 else None,
            }
            for each in differences_of(reconciliation=row)
        ],
    }

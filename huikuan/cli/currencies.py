"""huikuan revalue: the month-end revaluation of open items in foreign currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
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
from huikuan.core.dates import month_end
from huikuan.core.money import amount_text
from huikuan.ledger.operations import revalue as revalue_items
from huikuan.ledger.operations import undo_revaluation
from huikuan.ledger.revaluation_queries import RevaluedItem, items_to_revalue


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("revalue")(revalue)


def parse_month(text: str) -> date:
    """A month option: 2026-06."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(_("月份应写成 2026-06：%s") % text) from None


MonthOption = Annotated[date, typer.Option("--month", parser=parse_month, metavar="YYYY-MM", help="月份")]


def revalue(
    org: OrganizationOption,
    month: MonthOption,
    undo: Annotated[bool, typer.Option("--undo", help="撤销这个月的调汇")] = False,
    reason: Annotated[str, typer.Option("--reason", help="撤销的原因", metavar="TEXT")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出，不登记")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """月末调汇：未核销的外币应收与收款按期末汇率折算，差额记入财务费用；再次运行只补登差额。"""
    closing_on = month_end(month)
    with working_in(org, actor=actor) as (organization, who):
        currency = organization.currency
        items = [] if undo else items_to_revalue(closing_on=closing_on)
        if dry_run:
            who.require("ledger.revalue")
            posted = sum((item.side * item.difference for item in items), Decimal(0))
            count = sum(item.is_due for item in items)
        else:
            done = (
                undo_revaluation(month=month, actor=who, reason=reason)
                if undo
                else revalue_items(month=month, actor=who, today=timezone.localdate())
            )
            posted, count = done.difference, done.items
    if format == Format.JSON:
        emit(
            {
                "month": f"{month:%Y-%m}",
                "closing_on": closing_on,
                "currency": currency,
                "posted": not dry_run,
                "items": count,
                "difference": amount_text(posted, currency),
                "rows": [_as_data(item, currency) for item in items],
            }
        )
        return
    if items:
        messages.print(_as_table(items, currency))
    said = _("%(month)s：%(items)d 项，损益 %(difference)s %(currency)s。")
    messages.print(
        said
        % {
            "month": f"{month:%Y-%m}",
            "items": count,
            "difference": amount_text(posted, currency),
            "currency": currency,
        }
    )


def _as_data(item: RevaluedItem, currency: str) -> dict[str, Any]:
    """An item as it was found; credits negative, so that rows sum to the whole."""
    return {
        "number": item.number,
        "line": item.line,
        "customer": item.customer_code,
        "currency": item.currency,
        "open_amount": amount_text(item.side * item.open_amount, item.currency),
        "carrying": amount_text(item.side * item.carrying, currency),
        "rate": None if item.rate is None else f"{item.rate.normalize():f}",
        "rated_on": item.rated_on,
        "at_closing": amount_text(item.side * item.at_closing, currency),
        "difference": amount_text(item.side * item.difference, currency),
    }


def _as_table(items: list[RevaluedItem], currency: str) -> Table:
    table = Table()
    for title in (_("单据"), _("客户"), _("币种")):
        table.add_column(title)
    for title in (_("原币余额"), _("账面余额"), _("期末汇率"), _("差额")):
        table.add_column(title, justify="right")
    for item in items:
        row = _as_data(item, currency)
        names = ("number", "customer", "currency", "open_amount", "carrying", "rate", "difference")
        table.add_row(*(str(row[name] if row[name] is not None else "—") for name in names))
    return table

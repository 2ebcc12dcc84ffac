"""huikuan dispute: opening, ending and listing what customers object to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
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
    parse_amount,
    parse_day,
    working_in,
)
from huikuan.core.money import amount_text
from huikuan.disputes.errors import DisputeRefused
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.disputes.queries import dispute_by_number, seen_disputes
from huikuan.disputes.wording import owner_words, reason_words
from huikuan.ledger.models import OpenItem, Side

app = typer.Typer(name="dispute", help="争议：提出、结束、列出", no_args_is_help=True)


@app.command("open")
def open_(
    org: OrganizationOption,
    document: Annotated[str, typer.Option("--document", help="应收单号", metavar="NO")],
    reason: Annotated[str, typer.Option("--reason", help="原因的代码，如 quality.damage", metavar="CODE")],
    amount: Annotated[
        Decimal | None,
        typer.Option("--amount", parser=parse_amount, help="争议金额；默认没有争议的全部", metavar="A"),
    ] = None,
    line: Annotated[int, typer.Option("--line", help="第几期", metavar="N")] = 1,
    text: Annotated[str, typer.Option("--text", help="说明", metavar="TEXT")] = "",
    due: Annotated[
        date | None, typer.Option("--due", parser=parse_day, help="处理期限", metavar="DATE")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """提出争议：客户对一张应收单的一部分有异议。"""
    with working_in(org, actor=actor) as (_organization, who):
        item = OpenItem.objects.filter(
            document__number=document, document__voided_by=None, line=line, side=Side.DEBIT
        ).first()
        if item is None:
            raise DisputeRefused(_("没有应收单 %s。") % document, code="unknown_item")
        new = NewDispute(item.pk, reason, amount, text, due)
        made = open_dispute(new, actor=who, today=timezone.localdate())
        data = _data(made)
    _tell(data, _("已提出争议 %s") % made.number, format)


@app.command("resolve")
def resolve(
    number: Annotated[str, typer.Argument(help="争议号", metavar="NUMBER")],
    org: OrganizationOption,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome", help="结果:credited、replaced、rejected、settled、withdrawn", metavar="CODE"
        ),
    ],
    text: Annotated[str, typer.Option("--text", help="处理结果的说明", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """结束争议。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = dispute_by_number(number, who)
        if outcome not in DisputeState.values:
            raise DisputeRefused(_("请选择争议的结果。"), code="outcome_missing")
        resolve_dispute(
            found.pk, state=DisputeState(outcome), outcome=text, actor=who, today=timezone.localdate()
        )
        data = _data(dispute_by_number(number, who))
    _tell(data, _("争议 %s 已结束") % number, format)


@app.command("list")
def list_(
    org: OrganizationOption,
    customer: Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")] = "",
    every: Annotated[bool, typer.Option("--all", help="包括已结束的")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """列出争议，最急的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("ledger.read")
        found = seen_disputes(who).order_by("due_on", "pk")
        found = found if every else found.filter(state=DisputeState.OPEN)
        rows = [_data(row) for row in (found.filter(customer__code=customer) if customer else found)]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        said = (row["number"], row["document"], row["customer"], row["amount"], row["currency"])
        typer.echo("  ".join((*said, reason_words(row["reason"]), row["due_on"], row["state"])))


def _data(row: Dispute) -> dict[str, Any]:
    return {
        "number": row.number,
        "document": row.item.document.number,
        "line": row.item.line,
        "customer": row.customer.code,
        "amount": amount_text(row.amount, row.currency),
        "currency": row.currency,
        "reason": row.reason,
        "owner_role": row.owner_role,
        "owner": owner_words(row.owner_role),
        "text": row.text,
        "opened_on": row.opened_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "state": row.state,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "outcome": row.outcome,
    }


def _tell(data: dict[str, Any], said: str, format: Format) -> None:
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(said)

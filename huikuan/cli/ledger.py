"""huikuan allocate, unallocate, write-off: acts on the ledger by document number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.runtime import (
    ActorOption,
    DayOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_amount,
    put_up,
    working_in,
)
from huikuan.ledger.operations import allocate as allocate_items
from huikuan.ledger.operations import reverse_allocations
from huikuan.ledger.queries import active_allocations_between, document_by_number, spread_over_items
from huikuan.ledger.requests import ask_write_off

InvoiceOption = Annotated[str, typer.Option("--invoice", help="应收单号", metavar="NO")]
ReceiptOption = Annotated[str, typer.Option("--receipt", help="收款单号(或红字、预收单号)", metavar="NO")]
Amount = Annotated[Decimal, typer.Option("--amount", parser=parse_amount, help="金额", metavar="A")]
MaybeAmount = Annotated[
    Decimal | None, typer.Option("--amount", parser=parse_amount, help="金额；不写则为全部余额", metavar="A")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("allocate")(allocate)
    app.command("unallocate")(unallocate)
    app.command("write-off")(write_off)


def _today() -> date:
    return timezone.localdate()


def allocate(
    org: OrganizationOption,
    invoice: InvoiceOption,
    receipt: ReceiptOption,
    amount: Amount,
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """核销：用收款(或红字、预收)核销应收，多期时先到期的先核销。"""
    with working_in(org, actor=actor) as (_organization, who):
        debit = document_by_number(invoice, debit=True)
        credit = document_by_number(receipt, debit=False)
        planned = spread_over_items(debit_document=debit, credit_document=credit, amount=amount, on=on)
        count = allocate_items(planned, actor=who, today=_today())
    _done({"allocated": str(amount), "rows": count}, _("已核销 %s") % amount, format)


def unallocate(
    org: OrganizationOption,
    invoice: InvoiceOption,
    receipt: ReceiptOption,
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """反核销：撤销一张应收与一张收款之间的全部有效核销。"""
    with working_in(org, actor=actor) as (_organization, who):
        debit = document_by_number(invoice, debit=True)
        credit = document_by_number(receipt, debit=False)
        active = active_allocations_between(debit_document=debit, credit_document=credit)
        count = reverse_allocations([row.pk for row in active], effective_on=on, actor=who, today=_today())
    _done({"reversed": count}, _("已反核销 %d 笔") % count, format)


def write_off(
    org: OrganizationOption,
    invoice: InvoiceOption,
    on: DayOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    amount: MaybeAmount = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """坏账核销：核销应收的余额（或其中一部分）；组织规定要审批时，先提交申请。"""
    with working_in(org, actor=actor) as (_organization, who):
        document = document_by_number(invoice, debit=True)
        outcome = ask_write_off(document, amount=amount, on=on, reason=reason, actor=who, today=_today())
    if not put_up(outcome, format) and outcome.result is not None:
        number = outcome.result.number
        _done({"status": "done", "number": number}, _("已登记坏账核销 %s") % number, format)


def _done(data: dict[str, object], sentence: str, format: Format) -> None:
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(sentence)

"""huikuan bills receive|split|endorse|discount|collect|settle|dishonour|withdraw|list, and retentions."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.approvals.operations import Outcome
from huikuan.cash.errors import BillRefused
from huikuan.cash.models import Bill, BillState
from huikuan.cash.operations import (
    NewBill,
    collect_bills,
    dishonour_bills,
    receive_bills,
    receive_opening_bills,
    settle_matured_bills,
    split_bill,
    withdraw_bills,
)
from huikuan.cash.queries import bills_as_of
from huikuan.cash.requests import ask_discount, ask_endorsement
from huikuan.cli.runtime import (
    ActorOption,
    DayOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_amount,
    parse_day,
    put_up,
    working_in,
)
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.sales.operations import release_retentions

PIPED_WIDTH = 160  # of a table that no terminal shows

app = typer.Typer(help="应收票据：收票、拆分、背书、贴现、托收、拒付。", no_args_is_help=True)
retentions = typer.Typer(help="质保金。", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(help="票据号（30 位）；子票写成 号码：起始号", metavar="NO")]
MaybeAmount = Annotated[
    Decimal | None, typer.Option("--amount", parser=parse_amount, help="金额；不写则为整张", metavar="A")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")]


def _day(name: str, words: str) -> object:
    return typer.Option(name, parser=parse_day, metavar="DATE", help=words)


def _today() -> date:
    return timezone.localdate()


def _bill(text: str, actor: Actor) -> Bill:
    """The bill (or the sub-range that starts at a number) that is not split or withdrawn, and seen by the actor."""
    number, _colon, start = text.partition(":")
    found = Bill.objects.filter(number=number).exclude(state__in=[BillState.SPLIT, BillState.WITHDRAWN])
    seen = visible_salespeople(actor)
    if seen is not None:
        found = found.filter(customer__salesperson_id__in=seen)
    if start:
        found = found.filter(range_from=int(start) if start.isdigit() else -1)
    bills = list(found[:2])
    if not bills:
        raise BillRefused(_("没有票据 %s。") % text, code="unknown_bill")
    if len(bills) > 1:
        raise BillRefused(_("票据 %s 已拆分，请写明子票的起始号。") % text, code="ambiguous_bill")
    return bills[0]


def _done(bill: Bill, sentence: str, format: Format) -> None:
    bill.refresh_from_db()
    if format == Format.JSON:
        emit({"number": bill.label, "state": bill.state, "face": f"{bill.face:.2f}"})
    else:
        messages.print(sentence % bill.label)


def _made(outcome: Outcome, sentence: str, format: Format) -> None:
    """The bill that was handed on, which may be a part of the one that was named; or the request for it."""
    if not put_up(outcome, format):
        assert outcome.result is not None
        _done(Bill.objects.get(pk=outcome.result.data["bill"]), sentence, format)


@app.command()
def receive(
    org: OrganizationOption,
    number: NumberArgument,
    customer: Annotated[str, typer.Option("--customer", help="客户代码", metavar="CODE")],
    face: Annotated[Decimal, typer.Option("--face", parser=parse_amount, help="票面金额", metavar="A")],
    acceptor: Annotated[str, typer.Option("--acceptor", help="承兑人", metavar="NAME")],
    issued: Annotated[date, _day("--issued", "出票日")],
    matures: Annotated[date, _day("--matures", "到期日")],
    on: DayOption,
    drawer: Annotated[str, typer.Option("--drawer", help="出票人", metavar="NAME")] = "",
    first: Annotated[int, typer.Option("--from", help="子票区间起", metavar="N")] = 0,
    last: Annotated[int, typer.Option("--to", help="子票区间止", metavar="N")] = 0,
    opening: Annotated[bool, typer.Option("--opening", help="期初票据：启用账簿时已经持有")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """收票：核销客户的应收，先到期的先核销。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = Customer.objects.filter(code=customer).first()
        if found is None:
            raise BillRefused(_("没有代码为 %s 的客户。") % customer, code="unknown_customer")
        new = NewBill(
            customer_id=found.pk,
            number=number,
            acceptor=acceptor,
            face=face,
            issued_on=issued,
            matures_on=matures,
            received_on=on,
            drawer=drawer,
            range_from=first,
            range_to=last,
        )
        [bill] = (receive_opening_bills if opening else receive_bills)([new], actor=who, today=_today())
        _done(bill, _("已收票 %s"), format)


@app.command()
def split(
    org: OrganizationOption,
    number: NumberArgument,
    amount: Annotated[Decimal, typer.Option("--amount", parser=parse_amount, help="拆出金额", metavar="A")],
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """拆分：拆出一部分，其余成为第二张子票。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        split_bill(bill_id=bill.pk, amounts=[amount, bill.face - amount], on=on, actor=who, today=_today())
        _done(bill, _("已拆分 %s"), format)


@app.command()
def endorse(
    org: OrganizationOption,
    number: NumberArgument,
    to: Annotated[str, typer.Option("--to", help="被背书人", metavar="NAME")],
    on: DayOption,
    amount: MaybeAmount = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """背书：支付供应商；写明金额则先拆分。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        outcome = ask_endorsement(bill, amount=amount, endorsee=to, on=on, actor=who, today=_today())
        _made(outcome, _("已背书 %s"), format)


@app.command()
def discount(
    org: OrganizationOption,
    number: NumberArgument,
    bank: Annotated[str, typer.Option("--bank", help="贴现银行", metavar="NAME")],
    rate: Annotated[Decimal, typer.Option("--rate", parser=parse_amount, help="年利率（%）", metavar="P")],
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """贴现：利息 = 票面 × 年利率 × 天数 ÷ 360。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        outcome = ask_discount(bill, bank=bank, rate=rate / 100, on=on, actor=who, today=_today())
        _made(outcome, _("已贴现 %s"), format)


@app.command()
def collect(
    org: OrganizationOption,
    number: NumberArgument,
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """托收收款：到期的票款已经到账。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        collect_bills([bill.pk], on=on, actor=who, today=_today())
        _done(bill, _("已收款 %s"), format)


@app.command()
def settle(
    org: OrganizationOption,
    number: NumberArgument,
    on: DayOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """确认兑付：已背书或贴现的票据到期付清，追索风险解除。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        settle_matured_bills([bill.pk], on=on, actor=who, today=_today())
        _done(bill, _("已确认兑付 %s"), format)


@app.command()
def dishonour(
    org: OrganizationOption,
    number: NumberArgument,
    on: DayOption,
    reason: ReasonOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """拒付：原来核销的应收恢复未核销，账龄连续计算。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        dishonour_bills([bill.pk], on=on, reason=reason, actor=who, today=_today())
        _done(bill, _("已登记拒付 %s"), format)


@app.command()
def withdraw(
    org: OrganizationOption,
    number: NumberArgument,
    reason: ReasonOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """撤销收票：用于录错的票据，就像没有收到过。"""
    with working_in(org, actor=actor) as (_organization, who):
        bill = _bill(number, who)
        withdraw_bills([bill.pk], reason=reason, actor=who, today=_today())
        _done(bill, _("已撤销收票 %s"), format)


@app.command("list")
def list_bills(
    org: OrganizationOption,
    as_of: Annotated[date | None, _day("--as-of", "截至哪一天；不写则为今天")] = None,
    state: Annotated[str, typer.Option("--state", help="状态，如 held、endorsed", metavar="STATE")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """列出某一天的票据及当时的状态。"""
    if state and state not in BillState.values:
        raise typer.BadParameter(_("不认识的状态：%s") % state)
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("ledger.read")
        found = bills_as_of(as_of or _today()).select_related("customer").order_by("matures_on", "pk")
        seen = visible_salespeople(who)
        if seen is not None:
            found = found.filter(customer__salesperson_id__in=seen)
        if state:
            found = found.filter(state_then=state)
        rows = [
            {
                "number": bill.label,
                "customer": bill.customer.code,
                "acceptor": bill.acceptor,
                "matures_on": bill.matures_on,
                "face": f"{bill.face:.2f}",
                "state": bill.state_then,
                "booked": bill.booked_then,
            }
            for bill in found
        ]
    if format == Format.JSON:
        emit(rows)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for place, title in enumerate(
        (_("票据号"), _("客户"), _("承兑人"), _("到期日"), _("票面金额"), _("状态"))
    ):
        table.add_column(
            title, overflow="fold", no_wrap=place in (0, 3, 4), justify="right" if place == 4 else "left"
        )
    for row in rows:
        state_words = str(BillState(row["state"]).label)
        table.add_row(
            str(row["number"]),
            str(row["customer"]),
            str(row["acceptor"]),
            str(row["matures_on"]),
            str(row["face"]),
            state_words,
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


@retentions.command("release")
def release(
    org: OrganizationOption, on: DayOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """把到期的质保金转入应收账款。"""
    with working_in(org, actor=actor) as (_organization, who):
        count = release_retentions(None, on=on, actor=who, today=_today())
    if format == Format.JSON:
        emit({"released": count})
    else:
        messages.print(_("%d 笔质保金已转入应收账款。") % count)

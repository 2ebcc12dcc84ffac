"""huikuan credit: limits, checking and reserving, for people and for other programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

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
    put_up,
    working_in,
)
from huikuan.credit.errors import CreditRefused
from huikuan.credit.exposure import base_currency, component_titles
from huikuan.credit.models import Reservation
from huikuan.credit.operations import (
    Asked,
    Decision,
    NewLimit,
    change_setting,
    check_credit,
    recheck_holds,
    reserve_credit,
)
from huikuan.credit.operations import release as release_reservation
from huikuan.credit.operations.decisions import room_data
from huikuan.credit.queries import customer_by_code, standing_of
from huikuan.credit.requests import ask_limit
from huikuan.credit.rules import Gate
from huikuan.credit.wording import action_word, sentence
from huikuan.sales.contracts import Contract

app = typer.Typer(name="credit", help="信用：额度、检查、预占、释放", no_args_is_help=True)

CustomerOption = Annotated[str, typer.Option("--customer", help="客户编码", metavar="CODE")]
AmountOption = Annotated[
    Decimal, typer.Option("--amount", parser=parse_amount, help="订单金额(含税)", metavar="A")
]
ReferenceOption = Annotated[str, typer.Option("--reference", help="订单号", metavar="NO")]
ContractOption = Annotated[str, typer.Option("--contract", help="合同号；同时检查合同的额度", metavar="NO")]
CurrencyOption = Annotated[str, typer.Option("--currency", help="币种；默认本位币", metavar="CUR")]


@app.command("check")
def check(
    org: OrganizationOption,
    customer: CustomerOption,
    amount: AmountOption,
    reference: ReferenceOption = "",
    currency: CurrencyOption = "",
    gate: Annotated[
        Gate, typer.Option("--gate", help="哪一关:quotation 报价、order 下单、delivery 发货、invoice 开票")
    ] = Gate.ORDER,
    contract: ContractOption = "",
    term_days: Annotated[
        int | None, typer.Option("--term-days", min=0, help="本单账期(天)", metavar="N")
    ] = None,
    prepaid: Annotated[bool, typer.Option("--prepaid", help="款到发货，不占用信用")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """检查信用：这张订单能不能下，为什么；不预占。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        key = customer_by_code(customer, who).pk
        asked = Asked(
            customer_id=key,
            amount=amount,
            reference=reference,
            currency=currency,
            term_days=term_days,
            prepaid=prepaid,
            contract_id=_contract(contract, key),
        )
        decision = check_credit(asked, gate=gate, actor=who, today=timezone.localdate())
        _tell(decision, format)


@app.command("reserve")
def reserve(
    org: OrganizationOption,
    customer: CustomerOption,
    amount: AmountOption,
    reference: ReferenceOption,
    currency: CurrencyOption = "",
    contract: ContractOption = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """检查并预占：通过就占用额度；同一订单号、同一金额再次请求得到同样的结果。"""
    with working_in(org, actor=actor) as (_organization, who):
        key = customer_by_code(customer, who).pk
        asked = Asked(
            customer_id=key,
            amount=amount,
            reference=reference,
            currency=currency,
            contract_id=_contract(contract, key),
        )
        [decision] = reserve_credit([asked], actor=who, today=timezone.localdate())
    _tell(decision, format)


@app.command("release")
def release(
    org: OrganizationOption,
    reference: ReferenceOption,
    customer: Annotated[
        str, typer.Option("--customer", help="客户编码；写明时须与预占的客户一致", metavar="CODE")
    ] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """释放预占：订单取消或不再需要的部分。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        key = customer_by_code(customer, who).pk if customer else None
        count = release_reservation([reference], actor=who, today=today, customer_id=key)
        owner = Reservation.objects.filter(reference=reference).latest("pk").customer
        left = standing_of(owner, day=today) if format == Format.JSON else None
        base = base_currency()
    if left is not None:
        emit({"reference": reference, "released": bool(count), **room_data(left.position(), base)})
    else:
        messages.print(_("已释放 %s 的预占") % reference if count else _("%s 没有占用中的额度") % reference)


@app.command("limit")
def limit(
    org: OrganizationOption,
    customer: CustomerOption,
    amount: Annotated[Decimal, typer.Option("--amount", parser=parse_amount, help="额度", metavar="A")],
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    starts_on: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="DATE", help="开始日期；默认今天")
    ] = None,
    ends_on: Annotated[
        date | None, typer.Option("--until", parser=parse_day, metavar="DATE", help="结束日期")
    ] = None,
    temporary: Annotated[bool, typer.Option("--temporary", help="临时额度，最长 90 天")] = False,
    group: Annotated[bool, typer.Option("--group", help="整个集团的额度")] = False,
    contract: Annotated[
        str, typer.Option("--contract", help="只用于这份合同的额度；合同号", metavar="NO")
    ] = "",
    currency: CurrencyOption = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """设置信用额度：有审批规定时先提交审批。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        key = customer_by_code(customer, who).pk
        new = NewLimit(
            customer_id=key,
            contract_id=_contract(contract, key),
            contract_number=contract,
            amount=amount,
            starts_on=starts_on or today,
            ends_on=ends_on,
            kind="temporary" if temporary else "permanent",
            whole_group=group,
            currency=currency,
            reason=reason,
        )
        outcome = ask_limit(new, actor=who, today=today)
    if put_up(outcome, format):
        return
    if format == Format.JSON:
        emit({"customer": customer, "amount": f"{amount:.2f}", "status": "active"})
    else:
        messages.print(_("已设置 %s 的信用额度") % customer)


@app.command("recheck")
def recheck(org: OrganizationOption, actor: ActorOption = "", format: FormatOption = Format.TABLE) -> None:
    """复查被暂缓的订单：现在通过的继续执行。"""
    with working_in(org, actor=actor) as (_organization, who):
        count = recheck_holds(actor=who, today=timezone.localdate())
    if format == Format.JSON:
        emit({"cleared": count})
    else:
        messages.print(_("%d 张订单通过复查") % count)


@app.command("orders")
def orders(
    org: OrganizationOption,
    checked: Annotated[bool, typer.Option("--checked/--unchecked", help="下单时是否检查信用")],
    actor: ActorOption = "",
) -> None:
    """规定下单时是否检查信用。"""
    with working_in(org, actor=actor) as (_organization, who):
        change_setting(checks_orders=checked, actor=who)
    messages.print(_("订单现在会先检查信用") if checked else _("订单现在不检查信用"))


def _contract(number: str, customer_id: UUID) -> UUID | None:
    """The contract of a customer by its number; None where none was named."""
    if not number:
        return None
    found: UUID | None = (
        Contract.objects.filter(number=number, customer_id=customer_id).values_list("pk", flat=True).first()
    )
    if found is None:
        raise CreditRefused(_("客户没有合同 %s。") % number, code="unknown_contract")
    return found


def _tell(decision: Decision, format: Format) -> None:
    if format == Format.JSON:
        emit(decision.as_data())
        return
    typer.echo(action_word(decision.decision))
    for reason in decision.reasons:
        typer.echo(f"- {sentence(reason, decision.currency)}")
    titles = component_titles()
    for code, amount in decision.exposure.items():
        if amount:
            typer.echo(f"  {titles.get(code, code)}  {amount:,.2f}")
    data = decision.as_data()
    for label, name in ((_("额度"), "limit"), (_("集团额度"), "group_limit"), (_("可用"), "available")):
        if data[name] is not None:
            typer.echo(f"  {label}  {Decimal(data[name]):,.2f}")

"""huikuan collect plan: repayment plans, from making one to the debtor's signature."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.collect_words import (
    CustomerOption,
    DocumentsOption,
    collection_customer,
    collection_items,
    tell,
)
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    parse_amount,
    parse_day,
    working_in,
)
from huikuan.collection.chased import Asked, open_claims
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.instalments import BREACH_DAYS, Instalment, even_instalments
from huikuan.collection.models import PlanInstalment, RepaymentPlan
from huikuan.collection.operations import NewPlan, make_plan, withdraw_plan
from huikuan.collection.operations.trail import PLAN
from huikuan.collection.queries import plans_seen
from huikuan.collection.requests import ask_plan
from huikuan.core.money import amount_text
from huikuan.files.operations import attach_file

app = typer.Typer(name="plan", help="还款计划：拟定、签署、终止", no_args_is_help=True)

PlanOption = Annotated[str, typer.Option("--plan", help="还款计划的编号(id)", metavar="ID")]
ZERO = Decimal(0)


def parse_part(text: str) -> Instalment:
    """An instalment option: 2026-07-31=10000."""
    day, _sign, amount = text.partition("=")
    return Instalment(parse_day(day), parse_amount(amount))


@app.command("make")
def make(
    org: OrganizationOption,
    customer: CustomerOption,
    count: Annotated[int, typer.Option("--count", min=1, max=120, help="平均分几期", metavar="N")] = 3,
    first_on: Annotated[
        date | None, typer.Option("--first-on", parser=parse_day, help="第一期应还日", metavar="DATE")
    ] = None,
    months: Annotated[int, typer.Option("--months", min=1, max=12, help="每隔几个月", metavar="N")] = 1,
    part: Annotated[
        list[Instalment] | None,
        typer.Option(
            "--part", parser=parse_part, help="一期：日期=金额，可以多次；不再平均分", metavar="DATE=A"
        ),
    ] = None,
    document: DocumentsOption = None,
    interest: Annotated[
        Decimal, typer.Option("--interest", parser=parse_amount, help="加收的违约金", metavar="A")
    ] = ZERO,
    waived: Annotated[
        Decimal, typer.Option("--waived", parser=parse_amount, help="付清后减免", metavar="A")
    ] = ZERO,
    breach_days: Annotated[
        int, typer.Option("--breach-days", min=0, max=90, help="任一期晚几天算违约", metavar="N")
    ] = BREACH_DAYS,
    breach_instalments: Annotated[
        int, typer.Option("--breach-instalments", min=0, help="同时几期未还算违约;0 不按期数", metavar="N")
    ] = 0,
    text: Annotated[str, typer.Option("--text", help="其他约定", metavar="TEXT")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """拟定还款计划；对方签署之前没有效力。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        found = collection_customer(customer, who)
        items = collection_items(found, document)
        parts = part or []
        if not parts and first_on is not None:
            [claims] = open_claims([Asked(found.pk, today, items)])
            total = sum((each.open_amount for each in claims), ZERO) + interest - waived
            parts = (
                even_instalments(total, count=count, first_on=first_on, months=months) if total > 0 else []
            )
        made = make_plan(
            NewPlan(
                customer_id=found.pk,
                made_on=today,
                instalments=parts,
                item_ids=items,
                interest=interest,
                waived=waived,
                breach_days=breach_days,
                breach_instalments=breach_instalments,
                terms=text,
            ),
            actor=who,
            today=today,
        )
        data = _data(made)
    tell(data, _("已拟定 %s 的还款计划") % found.name, format)


@app.command("sign")
def sign(
    org: OrganizationOption,
    plan: PlanOption,
    signer: Annotated[str, typer.Option("--signer", help="谁签的字", metavar="NAME")],
    paper: Annotated[
        Path | None, typer.Option("--paper", help="签字或盖章的计划：照片、扫描件或 PDF", metavar="FILE")
    ] = None,
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="签署日期；默认今天")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记签署：计划生效，其中的款项不再催收。"""
    today, now = timezone.localdate(), timezone.now()
    with working_in(org, actor=actor) as (_organization, who):
        key = _key(plan)
        if paper is not None:
            attach_file(
                record_kind=PLAN,
                record_id=key,
                name=paper.name,
                content=paper.read_bytes(),
                actor=who,
                now=now,
            )
        made = plans_seen(who).filter(pk=key).first()
        if made is None:
            raise CollectionRefused(_("没有这份还款计划，或已经有了结果。"), code="unknown_plan")
        outcome = ask_plan(made, signed_on=on or today, signer=signer, actor=who, today=today)
        made.refresh_from_db()
        data = _data(made)
    tell(data, _("已提交审批") if outcome.pending else _("还款计划已生效"), format)


@app.command("withdraw")
def withdraw(
    org: OrganizationOption,
    plan: PlanOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """终止还款计划：其中的款项恢复催收。"""
    with working_in(org, actor=actor) as (_organization, who):
        data = _data(withdraw_plan(_key(plan), reason=reason, actor=who, today=timezone.localdate()))
    tell(data, _("还款计划已终止"), format)


@app.command("list")
def list_(
    org: OrganizationOption,
    state: Annotated[str, typer.Option("--state", help="draft、open、kept、partly、broken、withdrawn")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """还款计划，最近的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("collection.read")
        found = plans_seen(who).order_by("-id")
        rows = [_data(each) for each in (found.filter(state=state) if state else found)[:1000]]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['id']}  {row['customer']}  {row['state']}  {row['paid']}/{row['total']} {row['currency']}"
        )


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(_("没有这份还款计划：%s") % text) from None


def _data(plan: RepaymentPlan) -> dict[str, Any]:
    parts = PlanInstalment.objects.filter(plan=plan).order_by("position")
    return {
        "id": str(plan.pk),
        "customer": plan.customer.code,
        "state": plan.state,
        "signed_on": plan.signed_on.isoformat() if plan.signed_on else None,
        "total": amount_text(plan.total, plan.currency),
        "paid": amount_text(plan.paid, plan.currency),
        "currency": plan.currency,
        "instalments": [
            {"due_on": each.due_on.isoformat(), "amount": amount_text(each.amount, plan.currency)}
            for each in parts
        ],
    }

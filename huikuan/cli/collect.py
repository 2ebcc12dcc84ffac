"""huikuan collect: whom to chase, contacts, promises, and until when debts can be claimed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli import collect_runs
from huikuan.cli.collect_cases import app as cases_app
from huikuan.cli.collect_charges import app as charges_app
from huikuan.cli.collect_plans import app as plans_app
from huikuan.cli.collect_team import (
    digest_command,
    effect_command,
    hand_over_command,
    hours_command,
    share_out_command,
)
from huikuan.cli.collect_words import (
    CustomerOption,
    DocumentsOption,
    code_of,
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
    parse_moment,
    working_in,
)
from huikuan.collection.advice import advise
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.instalments import PlanState
from huikuan.collection.limitation import expiring
from huikuan.collection.models import Contact, PaymentPromise
from huikuan.collection.operations import (
    NewContact,
    NewPromise,
    judge_plans,
    judge_promises,
    record_contact,
    record_promise,
)
from huikuan.collection.policy_queries import work_calendar
from huikuan.collection.queries import desks_of, weights_in_force
from huikuan.collection.reaching import clock_at, hours_of
from huikuan.collection.rules import Channel, Direction, PromiseState, Proof, Result, follow_up
from huikuan.collection.worklist import PARTS, TEAM, WorkFilter, work_lines
from huikuan.core.money import amount_text
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.risk.payments.outlook import uses_in_force

app = typer.Typer(name="collect", help="催收：工作台、联系、承诺、诉讼时效、催收策略", no_args_is_help=True)
collect_runs.register(app)
MOST_LINES = 1000
PLAN_ENDS = (PlanState.KEPT, PlanState.PARTLY, PlanState.BROKEN)
app.add_typer(plans_app)
app.add_typer(cases_app)
app.add_typer(charges_app)
app.command("hand-over")(hand_over_command)
app.command("hours")(hours_command)
app.command("digest")(digest_command)
app.command("share-out")(share_out_command)
app.command("effect")(effect_command)


@app.command("worklist")
def worklist(
    org: OrganizationOption,
    part: Annotated[
        str, typer.Option("--part", help="mine、team、unassigned、promised、broken 或 alone", metavar="PART")
    ] = TEAM,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MOST_LINES, help="最多多少行", metavar="N")
    ] = 50,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """催收工作台：先催谁，为什么。"""
    today = timezone.localdate()
    with working_in(org, actor=actor, snapshot=True) as (organization, who):
        who.require("collection.read")
        if part not in PARTS:
            raise CollectionRefused(_("没有这一部分：%s") % part, code="unknown_part")
        weights, suggested = weights_in_force(), uses_in_force().next_step
        wanted = WorkFilter(part, "", visible_salespeople(who), desks_of(who, today))
        clock = clock_at(timezone.localtime(), work_calendar())
        lines = work_lines(wanted, weights, today=today, clock=clock, limit=limit)
        rows = []
        for line in lines:
            row = {name: value for name, value in asdict(line).items() if not name.endswith("_id")}
            for name in ("overdue", "credit", "claimed"):
                row[name] = None if row[name] is None else amount_text(row[name], organization.currency)
            if line.promised is not None:
                row["promised"] = amount_text(line.promised, line.currency)
            row["answers_at"] = hours_of(line.answers_at)
            row["explained"] = dict(line.explained(weights, today=today))
            advised = advise(line.standing(today), today=today) if suggested else None
            row["advice"] = advised.step.value if advised else None
            row["at_stake"] = amount_text(advised.at_stake, organization.currency) if advised else None
            rows.append(row)
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo(f"{row['points']:>4}  {row['code']} {row['name']}  {row['overdue']}  {row['oldest_on']}")


@app.command("contact")
def contact(
    org: OrganizationOption,
    customer: CustomerOption,
    result: Annotated[
        str, typer.Option("--result", help="结果的代码，如 reached、not_reached、disputed", metavar="CODE")
    ],
    channel: Annotated[str, typer.Option("--channel", help="方式:phone、visit、email、letter…")] = "phone",
    incoming: Annotated[bool, typer.Option("--incoming", help="对方联系我方")] = False,
    at: Annotated[
        datetime | None, typer.Option("--at", parser=parse_moment, help="时间；默认现在", metavar="TIME")
    ] = None,
    document: DocumentsOption = None,
    person: Annotated[str, typer.Option("--person", help="联系了谁", metavar="NAME")] = "",
    text: Annotated[str, typer.Option("--text", help="说明", metavar="TEXT")] = "",
    proof: Annotated[str, typer.Option("--proof", help="证明:recording、reply、delivered…")] = "",
    proof_on: Annotated[
        date | None, typer.Option("--proof-on", parser=parse_day, help="送达或签收日", metavar="DATE")
    ] = None,
    recording: Annotated[str, typer.Option("--recording", help="录音的链接", metavar="URL")] = "",
    next_on: Annotated[
        date | None, typer.Option("--next-on", parser=parse_day, help="下一步的日期", metavar="DATE")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记联系：说了什么，催了哪些款，下一步。"""
    with working_in(org, actor=actor) as (_organization, who):
        found, made_at = collection_customer(customer, who), at or timezone.now()
        came = code_of(Result, result)
        step, day = follow_up(came, on=timezone.localtime(made_at).date(), calendar=work_calendar())
        new = NewContact(
            customer_id=found.pk,
            channel=code_of(Channel, channel),
            result=came,
            made_at=made_at,
            direction=Direction.IN if incoming else Direction.OUT,
            person_name=person,
            text=text,
            next_step=step,
            next_on=next_on or day,
            proof=code_of(Proof, proof),
            proof_on=proof_on,
            recording=recording,
            item_ids=collection_items(found, document),
        )
        made = record_contact(new, actor=who, today=timezone.localdate())
        data = _contact_data(made, found)
    tell(data, _("已登记与 %s 的联系") % found.name, format)


@app.command("promise")
def promise(
    org: OrganizationOption,
    customer: CustomerOption,
    by: Annotated[date, typer.Option("--by", parser=parse_day, help="答应付款的日子", metavar="DATE")],
    amount: Annotated[
        Decimal | None, typer.Option("--amount", parser=parse_amount, help="金额；默认全部", metavar="A")
    ] = None,
    document: DocumentsOption = None,
    channel: Annotated[str, typer.Option("--channel", help="方式:phone、visit、email、letter…")] = "phone",
    person: Annotated[str, typer.Option("--person", help="谁答应的", metavar="NAME")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记付款承诺。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        found = collection_customer(customer, who)
        new = NewPromise(
            customer_id=found.pk,
            promised_on=by,
            made_on=today,
            amount=amount,
            item_ids=collection_items(found, document),
            channel=code_of(Channel, channel),
            promiser=person,
        )
        made = record_promise(new, actor=who, today=today)
        data = _promise_data(made, found)
    tell(data, _("已登记 %(customer)s 的承诺") % {"customer": found.name}, format)


@app.command("judge")
def judge(
    org: OrganizationOption,
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="日期；默认今天")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """按到账判断付款承诺和还款计划是否兑现；同一天再做一次没有变化。"""
    day = on or timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        found = judge_promises(actor=who, day=day)
        data: dict[str, Any] = {"on": day.isoformat(), "looked_at": found.looked_at}
        data |= {state.value: found.count(state) for state in PromiseState}
        plans = judge_plans(actor=who, day=day)
        data["plans"] = {"looked_at": plans.looked_at, **{s.value: plans.count(s) for s in PLAN_ENDS}}
    said = _("看了 %(looked_at)d 项承诺：%(kept)d 项兑现，%(partly)d 项部分兑现，%(broken)d 项未兑现")
    tell(data, said % data, format)


@app.command("limitation")
def limitation(
    org: OrganizationOption,
    days: Annotated[int, typer.Option("--days", min=0, help="多少天之内届满", metavar="N")] = 180,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """诉讼时效将满或已满的应收，最早的在前。"""
    today = timezone.localdate()
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("collection.read")
        found = expiring(until=today + timedelta(days=days), salespeople=visible_salespeople(who))
        codes = dict(
            Customer.everyone.filter(pk__in={each.customer_id for each in found}).values_list("pk", "code")
        )
        rows = [
            {
                "document": each.number,
                "line": each.line,
                "customer": codes[each.customer_id],
                "due_on": each.due_on.isoformat(),
                "interrupted_on": each.interrupted_on.isoformat() if each.interrupted_on else None,
                "expires_on": each.expires_on.isoformat(),
                "days_left": (each.expires_on - today).days,
                "open_amount": amount_text(each.open_amount, each.currency),
                "currency": each.currency,
            }
            for each in found
        ]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        said = (row["expires_on"], row["customer"], row["document"], row["open_amount"], row["currency"])
        typer.echo("  ".join(str(each) for each in said))


def _contact_data(made: Contact, customer: Customer) -> dict[str, Any]:
    return {
        "id": str(made.pk),
        "customer": customer.code,
        "channel": made.channel,
        "result": made.result,
        "made_at": made.made_at.isoformat(),
        "claimed": f"{made.claimed:.2f}",
        "next_step": made.next_step,
        "next_on": made.next_on.isoformat() if made.next_on else None,
        "interrupts_on": made.interrupts_on.isoformat() if made.interrupts_on else None,
        "digest": made.digest,
    }


def _promise_data(made: PaymentPromise, customer: Customer) -> dict[str, Any]:
    return {
        "id": str(made.pk),
        "customer": customer.code,
        "promised_on": made.promised_on.isoformat(),
        "grace_days": made.grace_days,
        "amount": amount_text(made.amount, made.currency),
        "currency": made.currency,
        "state": made.state,
    }

"""huikuan collect case: cases at law, from the proposal to their end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

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
    put_up,
    working_in,
)
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import LegalCase
from huikuan.collection.operations import CaseStep, NewCase, lead_case, propose_case
from huikuan.collection.queries import cases_seen
from huikuan.collection.requests import ask_case
from huikuan.collection.rules import Proof
from huikuan.collection.stages import CaseKind, Stage
from huikuan.collection.wording import CASE_KINDS, STAGES, word
from huikuan.core.money import amount_text
from huikuan.organizations.actors import Actor

app = typer.Typer(name="case", help="案件：律师函、诉讼、支付令、仲裁", no_args_is_help=True)

CaseOption = Annotated[str, typer.Option("--case", help="案件的编号(id)", metavar="ID")]
KindOption = Annotated[
    str, typer.Option("--kind", help="lawyer_letter、suit、payment_order 或 arbitration", metavar="KIND")
]


@app.command("propose")
def propose(
    org: OrganizationOption,
    customer: CustomerOption,
    kind: KindOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    document: DocumentsOption = None,
    court: Annotated[str, typer.Option("--court", help="法院或仲裁机构", metavar="NAME")] = "",
    lawyer: Annotated[str, typer.Option("--lawyer", help="律师", metavar="NAME")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """提出案件：主张的款项按今天的未付数固定下来。"""
    with working_in(org, actor=actor) as (organization, who):
        found = collection_customer(customer, who)
        made = propose_case(
            NewCase(
                customer_id=found.pk,
                kind=code_of(CaseKind, kind),
                reason=reason,
                item_ids=collection_items(found, document),
                court=court,
                lawyer=lawyer,
            ),
            actor=who,
            today=timezone.localdate(),
        )
        data = _data(made, organization.currency)
    tell(data, _("已提出对 %s 的案件") % found.name, format)


@app.command("approve")
def approve(
    org: OrganizationOption, case: CaseOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """批准案件；公司规定要审批的，提交审批。"""
    with working_in(org, actor=actor) as (organization, who):
        found = _case(case, who)
        outcome = ask_case(found, reason=found.reason, actor=who, today=timezone.localdate())
        data = _data(_case(case, who), organization.currency)
    if not put_up(outcome, format):
        tell(data, _("案件已批准"), format)


@app.command("step")
def step(
    org: OrganizationOption,
    case: CaseOption,
    stage: Annotated[
        str,
        typer.Option("--stage", help="letter_sent、filed、accepted、hearing、judgment、enforcement、closed"),
    ] = "",
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="日期；默认今天")
    ] = None,
    text: Annotated[str, typer.Option("--text", help="说明", metavar="TEXT")] = "",
    fee: Annotated[
        Decimal | None, typer.Option("--fee", parser=parse_amount, help="费用", metavar="A")
    ] = None,
    next_on: Annotated[
        date | None, typer.Option("--next-on", parser=parse_day, help="下一个日期", metavar="DATE")
    ] = None,
    next_what: Annotated[str, typer.Option("--next-what", help="到时做什么", metavar="TEXT")] = "",
    court_number: Annotated[str | None, typer.Option("--court-number", help="案号", metavar="NO")] = None,
    proof: Annotated[str, typer.Option("--proof", help="律师函的送达证明:delivered、signed…")] = "",
    proof_on: Annotated[
        date | None, typer.Option("--proof-on", parser=parse_day, help="送达日", metavar="DATE")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """推进案件：进展、费用、下一个日期。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (organization, who):
        found = _case(case, who)
        made = lead_case(
            found.pk,
            CaseStep(
                on=on or today,
                stage=code_of(Stage, stage) if stage else None,
                text=text,
                fee=fee,
                next_on=next_on,
                next_what=next_what,
                court_number=court_number,
                proof=code_of(Proof, proof),
                proof_on=proof_on,
            ),
            actor=who,
            today=today,
        )
        data = _data(made, organization.currency)
    tell(data, _("已记入案件"), format)


@app.command("list")
def list_(
    org: OrganizationOption,
    closed: Annotated[bool, typer.Option("--closed", help="连同已结案的")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """案件，最近的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (organization, who):
        who.require("collection.read")
        found = cases_seen(who).order_by("-id")
        if not closed:
            found = found.exclude(stage=Stage.CLOSED.value)
        rows = [_data(each, organization.currency) for each in found[:1000]]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        named = f"{word(CASE_KINDS, row['kind'])} {word(STAGES, row['stage'])}"
        typer.echo(f"{row['id']}  {row['customer']}  {named}  {row['claimed']}  {row['next_on'] or ''}")


def _case(text: str, who: Actor) -> LegalCase:
    try:
        found = cases_seen(who).filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise CollectionRefused(_("没有这个案件，或已经结案。"), code="unknown_case")
    return found


def _data(case: LegalCase, currency: str) -> dict[str, Any]:
    return {
        "id": str(case.pk),
        "customer": case.customer.code,
        "kind": case.kind,
        "stage": case.stage,
        "claimed": amount_text(case.claimed, currency),
        "fees": amount_text(case.fees, currency),
        "filed_on": case.filed_on.isoformat() if case.filed_on else None,
        "next_on": case.next_on.isoformat() if case.next_on else None,
        "next_what": case.next_what,
    }

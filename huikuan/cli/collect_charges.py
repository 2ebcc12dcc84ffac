"""huikuan collect charge: what policies propose to charge for paying late, and what finance decides of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.collect_words import code_of, tell
from huikuan.cli.runtime import ActorOption, Format, FormatOption, OrganizationOption, emit, working_in
from huikuan.collection.charging import ChargeState
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Charge, ChargeLine
from huikuan.collection.operations import refuse_charge
from huikuan.collection.queries import charges_seen
from huikuan.collection.requests import ask_charge
from huikuan.core.money import amount_text
from huikuan.organizations.actors import Actor
from huikuan.sales.shipped import USUAL_CODE

app = typer.Typer(name="charge", help="计收提案：列出、计收、不计收", no_args_is_help=True)

ChargeOption = Annotated[str, typer.Option("--charge", help="提案的编号(id)", metavar="ID")]


@app.command("list")
def list_(
    org: OrganizationOption,
    state: Annotated[
        str, typer.Option("--state", help="proposed、charged、refused 或 withdrawn", metavar="STATE")
    ] = ChargeState.PROPOSED.value,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """计收提案，最近的在前。"""
    with working_in(org, actor=actor, snapshot=True) as (organization, who):
        who.require("collection.read")
        found = charges_seen(who).filter(state=code_of(ChargeState, state).value)
        charges = list(found.select_related("action__step").order_by("-on", "-pk"))
        lines: dict[UUID, list[ChargeLine]] = {}
        for line in ChargeLine.objects.filter(charge__in=charges).order_by("number", "after_on"):
            lines.setdefault(line.charge_id, []).append(line)
        rows = [_data(each, lines.get(each.pk, []), organization.currency) for each in charges]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']}  {row['on']}  {row['customer']}  {row['step']}  {row['amount']}")


@app.command("make")
def make(
    org: OrganizationOption,
    charge: ChargeOption,
    tax_code: Annotated[str, typer.Option("--tax-code", help="税率代码", metavar="CODE")] = USUAL_CODE,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """计收：生成应收调增单并过账；公司规定要审批的，先提交审批。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = _charge(charge, who)
        outcome = ask_charge(
            found, reason=found.action.step.name, tax_code=tax_code, actor=who, today=timezone.localdate()
        )
        found.refresh_from_db()
        data = {"id": str(found.pk), "state": found.state, "pending": bool(outcome.pending)}
    tell(data, _("已提交审批。") if outcome.pending else _("已计收，应收调增单已过账。"), format)


@app.command("refuse")
def refuse(
    org: OrganizationOption,
    charge: ChargeOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """不计收；这些天以后的步骤还可以再提出。"""
    with working_in(org, actor=actor) as (_organization, who):
        made = refuse_charge(_charge(charge, who).pk, reason=reason, actor=who, today=timezone.localdate())
        data = {"id": str(made.pk), "state": made.state}
    tell(data, _("已记为不计收。"), format)


def _charge(text: str, who: Actor) -> Charge:
    try:
        key = UUID(text.strip())
    except ValueError:
        key = UUID(int=0)
    found = charges_seen(who).select_related("action__step").filter(pk=key).first()
    if found is None:
        raise CollectionRefused(_("没有这项计收提案，或已经有人处理。"), code="unknown_charge")
    return found


def _data(charge: Charge, lines: list[ChargeLine], currency: str) -> dict[str, Any]:
    return {
        "id": str(charge.pk),
        "customer": charge.customer.code,
        "on": charge.on.isoformat(),
        "step": charge.action.step.name,
        "fee": amount_text(charge.fee, currency),
        "amount": amount_text(charge.amount, currency),
        "state": charge.state,
        "lines": [
            {
                "document": each.number,
                "currency": each.currency,
                "principal": amount_text(each.principal, each.currency),
                "daily_rate": f"{each.daily_rate.normalize():f}",
                "after": each.after_on.isoformat(),
                "until": each.until_on.isoformat(),
                "amount": amount_text(each.amount, each.currency),
            }
            for each in lines
        ],
    }

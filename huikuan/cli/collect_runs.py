"""huikuan collect run and simulate: what the policies want done, and what they would have done."""

from __future__ import annotations

from collections import Counter
from datetime import date
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
    parse_day,
    working_in,
)
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import PolicyStep
from huikuan.collection.operations import run_collection
from huikuan.collection.policy_queries import latest_version, policy_by_code
from huikuan.collection.simulation import Simulation, simulate
from huikuan.core.money import amount_text
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople


def register(app: typer.Typer) -> None:
    """Add the commands to `huikuan collect`."""
    app.command("run")(run)
    app.command("simulate")(simulated)


def run(
    org: OrganizationOption,
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="日期；默认今天")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说会做什么，什么也不写")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """执行催收策略：每一步每笔欠款只做一次；同一天再执行一次不会重复。"""
    now = timezone.localtime()
    with working_in(org, actor=actor) as (_organization, who):
        found = run_collection(actor=who, day=on or now.date(), now=now, dry_run=dry_run)
    if format == Format.JSON:
        emit(found.as_json())
        return
    said = _("计划 %(planned)d 位客户，排队 %(queued)d 条消息，%(waiting_approval)d 项等待同意")
    messages.print(said % found.as_json())
    for reason, count in found.skipped.items():
        messages.print(f"  {reason}: {count}")


def simulated(
    org: OrganizationOption,
    policy: Annotated[str, typer.Option("--policy", help="策略代码", metavar="CODE")],
    from_day: Annotated[date, typer.Option("--from", parser=parse_day, metavar="DATE", help="从哪天")],
    to_day: Annotated[date, typer.Option("--to", parser=parse_day, metavar="DATE", help="到哪天")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """模拟催收策略：在这段时间里谁会在哪天收到什么；什么也不写。"""
    today = timezone.localdate()
    with working_in(org, actor=actor) as (organization, who):
        who.require("collection.read")
        version = latest_version(policy_by_code(policy).pk, today)
        if version is None:
            raise CollectionRefused(_("没有这个版本。"), code="unknown_version")
        found = simulate(version, first=from_day, last=to_day, today=today, people=visible_salespeople(who))
        rows = _rows(found, organization.currency)
        steps = dict(Counter(row["step"] for row in rows))
    if format == Format.JSON:
        emit(
            {
                "policy": policy,
                "from": from_day,
                "to": to_day,
                "planned": len(rows),
                "steps": steps,
                "skipped": dict(found.skipped),
                "rows": rows,
            }
        )
        return
    for name, count in steps.items():
        typer.echo(f"{count:>8}  {name}")
    messages.print(_("共 %d 次") % len(rows))


def _rows(found: Simulation, currency: str) -> list[dict[str, Any]]:
    codes = dict(
        Customer.everyone.filter(pk__in={each.customer_id for each in found.planned}).values_list(
            "pk", "code"
        )
    )
    steps = {row.pk: row for row in PolicyStep.objects.filter(version_id=found.version_id)}
    return [
        {
            "on": each.on.isoformat(),
            "customer": codes[each.customer_id],
            "step": steps[each.step_id].name,
            "channels": steps[each.step_id].channels,
            "items": each.items,
            "amount": amount_text(each.asked, currency),
        }
        for each in found.planned
    ]

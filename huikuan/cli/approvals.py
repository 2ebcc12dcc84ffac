"""huikuan approvals list, approve, return: what waits for agreement, and deciding about it by its number."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.approvals.models import OPEN, Request, Status
from huikuan.approvals.operations import decide
from huikuan.approvals.queries import requests_seen, step_names, waiting_for
from huikuan.approvals.registry import kind_title
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    working_in,
)
from huikuan.core.errors import HuikuanError
from huikuan.core.money import amount_text
from huikuan.organizations.actors import Actor

app = typer.Typer(help="审批", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(help="申请编号，如 SP202611000001", metavar="NUMBER")]


class UnknownRequest(HuikuanError):
    """No request that the actor may see has this number."""

    code = "unknown_request"


@app.command("list")
def list_(
    org: OrganizationOption,
    every: Annotated[bool, typer.Option("--all", help="所有看得到的申请，包括已办完的")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """等我审批的申请；本机操作员看到所有没办完的。"""
    with working_in(org, actor=actor, snapshot=True) as (organization, who):
        today = timezone.localdate()
        found = requests_seen(who, today)
        if not every:
            found = found.filter(status__in=OPEN) if who.membership_id is None else waiting_for(who, today)
        rows = [_as_data(request, organization.currency) for request in found.order_by("-submitted_at")]
    if format == Format.JSON:
        emit(rows)
        return
    table = Table(box=box.SIMPLE_HEAD)
    for title in (_("编号"), _("事项"), _("关于"), _("金额"), _("申请人"), _("等待"), _("状态")):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(
            row["number"],
            row["title"],
            row["subject"],
            row["amount"] or "",
            row["requester"],
            row["waits_for"] or "",
            row["status"],
        )
    Console().print(table)


def _as_data(request: Request, currency: str) -> dict[str, Any]:
    names = step_names(request)
    return {
        "number": request.number,
        "kind": request.kind,
        "title": kind_title(request.kind),
        "subject": request.subject,
        "amount": amount_text(request.amount, currency) if request.amount is not None else None,
        "requester": request.requester_name,
        "reason": request.reason,
        "submitted_at": request.submitted_at,
        "step": request.step,
        "steps": names,
        "waits_for": names[request.step - 1] if request.status == Status.PENDING else None,
        "status": request.status,
        "refusal": request.refusal,
        "result": (request.result or {}).get("number"),
    }


@app.command()
def approve(
    number: NumberArgument,
    org: OrganizationOption,
    comment: Annotated[str, typer.Option("--comment", help="意见", metavar="TEXT")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """批准申请的当前一步；最后一步批准后立即执行。"""
    _decide(number, org, comment, actor, format, approve=True)


@app.command("return")
def return_(
    number: NumberArgument,
    org: OrganizationOption,
    comment: Annotated[str, typer.Option("--comment", help="原因", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """把申请退回给申请人，并写明原因。"""
    _decide(number, org, comment, actor, format, approve=False)


def _decide(number: str, org: str, comment: str, actor: str, format: Format, *, approve: bool) -> None:
    with working_in(org, actor=actor) as (organization, who):
        request = _by_number(number, who)
        decided = decide(request.pk, approve=approve, comment=comment, actor=who, today=timezone.localdate())
        data = _as_data(decided, organization.currency)
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(_said(decided), markup=False)
    if decided.status == Status.STUCK:
        raise typer.Exit(1)


def _said(request: Request) -> str:
    if request.status == Status.DONE:
        return _("已批准并执行：%s") % str((request.result or {}).get("number", ""))
    if request.status == Status.STUCK:
        return _("批准已记下，但未能执行：%s") % request.refusal
    if request.status == Status.RETURNED:
        return _("已退回 %s") % request.number
    return _("已批准，等待下一步")


def _by_number(number: str, who: Actor) -> Request:
    found = requests_seen(who, timezone.localdate()).filter(number=number).first()
    if found is None:
        raise UnknownRequest(_("没有编号为 %s 的申请。") % number)
    return found

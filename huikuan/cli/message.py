"""huikuan message: sending what is due, listing messages, saying what became of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
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
    organization_of,
    working_in,
)
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.jobs import worker_name
from huikuan.messaging.models import Message
from huikuan.messaging.operations import Decision, settle_message
from huikuan.messaging.queries import messages_seen
from huikuan.messaging.rules import MessageState
from huikuan.messaging.sending import read_mailboxes, send_due
from huikuan.messaging.wording import CHANNELS, STATES, reason_words, word

app = typer.Typer(name="message", help="消息：发送、列出、确认结果", no_args_is_help=True)


@app.command("send")
def send(
    org: OrganizationOption,
    most: Annotated[int | None, typer.Option("--most", min=1, help="最多发送多少条", metavar="N")] = None,
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="最多用多少秒", metavar="S")] = 600,
    format: FormatOption = Format.TABLE,
) -> None:
    """发送到期的消息，并读取回复和退信；后台每分钟也会做，两边同时做不会重复发送。"""
    organization = organization_of(org)
    done = send_due(
        organization.pk,
        clock=timezone.now,
        worker=worker_name(),
        until=timezone.now() + timedelta(seconds=seconds),
        most=most,
    )
    read = read_mailboxes(organization.pk, clock=timezone.now)
    counts = {state.value: done.counts[state.value] for state in MessageState if done.counts[state.value]}
    data = {
        **counts,
        "retry": done.counts["retry"],
        "lost": done.counts["lost"],
        "asked": done.counts["asked"],
        "read": read,
        "resting": done.resting,
    }
    if format == Format.JSON:
        emit(data)
        return
    for state, count in counts.items():
        messages.print(f"{word(STATES, state)}  {count}")
    if done.counts["retry"]:
        messages.print(_("没有发出、稍后再试：%d") % done.counts["retry"])
    for sender, why in done.resting.items():
        messages.print(_("%(sender)s 暂停发送：%(why)s") % {"sender": sender, "why": reason_words(why)})
    if not counts and not done.counts["retry"]:
        messages.print(_("没有到期的消息。"))


@app.command("list")
def list_(
    org: OrganizationOption,
    state: Annotated[str, typer.Option("--state", help="状态，如 unknown、failed", metavar="STATE")] = "",
    customer: Annotated[str, typer.Option("--customer", help="客户代码", metavar="CODE")] = "",
    most: Annotated[int, typer.Option("--most", min=1, help="最多列出多少条", metavar="N")] = 100,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """列出消息，最近的在前；地址只显示一部分。"""
    if state and state not in {each.value for each in MessageState}:
        offered = "、".join(each.value for each in MessageState)
        message = _("没有 %(code)s，可以是 %(offered)s。") % {"code": state, "offered": offered}
        raise MessageRefused(message, code="unknown_code")
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("messaging.read")
        found = messages_seen(who).select_related("customer").order_by("-queued_at", "-pk")
        if state:
            found = found.filter(state=state)
        if customer:
            found = found.filter(customer__code=customer)
        rows = [_data(each) for each in found[:most]]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        said = (
            row["queued_at"].strftime("%Y-%m-%d %H:%M"),
            word(CHANNELS, row["channel"]),
            row["customer"] or "-",
            row["address"],
            word(STATES, row["state"]),
            reason_words(row["reason"]),
            row["id"],
        )
        typer.echo("  ".join(str(each) for each in said if each))


@app.command("settle")
def settle(
    message: Annotated[UUID, typer.Argument(help="消息的编号，见 list", metavar="ID")],
    org: OrganizationOption,
    decision: Annotated[
        Decision,
        typer.Option("--as", help="arrived 已送达、again 再发一次、failed 没有送达", metavar="DECISION"),
    ],
    reason: Annotated[str, typer.Option("--reason", help="依据，写入审计轨迹", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """人工确认结果未知或发送失败的消息。"""
    with working_in(org, actor=actor) as (_organization, who):
        settle_message(message, decision, reason=reason, actor=who, now=timezone.now())
        data = _data(Message.objects.select_related("customer").get(pk=message))
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(word(STATES, data["state"]))


def _data(row: Message) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "key": row.key,
        "channel": row.channel,
        "customer": row.customer.code if row.customer else None,
        "address": row.address_shown,
        "subject": row.subject,
        "state": row.state,
        "reason": row.reason,
        "tries": row.tries,
        "queued_at": row.queued_at,
        "settled_at": row.settled_at,
    }

"""huikuan report schedule: reports that are made on their days and sent by themselves."""

from __future__ import annotations

import re
from datetime import time
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
    working_in,
)
from huikuan.reports.models import Channel, Every, ReportSchedule
from huikuan.reports.operations import NewSchedule, ScheduleRefused, make_schedule, stop_schedule

app = typer.Typer(name="schedule", help="定时报表：设好、列出、停止", no_args_is_help=True)

MemberOption = Annotated[str, typer.Option("--actor", help="按谁的权限制作(邮箱或手机号)", metavar="EMAIL")]
SaidOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="报表的条件，可多次，如 by=region,customer 或 region=华东", metavar="NAME=VALUE"
    ),
]
ToOption = Annotated[
    list[str], typer.Option("--to", help="邮箱，或群机器人发送方的代码；可多次", metavar="ADDRESS")
]


def _time(text: str | time) -> time:
    try:
        return text if isinstance(text, time) else time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(_("时刻应写成 08:00：%s") % text) from None


@app.command("add")
def add(
    report: Annotated[str, typer.Argument(help="报表名称，见 huikuan report --list", metavar="REPORT")],
    org: OrganizationOption,
    actor: MemberOption,
    to: ToOption,
    every: Annotated[Every, typer.Option("--every", help="周期")] = Every.WORKDAY,
    on: Annotated[int, typer.Option("--on", help="每周的星期几(1 星期一)或每月几号(31 是最后一天)")] = 1,
    at: Annotated[time, typer.Option("--at", parser=_time, help="几点以后", metavar="HH:MM")] = time(8),
    file: Annotated[str, typer.Option("--file", help="文件格式", metavar="xlsx|pdf|csv")] = "xlsx",
    channel: Annotated[Channel, typer.Option("--channel", help="邮件，或群机器人(只发合计)")] = Channel.EMAIL,
    name: Annotated[str, typer.Option("--name", help="名称；默认报表的名称")] = "",
    said: SaidOption = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """设一个定时报表；截至日和期间在发送时决定。"""
    new = NewSchedule(
        report=report,
        words=_words(said or []),
        form=file,
        every=every,
        on=on,
        at=at,
        channel=channel,
        recipients=to,
        name=name,
    )
    with working_in(org, actor=actor) as (_organization, who):
        made = make_schedule(new, actor=who, today=timezone.localdate())
    if format == Format.JSON:
        emit(_as_data(made))
    else:
        messages.print(_("定时报表已设好：%s") % made.pk)


def _words(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(_("--set 应写成 名称=值：%s") % pair)
        found[name.replace("-", "_")] = value
    return found


@app.command("list")
def listed(org: OrganizationOption, format: FormatOption = Format.TABLE) -> None:
    """列出还在发送的定时报表。"""
    with working_in(org, snapshot=True):
        found = [
            _as_data(each) for each in ReportSchedule.objects.filter(stopped_act=None).order_by("name", "id")
        ]
    if format == Format.JSON:
        emit({"schedules": found})
        return
    for each in found:
        to = ", ".join(each["recipients"])
        typer.echo(
            f"{each['id']}  {each['name']}  {each['report']}  {each['every']} {each['on']} {each['at']}  {to}"
        )


@app.command("stop")
def stop(
    schedule: Annotated[str, typer.Argument(help="编号，见 list", metavar="ID")],
    org: OrganizationOption,
    actor: ActorOption = "",
) -> None:
    """停止一个定时报表。"""
    with working_in(org, actor=actor) as (_organization, who):
        stop_schedule(_key(schedule), actor=who)
    messages.print(_("已停止。"))


def _key(text: str) -> UUID:
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", text):
        raise ScheduleRefused(_("没有编号为 %s 的定时报表。") % text, code="unknown_schedule")
    return UUID(text)


def _as_data(schedule: ReportSchedule) -> dict[str, Any]:
    return {
        "id": str(schedule.pk),
        "name": schedule.name,
        "report": schedule.report,
        "words": schedule.words,
        "form": schedule.form,
        "every": schedule.every,
        "on": schedule.on,
        "at": f"{schedule.at:%H:%M}",
        "channel": schedule.channel,
        "recipients": schedule.recipients,
        "last_on": schedule.last_on.isoformat() if schedule.last_on else None,
        "last_said": schedule.last_said,
    }

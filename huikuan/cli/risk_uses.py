"""huikuan risk uses: where predictions take part."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer
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
from huikuan.risk.foreseeing.operations import change_uses
from huikuan.risk.payments.outlook import Uses, uses_in_force

NAMES = tuple(asdict(Uses()))


def uses(
    org: OrganizationOption,
    on: Annotated[list[str] | None, typer.Option("--on", metavar="USE", help="打开一种用途")] = None,
    off: Annotated[list[str] | None, typer.Option("--off", metavar="USE", help="关掉一种用途")] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """预测用在哪里：worklist、next_step、leave_alone、warnings、credit；可以打开或关掉。"""
    unknown = [name for name in (*(on or ()), *(off or ())) if name not in NAMES]
    if unknown:
        raise typer.BadParameter(_("没有这种用途：%s") % unknown[0])
    with working_in(org, actor=actor) as (_organization, who):
        who.require("report.read")
        found = uses_in_force()
        if on or off:
            found = replace(found, **{**dict.fromkeys(on or (), True), **dict.fromkeys(off or (), False)})
            change_uses(found, actor=who)
    if format == Format.JSON:
        emit(asdict(found))
        return
    for name, used in asdict(found).items():
        messages.print(f"{name:<12} {_('开') if used else _('关')}", highlight=False)

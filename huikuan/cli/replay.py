"""huikuan credit replay: what a scorecard and the gate's rules would have done to the orders of the past."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    parse_day,
    working_in,
)
from huikuan.credit.wording import action_word, sentence
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports.replay import AS_GIVEN, BY_CARD, Replay, as_data, last_full_months, replay

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to `huikuan credit`."""
    app.command("replay")(replay_policy)


def replay_policy(
    org: OrganizationOption,
    since: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="DATE", help="开始；默认 24 个整月前")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--to", parser=parse_day, metavar="DATE", help="结束；默认上月末")
    ] = None,
    card: Annotated[str, typer.Option("--card", metavar="CODE", help="评分卡代码；默认启用的")] = "",
    given: Annotated[
        bool, typer.Option("--given-limits/--card-limits", help="用当时给的额度(默认)，还是评分卡推荐的")
    ] = True,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """政策重放：评分卡和下单规则用在过去的订单上会怎样，只用当时知道的事。"""
    today = timezone.localdate()
    first, last = last_full_months(today)
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("credit.read")
        if who.scope != Scope.ALL:
            raise NotPermitted(_("这份报表包含全部客户的数字，您的角色只看得到一部分客户。"))
        found = replay(
            since=since or first,
            until=until or last,
            today=today,
            card=card,
            limits=AS_GIVEN if given else BY_CARD,
        )
        if format == Format.JSON:
            emit(as_data(found, words=lambda reason: sentence(reason, found.currency)))
        else:
            _tell(found)


def _tell(found: Replay) -> None:
    typer.echo(f"{found.since} – {found.until}  {'、'.join(found.cards)}")
    for label, chosen in (
        (_("全部订单"), found.all),
        (_("会被拦下"), found.stopped),
        (_("其中需要放行"), found.held),
        (_("其中不放行"), found.blocked),
    ):
        typer.echo(f"{label}  {chosen.count}  {chosen.amount:,.2f}")
    typer.echo(f"{_('避免的损失')}  {found.stopped.bad:,.2f} / {found.all.bad:,.2f}")
    typer.echo(f"{_('拦下的正常销售')}  {found.stopped.good:,.2f}")
    for each in found.list[:SHOWN]:
        party = found.customers[each.subject.customer_id]
        typer.echo(
            f"- {each.subject.on} {each.subject.number} {party.name} {each.subject.amount:,.2f}"
            f" {action_word(each.action)} {each.bad:,.2f}"
        )
        for reason in each.reasons:
            typer.echo(f"    {sentence(reason, found.currency)}")

"""huikuan collect hand-over, hours, digest, share-out, effect: joint work, when to call, the weekly digest, who collects, what
helped.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.cli.collect_words import CustomerOption, code_of, collection_customer, tell
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    parse_day,
    working_in,
)
from huikuan.collection.digest import digests
from huikuan.collection.effect_queries import BY_CHANNEL, WAYS, WINDOWS, outcomes
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.operations import Hours, hand_over, save_hours, send_digests, share_out
from huikuan.collection.sharing import Hands
from huikuan.core.money import amount_text

UntilOption = Annotated[
    date | None, typer.Option("--until", parser=parse_day, metavar="DATE", help="最后一天；默认今天")
]


def hand_over_command(
    org: OrganizationOption,
    customer: CustomerOption,
    to: Annotated[str, typer.Option("--to", help="sales、finance、joint 或 legal", metavar="WHO")],
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")],
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """移交催收：销售、财务、双方共同或法务。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = collection_customer(customer, who)
        hands = code_of(Hands, to)
        made = hand_over(
            found.pk, hands=hands, to_id=None, reason=reason, actor=who, today=timezone.localdate()
        )
        data = {"customer": found.code, "hands": made.hands, "on": made.on.isoformat()}
    tell(data, _("%s 已移交") % found.name, format)


def _parse_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(_("时间应写成 14:30：%s") % text) from None


def hours_command(
    org: OrganizationOption,
    customer: CustomerOption,
    from_time: Annotated[
        time | None, typer.Option("--from", parser=_parse_time, metavar="TIME", help="几点起可以打电话")
    ] = None,
    until_time: Annotated[
        time | None, typer.Option("--until", parser=_parse_time, metavar="TIME", help="到几点")
    ] = None,
    away_from: Annotated[
        date | None, typer.Option("--away-from", parser=parse_day, metavar="DATE", help="不在的第一天")
    ] = None,
    away_until: Annotated[
        date | None, typer.Option("--away-until", parser=parse_day, metavar="DATE", help="不在的最后一天")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="说明", metavar="TEXT")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """登记客户的可联系时间，取代以前登记的；什么也不写就清除。"""
    told = Hours(
        called_from=from_time, called_until=until_time, away_from=away_from, away_until=away_until, note=note
    )
    with working_in(org, actor=actor) as (_organization, who):
        found = collection_customer(customer, who)
        changed = save_hours(found.pk, told, actor=who)
    tell({"customer": found.code, "changed": changed}, _("%s 的可联系时间已登记") % found.name, format)


def digest_command(
    org: OrganizationOption,
    until: UntilOption = None,
    send: Annotated[bool, typer.Option("--send", help="发通知和邮件；同一周只发一次")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """每位业务员一周的回款、逾期、提成和因晚到少得的提成。"""
    day = until or timezone.localdate()
    with working_in(org, actor=actor, snapshot=not send) as (organization, who):
        who.require("collection.manage")
        currency = organization.currency
        rows: list[dict[str, Any]] = [
            {
                "salesperson": each.name,
                "collected": amount_text(each.collected, currency),
                "overdue": amount_text(each.overdue, currency),
                "commission": amount_text(each.commission, currency),
                "lost": amount_text(each.lost, currency),
                "broken": each.broken,
                "questions": each.questions,
            }
            for each in digests(ends_on=day, currency=currency)
        ]
        sent = send_digests(ends_on=day, actor=who) if send else 0
    if format == Format.JSON:
        emit({"until": day.isoformat(), "sent": sent, "people": rows})
        return
    for row in rows:
        said = ("salesperson", "collected", "overdue", "commission", "lost")
        typer.echo("  ".join(str(row[name]) for name in said))


def share_out_command(
    org: OrganizationOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只算，不分派")] = False,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """按分派规则分派还没有指定催收人的逾期客户。"""
    with working_in(org, actor=actor) as (_organization, who):
        found = share_out(actor=who, today=timezone.localdate(), dry_run=dry_run)
        data = {"given": found.given, "left": found.left}
    total = sum(found.given.values())
    tell(
        data, _("分派了 %(count)d 位客户，%(left)d 位没有规则") % {"count": total, "left": found.left}, format
    )


def effect_command(
    org: OrganizationOption,
    by: Annotated[
        str, typer.Option("--by", help="channel、person、template 或 step", metavar="WHAT")
    ] = BY_CHANNEL,
    since: Annotated[
        date | None, typer.Option("--from", parser=parse_day, metavar="DATE", help="第一天；默认 90 天前")
    ] = None,
    until: UntilOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """联系之后怎样了：联系上、回应、承诺,7、14、30 天内付款的比例。"""
    today = timezone.localdate()
    last = until or today
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        who.require("collection.manage")
        if by not in WAYS:
            raise CollectionRefused(_("没有这一部分：%s") % by, code="unknown_part")
        found = outcomes(by, starts_on=since or last - timedelta(days=90), ends_on=last, today=today)
        rows = [
            {
                by: each.key,
                "contacts": each.contacts,
                "reached": each.reached,
                "answered": each.answered,
                "promised": each.promised,
                **{
                    f"paid_{days}": {"of": each.watched[place], "paid": each.paid[place]}
                    for place, days in enumerate(WINDOWS)
                },
            }
            for each in found
        ]
    if format == Format.JSON:
        emit(rows)
        return
    for row in rows:
        typer.echo("  ".join(str(value) for value in row.values()))

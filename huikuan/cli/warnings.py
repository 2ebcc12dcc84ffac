"""huikuan credit warnings: what early warnings there are, or what would have been found on another day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
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
    parse_day,
    working_in,
)
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.warnings.detection import find
from huikuan.warnings.models import State
from huikuan.warnings.operations import find_warnings
from huikuan.warnings.queries import settings_in_force, warnings_seen
from huikuan.warnings.rules import Finding
from huikuan.warnings.wording import kind_word, sentence


def register(app: typer.Typer) -> None:
    """Add the command to `huikuan credit`."""
    app.command("warnings")(warnings)


def warnings(
    org: OrganizationOption,
    on: Annotated[
        date | None, typer.Option("--on", parser=parse_day, metavar="DATE", help="日期；默认今天")
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """信用预警：检查全部客户，记下新的预警并列出未关闭的；写了过去的日期则只列出当天会发现什么。"""
    today = timezone.localdate()
    day = on or today
    with working_in(org, actor=actor, snapshot=day != today) as (_organization, who):
        who.require("credit.read")
        if day != today:
            rows = _would_find(day, who)
        else:
            new = {each.pk for each in find_warnings(actor=who, day=day)}
            rows = _standing(who, new)
    if format == Format.JSON:
        emit({"on": day.isoformat(), "recorded": day == today, "warnings": rows})
        return
    for row in rows:
        sign = "*" if row["new"] else " "
        typer.echo(f"{sign} {row['found_on']}  {row['customer']} {row['name']}  {row['title']}")
        typer.echo(f"    {row['text']}")
    typer.echo(_("%d 条预警") % len(rows))


def _standing(who: Actor, new: set[UUID]) -> list[dict[str, Any]]:
    open_now = warnings_seen(who).filter(state=State.OPEN).order_by("-found_on", "-id")
    return [
        {
            **_said(
                each.kind, each.figures, each.rows, each.customer.code, each.customer.name, each.found_on
            ),
            "owner": each.owner_name or None,
            "done": each.done or None,
            "new": each.pk in new,
        }
        for each in open_now
    ]


def _would_find(day: date, who: Actor) -> list[dict[str, Any]]:
    found: Sequence[Finding] = find(settings_in_force(), day=day)
    customers = Customer.objects.filter(pk__in={each.customer_id for each in found})
    people = visible_salespeople(who)
    if people is not None:
        customers = customers.filter(salesperson_id__in=people)
    names = {key: (code, name) for key, code, name in customers.values_list("pk", "code", "name")}
    return [
        {
            **_said(
                each.kind.value,
                each.figures,
                [row.as_data() for row in each.rows],
                *names[each.customer_id],
                day,
            ),
            "owner": None,
            "done": None,
            "new": True,
        }
        for each in found
        if each.customer_id in names
    ]


def _said(
    kind: str,
    figures: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    code: str,
    name: str,
    found_on: date,
) -> dict[str, Any]:
    return {
        "customer": code,
        "name": name,
        "kind": kind,
        "title": kind_word(kind),
        "text": sentence(kind, figures),
        "figures": dict(figures),
        "evidence": [dict(row) for row in rows],
        "found_on": found_on.isoformat(),
    }

"""What every command shares: the database made ready, the organization and actor, and how results are printed.

JSON goes to standard output; progress and messages go to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer
from django.utils.translation import gettext as _
from rich.console import Console

from huikuan.administration.operations.updates import complete_organizations
from huikuan.approvals.operations import Outcome
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.catalogue import update_schema
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor, local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.queries import actor_of, organization_by_code, user_by_login

messages = Console(stderr=True)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


OrganizationOption = Annotated[str, typer.Option("--org", help="组织代码", metavar="CODE")]
ActorOption = Annotated[
    str, typer.Option("--actor", help="以谁的身份(邮箱或手机号)；默认本机操作员", metavar="EMAIL")
]
FormatOption = Annotated[Format, typer.Option("--format", help="输出格式")]


def parse_day(text: str) -> date:
    """A date option: 2026-06-30."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(_("日期应写成 2026-06-30：%s") % text) from None


def parse_moment(text: str) -> datetime:
    """A moment option: ISO 8601, with its offset; without one, in the installation's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(_("时间应写成 2026-06-30T18:00:00+08:00：%s") % text) from None
    return moment if moment.tzinfo else moment.astimezone()


def parse_amount(text: str) -> Decimal:
    """An amount option: plain digits with an optional point."""
    try:
        amount = Decimal(text)
    except ArithmeticError:
        raise typer.BadParameter(_("金额无法识别：%s") % text) from None
    if not amount.is_finite():
        raise typer.BadParameter(_("金额无法识别：%s") % text)
    return amount


DayOption = Annotated[date, typer.Option("--on", parser=parse_day, metavar="DATE", help="生效日期")]


def ready() -> None:
    """Start or join the database and bring its schema up to date."""
    if update_schema():
        complete_organizations(actor=local_operator())


class UnknownActor(HuikuanError):
    """`--actor` names nobody, or nobody of this organization."""

    code = "unknown_actor"


@contextmanager
def working_in(code: str, *, actor: str = "", snapshot: bool = False) -> Iterator[tuple[Organization, Actor]]:
    """One transaction in the organization called `code`, acting as `actor` or the local operator."""
    organization = organization_of(code)
    with tenant(organization.pk, snapshot=snapshot):
        yield organization, acting(actor)


def organization_of(code: str) -> Organization:
    """The organization called `code`, with the database made ready first."""
    ready()
    return organization_by_code(code)


def acting(login: str) -> Actor:
    """The actor for `--actor`, in the current organization."""
    if not login:
        return local_operator()
    user = user_by_login(login)
    found = actor_of(user) if user else None
    if found is None:
        raise UnknownActor(_("%s 不是本组织的用户。") % login)
    return found


def put_up(outcome: Outcome, format: Format) -> bool:
    """Whether an act waits for approval now, with the number of its request printed."""
    if outcome.request is None:
        return False
    number = outcome.request.number
    if format == Format.JSON:
        emit({"status": "pending", "request": number})
    else:
        messages.print(_("已提交审批 %s，批准后执行") % number)
    return True


def emit(data: Any) -> None:
    """Print `data` as JSON on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(type(value))

"""huikuan provision, recover, risk: expected credit losses, what comes back of a bad debt, when debts will be paid."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from huikuan.cli import risk_forecast, risk_payments, risk_stress, risk_uses
from huikuan.cli.runtime import (
    ActorOption,
    DayOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    parse_amount,
    parse_day,
    put_up,
    working_in,
)
from huikuan.core.money import amount_text
from huikuan.ledger.models import Document, Kind
from huikuan.organizations.actors import Actor, NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports.operations import record_file
from huikuan.reports.workpaper import workpaper_xlsx
from huikuan.risk.losses import MethodLine, by_method, foretold_by, item_losses
from huikuan.risk.models import Provision
from huikuan.risk.operations import RiskRefused
from huikuan.risk.queries import LossLine, Requirement, requirement
from huikuan.risk.requests import ask_provision, ask_recovery
from huikuan.risk.workpaper import freeze, frozen_of

PIPED_WIDTH = 200  # no terminal to fit into: keep the columns whole


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("provision")(provision)
    app.command("recover")(recover)
    risk_payments.app.command("uses")(risk_uses.uses)
    risk_payments.app.command("stress")(risk_stress.stress)
    risk_payments.app.command("forecast")(risk_forecast.forecast)
    app.add_typer(risk_payments.app, name="risk")


def provision(
    org: OrganizationOption,
    as_of: Annotated[date, typer.Option("--as-of", parser=parse_day, metavar="DATE", help="截止日期")],
    post: Annotated[bool, typer.Option("--post", help="记账；不写只列出")] = False,
    by_model: Annotated[bool, typer.Option("--by-model", help="再用付款模型逐笔计算，两种方法并列")] = False,
    workpaper: Annotated[
        Path | None,
        typer.Option(
            "--workpaper", metavar="FILE", help="把审计底稿存为 Excel：已过账的按当时冻结的输入，没有就是试算"
        ),
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """坏账准备：按账龄和单项算出应有的准备；加 --post 记下差额。"""
    today = timezone.localdate()
    if by_model:
        from huikuan.risk.foreseeing.operations import foresee_losses  # numbers take time to load

        with working_in(org, actor=actor) as (_organization, who):
            foresee_losses(as_of=as_of, actor=who, today=today)
    with working_in(org, actor=actor, snapshot=not post) as (organization, who):
        _require_reading(who)
        found = requirement(as_of)
        methods = by_method(item_losses(found)) if foretold_by(as_of) else []
        outcome = ask_provision(as_of=as_of, charge=found.charge, actor=who, today=today) if post else None
        done = outcome.result if outcome is not None else None
        made = Provision.objects.get(pk=done.data["provision"]) if done is not None else None
    if outcome is not None and put_up(outcome, format):
        return
    if workpaper is not None:
        with working_in(org, actor=actor) as (_organization, who):
            _write_workpaper(workpaper, found, who)
    if format == Format.JSON:
        emit({**_as_json(found, made, organization.currency), "methods": _methods(methods)})
        return
    _show(found, made, organization.currency)
    if methods:
        messages.print(
            _("付款模型法应有准备 %s。")
            % _amount(sum((line.by_model for line in methods), Decimal(0)), organization.currency)
        )


def _write_workpaper(path: Path, found: Requirement, who: Actor) -> None:
    """Of the last provision of the day as it was frozen; else of what would be posted now."""
    made = Provision.objects.select_related("act").filter(as_of=found.as_of).order_by("-pk").first()
    kept = frozen_of(made) if made else None
    paper = kept or freeze(found)
    content = workpaper_xlsx(paper, made if kept else None)
    record_file(
        actor=who,
        name="provision",
        form="workpaper",
        rows=len(paper.data["items"]),
        asked={"as_of": found.as_of.isoformat()},
    )
    path.write_bytes(content)
    messages.print(_("已写入 %s") % path, highlight=False)


def _methods(lines: list[MethodLine]) -> list[dict[str, Any]]:
    return [
        {
            "bucket": line.bucket or None,
            "balance": f"{line.balance:f}",
            "by_matrix": f"{line.by_matrix:f}",
            "by_model": f"{line.by_model:f}",
            "items": line.items,
            "without_prediction": line.guessed,
        }
        for line in lines
    ]


def _require_reading(who: Actor) -> None:
    who.require("report.read")
    if who.scope != Scope.ALL:
        raise NotPermitted(_("坏账准备包含全部客户的数字，您的角色只看得到一部分客户。"))


def _as_json(found: Requirement, made: Provision | None, currency: str) -> dict[str, Any]:
    def text(amount: Decimal) -> str:
        return amount_text(amount, currency)

    return {
        "as_of": found.as_of,
        "currency": currency,
        "rates_since": found.matrix.effective_on,
        "lines": [
            {
                "bucket": line.bucket or None,
                "customer": line.code or None,
                "balance": text(line.balance),
                "rate": f"{line.rate.normalize():f}",
                "loss": text(line.loss),
            }
            for line in found.lines
        ],
        "balance": text(found.balance),
        "required": text(found.required),
        "before": text(found.before),
        "charge": text(found.charge),
        "posted": made is not None,
        "entry": made.entry_id if made else None,
    }


def _show(found: Requirement, made: Provision | None, currency: str) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column(_("账龄或客户"), footer=_("合计"), overflow="fold")
    table.add_column(_("余额"), footer=_amount(found.balance, currency), justify="right", no_wrap=True)
    table.add_column(_("比例"), justify="right", no_wrap=True)
    table.add_column(_("损失"), footer=_amount(found.required, currency), justify="right", no_wrap=True)
    for line in found.lines:
        rate = f"{(line.rate * 100).normalize():f}%"
        table.add_row(_name(line), _amount(line.balance, currency), rate, _amount(line.loss, currency))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    figures = {
        "day": found.as_of,
        "before": _amount(found.before, currency),
        "charge": _amount(found.charge, currency),
    }
    if made is None:
        messages.print(_("%(day)s:现有准备 %(before)s，应计提 %(charge)s(负数为转回)。") % figures)
    else:
        messages.print(_("%(day)s:已计提 %(charge)s(负数为转回)。") % figures)


def _name(line: LossLine) -> str:
    if line.customer_id:
        return f"{line.code} {line.name}"
    return _("未到期") if line.bucket == "not_due" else line.bucket


def _amount(amount: Decimal, currency: str) -> str:
    return f"{Decimal(amount_text(amount, currency)):,}"


def recover(
    org: OrganizationOption,
    write_off: Annotated[str, typer.Option("--write-off", help="坏账核销单号", metavar="NO")],
    amount: Annotated[Decimal, typer.Option("--amount", parser=parse_amount, help="金额", metavar="A")],
    on: DayOption,
    memo: Annotated[str, typer.Option("--memo", help="说明", metavar="TEXT")] = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """已核销坏账收回：先重新记为应收，之后用收款核销。"""
    with working_in(org, actor=actor) as (_organization, who):
        source = (
            Document.objects.select_related("customer")
            .filter(number=write_off, kind=Kind.WRITE_OFF, voided_by=None)
            .first()
        )
        if source is None:
            raise RiskRefused(_("没有这张坏账核销单，或它已冲销。"), code="unknown_write_off")
        outcome = ask_recovery(source, amount=amount, on=on, memo=memo, actor=who, today=timezone.localdate())
    if put_up(outcome, format):
        return
    assert outcome.result is not None
    if format == Format.JSON:
        emit({"number": outcome.result.number})
    else:
        messages.print(_("已登记收回 %s") % outcome.result.number)

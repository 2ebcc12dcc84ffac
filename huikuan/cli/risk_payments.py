"""huikuan risk: payment models, how good they were, and what they say of items."""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

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
from huikuan.organizations.actors import Actor, NotPermitted
from huikuan.organizations.models import Scope
from huikuan.risk.payments.models import PaymentModel
from huikuan.risk.payments.queries import model_known_by
from huikuan.risk.payments.reason_words import sentences
from huikuan.risk.payments.refusing import PaymentModelRefused
from huikuan.risk.payments.watch_words import watch_text
from huikuan.risk.payments.why_words import why_text

if TYPE_CHECKING:
    from huikuan.risk.payments.asking import OpenPredictions

app = typer.Typer(help="付款预测：训练、回测、预测", no_args_is_help=True)

PIPED_WIDTH = 160


class Output(StrEnum):
    CSV = "csv"
    JSON = "json"


UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=parse_day, metavar="DATE", help="只用到这一天为止知道的事；默认今天"),
]


@app.command("train")
def train(
    org: OrganizationOption,
    until: UntilOption = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """用账上的付款历史训练一个付款模型；数据不够或不如简单估计时，改用客户历史并说明。"""
    from huikuan.risk.payments.operations import train_model  # numbers take time to load

    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        made = train_model(until=until or today, actor=who, today=today)
    if format == Format.JSON:
        emit(_model(made))
        return
    messages.print(_describe(made), highlight=False)
    if made.card["tried"]:
        _show([(_("验证"), made.card["tried"])])


@app.command("models")
def models(org: OrganizationOption, actor: ActorOption = "", format: FormatOption = Format.TABLE) -> None:
    """列出付款模型的各个版本。"""
    with working_in(org, actor=actor, snapshot=True) as (_organization, who):
        _require_reading(who)
        rows = list(PaymentModel.objects.order_by("-number"))
    if format == Format.JSON:
        emit([_model(row) for row in rows])
        return
    for row in rows:
        messages.print(("* " if row.in_use else "  ") + _describe(row), highlight=False)


@app.command("use")
def use(
    number: Annotated[int, typer.Argument(help="版本号")],
    org: OrganizationOption,
    reason: Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")] = "",
    actor: ActorOption = "",
) -> None:
    """选用付款模型的一个版本，例如退回上一个。"""
    from huikuan.risk.payments.operations import use_model

    with working_in(org, actor=actor) as (_organization, who):
        found = PaymentModel.objects.filter(number=number).first()
        if found is None:
            raise PaymentModelRefused(_("没有这个版本的付款模型。"), code="unknown_model")
        messages.print(_describe(use_model(model_id=found.pk, actor=who, reason=reason)), highlight=False)


@app.command("backtest")
def try_on_the_past(
    org: OrganizationOption,
    until: UntilOption = None,
    since: Annotated[
        date | None,
        typer.Option(
            "--from", parser=parse_day, metavar="DATE", help="只试一次：用这一天之前知道的事，预测之后开出的"
        ),
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """回测：在过去的几个时点各训练一次，看后来预测得准不准，并与到期日、客户的中位数相比。"""
    from huikuan.risk.payments.operations import backtest

    today = timezone.localdate()
    with working_in(org, actor=actor) as (_organization, who):
        made = backtest(until=until or today, since=since, actor=who, today=today)
    if format == Format.JSON:
        emit(made.result)
        return
    trials = made.result["trials"]
    _show([(each["from"], each["at_issue"]) for each in trials if each["at_issue"]])
    for each in trials:
        if each["cash"]:
            figures = {name: _percent(each["cash"][f"wape_{name}"]) for name in ("model", "due", "median")}
            messages.print(
                _("%(from)s 起：周现金误差 %(model)s（到期日 %(due)s，客户中位数 %(median)s）")
                % {**each, **figures},
                highlight=False,
            )
    if not trials:
        messages.print(_("付款历史太少，无法回测。"))


@app.command("watch")
def watch(
    org: OrganizationOption,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=parse_day, metavar="DATE", help="到这一天为止付了的；默认今天"),
    ] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """看模型近来还准不准：它之后开出、现已到期的单据，预测与实际相比；变差时通知能选用模型的人。"""
    from huikuan.risk.payments.operations import watch_model

    with working_in(org, actor=actor) as (_organization, who):
        found = watch_model(actor=who, today=as_of or timezone.localdate())
    if format == Format.JSON:
        emit({"watch": found})
    elif found is None:
        messages.print(_("还没有一版之后开出、现已到期的单据够多，无法判断。"))
    else:
        messages.print(watch_text(found), highlight=False)
        _show([(_("近来"), found["found"]), *([(_("验证"), found["expected"])] if found["expected"] else [])])


@app.command("predict")
def predict(
    org: OrganizationOption,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=parse_day, metavar="DATE", help="截止日期：只用到这一天为止知道的事"),
    ] = None,
    as_issued: Annotated[
        tuple[str, str] | None,
        typer.Option("--as-issued", metavar="FROM TO", help="预测这段时间开出的每一笔，各用它开出时知道的事"),
    ] = None,
    without_reasons: Annotated[bool, typer.Option("--without-reasons", help="不列原因，更快")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="同时存为页面上显示的预测（用在用的模型、今天）")
    ] = False,
    actor: ActorOption = "",
    format: Annotated[Output, typer.Option("--format", help="输出格式")] = Output.CSV,
) -> None:
    """预测每笔应收何时付、晚付的可能多大；用那一天之前训练的模型，没有就先训练一个。"""
    from huikuan.risk.payments.asking import predict_as_issued, predict_open
    from huikuan.risk.payments.operations import predict_all

    today = timezone.localdate()
    if as_of is not None and as_issued is not None:
        raise typer.BadParameter(_("--as-of 和 --as-issued 只能写一个。"))
    with working_in(org, actor=actor) as (_organization, who):
        _require_reading(who)
        if keep:
            messages.print(_("已存 %s 笔预测") % predict_all(actor=who, today=today))
            return
        if as_issued is not None:
            since, until = (parse_day(each) for each in as_issued)
            if since > until:
                raise PaymentModelRefused(_("起始日晚于截止日。"), code="dates_reversed")
            model = _model_of(since - timedelta(days=1), who, today)
            found = predict_as_issued(model, since, until, with_reasons=not without_reasons)
        else:
            day = as_of or today
            model = _model_of(min(day, today), who, today)
            found = predict_open(model, day, with_reasons=not without_reasons)
    _write(found, format, model)


def _model_of(day: date, who: Actor, today: date) -> PaymentModel:
    """The version that knows nothing later than the day; trained now where there is none, and said on stderr."""
    from huikuan.risk.payments.operations import train_model

    model = model_known_by(day)
    if model is None:
        model = train_model(until=day, actor=who, today=today, use=False)
    messages.print(_describe(model), highlight=False)
    return model


def _write(found: OpenPredictions, format: Output, model: PaymentModel) -> None:
    names = ("item", "customer", "p_late5", "p_late30", "p10_on", "p50_on", "p90_on", "reasons")
    rows = [
        (
            found.numbers[at],
            found.customer_codes[at],
            f"{found.late5[at]:.6f}",
            f"{found.late30[at]:.6f}",
            *(found.days[level][at].isoformat() for level in (10, 50, 90)),
            sentences(found.reasons[at]),
        )
        for at in range(len(found))
    ]
    if format == Output.JSON:
        emit({"model": _model(model), "items": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)


def _require_reading(who: Actor) -> None:
    who.require("report.read")
    if who.scope != Scope.ALL:
        raise NotPermitted(_("付款预测包含全部客户，您的角色只看得到一部分客户。"))


def _model(row: PaymentModel) -> dict[str, Any]:
    return {
        "number": row.number,
        "method": row.method,
        "until": row.until_on,
        "trained_at": row.trained_at,
        "digest": row.digest,
        "in_use": row.in_use,
        "card": row.card,
    }


def _describe(row: PaymentModel) -> str:
    said = _("付款模型第 %(number)s 版：%(method)s，截至 %(until)s，学自 %(debts)s 笔应收") % {
        "number": row.number,
        "method": row.get_method_display(),
        "until": row.until_on,
        "debts": row.card["learned"]["debts"],
    }
    why = why_text(row)
    return _("%(said)s；%(why)s") % {"said": said, "why": why} if why else said


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _show(trials: list[tuple[str, dict[str, Any]]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in (
        _("试于"), _("笔数"), _("晚 5 天以上"), "AUC", "PR-AUC", _("Brier 技巧评分"), _("校准误差"),
        _("平均差几天"), _("按到期日"), _("按中位数"), _("早于 P10"), _("晚于 P90"),
    ):  # fmt: skip
        table.add_column(name, justify="right", no_wrap=True)
    for name, found in trials:
        late, when = found["late5"], found["date"]
        table.add_row(
            name,
            str(found["debts"]),
            _percent(late["rate"]),
            *(_figure(late.get(each)) for each in ("auc", "pr_auc", "brier_skill", "calibration_error")),
            *(_figure(when[each]) for each in ("mae", "mae_due", "mae_median")),
            *(_percent(when[each]) for each in ("before_p10", "after_p90")),
        )
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)

"""huikuan vouchers: make, review, post and export vouchers; close and reopen months."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.books.operations import (
    CloseRefused,
    close_month,
    close_profit,
    make_vouchers,
    post_vouchers,
    review_vouchers,
)
from huikuan.cli.runtime import (
    ActorOption,
    Format,
    FormatOption,
    OrganizationOption,
    emit,
    messages,
    put_up,
    working_in,
)
from huikuan.integrations.vouchers import FORMS, voucher_file
from huikuan.ledger.models import Period
from huikuan.ledger.requests import ask_reopen_period

app = typer.Typer(help="凭证：编制、审核、记账、导出，结账", no_args_is_help=True)


class Grouping(StrEnum):
    """One voucher for each entry, each day, or each kind of business."""

    ENTRY = "entry"
    DAY = "day"
    KIND = "kind"


def parse_month(text: str) -> date:
    """A month option: 2026-06."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(_("月份应写成 2026-06：%s") % text) from None


MonthOption = Annotated[
    date, typer.Option("--month", parser=parse_month, metavar="MONTH", help="月份，如 2026-06")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="原因", metavar="TEXT")]


@app.command()
def make(
    org: OrganizationOption,
    month: MonthOption,
    by: Annotated[Grouping | None, typer.Option("--by", help="逐笔、按日或按业务；默认按组织的设置")] = None,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """编制凭证：把本月还没有凭证的业务编成凭证。"""
    with working_in(org, actor=actor) as (_organization, who):
        made = make_vouchers(month=month, grouping=by.value if by else "", actor=who)
    _done(
        {"vouchers": made.vouchers, "entries": made.entries},
        _("已编制 %(vouchers)d 张凭证，含 %(entries)d 笔业务")
        % {"vouchers": made.vouchers, "entries": made.entries},
        format,
    )


@app.command()
def review(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """审核本月已编制的凭证。"""
    with working_in(org, actor=actor) as (_organization, who):
        count = review_vouchers(month=month, actor=who)
    _done({"reviewed": count}, _("已审核 %d 张凭证") % count, format)


@app.command()
def post(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """记账：给本月已审核的凭证编号并记账。"""
    with working_in(org, actor=actor) as (_organization, who):
        count = post_vouchers(month=month, actor=who)
    _done({"posted": count}, _("已记账 %d 张凭证") % count, format)


@app.command()
def export(
    org: OrganizationOption,
    month: MonthOption,
    form: Annotated[str, typer.Option("--as", help=f"格式:{'、'.join(FORMS)}", metavar="FORM")],
    into: Annotated[Path, typer.Option("--into", help="写到哪个文件夹", metavar="FOLDER")] = Path(),
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """导出本月已记账的凭证，写入审计轨迹。"""
    with working_in(org, actor=actor) as (_organization, who):
        taken = voucher_file(form=form, month=month, actor=who)
        path = into / taken.name
        path.write_bytes(taken.content)
    _done(
        {"file": str(path), "vouchers": taken.vouchers},
        _("已导出 %(count)d 张凭证：%(file)s") % {"count": taken.vouchers, "file": path},
        format,
    )


@app.command()
def profit(
    org: OrganizationOption, month: MonthOption, actor: ActorOption = "", format: FormatOption = Format.TABLE
) -> None:
    """结转损益：把损益科目到月末的余额转入本年利润，并编制凭证。"""
    with working_in(org, actor=actor) as (_organization, who):
        closed = close_profit(month=month, actor=who, today=timezone.localdate())
    moved = f"{closed.profit:.2f}" if closed else None
    sentence = _("已结转损益，本年利润增加 %s") % moved if closed else _("损益科目没有余额，不用结转。")
    _done({"profit": moved, "voucher": str(closed.voucher_id) if closed else None}, sentence, format)


@app.command()
def close(
    org: OrganizationOption,
    month: MonthOption,
    reason: ReasonOption = "",
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """结账：检查清单没有未完成的事项才能关闭；只有提醒时写明原因也可以。"""
    with working_in(org, actor=actor) as (_organization, who):
        close_month(month=month, reason=reason, actor=who, today=timezone.localdate())
    _done({"closed": f"{month:%Y-%m}"}, _("期间 %s 已关闭。") % f"{month:%Y-%m}", format)


@app.command()
def reopen(
    org: OrganizationOption,
    month: MonthOption,
    reason: ReasonOption,
    actor: ActorOption = "",
    format: FormatOption = Format.TABLE,
) -> None:
    """反结账：写明原因重开一个已关闭的月份。"""
    with working_in(org, actor=actor) as (_organization, who):
        period = Period.objects.filter(month=month).first()
        if period is None:
            words = {"month": f"{month:%Y-%m}", "state": _("没有关闭")}
            raise CloseRefused(_("期间 %(month)s %(state)s。") % words)
        outcome = ask_reopen_period(period, reason=reason, actor=who, today=timezone.localdate())
    if put_up(outcome, format):
        return
    _done({"reopened": f"{month:%Y-%m}"}, _("期间 %s 已重开。") % f"{month:%Y-%m}", format)


def _done(data: dict[str, object], sentence: str, format: Format) -> None:
    if format == Format.JSON:
        emit(data)
    else:
        messages.print(sentence, markup=False)

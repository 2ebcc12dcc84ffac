"""坏账迁徙率: roll rates from what was really paid, the losses that follow, and the allowance beside that in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huikuan.core.dates import add_months
from huikuan.core.money import currency_exponent
from huikuan.reports.asking import Column, Kind, Option, Question, QuestionRefused, Report, Result, Row
from huikuan.reports.keys import TOTAL
from huikuan.reports.moments import moment
from huikuan.reports.told_of_provisions import told_of_rates
from huikuan.reports.words import lazy_cell_label
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.queries import requirement
from huikuan.risk.roll_rates import chained_losses
from huikuan.risk.rolling import Rolled, rolled
from huikuan.risk.rules import BUCKETS, expected_loss

LEAST_MONTHS = 12
HUNDRED = Decimal(100)


def read(question: Question) -> Result:
    """Two tables: how much rolled on by month, and for each bucket the loss rate and allowance both ways."""
    assert question.since is not None
    assert question.until is not None
    at = moment(question.until, question.known_at)
    found = rolled(question.since, question.until, question.known_at)
    unknown = [bucket for bucket, share in zip(BUCKETS, found.average, strict=False) if share is None]
    losses = _losses(found, question.options)
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(),
        rows=(),
        remarks=_remarks(question.since, question.until, unknown),
        parts=(
            _methods(question, at.currency, at.known_at, found, losses),
            _months(question, at.currency, at.known_at, found),
        ),
    )


def _losses(found: Rolled, options: Mapping[str, Any]) -> list[Decimal]:
    """Where nothing was seen of a bucket, all of it is taken to roll on."""
    rolls = [Decimal(1) if share is None else share for share in found.average]
    final, forward = (Decimal(options.get(name, 100)) / HUNDRED for name in ("final", "forward"))
    if final > 1:
        raise QuestionRefused(gettext("最终损失率应在 0 到 100 之间。"), code="share_above_one")
    return chained_losses(rolls, final, forward=forward)


def _remarks(since: date, until: date, unknown: Sequence[str]) -> tuple[Any, ...]:
    remarks: list[Any] = [_("单项计提的客户不在其中；核销的坏账视为没有收回。")]
    if add_months(since, LEAST_MONTHS - 1) > until:  # the last month may be running
        remarks.append(_("期间不足 12 个月，平均迁徙率不够可靠。"))
    if unknown:
        remarks.append(_("期间内没有款项经过的账龄按 100% 迁徙。"))
    return tuple(remarks)


def _methods(
    question: Question, currency: str, known_at: Any, found: Rolled, losses: Sequence[Decimal]
) -> Result:
    """A row for each bucket: what rolls on, the loss rate that follows, the one in force, and the allowance of both."""
    assert question.until is not None
    unit = Decimal(1).scaleb(-currency_exponent(currency))
    try:
        required = requirement(question.until, question.known_at)
    except NoMatrix:
        required = None
    in_force = {line.bucket: line for line in required.lines if line.bucket} if required else {}
    rows = []
    sums = dict.fromkeys(("balance", "by_rolls", "in_force"), Decimal(0))
    for place, bucket in enumerate(BUCKETS):
        line = in_force.get(bucket)
        balance = line.balance if line else None
        values = {
            "name": lazy_cell_label(bucket),
            "roll": found.average[place] if place < len(BUCKETS) - 1 else None,
            "loss_rate": losses[place],
            "rate_in_force": line.rate if line else None,
            "balance": balance,
            "by_rolls": None if balance is None else expected_loss(balance, losses[place], unit),
            "in_force": line.loss if line else None,
        }
        for name in sums:
            sums[name] += values[name] or Decimal(0)
        rows.append(Row(0, (bucket,), values))
    return Result(
        question=question,
        currency=currency,
        known_at=known_at,
        title=_("两种方法并列"),
        columns=(
            Column("name", _("账龄"), Kind.TEXT),
            Column(
                "roll",
                _("平均迁徙率"),
                Kind.PERCENT,
                definition=_("进入这一段的欠款中，又拖进下一段的比例。"),
            ),
            Column(
                "loss_rate",
                _("迁徙率法损失率"),
                Kind.RATE,
                measured=True,
                definition=_("从这一段起逐段迁徙率连乘，再乘最终损失率和前瞻系数，最高 100%。"),
            ),
            Column("rate_in_force", _("现行计提比例"), Kind.RATE),
            Column("balance", _("余额"), totalled=True),
            Column("by_rolls", _("迁徙率法准备"), totalled=True),
            Column("in_force", _("现行比例准备"), totalled=True),
        ),
        rows=rows,
        total=Row(0, (), {"name": TOTAL, **sums}) if required else None,
    )


def _months(question: Question, currency: str, known_at: Any, found: Rolled) -> Result:
    """The roll rates of each month."""
    return Result(
        question=question,
        currency=currency,
        known_at=known_at,
        title=_("各月迁徙率"),
        columns=(
            Column("month", _("月份"), Kind.MONTH),
            *(Column(bucket, lazy_cell_label(bucket), Kind.PERCENT) for bucket in BUCKETS[:-1]),
        ),
        rows=[
            Row(
                0,
                (month.isoformat(),),
                {"month": month, **dict(zip(BUCKETS, found.of_month(month), strict=False))},
            )
            for month in found.months
        ],
    )


REPORT = Report(
    name="roll-rates",
    title=_("坏账迁徙率"),
    definition=_("按实际收款算出欠款从一段账龄拖进下一段的比例，连乘得到损失率，与现行计提比例并列。"),
    read=read,
    told=(told_of_rates,),
    section="risk",
    whole=True,
    options=(
        Option("final", _("最终损失率（%）"), "integer", default=100, note=_("逾期超过一年的最后损失多少")),
        Option("forward", _("前瞻系数（%）"), "integer", default=100, note=_("100 表示不调整")),
    ),
    period=True,
    usual_period="months:12",
    icon="percentage",
)

"""集中度: how much of what is owed rests on few customers, groups, regions or sectors; and what the money tied up costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.core.money import quantize
from huikuan.ledger.rules import Basis, aging_buckets
from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
    Link,
    Mark,
    Option,
    Question,
    QuestionRefused,
    Report,
    Result,
    Row,
    Series,
    Shape,
    items_link,
)
from huikuan.reports.filters import FIELDS, RECEIVABLE, bucket_term
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.kpi.rules import herfindahl, share, top_share
from huikuan.reports.levels import Level, sums_by_level
from huikuan.reports.moments import Moment, moment
from huikuan.reports.words import lazy_cell_label

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
POINTS = Decimal("0.01")
OWED = "sum(m.open_base) FILTER (WHERE m.side > 0)"
TOPS = (1, 3, 5, 10, 20)
DAYS_OF_YEAR = 360
"""Interest is counted over 360 days, as banks in China do for loans in renminbi."""


def read(question: Question) -> Result:
    """The shares of the dimension asked for, from the largest, with the share of the largest few and the index."""
    at = moment(question.as_of, question.known_at)
    levels = sums_by_level(at, question, (OWED,))
    keys = sorted(
        (each for each in levels if each.level == 0 and each.sums[0]),
        key=lambda each: (-each.sums[0], each.key),
    )
    balances = [each.sums[0] for each in keys]
    whole = sum(balances, ZERO)
    shown = keys[: question.options.get("most") or len(keys)]

    def behind(row: Row, column: str) -> Link | None:
        if column != RECEIVABLE:
            return None
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(RECEIVABLE))

    rows = [Row(0, each.key, _owed(question, each, whole)) for each in shown]
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            *key_columns(question.by),
            Column(RECEIVABLE, _("应收余额"), totalled=len(shown) == len(keys)),
            Column("share", _("占比"), Kind.PERCENT, formula="={receivable}/{total:receivable}"),
        ),
        rows=rows,
        total=Row(0, (), key_values(question.by, (), "") | {RECEIVABLE: whole}) if keys else None,
        charts=(_shares(rows, at.currency),) if rows else (),
        parts=(_measures(question, at, balances),),
        behind=behind,
    )


def _owed(question: Question, level: Level, whole: Decimal) -> dict[str, Any]:
    return key_values(question.by, level.key, level.name) | {
        RECEIVABLE: level.sums[0],
        "share": _rounded(share(level.sums[0], whole)),
    }


def _measures(question: Question, at: Moment, balances: Sequence[Decimal]) -> Result:
    """前 N 大占比 and the index, side by side; of nothing owed there is neither."""
    tops = [number for number in TOPS if number <= max(len(balances), 1)]
    values: dict[str, Any] = {f"top_{number}": _rounded(top_share(balances, number)) for number in tops}
    index = herfindahl(balances)
    values["hhi"] = None if index is None else index.quantize(POINTS)
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            *(Column(f"top_{number}", _("前 %d 大") % number, Kind.PERCENT) for number in tops),
            Column(
                "hhi",
                _("HHI 集中度指数"),
                Kind.RATIO,
                definition=_("各占比平方之和乘 10,000；只有一家时是 10,000，越分散越小。"),
            ),
        ),
        rows=[Row(0, ("all",), values)],
        title=_("集中度"),
    )


def _shares(rows: Sequence[Row], currency: str) -> Chart:
    shown = rows[:20]
    return Chart(
        name="concentration",
        title=_("应收最集中的"),
        shape=Shape.ROWS,
        categories=tuple(row.values["name"] for row in shown),
        series=(Series(_("应收余额"), tuple(Mark(row.values[RECEIVABLE]) for row in shown)),),
        currency=currency,
    )


def _rounded(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.quantize(SHARE)


def read_cost(question: Question) -> Result:
    """What the money owed costs in a month and a year by bucket of days overdue, at the rate asked for."""
    at = moment(question.as_of, question.known_at)
    rate = _rate(question)
    buckets = aging_buckets(question.as_of, Basis.DUE)
    sums = [
        OWED,
        *(f"sum(m.open_base) FILTER (WHERE {bucket_term(bucket, Basis.DUE)})" for bucket in buckets),
    ]
    days = "sum(m.open_base * greatest(%(as_of)s - m.effective_due_on, 0)) FILTER (WHERE m.side > 0)"
    levels = sums_by_level(at, question, (*sums, days))
    names = [f"cost_{place}" for place in range(len(buckets))]

    def values(level: Level) -> dict[str, Any]:
        owed, *amounts, weighed = (amount or ZERO for amount in level.sums)
        costs = {
            name: quantize(amount * rate, at.currency) for name, amount in zip(names, amounts, strict=True)
        }
        return key_values(question.by, level.key, level.name) | {
            RECEIVABLE: owed,
            "year": quantize(owed * rate, at.currency),
            "lost": quantize(weighed * rate / DAYS_OF_YEAR, at.currency),
            **costs,
        }

    rows = [Row(0, each.key, values(each)) for each in levels if each.level == 0 and each.sums[0]]
    total = next((Row(0, (), values(each)) for each in levels if each.level < 0), None)

    def behind(row: Row, column: str) -> Link | None:
        if column != RECEIVABLE:
            return None
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(RECEIVABLE))

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(
            *key_columns(question.by),
            Column(RECEIVABLE, _("应收余额"), totalled=True),
            Column("year", _("一年占用成本"), definition=_("应收余额乘以年利率。")),
            *(Column(name, _cost_label(bucket.name)) for name, bucket in zip(names, buckets, strict=True)),
            Column("lost", _("逾期至今成本"), definition=_("逾期金额乘以逾期天数和年利率，除以 360。")),
        ),
        rows=rows,
        total=total,
        remarks=(
            _("年利率 %s%%；各栏是该区间应收一年的占用成本，逐行取整，合计按全部计算。")
            % (rate * 100).normalize(),
        ),
        behind=behind,
    )


def _cost_label(bucket: str) -> Any:
    return lazy_cell_label(bucket)


def _rate(question: Question) -> Decimal:
    """The yearly rate as a fraction, from an option in percent."""
    text = str(question.options.get("rate") or "").strip().rstrip("%")
    try:
        rate = Decimal(text)
    except ArithmeticError:
        rate = Decimal(-1)
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise QuestionRefused(str(_("年利率应是 0 到 100 之间的百分数，如 4.35。")), code="unusable_rate")
    return rate / 100


REPORTS = (
    Report(
        name="concentration",
        title=_("应收集中度"),
        definition=_("应收集中在谁身上：占比、前几大合计占比和 HHI 指数，按客户、集团、地区、业务员等。"),
        read=read,
        section="risk",
        options=(
            Option("most", _("列出前几名"), "integer", default=50, note=_("0 是全部；指标总按全部计算")),
        ),
        dimensions=("customer", "group", "region", "segment", "salesperson", "team"),
        by=("customer",),
        levels=1,
        filters=FIELDS,
        sort="-receivable",
        icon="chart-pie",
    ),
    Report(
        name="cost-of-capital",
        title=_("资金占用成本"),
        definition=_("应收占用的资金按年利率一年要付多少利息，分逾期区间，按客户或其他维度。"),
        read=read_cost,
        section="risk",
        options=(Option("rate", _("年利率（%）"), "text", default="4.35", note=_("如 4.35")),),
        dimensions=("customer", "group", "region", "segment", "salesperson", "team"),
        by=("customer",),
        levels=1,
        filters=FIELDS,
        sort="-year",
        icon="percentage",
    ),
)

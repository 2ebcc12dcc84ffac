"""回款账期分布 (cohorts of invoices by month, paid after n days) and 付款曲线 (how customers pay around the due date)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Chart, Column, Kind, Mark, Question, Report, Result, Row, Series, Shape
from huikuan.reports.dimensions import ALL
from huikuan.reports.filters import FIELDS
from huikuan.reports.keys import key_columns, key_values
from huikuan.reports.kpi.rules import share
from huikuan.reports.moments import moment
from huikuan.reports.paid_after import PaidAfter, paid_after

AFTER_INVOICE = (0, 30, 60, 90, 120, 180, 365)
AFTER_DUE = (-1, 0, 7, 15, 30, 60, 90, 180)
SHARE = Decimal("0.0001")
CURVES = 7


def read_cohorts(question: Question) -> Result:
    """One row per month of invoices; a share is left out while the youngest invoice is not that old."""
    if question.since is None:
        raise ValueError("a period is asked for")
    at = moment(question.as_of, question.known_at)
    _whole, *months = paid_after(at, question.since, question, AFTER_INVOICE, from_due=False, by_month=True)
    rows = [
        Row(0, each.key, {"month": each.key[0], "whole": each.whole} | _shares(question, each, AFTER_INVOICE))
        for each in months
    ]
    columns = (
        Column("month", _("开票月份"), Kind.TEXT),
        Column(
            "whole",
            _("应收金额"),
            totalled=True,
            definition=_("当月的应收单和调增，减去不用现款结掉的部分。"),
        ),
        *_day_columns(AFTER_INVOICE, _within),
    )
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=columns,
        rows=rows,
        charts=(_heat(rows),) if rows else (),
        remarks=(_("还没有满这么多天的月份不写百分比。"),),
    )


def read_curves(question: Question) -> Result:
    """One row per customer (or other key): of what fell due in the period, what came by so many days after."""
    if question.since is None:
        raise ValueError("a period is asked for")
    at = moment(question.as_of, question.known_at)
    whole, *keys = paid_after(at, question.since, question, AFTER_DUE, from_due=True, by_month=False)
    rows = [
        Row(
            0,
            each.key,
            key_values(question.by, each.key, each.name) | {"whole": each.whole} | _parts(each, AFTER_DUE),
        )
        for each in keys
        if each.whole
    ]
    total = Row(0, (), key_values(question.by, (), "") | {"whole": whole.whole} | _parts(whole, AFTER_DUE))
    columns = (
        *key_columns(question.by),
        Column(
            "whole", _("到期金额"), totalled=True, definition=_("期间内到期的应收，减去不用现款结掉的部分。")
        ),
        *_day_columns(AFTER_DUE, _within_due),
    )
    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=columns,
        rows=rows,
        total=total,
        charts=(_curve(rows, total),),
    )


def _day_columns(days: Sequence[int], label: Callable[[int], str]) -> tuple[Column, ...]:
    return tuple(Column(_name(each), _label(each, label), Kind.PERCENT) for each in days)


def _within(days: int) -> str:
    return ngettext("%d 天内", "%d 天内", days) % days


def _within_due(days: int) -> str:
    return gettext("到期后 %d 天内") % days


def _label(days: int, label: Callable[[int], str]) -> Any:
    if days < 0:
        return _("提前")
    return _("当天") if days == 0 else label(days)


def _name(days: int) -> str:
    return "early" if days < 0 else f"within_{days}"


def _parts(found: PaidAfter, days: Sequence[int]) -> dict[str, Any]:
    return {_name(each): _rounded(paid, found.whole) for each, paid in zip(days, found.paid, strict=True)}


def _shares(question: Question, found: PaidAfter, days: Sequence[int]) -> dict[str, Any]:
    old = (question.as_of - found.latest) if found.latest else timedelta(0)
    return {
        _name(each): _rounded(paid, found.whole) if old.days >= each else None
        for each, paid in zip(days, found.paid, strict=True)
    }


def _rounded(paid: Decimal, whole: Decimal) -> Decimal | None:
    part = share(paid, whole)
    return None if part is None else part.quantize(SHARE)


def _heat(rows: Sequence[Row]) -> Chart:
    return Chart(
        name="cohorts",
        title=_("各月开票的回款进度"),
        shape=Shape.HEAT,
        categories=tuple(_label(each, _within) for each in AFTER_INVOICE),
        series=tuple(
            Series(row.key[0], tuple(Mark(row.values[_name(each)]) for each in AFTER_INVOICE)) for row in rows
        ),
        kind=Kind.PERCENT,
    )


def _curve(rows: Sequence[Row], total: Row) -> Chart:
    """All of it and the customers with the most due."""
    shown = [total, *sorted(rows, key=lambda row: -row.values["whole"])[:CURVES]]
    return Chart(
        name="curve",
        title=_("到期前后累计收回"),
        shape=Shape.LINE,
        categories=tuple(_label(each, _within) for each in AFTER_DUE),
        series=tuple(
            Series(row.values["name"], tuple(Mark(row.values[_name(each)]) for each in AFTER_DUE))
            for row in shown
        ),
        kind=Kind.PERCENT,
    )


REPORTS = (
    Report(
        name="payment-cohorts",
        title=_("开票月份回款进度"),
        definition=_("每个月开出的应收，在开票后 30、60、90 天等收回了多少。"),
        read=read_cohorts,
        section="collection",
        filters=FIELDS,
        period=True,
        usual_period="months:12",
        icon="table",
    ),
    Report(
        name="payment-curve",
        title=_("付款曲线"),
        definition=_("期间内到期的应收，到期前和到期后若干天累计收回的比例，按客户或其他维度。"),
        read=read_curves,
        section="collection",
        dimensions=ALL,
        by=("customer",),
        levels=1,
        filters=FIELDS,
        period=True,
        usual_period="months:12",
        sort="-whole",
        icon="chart-line",
    ),
)

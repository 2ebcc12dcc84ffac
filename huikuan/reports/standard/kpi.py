"""应收指标: the key figures of receivables, of the company by month or of each salesperson, region, customer …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.core.dates import month_end
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
from huikuan.reports.dimensions import ALL
from huikuan.reports.filters import FIELDS, OVERDUE, RECEIVABLE
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.kpi.figures import COUNTED_BACK, FIGURES, Facts, read_figures
from huikuan.reports.kpi.inputs import Asked, Inputs, Period, inputs_of, months_until, sales_by_month
from huikuan.reports.kpi.rules import MonthOfSales
from huikuan.reports.unrated import unrated_remarks

MOST_MONTHS = 36
AMOUNTS: Mapping[str, Any] = {
    "opening": _("期初应收"),
    "opening_matured": _("期初已到期"),
    "sold": _("赊销额"),
    "collected": pgettext_lazy("money", "回款"),
    "closing": _("期末应收"),
    "closing_overdue": _("期末逾期"),
    "due": _("本期到期"),
    "on_due": _("到期收回"),
    "in_time": _("准时收回"),
    "written_off": _("坏账核销"),
}
CHARTED = ("dso", "cei", "due_collection_rate", "on_time_rate", "overdue_rate", "days_late")


def read(question: Question) -> Result:
    """The figures of the period in all, and by month up to its end or by the dimension asked for."""
    since, until = question.since, question.until
    if since is None or until is None:
        raise ValueError("a period is asked for")
    if question.by == ("currency",):
        return _by_key(question, since, until, total=False)
    return _by_key(question, since, until) if question.by else _by_month(question, since, until)


def _inputs(question: Question, ends: Sequence[date], by: tuple[str, ...]) -> Asked:
    return inputs_of(
        ends,
        by=by,
        known_at=question.known_at,
        where=question.item_filter,
        salesperson_ids=question.salesperson_ids,
    )


def _sales(
    question: Question, until: date, months: int, by: tuple[str, ...]
) -> Mapping[tuple[str, ...], Sequence[MonthOfSales]]:
    return sales_by_month(
        until,
        months,
        by=by,
        known_at=question.known_at,
        where=question.item_filter,
        salesperson_ids=question.salesperson_ids,
    )


def _by_key(question: Question, since: date, until: date, *, total: bool = True) -> Result:
    asked = _inputs(question, (_eve(since), until), question.by)
    sales = _sales(question, until, COUNTED_BACK, question.by)
    rows = [
        Row(
            0,
            line.key,
            key_values(question.by, line.key, line.name) | _values(line.periods[-1], sales.get(line.key, ())),
            "" if total else line.key[0],
        )
        for line in asked.lines
    ]
    whole = _total(question, asked.total.periods[-1], _added(sales.values())) if total else None
    columns = key_columns(question.by)
    return _result(question, asked, columns, rows, whole, ())


def _by_month(question: Question, since: date, until: date) -> Result:
    number = question.options.get("months") or 1
    if not 1 <= number <= MOST_MONTHS:
        raise QuestionRefused(_("走势最多看 %d 个月。") % MOST_MONTHS, code="too_many_months")
    asked = _inputs(question, months_until(until, number), ())
    sales: Sequence[MonthOfSales] = next(
        iter(_sales(question, until, number + COUNTED_BACK, ()).values()), ()
    )
    months = asked.total.periods
    rows = [
        Row(
            0,
            (f"{period.until:%Y-%m}",),
            {"month": f"{period.until:%Y-%m}"} | _values(period, sales[number - place :]),
        )
        for place, period in enumerate(months, start=1)
    ]
    period = (
        months[-1]
        if months[-1].since == since
        else _inputs(question, (_eve(since), until), ()).total.periods[-1]
    )
    total = _total(question, period, sales)
    total = total._replace(values=dict(total.values) | {"month": _("整个期间")})
    column = Column("month", _("月份"), Kind.TEXT)
    return _result(question, asked, (column,), rows, total, tuple(_charts(rows)))


def _eve(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _values(period: Period, months: Sequence[MonthOfSales]) -> dict[str, Any]:
    inputs: Inputs = period.inputs
    values: dict[str, Any] = {"days": period.days}
    values |= {name: getattr(inputs, name) for name in AMOUNTS}
    return values | read_figures(Facts(inputs, period.days, months))


def _total(question: Question, period: Period, months: Sequence[MonthOfSales]) -> Row:
    return Row(0, (), key_values(question.by, (), "") | _values(period, months))


def _added(sales: Any) -> list[MonthOfSales]:
    """The sales of all keys, month by month."""
    return [
        MonthOfSales(sum((each.sales for each in months), Decimal(0)), months[0].days)
        for months in zip(*sales, strict=True)
    ]


def _result(
    question: Question,
    asked: Asked,
    leading: tuple[Column, ...],
    rows: list[Row],
    total: Row | None,
    charts: tuple[Chart, ...],
) -> Result:
    def behind(row: Row, column: str) -> Link | None:
        cell = {"closing": RECEIVABLE, "closing_overdue": OVERDUE}.get(column)
        if column == "month" and row.key:
            return Link("report", {"name": "kpi", "months": "1"} | _month(row.key[0], question.as_of))
        if not cell or (row.key and not question.by):
            return None  # the items of the end of another month are at another moment
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(cell))

    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(*leading, *_columns()),
        rows=rows,
        total=total,
        charts=charts,
        remarks=_remarks(question),
        behind=behind,
    )


def _month(month: str, last: date) -> dict[str, str]:
    """The days of a month, up to the last day asked for."""
    since = date.fromisoformat(f"{month}-01")
    return {"from": since.isoformat(), "to": min(month_end(since), last).isoformat()}


def _remarks(question: Question) -> tuple[Any, ...]:
    said: list[Any] = [_("没有分母时不写数字，写成空白，不写成 0。")]
    if question.known_at:
        said.append(_("付款承诺按现在的结果统计，不随知悉时间倒回。"))
    if question.by != ("currency",):
        said += unrated_remarks(question.since or question.as_of, question.as_of)
    return tuple(said)


def _columns() -> tuple[Column, ...]:
    figures = [
        Column(
            each.name,
            each.label,
            each.kind,
            definition=each.definition,
            formula=f'=IFERROR({each.formula},"")' if each.formula else "",
        )
        for each in FIGURES.values()
    ]
    amounts = [Column(name, label) for name, label in AMOUNTS.items()]
    return (*figures, Column("days", _("天数"), Kind.COUNT), *amounts)


def _charts(rows: Sequence[Row]) -> list[Chart]:
    months = tuple(row.key[0] for row in rows)
    return [
        Chart(
            name=figure.name,
            title=figure.label,
            shape=Shape.LINE,
            categories=months,
            series=(Series(figure.label, tuple(Mark(row.values[figure.name]) for row in rows)),),
            kind=figure.kind,
        )
        for figure in (FIGURES[name] for name in CHARTED)
    ]


REPORT = Report(
    name="kpi",
    title=_("应收指标"),
    definition=_("DSO、回款率、逾期率等指标：整个公司按月看走势，或按业务员、客户、地区等对比。"),
    read=read,
    section="kpi",
    options=(
        Option("months", _("走势（月）"), "integer", default=12, note=_("不分行时列出最近几个月，最多 36")),
    ),
    dimensions=ALL,
    levels=1,
    filters=FIELDS,
    period=True,
    usual_period="months:3",
    icon="report-analytics",
)

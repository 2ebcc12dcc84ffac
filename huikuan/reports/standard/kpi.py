"""应收指标: the key figures of receivables, of the company by month or of each salesperson, region, customer …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
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
from huikuan.reports.kpi.figures import COUNTED_BACK, FIGURES, Facts, Figure, read_figures
from huikuan.reports.kpi.inputs import Asked, Inputs, Period, inputs_of, months_until, sales_by_month
from huikuan.reports.kpi.rules import MonthOfSales
from huikuan.reports.kpi.targets import Targets, Whose, read_targets, whose_figures
from huikuan.reports.moments import moment
from huikuan.reports.told import told_of_promises
from huikuan.reports.told_of_targets import told_of_targets
from huikuan.reports.unrated import unrated_remarks

MOST_MONTHS = 36
TARGET = "_target"
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
    measured = _measured(question)
    rows = [
        Row(
            0,
            line.key,
            key_values(question.by, line.key, line.name)
            | _values(line.periods[-1], sales.get(line.key, ()))
            | measured.values(_whose(question, line.key), until),
            "" if total else line.key[0],
        )
        for line in asked.lines
    ]
    whole = _total(question, asked.total.periods[-1], _added(sales.values()), measured) if total else None
    columns = key_columns(question.by)
    return _result(question, asked, columns, rows, whole, (), measured)


def _by_month(question: Question, since: date, until: date) -> Result:
    number = question.options.get("months") or 1
    if not 1 <= number <= MOST_MONTHS:
        raise QuestionRefused(_("走势最多看 %d 个月。") % MOST_MONTHS, code="too_many_months")
    asked = _inputs(question, months_until(until, number), ())
    sales: Sequence[MonthOfSales] = next(
        iter(_sales(question, until, number + COUNTED_BACK, ()).values()), ()
    )
    months = asked.total.periods
    measured = _measured(question)
    rows = [
        Row(
            0,
            (f"{period.until:%Y-%m}",),
            {"month": f"{period.until:%Y-%m}"}
            | _values(period, sales[number - place :])
            | measured.values(measured.whose, period.until),
        )
        for place, period in enumerate(months, start=1)
    ]
    period = (
        months[-1]
        if months[-1].since == since
        else _inputs(question, (_eve(since), until), ()).total.periods[-1]
    )
    total = _total(question, period, sales, measured)
    total = total._replace(values=dict(total.values) | {"month": _("整个期间")})
    column = Column("month", _("月份"), Kind.TEXT)
    return _result(question, asked, (column,), rows, total, tuple(_charts(rows)), measured)


@dataclass(frozen=True)
class _Measured:
    """The targets that figures are measured by; `whose`: those of the whole question."""

    targets: Targets
    whose: Whose | None

    def values(self, whose: Whose | None, day: date) -> dict[str, Any]:
        """The target of each figure on a day, where there is one."""
        found = {name: self.targets.for_whom(name, whose, day) for name in self.targets.figures}
        return {f"{name}{TARGET}": target.value for name, target in found.items() if target}


def _measured(question: Question) -> _Measured:
    return _Measured(
        read_targets(moment(question.as_of, question.known_at)),
        whose_figures(question.item_filter, question.salesperson_ids),
    )


def _whose(question: Question, key: tuple[str, ...]) -> Whose | None:
    """Whose targets a row is measured by; only rows by team or salesperson have any."""
    code = key[0]
    if not code or set(question.where) - {"team", "salesperson"}:
        return None
    return {"salesperson": Whose(salesperson=code), "team": Whose(team=code)}.get(question.by[0])


def _eve(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _values(period: Period, months: Sequence[MonthOfSales]) -> dict[str, Any]:
    inputs: Inputs = period.inputs
    values: dict[str, Any] = {"days": period.days}
    values |= {name: getattr(inputs, name) for name in AMOUNTS}
    return values | read_figures(Facts(inputs, period.days, months))


def _total(question: Question, period: Period, months: Sequence[MonthOfSales], measured: _Measured) -> Row:
    values = key_values(question.by, (), "") | _values(period, months)
    return Row(0, (), values | measured.values(measured.whose, period.until))


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
    measured: _Measured,
) -> Result:
    said = [*rows, *([total] if total else [])]
    targeted = {
        name for name in measured.targets.figures if any(f"{name}{TARGET}" in each.values for each in said)
    }

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
        columns=(*leading, *_columns(targeted)),
        rows=rows,
        total=total,
        charts=charts,
        remarks=_remarks(question, targeted),
        behind=behind,
    )


def _month(month: str, last: date) -> dict[str, str]:
    """The days of a month, up to the last day asked for."""
    since = date.fromisoformat(f"{month}-01")
    return {"from": since.isoformat(), "to": min(month_end(since), last).isoformat()}


def _remarks(question: Question, targeted: Set[str]) -> tuple[Any, ...]:
    said: list[Any] = [_("没有分母时不写数字，写成空白，不写成 0。")]
    if targeted:
        said.append(_("目标是期末那天有效的；业务员没有自己的目标时用团队的，再用整个公司的。"))
    if question.by != ("currency",):
        said += unrated_remarks(moment(question.as_of, question.known_at), question.since or question.as_of)
    return tuple(said)


def _columns(targeted: Set[str]) -> tuple[Column, ...]:
    figures: list[Column] = []
    for each in FIGURES.values():
        formula = f'=IFERROR({each.formula},"")' if each.formula else ""
        figures.append(Column(each.name, each.label, each.kind, definition=each.definition, formula=formula))
        if each.name in targeted:
            figures.append(Column(f"{each.name}{TARGET}", _("%s 目标") % each.label, each.kind))
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
            series=_series(figure, rows),
            kind=figure.kind,
        )
        for figure in (FIGURES[name] for name in CHARTED)
    ]


def _series(figure: Figure, rows: Sequence[Row]) -> tuple[Series, ...]:
    """The figure by month, and the target it is measured by."""
    own = Series(figure.label, tuple(Mark(row.values[figure.name]) for row in rows))
    targets = [row.values.get(f"{figure.name}{TARGET}") for row in rows]
    if not any(each is not None for each in targets):
        return (own,)
    return own, Series(_("目标"), tuple(map(Mark, targets)), tone="plain")


REPORT = Report(
    name="kpi",
    title=_("应收指标"),
    definition=_("DSO、回款率、逾期率等指标：整个公司按月看走势，或按业务员、客户、地区等对比。"),
    read=read,
    told=(told_of_promises, told_of_targets),
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

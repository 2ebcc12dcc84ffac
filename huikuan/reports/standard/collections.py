"""回款情况表: what was to come in of a period against what came in, and how much of it in time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
    Link,
    Mark,
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
from huikuan.reports.filters import FIELDS, OVERDUE
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.kpi.figures import FIGURES, Facts
from huikuan.reports.kpi.inputs import Asked, Period, inputs_of

RATES = ("due_collection_rate", "on_time_rate")
MOST_WEEKS = 60
ONE_DAY = timedelta(days=1)

COLUMNS: tuple[Column, ...] = (
    Column(
        "opening_matured",
        _("期初已到期"),
        totalled=True,
        definition=_("期初之前已经到期、还没有收回的应收。"),
    ),
    Column(
        "due",
        _("本期到期"),
        totalled=True,
        definition=_("本期到期的应收，减去到期前用红字、折让等结掉的部分。"),
    ),
    Column("planned", _("应收回"), totalled=True, formula="={opening_matured}+{due}"),
    Column(
        "on_due", _("已收回"), totalled=True, definition=_("收款核销了这些应收的金额，包括到期前预付的部分。")
    ),
    Column("missing", _("未收回"), totalled=True, formula="={planned}-{on_due}"),
    Column(
        "due_collection_rate",
        FIGURES["due_collection_rate"].label,
        Kind.PERCENT,
        definition=FIGURES["due_collection_rate"].definition,
        formula='=IFERROR({on_due}/{planned},"")',
    ),
    Column("in_time", _("准时收回"), totalled=True, definition=_("到期日当天或之前收回的金额。")),
    Column(
        "on_time_rate",
        FIGURES["on_time_rate"].label,
        Kind.PERCENT,
        definition=FIGURES["on_time_rate"].definition,
        formula='=IFERROR({in_time}/{due},"")',
    ),
    Column(
        "collected",
        _("回款合计"),
        totalled=True,
        definition=_("收款、预收和收到的票据，减退款和拒付，不论核销没有。"),
    ),
    Column("closing_overdue", _("期末逾期"), definition=_("期末已经过了到期日的应收。")),
)


def values_of(period: Period) -> dict[str, Any]:
    """The figures of a row of this table."""
    inputs = period.inputs
    facts = Facts(inputs, period.days)
    planned = inputs.opening_matured + inputs.due
    return {
        "opening_matured": inputs.opening_matured,
        "due": inputs.due,
        "planned": planned,
        "on_due": inputs.on_due,
        "missing": planned - inputs.on_due,
        "in_time": inputs.in_time,
        "collected": inputs.collected,
        "closing_overdue": inputs.closing_overdue,
    } | {name: FIGURES[name].read(facts) for name in RATES}


def read(question: Question) -> Result:
    """By the dimension asked for, with all of it as the total; by currency without one."""
    if question.since is None:
        raise ValueError("a period is asked for")
    asked = _asked(question, (question.since - ONE_DAY, question.as_of))
    own = question.by[:1] == ("currency",)
    rows = [
        Row(
            0,
            line.key,
            key_values(question.by, line.key, line.name) | values_of(line.periods[-1]),
            line.key[0] if own else "",
        )
        for line in asked.lines
        if question.by
    ]
    rows = [row for row in rows if any(isinstance(each, Decimal) and each for each in row.values.values())]
    total = Row(0, (), key_values(question.by, (), "") | values_of(asked.total.periods[-1]))

    def behind(row: Row, column: str) -> Link | None:
        if column != "closing_overdue":
            return None
        return items_link(narrowed(question.item_filter, question.by, row.key).with_cell(OVERDUE))

    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(*key_columns(question.by), *COLUMNS),
        rows=rows if question.by else [total],
        total=None if own or not question.by else total,
        behind=behind,
    )


def read_weeks(question: Question) -> Result:
    """From Monday to Sunday; the first and the last week as far as the period has them."""
    if question.since is None:
        raise ValueError("a period is asked for")
    ends = [question.since - ONE_DAY]
    while ends[-1] < question.as_of:
        monday = ends[-1] + ONE_DAY
        ends.append(min(question.as_of, monday + timedelta(days=6 - monday.weekday())))
    if len(ends) > MOST_WEEKS + 1:
        raise QuestionRefused(_("按周最多看 %d 周，请缩短期间。") % MOST_WEEKS, code="too_many_weeks")
    asked = _asked(question, tuple(ends))
    rows = [
        Row(0, (each.since.isoformat(),), {"since": each.since, "until": each.until} | values_of(each))
        for each in asked.total.periods
    ]
    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(
            Column("since", _("从"), Kind.DATE),
            Column("until", _("到"), Kind.DATE),
            *(
                column if column.name in ("due", "in_time", "collected") else _not_totalled(column)
                for column in COLUMNS
            ),
        ),
        rows=rows,
        charts=(_weeks_chart(rows, asked.currency),),
    )


def _not_totalled(column: Column) -> Column:
    """What is carried from week to week does not add up."""
    return Column(column.name, column.label, column.kind, False, column.definition, column.formula)


def _weeks_chart(rows: list[Row], currency: str) -> Chart:
    return Chart(
        name="weeks",
        title=_("每周到期与回款"),
        shape=Shape.BAR,
        categories=tuple(f"{row.values['since']:%m-%d}" for row in rows),
        series=(
            Series(_("本期到期"), tuple(Mark(row.values["due"]) for row in rows)),
            Series(_("回款合计"), tuple(Mark(row.values["collected"]) for row in rows)),
        ),
        currency=currency,
    )


def _asked(question: Question, ends: tuple[Any, ...]) -> Asked:
    return inputs_of(
        ends,
        by=question.by,
        known_at=question.known_at,
        where=question.item_filter,
        salesperson_ids=question.salesperson_ids,
    )


REPORTS = (
    Report(
        name="collections",
        title=_("回款情况表"),
        definition=_("本期应收回多少、收回多少、多少是准时收回的，按客户、业务员、地区等列示。"),
        read=read,
        section="collection",
        dimensions=ALL,
        by=("salesperson",),
        filters=FIELDS,
        period=True,
        usual_period="month",
        sort="-missing",
        icon="coins",
    ),
    Report(
        name="expected-received",
        title=_("到期与回款周报"),
        definition=_("每周到期多少、收回多少：计划和实际放在一起。"),
        read=read_weeks,
        section="collection",
        filters=FIELDS,
        period=True,
        usual_period="quarter",
        icon="calendar-due",
    ),
)

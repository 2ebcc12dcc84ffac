"""逾期变动表: what was overdue, what fell overdue, what was paid or written off of it, and what is overdue now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import (
    Chart,
    Column,
    Link,
    Mark,
    Question,
    Report,
    Result,
    Row,
    Series,
    Shape,
    items_link,
)
from huikuan.reports.dimensions import ALL
from huikuan.reports.filters import FIELDS, OVERDUE, ItemFilter
from huikuan.reports.keys import key_columns, key_values, narrowed
from huikuan.reports.moments import moment
from huikuan.reports.overdue_moves import OverdueMove, overdue_moves
from huikuan.reports.questions import NONE

COLUMNS: tuple[Column, ...] = (
    Column("opening", _("期初逾期"), totalled=True),
    Column(
        "fresh",
        _("新增逾期"),
        totalled=True,
        definition=_("本期过了到期日的应收，按到期日终了时未结清的金额。"),
    ),
    Column("cured", _("收回"), totalled=True, definition=_("逾期之后用收款、预收或票据核销的金额。")),
    Column("written_off", _("坏账核销"), totalled=True),
    Column(
        "other",
        _("其他增减"),
        totalled=True,
        definition=_("红字、折让、冲抵、转让，以及汇兑差额；减少为负。"),
    ),
    Column(
        "closing",
        _("期末逾期"),
        totalled=True,
        formula="={opening}+{fresh}-{cured}-{written_off}+{other}",
        definition=_("与期末账龄分析表的逾期合计相同。"),
    ),
    Column(
        "rolled",
        _("其中转入更差账龄"),
        totalled=True,
        definition=_("期初就已逾期、期末仍未收回，并且换到了更长账龄段的金额；已含在期末逾期里。"),
    ),
)


def read(question: Question) -> Result:
    """The movement by the dimension asked for, in base currency."""
    if question.since is None:
        raise ValueError("a period is asked for")
    at = moment(question.as_of, question.known_at)
    whole, *moves = overdue_moves(at, question.since, question)
    rows = [Row(0, each.key, _values(question, each)) for each in moves]
    total = Row(0, (), _values(question, whole))
    rows = rows if question.by else [total]

    def behind(row: Row, column: str) -> Link | None:
        where = narrowed(question.item_filter, question.by, row.key)
        if column == "closing":
            return items_link(where.with_cell(OVERDUE))
        return _migration(question, where) if column == "rolled" else None

    return Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(*key_columns(question.by), *COLUMNS),
        rows=rows,
        total=total if question.by else None,
        charts=(_waterfall(total, at.currency, behind),),
        behind=behind,
    )


def _values(question: Question, move: OverdueMove) -> dict[str, Any]:
    figures = {column.name: getattr(move, column.name) for column in COLUMNS}
    return key_values(question.by, move.key, move.name) | figures


def _migration(question: Question, where: ItemFilter) -> Link:
    """From which bucket to which: the table of the same debts over the same period."""
    assert question.since is not None
    period = {"from": question.since.isoformat(), "to": question.as_of.isoformat()}
    only = {name: value or NONE for name, value in where.as_parameters().items()}
    return Link("report", {"name": "bucket-migration", **period, **only})


def _waterfall(total: Row, currency: str, behind: Any) -> Chart:
    """From what was overdue to what is; what rolled is part of the latter, for it moves without changing the sum."""
    values = total.values
    marks = (
        (_("期初逾期"), Mark(values["opening"], tone="plain")),
        (_("新增逾期"), Mark(values["fresh"], tone="bad")),
        (_("收回"), Mark(-values["cured"], tone="good")),
        (_("坏账核销"), Mark(-values["written_off"], tone="warn")),
        (_("其他增减"), Mark(values["other"], tone="notice")),
        (_("期末逾期"), Mark(values["closing"], behind(total, "closing"), "plain")),
        (_("其中转入更差账龄"), Mark(values["rolled"], behind(total, "rolled"), "bad", part=True)),
    )
    return Chart(
        name="movement",
        title=_("逾期变动"),
        shape=Shape.WATERFALL,
        categories=tuple(label for label, _mark in marks),
        series=(Series(_("逾期"), tuple(mark for _label, mark in marks)),),
        currency=currency,
    )


REPORT = Report(
    name="overdue-movement",
    title=_("逾期变动表"),
    definition=_("期初逾期加新增，减收回和核销，等于期末逾期：逾期是怎样变多或变少的。"),
    read=read,
    section="collection",
    dimensions=ALL,
    by=("salesperson",),
    filters=FIELDS,
    period=True,
    usual_period="month",
    sort="-closing",
    icon="trending-down",
)

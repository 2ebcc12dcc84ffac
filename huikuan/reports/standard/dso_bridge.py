"""DSO 变动桥: what moved DSO from the period before to this one: sales, overdue debts, and debts that are not due yet.

DSO is receivable ÷ credit sales × days (domain.md §5), that is receivable ÷ sales of a day. Its change is told one factor
at a time (连环替代法, substitution in a chain): first the sales of a day, with the receivable of before; then what is overdue;
what is left is the debts not due yet, which follow the agreed terms, the mix of customers and when in the period was sold.
With A for receivable, O for overdue and s for sales of a day, of before (0) and now (1):

    sales: A0/s1 − A0/s0      overdue: (O1 − O0)/s1      not due: ((A1 − O1) − (A0 − O0))/s1

The three come to A1/s1 − A0/s0 whatever the figures are. Which factor goes first is a convention, and said on the report.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.core.dates import add_months
from huikuan.reports.asking import (
    Chart,
    Column,
    Kind,
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
from huikuan.reports.filters import FIELDS, OVERDUE, RECEIVABLE
from huikuan.reports.kpi.inputs import Period, inputs_of

HUNDREDTH = Decimal("0.01")
BEFORE, SALES, LATE, NOT_DUE, NOW = "before", "sales", "overdue", "not_due", "now"
STEPS: dict[str, Any] = {
    BEFORE: _("上期 DSO"),
    SALES: _("销售变化"),
    LATE: _("逾期变化"),
    NOT_DUE: _("未到期变化（账期、结构、节奏）"),
    NOW: _("本期 DSO"),
}
MEANINGS: dict[str, Any] = {
    BEFORE: _("上期期末应收 ÷ 上期日均赊销额。"),
    SALES: _("上期期末应收按本期日均赊销额算，比按上期算多几天：卖得多，同样的应收就是更少的天数。"),
    LATE: _("逾期应收的增减 ÷ 本期日均赊销额。"),
    NOT_DUE: _("未到期应收的增减 ÷ 本期日均赊销额：账期长短、客户结构和月底集中开票都在这里。"),
    NOW: _("本期期末应收 ÷ 本期日均赊销额。"),
}


def read(question: Question) -> Result:
    """The five steps, and beside them the figures of both periods that they are made of."""
    since, until = question.since, question.until
    if since is None or until is None:
        raise ValueError("a period is asked for")
    eve = since - timedelta(days=1)
    asked = inputs_of(
        (start_before(since, until) - timedelta(days=1), eve, until),
        known_at=question.known_at,
        where=question.item_filter,
        salesperson_ids=question.salesperson_ids,
    )
    before, now = asked.total.periods
    steps = bridge(before, now)
    rows = [
        Row(0, (name,), {"name": STEPS[name], "days": steps[name], "meaning": MEANINGS[name]})
        for name in STEPS
    ]

    def behind(row: Row, column: str) -> Link | None:
        cell = {LATE: OVERDUE, NOW: RECEIVABLE}.get(row.key[0]) if row.key and column == "days" else None
        return items_link(question.item_filter.with_cell(cell)) if cell else None

    known = None not in steps.values()
    return Result(
        question=question,
        currency=asked.currency,
        known_at=asked.known_at,
        columns=(
            Column("name", _("项目"), Kind.TEXT),
            Column("days", _("天数"), Kind.DAYS),
            Column("meaning", _("含义"), Kind.TEXT),
        ),
        rows=rows,
        remarks=(_("按销售、逾期、未到期的顺序逐项替代；换一个顺序，各项会略有不同。"),)
        if known
        else (_("有一期没有赊销额，算不出 DSO。"),),
        charts=(_chart(steps),) if known else (),
        parts=(_figures(question, asked.currency, before, now),),
        behind=behind,
    )


def start_before(since: date, until: date) -> date:
    """Where the period before begins: as many months earlier where this one begins with a month, else as many days."""
    if since.day > 1:
        return since - (until - since) - timedelta(days=1)
    return add_months(since, -((until.year - since.year) * 12 + until.month - since.month + 1))


def bridge(before: Period, now: Period) -> dict[str, Decimal | None]:
    """Days of each step, to a hundredth; they add up as they are written. None where a period sold nothing."""
    first, second = before.inputs, now.inputs
    if first.sold <= 0 or second.sold <= 0:
        return dict.fromkeys(STEPS)

    def days(amount: Decimal, period: Period) -> Decimal:
        return (amount * period.days / period.inputs.sold).quantize(HUNDREDTH, ROUND_HALF_UP)

    was, is_ = days(first.closing, before), days(second.closing, now)
    sales = days(first.closing, now) - was
    late = days(second.closing_overdue - first.closing_overdue, now)
    return {BEFORE: was, SALES: sales, LATE: late, NOT_DUE: is_ - was - sales - late, NOW: is_}


def _chart(steps: dict[str, Decimal | None]) -> Chart:
    tones = {name: "bad" if (steps[name] or 0) > 0 else "good" for name in (SALES, LATE, NOT_DUE)}
    marks = tuple(Mark(steps[name], tone=tones.get(name, "")) for name in STEPS)
    return Chart(
        name="bridge",
        title=_("DSO 变动（天）"),
        shape=Shape.WATERFALL,
        categories=tuple(STEPS.values()),
        series=(Series(_("天数"), marks),),
        kind=Kind.DAYS,
    )


def _figures(question: Question, currency: str, before: Period, now: Period) -> Result:
    rows = [
        Row(
            0,
            (f"{period.since.isoformat()}/{period.until.isoformat()}",),
            {
                "period": f"{period.since.isoformat()} – {period.until.isoformat()}",
                "days": period.days,
                "sold": period.inputs.sold,
                "closing": period.inputs.closing,
                "overdue": period.inputs.closing_overdue,
                "not_due": period.inputs.closing_not_due,
            },
        )
        for period in (before, now)
    ]
    return Result(
        question=question,
        currency=currency,
        known_at=None,
        columns=(
            Column("period", _("期间"), Kind.TEXT),
            Column("days", _("天数"), Kind.COUNT),
            Column("sold", _("赊销额")),
            Column("closing", _("期末应收")),
            Column("overdue", _("期末逾期")),
            Column("not_due", _("期末未逾期"), formula="={closing}-{overdue}"),
        ),
        rows=rows,
        title=_("两期数字"),
    )


REPORT = Report(
    name="dso-bridge",
    title=_("DSO 变动桥"),
    definition=_("DSO 比上期多了或少了几天，分别来自销售、逾期和未到期的应收。"),
    read=read,
    section="kpi",
    filters=FIELDS,
    period=True,
    usual_period="quarter",
    icon="chart-bar",
)

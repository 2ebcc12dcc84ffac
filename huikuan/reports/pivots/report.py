"""自定义透视表: any measures by up to three dimensions, across one more, compared with an earlier period."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Question, Report, Result, Told
from huikuan.reports.filters import FIELDS
from huikuan.reports.kpi.facts import PROMISED_FACTS
from huikuan.reports.moments import Moment
from huikuan.reports.pivots.asked import DIMENSIONS_OF_ROWS, OPTIONS, taken_apart
from huikuan.reports.pivots.cells import Reader, cells_on_page
from huikuan.reports.pivots.measures import DISPUTED, DISPUTES, OPEN_DISPUTES
from huikuan.reports.pivots.table import pivot
from huikuan.reports.told import told_of_disputes, told_of_promises


def read_pivot(question: Question, read: Reader = cells_on_page) -> Result:
    """The pivot, of the cells that `read` tells."""
    return pivot(taken_apart(question), read)


def told_of_pivot(question: Question, later: Moment, after: datetime) -> list[Told]:
    """What became of promises and disputes, where measures are of them."""
    needed = set(taken_apart(question).facts)
    found: list[Told] = []
    if not needed.isdisjoint(PROMISED_FACTS):
        found += told_of_promises(question, later, after)
    if not needed.isdisjoint((DISPUTES, DISPUTED, OPEN_DISPUTES)):
        found += told_of_disputes(question, later, after)
    return found


PIVOT = Report(
    name="pivot",
    title=_("自定义透视表"),
    definition=_("自己选指标、行、列、筛选和对比期；余额和账龄是期末的，其余是期间内发生的。"),
    read=read_pivot,
    told=(told_of_pivot,),
    section="own",
    options=OPTIONS,
    dimensions=DIMENSIONS_OF_ROWS,
    by=("region",),
    levels=3,
    filters=FIELDS,
    period=True,
    usual_period="year",
    icon="table",
)

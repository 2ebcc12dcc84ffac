"""What a pivot is asked beside the usual of a report, and what of it makes no sense."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from huikuan.reports.asking import Option, Question, QuestionRefused, Shape
from huikuan.reports.dimensions import ALL, DIMENSIONS, TIMES
from huikuan.reports.pivots.measures import GROUPS, MEASURES, OF_CUSTOMERS, Measure
from huikuan.reports.pivots.spans import LAST_YEAR, MOST, PREVIOUS, Span, earlier, number_of_spans, spans

DIMENSIONS_OF_ROWS = (*ALL, *TIMES)
BY_DOCUMENT = ("product", "contract")
USUAL_MEASURES = ("receivable", "overdue", "overdue_rate")

CHARTS = (
    (Shape.BAR.value, gettext_lazy("柱形")),
    (Shape.ROWS.value, gettext_lazy("条形")),
    (Shape.STACKED.value, gettext_lazy("堆叠")),
    (Shape.LINE.value, gettext_lazy("折线")),
    (Shape.HEAT.value, gettext_lazy("热力")),
)
COMPARISONS = (
    (PREVIOUS, gettext_lazy("上期")),
    (LAST_YEAR, gettext_lazy("去年同期")),
)
OPTIONS = (
    Option(
        "measures",
        gettext_lazy("指标"),
        "choices",
        default=USUAL_MEASURES,
        choices=tuple((each.name, each.label) for group in GROUPS for each in MEASURES.values() if each.group == group),
    ),
    Option(
        "column",
        pgettext_lazy("pivot", "列"),
        "choice",
        default="",
        choices=tuple((name, DIMENSIONS[name].label) for name in DIMENSIONS_OF_ROWS),
    ),
    Option("compare", gettext_lazy("对比"), "choice", default="", choices=COMPARISONS),
    Option("chart", gettext_lazy("图表"), "choice", default="", choices=CHARTS),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question taken apart: the measures, the dimension across (""), and the periods; `before` is empty or parallel."""

    question: Question
    measures: tuple[Measure, ...]
    column: str
    chart: str
    unit: str
    now: tuple[Span, ...]
    before: tuple[Span, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that a measure looks at."""
        return tuple(dict.fromkeys(fact for measure in self.measures for fact in measure.needs))

    @property
    def figures(self) -> int:
        """How many columns each key across has: every measure, and what it is compared with."""
        compared = (2 if self.column else 3) if self.before else 0
        return len(self.measures) * (1 + compared)

    @property
    def own_currency(self) -> bool:
        """Whether each row is in its own currency, so that rows do not add up."""
        return self.question.by[:1] == ("currency",)


def taken_apart(question: Question) -> Asked:
    """The parts of a pivot's question. Raises QuestionRefused."""
    options = question.options
    column, compare = options.get("column") or "", options.get("compare") or ""
    measures = tuple(MEASURES[name] for name in options.get("measures") or USUAL_MEASURES)
    dimensions = (*question.by, *((column,) if column else ()))
    if column in question.by:
        raise QuestionRefused(
            _("“%s”不能同时在行上和列上。") % DIMENSIONS[column].label, code="repeated_dimension"
        )
    units = [name for name in dimensions if name in TIMES]
    if len(units) > 1:
        raise QuestionRefused(_("月份、季度和年度只能选一个。"), code="two_units_of_time")
    _refuse_without_documents(measures, (*dimensions, *question.where))
    unit = units[0] if units else ""
    now, before = _periods(question, unit, compare)
    return Asked(question, measures, column, options.get("chart") or "", unit, now, before)


def _periods(question: Question, unit: str, compare: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    since, until = question.since, question.as_of
    if since is None:
        raise ValueError("a period is asked for")
    number = number_of_spans(since, until, unit)
    if number > MOST:
        raise QuestionRefused(
            _("这个期间有 %(number)d 段，最多 %(most)d 段。请缩短期间，或者改用更长的单位。")
            % {"number": number, "most": MOST},
            code="too_many_periods",
        )
    try:
        now = spans(since, until, unit)
        return now, tuple(earlier(span, compare, unit) for span in now) if compare else ()
    except (ValueError, OverflowError):
        raise QuestionRefused(_("这个期间没有可以对比的更早期间。"), code="no_earlier_period") from None


def _refuse_without_documents(measures: tuple[Measure, ...], named: tuple[str, ...]) -> None:
    for measure in measures:
        for name in named:
            if name in BY_DOCUMENT and not OF_CUSTOMERS.isdisjoint(measure.needs):
                raise QuestionRefused(
                    _("“%(measure)s”记在客户上，不能按“%(dimension)s”分。")
                    % {"measure": measure.label, "dimension": DIMENSIONS[name].label},
                    code="measure_without_dimension",
                )

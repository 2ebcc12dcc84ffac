"""Each key figure with what it is called, what it means and how it comes out of the inputs of a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Kind
from huikuan.reports.kpi import rules
from huikuan.reports.kpi.inputs import Inputs
from huikuan.reports.kpi.rules import MonthOfSales

COUNTED_BACK = 24
"""Over how many months before its end a period's receivable is counted back."""

PLACES = {Kind.PERCENT: Decimal("0.0001"), Kind.DAYS: Decimal("0.01"), Kind.RATIO: Decimal("0.001")}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the figures of one period of `days` are made of. `months`: of sales up to its end, the latest first."""

    inputs: Inputs
    days: int
    months: Sequence[MonthOfSales] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure. `better`: 1 where more is better, −1 where less is. `formula`: over the columns of the inputs."""

    name: str
    label: Any
    kind: Kind
    better: int
    definition: Any
    value: Callable[[Facts], Decimal | None]
    formula: str = ""

    def read(self, facts: Facts) -> Decimal | None:
        """The figure, rounded as it is shown; None where there is none."""
        value = self.value(facts)
        return None if value is None else value.quantize(PLACES[self.kind], ROUND_HALF_UP)


def _dso(facts: Facts) -> Decimal | None:
    return rules.days_sales_outstanding(facts.inputs.closing, facts.inputs.sold, facts.days)


def _best(facts: Facts) -> Decimal | None:
    return rules.best_possible_dso(facts.inputs.closing_not_due, facts.inputs.sold, facts.days)


def _turnover(facts: Facts) -> Decimal | None:
    return rules.turnover(facts.inputs.sold, facts.inputs.opening, facts.inputs.closing)


FIGURES: Mapping[str, Figure] = {
    each.name: each
    for each in (
        Figure(
            "dso",
            _("DSO"),
            Kind.DAYS,
            -1,
            _("应收账款周转天数：期末应收 ÷ 本期赊销额 × 天数。"),
            _dso,
            "{closing}/{sold}*{days}",
        ),
        Figure(
            "count_back_dso",
            _("倒推 DSO"),
            Kind.DAYS,
            -1,
            _("从最近一个月起逐月减去赊销额，减完为止经过的天数；不受季节影响。"),
            lambda facts: rules.count_back_dso(facts.inputs.closing, facts.months),
        ),
        Figure(
            "best_dso",
            _("最佳可能 DSO"),
            Kind.DAYS,
            -1,
            _("期末未逾期应收 ÷ 本期赊销额 × 天数：人人按期付款时的 DSO。"),
            _best,
            "({closing}-{closing_overdue})/{sold}*{days}",
        ),
        Figure(
            "add",
            _("平均逾期天数"),
            Kind.DAYS,
            -1,
            _("DSO 减最佳可能 DSO：逾期使回款晚了多少天。"),
            lambda facts: rules.average_days_delinquent(_dso(facts), _best(facts)),
            "{closing_overdue}/{sold}*{days}",
        ),
        Figure(
            "cei",
            _("催收有效性"),
            Kind.PERCENT,
            1,
            _("（期初应收 + 赊销额 − 期末应收）÷（期初应收 + 赊销额 − 期末未逾期应收）。"),
            lambda facts: rules.collection_effectiveness(
                facts.inputs.opening, facts.inputs.sold, facts.inputs.closing, facts.inputs.closing_not_due
            ),
            "({opening}+{sold}-{closing})/({opening}+{sold}-{closing}+{closing_overdue})",
        ),
        Figure(
            "collection_rate",
            _("回款率"),
            Kind.PERCENT,
            1,
            _("本期回款 ÷（期初应收 + 本期赊销额）。回款是收款、预收和收到的票据，减退款和拒付。"),
            lambda facts: rules.collection_rate(
                facts.inputs.collected, facts.inputs.opening, facts.inputs.sold
            ),
            "{collected}/({opening}+{sold})",
        ),
        Figure(
            "due_collection_rate",
            _("到期回款率"),
            Kind.PERCENT,
            1,
            _("期初已逾期的和本期到期的应收，收回了多少。"),
            lambda facts: rules.due_collection_rate(
                facts.inputs.on_due, facts.inputs.due, facts.inputs.opening_matured
            ),
            "{on_due}/({due}+{opening_matured})",
        ),
        Figure(
            "on_time_rate",
            _("准时回款率"),
            Kind.PERCENT,
            1,
            _("本期到期的应收中，到期日当天或之前收到的部分。"),
            lambda facts: rules.on_time_rate(facts.inputs.in_time, facts.inputs.due),
            "{in_time}/{due}",
        ),
        Figure(
            "turnover",
            _("周转率"),
            Kind.RATIO,
            1,
            _("本期赊销额 ÷ 期初期末平均应收，都含税；与财务报表的周转率口径不同。"),
            _turnover,
            "{sold}*2/({opening}+{closing})",
        ),
        Figure(
            "turnover_days",
            _("周转天数"),
            Kind.DAYS,
            -1,
            _("天数 ÷ 周转率。"),
            lambda facts: rules.turnover_days(facts.days, _turnover(facts)),
            "{days}*({opening}+{closing})/{sold}/2",
        ),
        Figure(
            "overdue_rate",
            _("逾期率"),
            Kind.PERCENT,
            -1,
            _("期末逾期应收 ÷ 期末应收。"),
            lambda facts: rules.overdue_rate(facts.inputs.closing_overdue, facts.inputs.closing),
            "{closing_overdue}/{closing}",
        ),
        Figure(
            "bad_debt_ratio",
            _("坏账率"),
            Kind.PERCENT,
            -1,
            _("本期核销的坏账 ÷ 本期赊销额。"),
            lambda facts: rules.bad_debt_ratio(facts.inputs.written_off, facts.inputs.sold),
            "{written_off}/{sold}",
        ),
        Figure(
            "days_late",
            _("加权逾期天数"),
            Kind.DAYS,
            -1,
            _("本期核销的回款按金额加权，比到期日晚几天；提前的算负数。"),
            lambda facts: rules.share(facts.inputs.late, facts.inputs.paid),
        ),
        Figure(
            "days_late_floored",
            _("加权逾期天数（提前算 0）"),
            Kind.DAYS,
            -1,
            _("同上，提前收到的算准时。"),
            lambda facts: rules.share(facts.inputs.floored, facts.inputs.paid),
        ),
        Figure(
            "promise_kept",
            _("承诺兑现率（笔数）"),
            Kind.PERCENT,
            1,
            _("承诺日在本期、已有结果的付款承诺中，到期（加宽限）足额付款的笔数。"),
            lambda facts: rules.promise_kept_rate(facts.inputs.promises_kept, facts.inputs.promises),
        ),
        Figure(
            "promised_kept",
            _("承诺兑现率（金额）"),
            Kind.PERCENT,
            1,
            _("同上，按承诺金额。"),
            lambda facts: rules.promise_kept_rate(facts.inputs.promised_kept, facts.inputs.promised),
        ),
    )
}


def read_figures(facts: Facts, names: Sequence[str] = ()) -> dict[str, Decimal | None]:
    """The figures by name: those named, or all."""
    return {name: FIGURES[name].read(facts) for name in names or FIGURES}

"""What can be known of a customer: computed from our own ledger, or entered and imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _


class Measure(StrEnum):
    """How values read: SHARE as a fraction (0.95 is 95 %), YES_NO as 1 and 0, CHOICE as the numbers of its words."""

    SHARE = "share"
    NUMBER = "number"
    COUNT = "count"
    DAYS = "days"
    YEARS = "years"
    MONEY = "money"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True)
class FactKind:
    """A fact: `computed` from the ledger or entered; entered ones count for `good_months` (None: until replaced).

    `least` and `most`: the range of values that can be true.
    """

    code: str
    title: object
    measure: Measure
    computed: bool = False
    good_months: int | None = None
    choices: Mapping[int, object] = field(default_factory=dict)
    least: Decimal | None = None
    most: Decimal | None = None


ZERO, HUNDRED = Decimal(0), Decimal(100)
STATEMENT_MONTHS: Final = 24  # how long figures of a yearly statement are of use
RECORD_MONTHS: Final = 12  # how long a look at a public register is of use


def _computed(code: str, title: object, measure: Measure) -> FactKind:
    return FactKind(code, title, measure, computed=True)


COMPUTED: Final[tuple[FactKind, ...]] = (
    _computed("on_time_rate", _("按时付款比例"), Measure.SHARE),
    _computed("days_late", _("加权逾期天数"), Measure.DAYS),
    _computed("late_trend", _("近三个月逾期天数变化"), Measure.DAYS),
    _computed("overdue_worst_now", _("目前最长逾期天数"), Measure.DAYS),
    _computed("overdue_worst_12m", _("近一年最长逾期天数"), Measure.DAYS),
    _computed("overdue_amount", _("目前逾期金额"), Measure.MONEY),
    _computed("bounced_12m", _("近一年付款退回次数"), Measure.COUNT),
    _computed("dishonoured_12m", _("近一年票据拒付次数"), Measure.COUNT),
    _computed("tenure_years", _("合作年数"), Measure.YEARS),
    _computed("sales_12m", _("近一年销售额"), Measure.MONEY),
    _computed("monthly_sales", _("近一年月均销售额"), Measure.MONEY),
    _computed("growth", _("销售增长率"), Measure.SHARE),
    _computed("concentration", _("占我方销售比例"), Measure.SHARE),
    _computed("predicted_late", _("预计迟付 30 天以上的比例"), Measure.SHARE),
)

ENTERED: Final[tuple[FactKind, ...]] = (
    FactKind("broken_promises", _("近一年未兑现的付款承诺"), Measure.COUNT, good_months=RECORD_MONTHS, least=ZERO),
    FactKind("debt_ratio", _("资产负债率"), Measure.SHARE, good_months=STATEMENT_MONTHS, least=ZERO, most=HUNDRED),
    FactKind("current_ratio", _("流动比率"), Measure.NUMBER, good_months=STATEMENT_MONTHS, least=ZERO),
    FactKind("net_margin", _("销售净利率"), Measure.SHARE, good_months=STATEMENT_MONTHS, least=-HUNDRED, most=HUNDRED),
    FactKind("cash_flow", _("经营活动现金流净额"), Measure.MONEY, good_months=STATEMENT_MONTHS),
    FactKind("net_assets", _("净资产"), Measure.MONEY, good_months=STATEMENT_MONTHS),
    FactKind("company_years", _("成立年数"), Measure.YEARS, least=ZERO, most=Decimal(500)),
    FactKind("registered_capital", _("注册资本"), Measure.MONEY, least=ZERO),
    FactKind("paid_in_capital", _("实缴资本"), Measure.MONEY, least=ZERO),
    FactKind(
        "ownership",
        _("企业性质"),
        Measure.CHOICE,
        choices={5: _("国有"), 4: _("上市公司"), 3: _("外资"), 2: _("民营"), 1: _("个体工商户")},
    ),
    FactKind("contract_quality", _("合同质量（1 至 5）"), Measure.NUMBER, least=Decimal(1), most=Decimal(5)),
    FactKind("dishonest", _("失信被执行人"), Measure.YES_NO, good_months=RECORD_MONTHS),
    FactKind("bankrupt", _("破产或吊销执照"), Measure.YES_NO),
    FactKind("abnormal", _("经营异常名录"), Measure.YES_NO, good_months=RECORD_MONTHS),
    FactKind("litigation", _("作为被告的未结诉讼"), Measure.COUNT, good_months=RECORD_MONTHS, least=ZERO),
    FactKind(
        "tax_rating",
        _("纳税信用等级"),
        Measure.CHOICE,
        good_months=STATEMENT_MONTHS,
        choices={5: "A", 4: "B", 3: "M", 2: "C", 1: "D"},
    ),
    FactKind("insurer_rating", _("保险公司评级（1 至 10）"), Measure.NUMBER, good_months=RECORD_MONTHS, least=Decimal(1), most=Decimal(10)),
)  # fmt: skip

KINDS: Final[Mapping[str, FactKind]] = {kind.code: kind for kind in (*COMPUTED, *ENTERED)}
"""Everything that can be known, by code; the codes are stable: they stand in scorecards, files and JSON."""

ENTERED_BY_CODE: Final[Mapping[str, FactKind]] = {kind.code: kind for kind in ENTERED}

"""The formulas of the key figures of receivables: pure, exact, and never a zero for what cannot be said.

Amounts of one call are in one currency. Shares are fractions (0.875 is 87.5 %), days are days; nothing is rounded here.
Where a denominator is zero there is no figure: None, which pages show as a dash and files as an empty cell.

The formulas are those of the Credit Research Foundation (DSO, count-back DSO, best possible DSO, average days
delinquent, collection effectiveness index) and of the Ministry of Finance's 企业绩效评价 (turnover); the concentration
is the index of Herfindahl and Hirschman in points, as competition authorities use it. Examples are one quarter of
90 days: sales 300, 280 and 310, receivables 400 at its beginning and 450 at its end, 330 of them not due, 840 collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

ZERO = Decimal(0)
POINTS = Decimal(10_000)
_CONTEXT = Context(prec=28)


@dataclass(frozen=True, slots=True)
class MonthOfSales:
    """Credit sales of a month (or of a part of one) of so many days."""

    sales: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that settled a debt so many days after it was due; negative: before."""

    amount: Decimal
    days_late: int


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part` as a fraction of `whole`; None where there is no whole."""
    return _CONTEXT.divide(part, whole) if whole else None


def days_sales_outstanding(receivable: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """DSO 应收账款周转天数(销售口径): receivable ÷ credit sales × days of the period. 450 ÷ 890 × 90 = 45.51."""
    return share(receivable * days, sales)


def best_possible_dso(not_due: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """BPDSO 最佳可能 DSO: what is not due ÷ credit sales × days. 330 ÷ 890 × 90 = 33.37."""
    return days_sales_outstanding(not_due, sales, days)


def average_days_delinquent(dso: Decimal | None, best: Decimal | None) -> Decimal | None:
    """ADD 平均逾期天数: DSO less BPDSO, the days that lateness adds. 45.51 − 33.37 = 12.13 (from exact figures)."""
    return None if dso is None or best is None else dso - best


def count_back_dso(receivable: Decimal, months: Sequence[MonthOfSales]) -> Decimal | None:
    """倒推法 DSO: sales of the latest months (`months`, latest first) are taken off what is owed, each for its days.

    The month that is not used up counts in proportion: 450 − 310 (31 days) = 140; 31 + 140 ÷ 280 × 28 = 45.00. None
    where the months do not reach back far enough to have made what is owed, and where nothing is owed nor was sold.
    """
    if not receivable and not any(month.sales for month in months):
        return None
    left, days = receivable, ZERO
    for month in months:
        if left <= 0:
            break
        if month.sales >= left:
            return days + _CONTEXT.divide(left * month.days, month.sales)
        left -= month.sales
        days += month.days
    return days if left <= 0 else None


def collection_effectiveness(
    opening: Decimal, sales: Decimal, closing: Decimal, closing_not_due: Decimal
) -> Decimal | None:
    """CEI 催收有效性: of what could be collected, how much was.

    (opening + sales − closing) ÷ (opening + sales − closing not due): 840 ÷ 960 = 87.50 %.
    """
    return share(opening + sales - closing, opening + sales - closing_not_due)


def collection_rate(collected: Decimal, opening: Decimal, sales: Decimal) -> Decimal | None:
    """回款率: collected ÷ (receivable at the beginning + sales). 840 ÷ 1,290 = 65.12 %."""
    return share(collected, opening + sales)


def due_collection_rate(collected_on_due: Decimal, due: Decimal, overdue_opening: Decimal) -> Decimal | None:
    """到期回款率: money for what was overdue at the beginning or fell due ÷ the same. 700 ÷ (800 + 60) = 81.40 %."""
    return share(collected_on_due, due + overdue_opening)


def on_time_rate(paid_in_time: Decimal, due: Decimal) -> Decimal | None:
    """准时回款率: of what fell due in the period, what was paid by its due date. 620 ÷ 800 = 77.50 %."""
    return share(paid_in_time, due)


def turnover(sales: Decimal, opening: Decimal, closing: Decimal) -> Decimal | None:
    """应收账款周转率: sales ÷ average receivable, here with VAT and gross. 890 ÷ 425 = 2.094 times in the period.

    The ratio of financial statements is another: revenue without VAT over net receivables.
    """
    return share(sales * 2, opening + closing)


def turnover_days(days: int, times: Decimal | None) -> Decimal | None:
    """周转天数: days of the period ÷ turnover. 90 ÷ 2.094 = 42.98."""
    return share(Decimal(days), times) if times else None


def overdue_rate(overdue: Decimal, receivable: Decimal) -> Decimal | None:
    """逾期率: overdue ÷ receivable. 120 ÷ 450 = 26.67 %."""
    return share(overdue, receivable)


def bad_debt_ratio(written_off: Decimal, sales: Decimal) -> Decimal | None:
    """坏账率: written off ÷ credit sales of the period. 4.45 ÷ 890 = 0.50 %."""
    return share(written_off, sales)


def top_share(balances: Sequence[Decimal], number: int) -> Decimal | None:
    """前 N 大客户占比: what the largest `number` owe ÷ what all owe. Of 200, 100, 80, 40, 30 three: 84.44 %."""
    return share(sum(sorted(balances, reverse=True)[:number], ZERO), sum(balances, ZERO))


def herfindahl(balances: Iterable[Decimal]) -> Decimal | None:
    """HHI 集中度指数: the sum of squared shares × 10,000. One debtor: 10,000; of 200, 100, 80, 40, 30: 2,908.64."""
    squares, whole = ZERO, ZERO
    for balance in balances:
        squares += balance * balance
        whole += balance
    return share(squares * POINTS, whole * whole)


def weighted_days_late(payments: Iterable[Paid], *, floored: bool = False) -> Decimal | None:
    """加权平均逾期天数: Σ(amount × days late) ÷ Σ amount; `floored`: early money counts as on its day.

    100 ten days late, 200 five days early and 300 twenty days late: 10.00, floored 11.67.
    """
    weighed, whole = ZERO, ZERO
    for each in payments:
        weighed += each.amount * (max(each.days_late, 0) if floored else each.days_late)
        whole += each.amount
    return share(weighed, whole)


def promise_kept_rate(kept: int | Decimal, judged: int | Decimal) -> Decimal | None:
    """承诺兑现率: promises kept ÷ promises judged, of their number or of their amounts. 7 of 10: 70 %.

    A promise is kept when what was allocated by its day and the days of grace reaches what was promised.
    """
    return share(Decimal(kept), Decimal(judged))

"""The forecast as JSON and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.money import amount_text
from huikuan.reports.cash_forecast.reading import SHOWN_WEEKS, ZERO, Forecast, Line
from huikuan.reports.sheets import Sheets, workbook
from huikuan.risk.payments.cash import ForetoldCash
from huikuan.risk.payments.models import ForetoldWeek
from huikuan.risk.payments.scenarios import TriedWeek
from huikuan.sales.coming_cash import KIND_LABELS


def kind_label(kind: str) -> str:
    """What a line of the forecast is: an open item, or what is not invoiced yet of an order or a plan."""
    return _("应收") if kind == "item" else str(KIND_LABELS[kind])


def as_data(
    found: Forecast, lines: Iterable[Line], tried: Sequence[TriedWeek], currency: str
) -> dict[str, Any]:
    """Everything, amounts as text in base currency."""

    def money(amount: Decimal) -> str:
        return amount_text(amount, currency)

    def middle(of: ForetoldCash | ForetoldWeek) -> str | None:
        return None if of.middle is None else money(of.middle)

    return {
        "as_of": found.made_on,
        "currency": currency,
        "weeks": [
            {
                "week": week.week_on,
                "p10": money(week.low),
                "p50": middle(week),
                "expected": money(week.expected),
                "p90": money(week.high),
                "not_invoiced": money(week.planned),
                "promised": money(found.promised.get(week.week_on, ZERO)),
            }
            for week in found.weeks
        ],
        "months": [
            {
                "month": f"{month.starts_on:%Y-%m}",
                "p10": money(month.low),
                "p50": middle(month),
                "expected": money(month.expected),
                "p90": money(month.high),
            }
            for month in found.months
        ],
        "past": [
            {
                "week": week.said.week_on,
                "made_on": week.said.made_on,
                "looked_back": week.said.looked_back,
                "p10": money(week.said.low),
                "p50": middle(week.said),
                "expected": money(week.said.expected),
                "p90": money(week.said.high),
                "actual": money(week.actual),
            }
            for week in found.past
        ],
        "scenario": [
            {"week": week.week_on, "expected": money(week.expected), "tried": money(week.tried)}
            for week in tried
        ],
        "lines": [
            {
                "kind": line.kind,
                "number": line.number,
                "name": line.name,
                "customer": line.code,
                "due_on": line.due_on,
                "amount": money(line.amount),
                "weeks": [money(each) for each in line.weeks],
            }
            for line in lines
        ],
    }


def as_workbook(found: Forecast, lines: Sequence[Line], tried: Sequence[TriedWeek], currency: str) -> bytes:
    """Sheets for weeks, months, the scenario, weeks gone by, and what each line brings in each week."""
    title = _("%s 的现金预测") % found.made_on.isoformat()

    def write(sheets: Sheets) -> None:
        sheets.table(
            _("按周"), title,
            [_("周（周一起）"), "P10", "P50", _("预计回款"), "P90", _("其中未开票"), _("其中承诺")],
            [[week.week_on, week.low, week.middle, week.expected, week.high, week.planned,
              found.promised.get(week.week_on)] for week in found.weeks],
        )  # fmt: skip
        sheets.table(
            _("按月"), title,
            [_("月"), "P10", "P50", _("预计回款"), "P90"],
            [[f"{month.starts_on:%Y-%m}", month.low, month.middle, month.expected, month.high] for month in found.months],
        )  # fmt: skip
        if tried:
            sheets.table(
                _("情景"), title,
                [_("周（周一起）"), _("预计回款"), _("情景下"), _("相差")],
                [[week.week_on, week.expected, week.tried, week.tried - week.expected] for week in tried],
            )  # fmt: skip
        sheets.table(
            _("预测与实际"), title,
            [_("周（周一起）"), _("预测于"), "P10", "P50", _("当时预计"), "P90", _("实际回款")],
            [[week.said.week_on, week.said.made_on, week.said.low, week.said.middle,
              week.said.expected, week.said.high, week.actual] for week in found.past],
        )  # fmt: skip
        sheets.table(
            _("明细"), title,
            [_("类别"), _("单据"), _("名称"), _("客户"), _("客户名称"), _("到期日"), _("金额"),
             *(week.week_on.isoformat() for week in found.shown)],
            [[kind_label(line.kind), line.number, line.name, line.code, line.customer,
              line.due_on, line.amount, *line.weeks] for line in lines],
            totals=range(6, 7 + SHOWN_WEEKS), named=5,
        )  # fmt: skip

    return workbook(title, currency, write, on=found.made_on)

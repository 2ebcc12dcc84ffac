"""Concentration and a scenario tried, as JSON and as a workbook."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.money import amount_text
from huikuan.reports.sheets import Sheets, workbook
from huikuan.reports.stress.book import Book, Concentration, Part
from huikuan.reports.stress.stressing import Stressed


def as_data(book: Book, found: Concentration, tried: Stressed, currency: str) -> dict[str, Any]:
    """Everything, amounts as text in base currency."""

    def money(amount: Decimal | None) -> str | None:
        return None if amount is None else amount_text(amount, currency)

    def text(value: Decimal | None) -> str | None:
        return None if value is None else f"{value:f}"

    def part(each: Part) -> dict[str, Any]:
        return {
            "name": each.name,
            "customers": each.customers,
            "owed": money(each.owed),
            "overdue": money(each.overdue),
            "share": text(each.share),
            "hhi": text(each.index),
        }

    scenario = tried.scenario
    return {
        "as_of": book.today,
        "currency": currency,
        "without_prediction": book.guessed,
        "concentration": {
            "owed": money(found.owed),
            "top": {str(number): text(value) for number, value in found.tops.items()},
            "hhi": text(found.index),
            "sectors": [part(each) for each in found.sectors],
            "regions": [part(each) for each in found.regions],
        },
        "scenario": {
            "sector": scenario.sector or None,
            "region": scenario.region or None,
            "days": scenario.days,
            "largest": scenario.largest,
            "failing": [each.code for each in tried.failing],
            "loss": text(scenario.loss),
        },
        "late_customers": tried.late,
        "late_owed": money(tried.late_owed),
        "weeks": [
            {
                "week": week.starts_on,
                "cash": money(week.cash),
                "cash_after": money(week.cash_after),
                "overdue": money(week.overdue),
                "overdue_after": money(week.overdue_after),
            }
            for week in tried.weeks
        ],
        "provision": money(tried.provision),
        "provision_after": money(tried.provision_after),
        "limits": [
            {
                "customer": each.code,
                "limit": money(each.limit),
                "used": money(each.used),
                "used_after": money(each.used_after),
                "failed": each.failed,
            }
            for each in tried.limits
        ],
    }


def as_workbook(book: Book, found: Concentration, tried: Stressed, currency: str) -> bytes:
    """A sheet for the weeks with live differences, one for limits and failing customers, one each for the parts."""
    title = _("压力测试 %s") % book.today.isoformat()

    def write(sheets: Sheets) -> None:
        sheets.table(
            _("每周"), title,
            [_("周（周一起）"), _("预计回款"), _("情景下回款"), _("逾期"), _("情景下逾期")],
            [[week.starts_on, week.cash, week.cash_after, week.overdue, week.overdue_after] for week in tried.weeks],
        )  # fmt: skip
        sheets.table(
            _("结果"), title,
            [_("项目"), _("现在"), _("情景下")],
            [
                [_("坏账准备"), tried.provision, tried.provision_after],
                [_("十三周回款"), sum((week.cash for week in tried.weeks), Decimal(0)),
                 sum((week.cash_after for week in tried.weeks), Decimal(0))],
            ],
        )  # fmt: skip
        sheets.table(
            _("额度"), title,
            [_("代码"), _("客户"), _("额度"), _("已用"), _("情景下已用"), _("无力付款")],
            [[each.code, each.name, each.limit, each.used, each.used_after, _("是") if each.failed else ""] for each in tried.limits],
            named=2,
        )  # fmt: skip
        for name, parts in ((_("行业"), found.sectors), (_("地区"), found.regions)):
            sheets.table(
                name, title,
                [name, _("客户数"), _("应收余额"), _("逾期"), _("占比"), "HHI"],
                [[each.name or _("（未指定）"), each.customers, each.owed, each.overdue,
                  None if each.share is None else f"{each.share * 100:.2f}%", None if each.index is None else f"{each.index:.0f}"]
                 for each in parts],
            )  # fmt: skip

    return workbook(title, currency, write, on=book.today)

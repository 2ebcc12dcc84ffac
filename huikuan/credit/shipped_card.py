"""The scorecard that an organization starts with: five dimensions after the 5C of credit, six grades.

How late matters more than whether: buyers on open account often pay some days after the due date, and of customers that
pay ten days late on average hardly a fifth of the amounts is on time. So the weighted days late weigh twice the rate of
what is on time, and what still tells little, a young relationship or small volume, costs little. Tried on the demo
company, this keeps the last grade for those that the vetoes name and a few that pay two months late on average.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop

SHIPPED_CODE: Final = "standard"
SHIPPED_NAME: Final = gettext_noop("通用评分卡")


def _item(code: str, weight: int, *bands: tuple[str | None, int]) -> dict[str, Any]:
    return {
        "code": code,
        "weight": str(weight),
        "bands": [[floor, str(points)] for floor, points in bands],
    }


def _dimension(code: str, weight: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "weight": str(weight), "items": list(items)}


def _grade(
    code: str, floor: int, factor: str, term: int | None, months: int, *, secured: bool = False
) -> dict[str, Any]:
    return {
        "code": code,
        "floor": str(floor),
        "factor": factor,
        "term_days": term,
        "secured_only": secured,
        "review_months": months,
    }


SHIPPED_DEFINITION: Final[dict[str, Any]] = {
    "dimensions": [
        _dimension(
            "payment",
            35,
            _item("on_time_rate", 20, (None, 40), ("0.2", 55), ("0.5", 70), ("0.7", 85), ("0.9", 100)),
            _item("days_late", 40, (None, 100), ("3", 95), ("10", 85), ("20", 75), ("30", 60), ("45", 35), ("60", 15),
                  ("90", 0)),
            _item("overdue_worst_12m", 20, (None, 100), ("1", 95), ("30", 80), ("60", 65), ("90", 45), ("180", 10)),
            _item("late_trend", 10, (None, 100), ("0.1", 85), ("5", 70), ("15", 40), ("30", 0)),
            _item("broken_promises", 10, (None, 100), ("1", 60), ("2", 30), ("4", 0)),
        ),
        _dimension(
            "financials",
            25,
            _item("debt_ratio", 30, (None, 100), ("0.4", 85), ("0.6", 60), ("0.75", 30), ("0.9", 0)),
            _item("current_ratio", 25, (None, 0), ("0.8", 30), ("1", 60), ("1.5", 85), ("2", 100)),
            _item("net_margin", 20, (None, 0), ("0", 40), ("0.03", 65), ("0.08", 85), ("0.15", 100)),
            _item("cash_flow", 25, (None, 0), ("0", 60), ("1000000", 80), ("10000000", 100)),
        ),
        _dimension(
            "company",
            15,
            _item("company_years", 40, (None, 20), ("2", 45), ("5", 70), ("10", 90), ("15", 100)),
            _item("paid_in_capital", 35, (None, 20), ("1000000", 45), ("5000000", 65), ("20000000", 85),
                  ("100000000", 100)),
            _item("ownership", 25, ("1", 30), ("2", 60), ("3", 80), ("4", 90), ("5", 100)),
        ),
        _dimension(
            "relationship",
            15,
            _item("sales_12m", 35, (None, 40), ("100000", 55), ("500000", 70), ("2000000", 85), ("10000000", 100)),
            _item("tenure_years", 30, (None, 50), ("1", 65), ("2", 80), ("3", 90), ("5", 95), ("8", 100)),
            _item("growth", 15, (None, 20), ("-0.5", 40), ("-0.3", 60), ("-0.1", 75), ("0", 85), ("0.1", 100)),
            _item("contract_quality", 20, ("1", 20), ("2", 40), ("3", 60), ("4", 80), ("5", 100)),
        ),
        _dimension(
            "external",
            10,
            _item("litigation", 30, (None, 100), ("1", 60), ("3", 30), ("6", 0)),
            _item("tax_rating", 35, ("1", 0), ("2", 40), ("3", 70), ("4", 85), ("5", 100)),
            _item("abnormal", 35, (None, 100), ("1", 0)),
        ),
    ],
    "vetoes": [
        {"fact": "dishonest", "above": None},
        {"fact": "bankrupt", "above": None},
        {"fact": "dishonoured_12m", "above": "0"},
        {"fact": "overdue_worst_now", "above": "180"},
    ],
    "grades": [
        _grade("AAA", 90, "1.5", 90, 12),
        _grade("AA", 80, "1.2", 60, 12),
        _grade("A", 70, "1.0", 45, 6),
        _grade("B", 60, "0.6", 30, 3),
        _grade("C", 50, "0.2", None, 1, secured=True),
        _grade("D", 0, "0", None, 1),
    ],
    "cap": "A",
}  # fmt: skip

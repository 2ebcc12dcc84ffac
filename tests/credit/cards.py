"""A plain card for tests: one item per dimension, whose value times ten is its points."""

from __future__ import annotations

from typing import Any

from huikuan.credit.shipped_card import SHIPPED_DEFINITION

BANDS = [[str(value), str(value * 10)] for value in range(11)]


def _dimension(code: str, weight: str, item: str) -> dict[str, Any]:
    return {"code": code, "weight": weight, "items": [{"code": item, "weight": "100", "bands": BANDS}]}


PLAIN: dict[str, Any] = {
    **SHIPPED_DEFINITION,
    "dimensions": [
        _dimension("payment", "35", "broken_promises"),
        _dimension("financials", "25", "current_ratio"),
        _dimension("company", "15", "company_years"),
        _dimension("relationship", "15", "litigation"),
        _dimension("external", "10", "insurer_rating"),
    ],
}
PLAIN_FACTS = {
    "broken_promises": "8",
    "current_ratio": "7",
    "company_years": "6",
    "litigation": "9",
    "insurer_rating": "10",
}
"""80, 70, 60, 90 and 100 points: 78.00."""

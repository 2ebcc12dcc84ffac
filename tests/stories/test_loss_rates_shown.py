"""The examples of the trade as people see them: roll rates in the report, its workbook and the form; the matrix on the page."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import load_workbook

from huikuan.risk.operations import set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.stories.test_provision import YEAR_END, portfolio
from tests.trade import Books, day
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db

__all__ = ["portfolio"]


@pytest.fixture
def rolling(books: Books) -> Books:
    """Of 100,000 due on 31 January 12% roll on, of these 30%, of these 50%, of these 60%, and then all."""
    books.invoice("I1", "2026-01-01", "100000.00", due="2026-01-31")
    for number, (on, amount) in enumerate(
        (
            ("2026-01-31", "88000.00"),
            ("2026-03-02", "8400.00"),
            ("2026-04-01", "1800.00"),
            ("2026-05-01", "720.00"),
        )
    ):
        books.receipt(f"R{number}", on, amount)
        books.allocate(f"R{number}", "I1", amount, on)
    return books


def test_roll_rates_in_report_workbook_and_form(rolling: Books) -> None:
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=rolling.actor)
    client, code = signed_in(member(rolling.organization, "finance_manager")), rolling.organization.code
    asked = {"from": "2025-11-01", "to": "2026-10-31", "final": "80", "forward": "110"}
    page = client.get(reverse("report", args=[code, "roll-rates"]), asked).content.decode()
    for percent in (
        "12.00%",
        "30.00%",
        "50.00%",
        "60.00%",
        "0.9504%",
        "7.9200%",
        "26.4000%",
        "52.8000%",
        "88.0000%",
    ):
        assert percent in page
    book = client.get(reverse("report-file", args=[code, "roll-rates", "xlsx"]), asked).content
    found = load_workbook(io.BytesIO(book))
    rows = [row for name in found.sheet_names for row in found.get_sheet_by_name(name).to_python()]
    shown = {
        row[0]: row
        for row in rows
        if row and row[0] in ("未到期", "1–30 天", "31–60 天", "61–90 天", "91–180 天")
    }
    assert [[round(value, 6) for value in row[1:3]] for row in shown.values()] == [
        [0.12, 0.009504],
        [0.3, 0.0792],
        [0.5, 0.264],
        [0.6, 0.528],
        [1.0, 0.88],
    ]
    form = client.get(
        reverse("provision-rates", args=[code]), {"rolls": "12", "final": "80", "forward": "1.1"}
    ).context["form"]
    filled = [form.initial[f"rate_{place}"] for place in range(5)]
    assert filled == [Decimal(text) for text in ("0.009504", "0.0792", "0.264", "0.528", "0.88")]


def test_the_matrix_on_the_page_and_in_the_workbook(portfolio: Any) -> None:
    client, code = signed_in(member(portfolio.organization, "finance_manager")), portfolio.organization.code
    asked = {"as_of": YEAR_END.isoformat()}
    page = client.get(reverse("provisions", args=[code]), asked).content.decode()
    for amount in ("2,500.00", "4,000.00", "9,000.00", "12,000.00", "10,000.00", "40,000.00", "85,500.00"):
        assert amount in page
    book = client.get(reverse("provision-file", args=[code, "xlsx"]), asked).content
    rows = load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    losses = [row[5] for row in rows if row[2] == "CNY"]
    assert losses == [2500, 4000, 4000, 4000, 9000, 12000, 10000, 40000, 85500]

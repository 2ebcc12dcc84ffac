"""A report that takes too long or would be too large is refused in words, and the page around it lives on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection

from huikuan.reports import guards
from huikuan.reports.asking import Question, Result
from huikuan.reports.catalogue import answer, report_named
from huikuan.reports.guards import ReportTooLarge, ReportTooSlow

pytestmark = pytest.mark.django_db

THREE = ("customer", "product", "contract")
QUESTION = Question(report="aging", as_of=date(2026, 6, 30), by=THREE)


def sleeping(question: Question) -> Result:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    raise AssertionError


def test_a_report_that_takes_too_long_is_stopped(books: Any) -> None:
    slow = replace(report_named("aging"), read=sleeping)
    with pytest.raises(ReportTooSlow):
        answer(slow, QUESTION, seconds=1)
    with connection.cursor() as cursor:  # the transaction goes on, without the limit
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0",)


def test_a_report_of_too_many_cells_is_not_read(books: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts are the rows there are, not those that two customers, products and contracts could make."""
    books.invoice("I1", "2026-05-01", "100.00")
    books.invoice("I2", "2026-05-01", "100.00", customer="C2")
    monkeypatch.setattr(guards, "MOST_CELLS", 7 * guards.COLUMNS)
    found = answer(report_named("aging"), QUESTION)
    assert len(found.rows) == 6 and found.total is not None
    monkeypatch.setattr(guards, "MOST_CELLS", 7 * guards.COLUMNS - 1)
    with pytest.raises(ReportTooLarge, match="超过 6 行"):
        answer(report_named("aging"), QUESTION)

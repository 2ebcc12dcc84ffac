"""Closing a month: the checklist, what blocks, what needs a reason, and what is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.models import Act, Event
from huikuan.books.closing import CLOSE_POINTS, Finding, Point, checklist
from huikuan.books.models import AccountMonth, Voucher
from huikuan.books.operations import (
    CloseRefused,
    close_history,
    close_month,
    make_vouchers,
    post_vouchers,
    reopen_month,
    review_vouchers,
)
from huikuan.books.queries.balances import trial_balance
from huikuan.ledger.models import Period
from huikuan.ledger.operations import DocumentRefused
from huikuan.risk.operations import post_provision, set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def may(books: Books) -> Books:
    books.invoice("YS1", "2026-05-03", "113", tax="13")
    books.receipt("SK1", "2026-05-21", "60")
    return books


def open_points(month: date) -> dict[str, int]:
    return {state.point.name: state.finding.count for state in checklist(month) if not state.done}


def keep_vouchers(books: Books, month: date) -> None:
    make_vouchers(month=month, actor=books.actor)
    review_vouchers(month=month, actor=books.actor)
    post_vouchers(month=month, actor=books.actor)


def close(books: Books, month: date, reason: str = "") -> None:
    close_month(month=month, reason=reason, actor=books.actor, today=books.today)


def test_the_checklist_names_what_is_open(may: Books) -> None:
    assert open_points(MAY) == {"entries_without_voucher": 2, "money_not_allocated": 1}
    make_vouchers(month=MAY, actor=may.actor)
    assert open_points(MAY) == {"vouchers_not_posted": 2, "money_not_allocated": 1}
    keep_vouchers(may, MAY)
    may.allocate("SK1", "YS1", "60", "2026-05-22")
    assert open_points(MAY) == {}


def test_blocking_points_refuse_whatever_the_reason(may: Books) -> None:
    with pytest.raises(CloseRefused, match="2 项") as refused:
        close(may, MAY, "急")
    assert refused.value.open_points == ("entries_without_voucher",)
    make_vouchers(month=MAY, actor=may.actor)
    with pytest.raises(CloseRefused) as refused:
        close(may, MAY, "急")
    assert refused.value.open_points == ("vouchers_not_posted",)
    assert Period.objects.get(month=MAY).closed_at is None


def test_warnings_need_a_reason_that_stays_on_record(may: Books) -> None:
    keep_vouchers(may, MAY)
    with pytest.raises(CloseRefused, match="收款都已核销") as refused:
        close(may, MAY)
    assert refused.value.code == "reason_missing"
    close(may, MAY, "六月再核销")
    assert Act.objects.get(kind="close_period").reason == "六月再核销"
    event = Event.objects.get(record_kind="period_checklist")
    assert event.content["open"] == ["money_not_allocated"]
    with pytest.raises(DocumentRefused, match="2026-05"):
        may.invoice("YS2", "2026-05-04", "1")
    assert_nothing_broken(may.organization)


def test_an_earlier_month_left_open_is_a_warning(may: Books) -> None:
    may.invoice("YS2", "2026-06-04", "1")
    keep_vouchers(may, JUNE)
    assert open_points(JUNE)["earlier_months"] == 1
    with pytest.raises(CloseRefused, match="以前的期间"):
        close(may, JUNE)


def test_other_packages_add_points(may: Books, monkeypatch: Any) -> None:
    keep_vouchers(may, MAY)
    point = Point("provision", "坏账准备已计提", "", True, lambda month: Finding(int(month == MAY)))
    monkeypatch.setattr("huikuan.books.closing.CLOSE_POINTS", [*CLOSE_POINTS, point])
    with pytest.raises(CloseRefused, match="坏账准备"):
        close(may, MAY, "x")


def test_a_broken_tie_blocks(may: Books, monkeypatch: Any) -> None:
    from huikuan.audit.checks import BrokenRow

    keep_vouchers(may, MAY)
    row = BrokenRow("control_account_equals_open_items", "account", None, "1122", "")
    monkeypatch.setattr("huikuan.books.closing.broken_rows", lambda *_a, **_k: {"x": [row]})
    with pytest.raises(CloseRefused, match="总账"):
        close(may, MAY, "x")


def test_closed_months_are_read_from_what_was_kept(may: Books) -> None:
    may.invoice("YS2", "2026-06-04", "226", tax="26")
    before = trial_balance(since=MAY, until=JUNE)
    keep_vouchers(may, MAY)
    close(may, MAY, "x")
    assert AccountMonth.objects.filter(month=MAY).count() == 4
    assert trial_balance(since=MAY, until=JUNE) == before
    assert trial_balance(since=JUNE, until=JUNE).rows[0].opening == Decimal(60)
    reopen_month(month=MAY, actor=may.actor, reason="补记")
    may.invoice("YS3", "2026-05-05", "10")
    row = next(row for row in trial_balance(since=MAY, until=MAY).rows if row.code == "1122")
    assert row.debit == Decimal(123)  # what was kept counts no more
    assert_nothing_broken(may.organization)


def test_it_is_closed_once_and_not_before_it_begins(may: Books) -> None:
    keep_vouchers(may, MAY)
    close(may, MAY, "x")
    from huikuan.ledger.operations.books import PeriodRefused

    with pytest.raises(PeriodRefused):
        close(may, MAY, "x")
    with pytest.raises(CloseRefused, match="还没有开始"):
        close(may, date(2027, 1, 1), "x")


def test_foreign_items_are_to_stand_at_the_rate_of_the_months_end(may: Books) -> None:
    may.invoice("US1", "2026-05-08", "100", currency="USD", rate=Decimal("7.10"))
    assert open_points(MAY)["not_revalued"] == 1  # no rate to revalue at
    may.rate("USD", "2026-05-31", "7.05")
    assert open_points(MAY)["not_revalued"] == 1
    may.revalue("2026-05")
    assert "not_revalued" not in open_points(MAY)
    assert "not_revalued" not in open_points(date(2026, 4, 1))


def test_the_allowance_is_to_be_what_is_required(may: Books) -> None:
    assert "not_provided" not in open_points(MAY)
    set_matrix(rates=STARTING_RATES, effective_on=MAY, actor=may.actor)
    assert open_points(MAY)["not_provided"] == 1
    post_provision(as_of=date(2026, 5, 31), actor=may.actor, today=may.today)
    assert "not_provided" not in open_points(MAY)
    make_vouchers(month=MAY, actor=may.actor)
    assert Voucher.objects.filter(summary="计提坏账准备 2026-05").count() == 1


def test_history_is_closed_as_it_is_and_keeps_its_turnover(may: Books) -> None:
    may.invoice("YS2", "2026-06-04", "226", tax="26")
    before = trial_balance(since=MAY, until=JUNE)
    assert close_history(before=JUNE, actor=may.actor) == 1
    assert Period.objects.get(month=MAY).closed_at is not None
    assert Period.objects.get(month=JUNE).closed_at is None
    assert AccountMonth.objects.filter(month=MAY).count() == 4
    assert trial_balance(since=MAY, until=JUNE) == before
    assert close_history(before=JUNE, actor=may.actor) == 0
    assert_nothing_broken(may.organization)

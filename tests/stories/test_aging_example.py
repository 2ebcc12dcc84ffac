"""The aging of one customer at two month ends: what July posts changes July, and never June."""

from typing import Any

import pytest

from huikuan.ledger.rules import Basis
from huikuan.reports.aging import Aging, By, aging
from tests.reports.example import JUNE, record_july, record_until_june
from tests.trade import day

pytestmark = pytest.mark.django_db

JULY = {
    "not_due": "9999.00",
    "1-30": "10000.00",
    "31-60": "21000.00",
    "61-90": "3000.00",
    "91-180": "0.00",
    "181-365": "0.00",
    ">365": "7000.00",
    "gross": "50999.00",
    "unallocated": "-9500.00",
    "net": "41499.00",
}
NO_YEARS = {"2-3y": "0.00", "3-4y": "0.00", "4-5y": "0.00", ">5y": "0.00"}


def total(report: Aging) -> dict[str, str]:
    figures: dict[str, str] = report.as_json()["total"]
    return figures


def june_30(**options: Any) -> Aging:
    return aging(as_of=day("2026-06-30"), **options)


def july_31(**options: Any) -> Aging:
    return aging(as_of=day("2026-07-31"), **options)


def test_june_by_due_date(books: Any) -> None:
    record_until_june(books)
    assert total(june_30()) == JUNE


def test_july_by_due_date_with_the_receipt_that_was_unallocated(books: Any) -> None:
    record_until_june(books)
    record_july(books)
    assert total(july_31()) == JULY


def test_june_again_after_july_was_posted(books: Any) -> None:
    record_until_june(books)
    before = june_30()
    record_july(books)
    after = june_30()
    assert after.rows == before.rows
    assert total(after) == JUNE
    assert total(june_30(known_at=before.known_at)) == JUNE


@pytest.mark.parametrize(
    ("as_of", "within_a_year", "unallocated", "net"),
    [("2026-06-30", "36000.00", "-3500.00", "39500.00"), ("2026-07-31", "43999.00", "-9500.00", "41499.00")],
)
def test_by_invoice_date(books: Any, as_of: str, within_a_year: str, unallocated: str, net: str) -> None:
    record_until_june(books)
    record_july(books)
    figures = total(aging(as_of=day(as_of), basis=Basis.DOCUMENT))
    gross = {"2026-06-30": "43000.00", "2026-07-31": "50999.00"}[as_of]
    assert figures == {
        "<=1y": within_a_year,
        "1-2y": "7000.00",
        **NO_YEARS,
        "gross": gross,
        "unallocated": unallocated,
        "net": net,
    }


def test_what_was_settled_on_the_day_it_was_unallocated_is_open_again(books: Any) -> None:
    record_until_june(books)
    record_july(books)
    # I10 is due on 30 June: settled through 1 July, open and one, two days overdue from the 2nd on.
    assert total(aging(as_of=day("2026-07-01")))["unallocated"] == "-3500.00"
    assert total(aging(as_of=day("2026-07-02")))["unallocated"] == "-9500.00"
    gross = [total(aging(as_of=day(on)))["gross"] for on in ("2026-07-01", "2026-07-02")]
    assert gross == ["52999.00", "58999.00"]


def test_a_late_posting_into_june_changes_what_is_known_now_not_what_was_known_then(books: Any) -> None:
    record_until_june(books)
    then = june_30().known_at
    books.invoice("LATE", "2026-06-15", "700.00", due="2026-06-20")
    books.receipt("R9", "2026-06-18", "1000.00")
    books.allocate("R9", "I2", "400.00", "2026-06-18")
    now = june_30()
    assert now.known_at is not None
    assert then is not None
    assert now.known_at > then
    assert total(now) == {
        **JUNE,
        "1-30": "17300.00",  # 700 more owed, 400 of I2 settled
        "gross": "43300.00",
        "unallocated": "-4100.00",
        "net": "39200.00",
    }
    assert total(june_30(known_at=then)) == JUNE
    assert total(june_30(known_at=now.known_at)) == total(now)


def test_the_undoing_of_a_document_leaves_every_day_as_if_it_had_never_been(books: Any, actor: Any) -> None:
    from huikuan.ledger.operations import void_documents

    record_until_june(books)
    then = june_30(by=By.NONE)
    wrong = books.invoice("WRONG", "2026-06-10", "123.00", due="2026-06-11")
    with_it = june_30(by=By.NONE)
    void_documents([wrong.pk], actor=actor, reason="重复导入", today=books.today)
    assert total(with_it)["gross"] == "43123.00"
    assert total(june_30(by=By.NONE)) == JUNE
    assert total(june_30(known_at=with_it.known_at))["gross"] == "43123.00"
    assert total(june_30(known_at=then.known_at)) == JUNE

"""A customer's list against the books: what comes out is kept whole, adds up, and leads to disputes."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from huikuan.audit.checks import broken_rows
from huikuan.collection.statement import statements_of
from huikuan.statements.checks import STATEMENT_VALIDATIONS
from huikuan.statements.errors import StatementRefused
from huikuan.statements.models import Reconciliation
from huikuan.statements.operations import NewReconciliation, compare_list, dispute_difference, keep_list
from huikuan.statements.our_side import our_side
from huikuan.statements.queries import differences_of
from huikuan.statements.rules import Mode

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 31)


def owing(books: Any) -> None:
    books.invoice("YS202602000001", "2026-02-05", "1000")
    books.invoice("YS202603000002", "2026-03-05", "226", tax="26")
    books.invoice("YS202603000003", "2026-03-06", "300")
    books.invoice("YS202603000004", "2026-03-07", "400")
    books.credit_note("HC202603000001", "2026-03-20", "50")
    books.receipt("SK202604000001", "2026-04-10", "700")
    books.allocate("SK202604000001", "YS202602000001", "700", "2026-04-10")


def listed(
    *rows: tuple[Any, ...], head: tuple[str, ...] = ("日期", "发票号", "摘要", "借方", "贷方", "余额")
) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    for line, row in enumerate((head, *rows)):
        sheet.write_row(line, 0, row)
    book.close()
    return stream.getvalue()


def compared(books: Any, content: bytes, mode: Mode = Mode.MOVEMENTS, **values: Any) -> Reconciliation:
    file = keep_list(books.customer().pk, name="甲.xlsx", content=content, actor=books.actor, now=NOW)
    new = NewReconciliation(
        **{"customer_id": books.customer().pk, "currency": "CNY", "mode": mode, "starts_on": MARCH, "ends_on": MAY,
           **values}
    )  # fmt: skip
    return compare_list(file, new, actor=books.actor, today=DAY)


THEIRS = (
    ("", "", "期初余额", "", "", 1000),
    ("2026-03-05", "2", "货款", "", 200, ""),
    ("2026-03-06", "ys-000003", "货款", "", 300, ""),
    ("2026-03-06", "ys-000003", "货款", "", 300, ""),
    ("2026-03-22", "HC202603000001", "红字", 50, "", ""),
    ("2026-04-12", "", "付款", 700, "", ""),
    ("2026-04-20", "XY-9", "运费", "", 15, ""),
    ("2026-06-02", "LATER", "货款", "", 15, ""),
    ("", "", "期末余额", "", "", 1066),
)


def test_ours_and_all_differences_are_theirs(books: Any) -> None:
    owing(books)
    side = our_side(books.customer().pk, "CNY", mode=Mode.MOVEMENTS, starts_on=MARCH, ends_on=MAY)
    [stated] = statements_of([books.customer().pk], starts_on=MARCH, ends_on=MAY)[books.customer().pk]
    assert side.opening == stated.opening
    assert side.opening + sum(each.amount or 0 for each in side.lines) == stated.closing

    row = compared(books, listed(*THEIRS))
    assert (row.opening, row.ours, row.theirs) == (1000, 1176, 1065)
    kinds = {(each.kind, each.number): each.amount for each in differences_of(reconciliation=row)}
    assert kinds == {
        ("net", "YS202603000002"): -26,
        ("duplicate_there", "ys-000003"): 300,
        ("missing_there", "YS202603000004"): -400,
        ("date", "HC202603000001"): 0,
        ("date", "SK202604000001"): 0,
        ("missing_here", "XY-9"): 15,
    }
    assert row.ours + sum(kinds.values()) == row.theirs
    assert [(each["line"], each["why"]) for each in row.left_out] == [
        (2, "opening"),
        (9, "later"),
        (10, "closing"),
    ]
    assert row.asked["closing_said"] == "1066"
    about = next(each for each in differences_of(reconciliation=row) if each.kind == "missing_there")
    made = dispute_difference(about.pk, actor=books.actor, today=DAY)
    assert (made.amount, made.reason, made.item.document.number) == (400, "paper.invoice", "YS202603000004")
    found = broken_rows(STATEMENT_VALIDATIONS, organization=books.organization, now=NOW)
    assert not any(found.values())


def test_the_same_list_with_debit_and_credit_turned_comes_to_the_same(books: Any) -> None:
    owing(books)
    turned = [
        (on, number, text, credit, debit, balance) for on, number, text, debit, credit, balance in THEIRS
    ]
    first, second = compared(books, listed(*THEIRS)), compared(books, listed(*turned))
    assert (first.asked["turned"], second.asked["turned"]) == (False, True)
    assert (second.theirs, second.differences, second.digest) == (
        first.theirs,
        first.differences,
        first.digest,
    )


def test_open_items_show_a_payment_that_they_allocated_differently(books: Any) -> None:
    owing(books)
    content = listed(
        ("YS202602000001", 1000, 1000),
        ("YS202603000002", 226, 226),
        ("YS202603000003", 300, 0),
        ("YS202603000004", 400, 0),
        ("HC202603000001", -50, 0),
        head=("发票号", "发票金额", "已付金额"),
    )
    row = compared(books, content, Mode.OPEN)
    kinds = [(each.kind, each.number, each.amount) for each in differences_of(reconciliation=row)]
    assert kinds == [("allocated", "YS202602000001", -300), ("allocated", "YS202603000002", -226)]
    assert (row.ours, row.theirs, row.opening) == (1176, 650, 0)


def test_what_cannot_be_compared_leaves_nothing_behind(books: Any) -> None:
    owing(books)
    for content, values in (
        (listed(("2026-03-05", "2", "货款", "", "两百", "")), {}),
        (listed(("2025-03-05", "2", "货款", "", 200, "")), {}),
        (listed(("2026-03-05", "2", "货款", "", 200.123, "")), {}),
        (listed(*THEIRS), {"currency": "￥￥￥"}),
        (listed(*THEIRS), {"starts_on": MAY, "ends_on": MARCH}),
        (listed(*THEIRS), {"ends_on": date(2027, 1, 1)}),
    ):
        with pytest.raises(StatementRefused):
            compared(books, content, **values)
    assert not Reconciliation.objects.exists()

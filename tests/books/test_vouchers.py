"""Vouchers: made of what happened, reviewed, posted with gapless numbers, and unchanged from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.models import Event
from huikuan.books.models import Source, State, Voucher, VoucherEntry
from huikuan.books.operations import (
    VoucherRefused,
    change_policy,
    dissolve_vouchers,
    make_vouchers,
    post_vouchers,
    return_vouchers,
    review_vouchers,
)
from huikuan.books.queries.vouchers import entries_of, printed_vouchers, vouchers_of_document
from huikuan.books.rules.words import THREE_WORDS
from huikuan.ledger.models import JournalEntry
from huikuan.ledger.operations import close_period
from huikuan.organizations.actors import NotPermitted
from tests.trade import Books

MAY = date(2026, 5, 1)


@pytest.fixture
def may(books: Books) -> Books:
    """Three sales, a receipt, and an advance that settles a sale: six entries in May."""
    books.invoice("YS1", "2026-05-03", "113000", tax="13000")
    books.invoice("YS2", "2026-05-03", "1130", tax="130", customer="C2")
    books.invoice("YS3", "2026-05-20", "226", tax="26")
    books.receipt("SK1", "2026-05-21", "60000")
    books.advance("YK1", "2026-05-04", "500")
    books.allocate("YK1", "YS1", "500", "2026-05-22")
    return books


def posted(books: Books, **options: Any) -> list[Voucher]:
    make_vouchers(month=MAY, actor=books.actor, **options)
    review_vouchers(month=MAY, actor=books.actor)
    post_vouchers(month=MAY, actor=books.actor)
    return list(Voucher.objects.order_by("word", "number"))


def test_one_voucher_for_each_entry_says_who_and_what(may: Books) -> None:
    made = make_vouchers(month=MAY, actor=may.actor)
    assert (made.vouchers, made.entries) == (6, 6)
    summaries = list(Voucher.objects.order_by("voucher_on", "id").values_list("summary", flat=True))
    assert summaries == [
        "赊销 客户C1 YS1",
        "赊销 客户C2 YS2",
        "预收货款 客户C1 YK1",
        "赊销 客户C1 YS3",
        "收款 客户C1 SK1",
        "预收冲应收 客户C1 YS1",
    ]
    assert set(Voucher.objects.values_list("state", "number")) == {(State.PREPARED, None)}


def test_a_voucher_for_each_day_joins_lines_by_account_and_customer(may: Books) -> None:
    made = make_vouchers(month=MAY, grouping=Source.DAY, actor=may.actor)
    assert (made.vouchers, made.entries) == (5, 6)
    [printed] = printed_vouchers(list(Voucher.objects.filter(voucher_on=date(2026, 5, 3))))
    assert printed.summary == "05月03日 赊销 2 笔"
    assert [(line.account_code, line.customer_code, line.debit, line.credit) for line in printed.lines] == [
        ("1122", "C1", Decimal(113000), Decimal(0)),
        ("1122", "C2", Decimal(1130), Decimal(0)),
        ("6001", "", Decimal(0), Decimal(101000)),
        ("22210105", "", Decimal(0), Decimal(13130)),
    ]
    assert printed.debit == printed.credit == Decimal(114130)


def test_a_voucher_for_each_kind_of_business(may: Books) -> None:
    assert make_vouchers(month=MAY, grouping=Source.KIND, actor=may.actor).vouchers == 4
    sales = Voucher.objects.get(entry_count=3)
    assert (sales.summary, sales.voucher_on, sales.amount) == (
        "2026年05月 赊销 3 笔",
        date(2026, 5, 20),
        Decimal(114356),
    )


def test_what_stands_in_a_voucher_is_not_taken_again(may: Books) -> None:
    make_vouchers(month=MAY, until=date(2026, 5, 4), actor=may.actor)
    again = make_vouchers(month=MAY, actor=may.actor)
    assert again.entries == 3
    assert make_vouchers(month=MAY, actor=may.actor).entries == 0


def test_only_the_named_entries(may: Books) -> None:
    wanted = list(JournalEntry.objects.filter(event="receipt").values_list("pk", flat=True))
    assert make_vouchers(entry_ids=wanted, actor=may.actor).entries == 1
    assert Voucher.objects.get().summary == "收款 客户C1 SK1"


def test_three_words_follow_the_money(may: Books) -> None:
    may.refund("SK1", "2026-05-25", "100")
    change_policy(words=THREE_WORDS, separate_duties=False, grouping="entry", actor=may.actor)
    found = posted(may)
    words = [(voucher.word, voucher.number, voucher.summary.split()[0]) for voucher in found]
    assert words == [
        ("付", 1, "退款"),
        ("收", 1, "预收货款"),
        ("收", 2, "收款"),
        ("转", 1, "赊销"),
        ("转", 2, "赊销"),
        ("转", 3, "赊销"),
        ("转", 4, "预收冲应收"),
    ]


def test_numbers_follow_the_dates_and_go_on_later(may: Books) -> None:
    posted(may)
    assert list(Voucher.objects.order_by("voucher_on", "id").values_list("number", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    may.invoice("YS9", "2026-05-01", "100")
    make_vouchers(month=MAY, actor=may.actor)
    late = Voucher.objects.get(state=State.PREPARED)
    review_vouchers(voucher_ids=[late.pk], actor=may.actor)
    post_vouchers(voucher_ids=[late.pk], actor=may.actor)
    late.refresh_from_db()
    assert (late.number, str(late)) == (7, "记-7")


def test_each_month_counts_for_itself(may: Books) -> None:
    may.invoice("YS9", "2026-06-01", "100")
    make_vouchers(actor=may.actor)
    review_vouchers(actor=may.actor)
    assert post_vouchers(actor=may.actor) == 7
    assert Voucher.objects.get(month=date(2026, 6, 1)).number == 1


def test_posting_asks_for_review_and_tells_who_comes_second(may: Books) -> None:
    make_vouchers(month=MAY, actor=may.actor)
    keys = list(Voucher.objects.values_list("pk", flat=True))
    with pytest.raises(VoucherRefused, match="已审核"):
        post_vouchers(voucher_ids=keys, actor=may.actor)
    review_vouchers(voucher_ids=keys, actor=may.actor)
    with pytest.raises(VoucherRefused, match="6 张"):
        review_vouchers(voucher_ids=keys, actor=may.actor)
    assert post_vouchers(voucher_ids=keys, actor=may.actor) == 6
    with pytest.raises(VoucherRefused):
        post_vouchers(voucher_ids=keys, actor=may.actor)


def test_the_preparer_does_not_review_where_duties_are_kept_apart(may: Books) -> None:
    change_policy(words={}, separate_duties=True, grouping="entry", actor=may.actor)
    make_vouchers(month=MAY, actor=may.actor)
    with pytest.raises(VoucherRefused, match="编制人") as refused:
        review_vouchers(month=MAY, actor=may.actor)
    assert refused.value.code == "own_voucher"
    assert review_vouchers(month=MAY, actor=replace(may.actor, name="另一人")) == 6


def test_permissions(may: Books) -> None:
    nobody = replace(may.actor, permissions=frozenset({"books.read"}))
    for act in (make_vouchers, review_vouchers, post_vouchers, dissolve_vouchers):
        with pytest.raises(NotPermitted):
            act(month=MAY, actor=nobody)


def test_a_posted_voucher_does_not_change(may: Books) -> None:
    first = posted(may)[0]
    for change in (
        "UPDATE books_voucher SET number = 99 WHERE organization_id = %s AND id = %s",
        "DELETE FROM books_voucher WHERE organization_id = %s AND id = %s",
        "DELETE FROM books_voucher_entry WHERE organization_id = %s AND voucher_id = %s",
    ):
        with (
            pytest.raises(IntegrityError, match="posted"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change, [may.organization.pk, first.pk])
    with pytest.raises(VoucherRefused):
        dissolve_vouchers(voucher_ids=[first.pk], actor=may.actor)


def test_entries_join_only_vouchers_of_their_month(may: Books) -> None:
    may.invoice("YS9", "2026-06-01", "100")
    make_vouchers(month=MAY, actor=may.actor)
    stray = JournalEntry.objects.get(effective_on=date(2026, 6, 1))
    with pytest.raises(IntegrityError, match="month"), transaction.atomic():
        VoucherEntry.objects.create(
            organization_id=may.organization.pk, entry=stray, voucher=Voucher.objects.all()[0]
        )


def test_returned_and_dissolved_vouchers_leave_their_entries_free(may: Books) -> None:
    make_vouchers(month=MAY, actor=may.actor)
    review_vouchers(month=MAY, actor=may.actor)
    with pytest.raises(VoucherRefused, match="原因"):
        return_vouchers(month=MAY, reason=" ", actor=may.actor)
    assert return_vouchers(month=MAY, reason="摘要不清", actor=may.actor) == 6
    assert dissolve_vouchers(month=MAY, actor=may.actor) == 6
    assert not Voucher.objects.exists() and not VoucherEntry.objects.exists()
    assert Event.objects.filter(record_kind="voucher", action="removed").count() == 6
    assert make_vouchers(month=MAY, grouping=Source.KIND, actor=may.actor).entries == 6


def test_nothing_moves_in_a_closed_month(may: Books) -> None:
    make_vouchers(month=MAY, actor=may.actor)
    close_period(month=MAY, actor=may.actor)
    for act in (review_vouchers, dissolve_vouchers):
        with pytest.raises(VoucherRefused, match="2026-05"):
            act(month=MAY, actor=may.actor)
    with pytest.raises(VoucherRefused, match="2026-05"):
        make_vouchers(month=MAY, actor=may.actor)
    assert make_vouchers(actor=may.actor).entries == 0


def test_a_reversed_document_makes_a_red_voucher(may: Books) -> None:
    from huikuan.ledger.models import Document
    from huikuan.ledger.operations import void_documents

    posted(may)
    document = Document.objects.get(number="YS3")
    void_documents([document.pk], actor=may.actor, reason="开错", today=may.today)
    make_vouchers(month=MAY, actor=may.actor)
    red = Voucher.objects.get(state=State.PREPARED)
    assert (red.summary, red.amount) == ("冲销 客户C1 YS3", Decimal(-226))
    [printed] = printed_vouchers([red])
    assert [(line.account_code, line.debit, line.credit) for line in printed.lines] == [
        ("1122", Decimal(-226), Decimal(0)),
        ("6001", Decimal(0), Decimal(-200)),
        ("22210105", Decimal(0), Decimal(-26)),
    ]


def test_a_voucher_leads_to_its_documents_and_back(may: Books) -> None:
    from huikuan.ledger.models import Document

    posted(may, grouping=Source.KIND)
    sales = Voucher.objects.get(entry_count=3)
    assert [row.document_number for row in entries_of(sales.pk)] == ["YS1", "YS2", "YS3"]
    assert vouchers_of_document(Document.objects.get(number="YS2").pk) == [sales]


def test_a_handful_of_statements_for_any_number(may: Books, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        may.invoice(f"Y{number}", "2026-05-05", "100")
    with django_assert_max_num_queries(32):
        make_vouchers(month=MAY, actor=may.actor)
    with django_assert_max_num_queries(20):
        review_vouchers(month=MAY, actor=may.actor)
    with django_assert_max_num_queries(20):
        assert post_vouchers(month=MAY, actor=may.actor) == 46

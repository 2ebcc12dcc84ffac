"""Walking a list: all pages forward and back are exactly its rows in order, with ties and missing values."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.core.keyset import Key, MarkUnknown
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import Instalment
from huikuan.reports.filters import EVERYTHING
from huikuan.web.ledger.items import ORDERS as ITEM_ORDERS
from huikuan.web.ledger.items import OpenItemRows
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.ledger.register import ORDERS, _dressed, _summed
from huikuan.web.lists.declaration import Source, batches
from huikuan.web.lists.querysets import Order, QueryRows
from tests.trade import Books

JUNE_30 = date(2026, 6, 30)
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def trade(books: Books) -> Books:
    """Documents with equal days and amounts, some without a due date."""
    for number in range(11):
        due = f"2026-05-{number % 3 + 1:02}"
        books.invoice(
            f"I{number}",
            f"2026-04-{number % 4 + 1:02}",
            str(number % 3 + 1),
            due=due,
            customer=f"C{number % 3}",
        )
    for number in range(4):
        part = Instalment(Decimal(2), None)
        books.invoice(f"W{number}", "2026-04-02", "2", instalments=(part,), customer="C1")
    books.receipt("R", "2026-04-02", "2")
    return books


def forward(source: Source[Any], sort: str, limit: int) -> list[list[Any]]:
    pages, after = [], ""
    while True:
        found = source.slice(sort, after=after, limit=limit)
        pages.append(found.rows)
        if not found.after:
            return pages
        assert len(found.rows) == limit
        after = found.after


def backward(source: Source[Any], sort: str, limit: int) -> list[list[Any]]:
    found = source.slice(sort, limit=limit)
    assert not found.before
    while found.after:
        found = source.slice(sort, after=found.after, limit=limit)
    pages = [found.rows]
    while found.before:
        found = source.slice(sort, before=found.before, limit=limit)
        assert found.after
        pages.insert(0, found.rows)
    return pages


@QUIET
@given(
    name=st.sampled_from(["on", "number", "customer", "amount"]),
    descending=st.booleans(),
    limit=st.integers(1, 20),
)
def test_documents(trade: Books, name: str, descending: bool, limit: int) -> None:
    source = QueryRows(visible_documents(None), ORDERS, _dressed, _summed)
    names = [*(key.expression for key in ORDERS[name].keys), "pk"]
    wanted = list(visible_documents(None).order_by(*(f"-{each}" if descending else each for each in names)))
    sort = f"-{name}" if descending else name
    assert [row.document for page in forward(source, sort, limit) for row in page] == wanted
    assert [row.document for page in backward(source, sort, limit) for row in page] == wanted
    assert [row.document for rows in batches(source, sort, limit) for row in rows] == wanted
    assert source.total().count == len(wanted) == 16


@QUIET
@given(descending=st.booleans(), limit=st.integers(1, 20))
def test_a_nullable_key_of_a_queryset(trade: Books, descending: bool, limit: int) -> None:
    order = Order((Key("effective_due_on", date, nullable=True), Key("amount", Decimal)))
    source = QueryRows(OpenItem.objects.all(), {"due": order}, list, lambda found: None)  # type: ignore[arg-type, return-value]
    names = ("effective_due_on", "amount", "pk")
    wanted = list(OpenItem.objects.order_by(*(f"-{name}" if descending else name for name in names)))
    sort = "-due" if descending else "due"
    assert [row for page in forward(source, sort, limit) for row in page] == wanted
    assert [row for page in backward(source, sort, limit) for row in page] == wanted


@QUIET
@given(
    name=st.sampled_from(sorted(ITEM_ORDERS)),
    descending=st.booleans(),
    limit=st.integers(1, 20),
    as_of=st.sampled_from([JUNE_30, date(2026, 4, 2)]),
)
def test_open_items(trade: Books, name: str, descending: bool, limit: int, as_of: date) -> None:
    source = OpenItemRows(as_of, None, EVERYTHING, None)
    column = {"due": "effective_due_on", "amount": "open_base", "on": "document_on"}[name]
    items = OpenItem.objects.filter(document_on__lte=as_of)
    ordered = items.order_by(f"-{column}", "-pk") if descending else items.order_by(column, "pk")
    wanted = [item.pk for item in ordered]
    sort = f"-{name}" if descending else name
    assert [row.item_id for page in forward(source, sort, limit) for row in page] == wanted
    assert [row.item_id for page in backward(source, sort, limit) for row in page] == wanted
    assert source.total().count == len(wanted)


def test_a_mark_of_another_order_is_refused(trade: Books) -> None:
    source = OpenItemRows(JUNE_30, None, EVERYTHING, None)
    after = source.slice("due", limit=1).after
    with pytest.raises(MarkUnknown):
        source.slice("amount", after=after, limit=1)


def test_a_page_costs_one_query_wherever_it_is(trade: Books, django_assert_num_queries: Any) -> None:
    source = QueryRows(visible_documents(None), ORDERS, _dressed, _summed)
    after = source.slice("-on", limit=5).after
    with django_assert_num_queries(2):  # documents and their items; nothing is counted
        source.slice("-on", after=after, limit=5)


def test_a_page_far_down_by_amount_begins_in_the_index(trade: Books) -> None:
    """Under row-level security too: comparing numbers counts as leakproof."""
    source = QueryRows(visible_documents(None).filter(voided_by=None), ORDERS, _dressed, _summed)
    mark = source.slice("-amount", limit=5).after
    with CaptureQueriesContext(connection) as asked:
        source.slice("-amount", after=mark, limit=5)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert re.search(r"Index Cond: .*ROW\(base_amount, id\) < ROW", plan), plan

"""The guards read by keys, however the planner guesses: a large set never scans the books once per row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from huikuan.audit.operations import act
from huikuan.ledger.operations import NewAllocation, NewDocument, allocate, record_invoices, record_receipts
from tests.trade import day

pytestmark = [pytest.mark.django_db, pytest.mark.raw_sql]

ROWS = 1_500


def _rows_scanned() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname LIKE 'ledger%'")
        return int(cursor.fetchone()[0])


def test_allocating_a_large_set_scans_no_table_once_per_row(books: Any) -> None:
    on = day("2026-01-05")
    new = [NewDocument(customer_id=books.customer().pk, document_on=on, amount=Decimal(1))] * ROWS
    debits = record_invoices(new, actor=books.actor)
    credits = record_receipts(new, actor=books.actor)
    pairs = [
        NewAllocation(debit.item_ids[0], credit.item_ids[0], Decimal(1), on)
        for debit, credit in zip(debits, credits, strict=True)
    ]
    before = _rows_scanned()
    assert allocate(pairs, actor=books.actor, today=books.today) == ROWS
    assert _rows_scanned() - before < 20 * ROWS


def test_an_act_that_records_nothing_reads_no_books(books: Any) -> None:
    new = [NewDocument(customer_id=books.customer().pk, document_on=day("2026-01-05"), amount=Decimal(1))]
    record_invoices(new * ROWS, actor=books.actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.analyse_grown_tables()")
    before = _rows_scanned()
    for _each in range(8):  # more often than a plan of its own is made for each
        with act("look", actor=books.actor):
            pass
    assert _rows_scanned() - before < ROWS

"""Posting drafts and billing orders: what is timed against each other writes the same rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from huikuan.bench.selling import measure_bill_orders, measure_post_invoices
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.queries import organization_by_code
from tests.ledger.checking import assert_nothing_broken

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "admin"]), pytest.mark.raw_sql]

LEFT_BEHIND = """
    SELECT (SELECT (count(*), sum(amount), sum(tax))::text FROM ledger_document),
           (SELECT (count(*), sum(open_amount))::text FROM ledger_open_item),
           (SELECT (count(*), sum(debit), sum(credit), count(item_id))::text FROM ledger_journal_line),
           (SELECT (count(*), count(document_id), sum(amount))::text FROM sales_invoice WHERE state = 'posted'),
           (SELECT (count(*), sum(net), sum(tax), count(delivery_line_id))::text FROM sales_invoice_line),
           (SELECT (count(*) FILTER (WHERE billed), count(*))::text FROM sales_delivery_line),
           (SELECT count(*) FROM audit_event WHERE record_kind IN ('invoice', 'sales_invoice'))
"""


def left_behind(code: str, *, check: bool) -> Any:
    organization = organization_by_code(code)
    with tenant(organization.pk):
        with connection.cursor() as cursor:
            cursor.execute(LEFT_BEHIND)
            row = cursor.fetchone()
        if check:
            assert_nothing_broken(organization)
    return row


@pytest.mark.parametrize(
    ("measure", "size"), [(measure_post_invoices, "invoices"), (measure_bill_orders, "orders")]
)
def test_the_limit_writes_the_same_rows(measure: Any, size: str) -> None:
    code = f"s{uuid4().hex[:10]}"
    result = measure(**{size: 20}, customers=7, code=code)
    assert result.size == 20
    assert left_behind(f"{code}-ours", check=True) == left_behind(f"{code}-limit", check=False)

"""Issuing and importing invoices: what is timed against each other writes the same rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from huikuan.bench.importing import measure_import_invoices
from huikuan.bench.posting import measure_issue_invoices
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.queries import organization_by_code
from tests.ledger.checking import assert_nothing_broken

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "admin"]), pytest.mark.raw_sql]

# How many and how much of everything that an invoice leaves behind.
LEFT_BEHIND = """
    SELECT (SELECT (count(*), sum(amount), sum(tax), min(document_on), max(document_on))::text FROM ledger_document),
           (SELECT (count(*), sum(open_amount), sum(due_on - document_on), sum(side))::text FROM ledger_open_item),
           (SELECT count(*) FROM ledger_journal_entry),
           (SELECT (count(*), sum(debit), sum(credit), count(item_id))::text FROM ledger_journal_line),
           (SELECT (count(*), sum((content ->> 'amount')::numeric), count(content -> 'items'))::text FROM audit_event
            WHERE record_kind = 'invoice'),
           (SELECT count(*) FROM customers_customer)
"""


def left_behind(code: str) -> Any:
    organization = organization_by_code(code)
    with tenant(organization.pk):
        with connection.cursor() as cursor:
            cursor.execute(LEFT_BEHIND)
            row = cursor.fetchone()
        assert_nothing_broken(organization)
    return row


def test_issuing_is_measured_against_sql_that_writes_the_same() -> None:
    code = f"i{uuid4().hex[:10]}"
    result = measure_issue_invoices(invoices=50, customers=7, code=code)
    assert (result.name, result.size) == ("issue_invoices", 50)
    assert result.seconds > 0 and result.limit_seconds > 0
    ours, limit = left_behind(f"{code}-ours"), left_behind(f"{code}-limit")
    assert ours == limit
    assert ours[0].startswith("(100,")  # 50 to warm up, 50 to measure


def test_importing_is_measured_in_a_process_of_its_own() -> None:
    code = f"f{uuid4().hex[:10]}"
    result = measure_import_invoices(invoices=60, customers=7, code=code)
    assert (result.name, result.size) == ("import_invoices", 60)
    assert 30 < result.peak_mb < 500
    ours, limit = left_behind(f"{code}-ours"), left_behind(f"{code}-limit")
    assert ours == limit
    assert ours[0].startswith("(60,") and ours[-1] == 7

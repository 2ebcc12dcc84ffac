"""Closing a month: what is timed against each other leaves the same books behind."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from huikuan.bench.closing import MONTH, measure_close_month
from huikuan.books.queries.balances import trial_balance
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Period
from huikuan.organizations.queries import organization_by_code

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "admin"]), pytest.mark.raw_sql]

LEFT_BEHIND = """
    SELECT (SELECT (count(*), sum(amount), sum(number), min(voucher_on), min(summary))::text FROM books_voucher
            WHERE state = 'posted'),
           (SELECT count(*) FROM books_voucher_entry),
           (SELECT (count(*), sum(debit), sum(credit))::text FROM books_account_month),
           (SELECT sum(last) FROM books_voucher_counter),
           (SELECT count(*) FROM audit_event WHERE record_kind = 'voucher')
"""


def left_behind(code: str) -> Any:
    organization = organization_by_code(code)
    with tenant(organization.pk):
        assert Period.objects.get(month=MONTH).closed_at is not None
        assert trial_balance(since=MONTH, until=MONTH).balances
        with connection.cursor() as cursor:
            cursor.execute(LEFT_BEHIND)
            return cursor.fetchone()


def test_closing_is_measured_against_sql_that_leaves_the_same() -> None:
    code = f"m{uuid4().hex[:10]}"
    result = measure_close_month(entries=60, customers=7, code=code)
    assert (result.name, result.size) == ("close_month", 60)
    assert result.seconds > 0 and result.limit_seconds > 0
    ours, limit = left_behind(f"{code}-ours"), left_behind(f"{code}-limit")
    assert ours == limit
    assert ours[0].startswith("(60,") and ours[-1] == 180

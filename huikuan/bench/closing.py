"""Closing a month: vouchers made, reviewed and posted for all its entries, then the checklist and the closing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import UUID

from django.db import connection

from huikuan.bench.company import found_customers, found_organization, key_sql
from huikuan.bench.measures import Result, seconds_of
from huikuan.bench.posting import (
    INVOICE_COLUMNS,
    INVOICE_KEYS,
    OPEN_ACT,
    RECORD_ACT,
    WRITE_INVOICES,
)
from huikuan.books.operations import close_month, make_vouchers, post_vouchers, review_vouchers
from huikuan.books.operations.making import VOUCHER_CONTENT
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

MONTH = date(2026, 5, 1)
TODAY = date(2026, 6, 30)
CUSTOMERS = 1_000


def measure_close_month(*, entries: int, customers: int = CUSTOMERS, code: str = "close") -> Result:
    """A month of `entries` invoices: a voucher for each, reviewed, posted and numbered; then the month is closed.

    The limit is bare SQL that leaves the same vouchers, links, events and turnover behind, without asking
    anything: no checklist, no duties, no state before the last.
    """
    ours, limit = (_month_of(f"{code}-{kind}", entries, customers) for kind in ("ours", "limit"))
    steps: dict[str, Callable[[], object]] = {
        "make_s": lambda: make_vouchers(month=MONTH, grouping="entry", actor=local_operator()),
        "review_s": lambda: review_vouchers(month=MONTH, actor=local_operator()),
        "post_s": lambda: post_vouchers(month=MONTH, actor=local_operator()),
        "close_s": lambda: close_month(month=MONTH, actor=local_operator(), today=TODAY),
    }
    detail = {name: seconds_of(partial(_in_tenant, ours, step)) for name, step in steps.items()}
    return Result(
        name="close_month",
        size=entries,
        seconds=sum(detail.values()),
        limit_seconds=seconds_of(partial(_in_tenant, limit, partial(_close_by_sql, limit.pk))),
        detail=detail,
    )


def _in_tenant(organization: Organization, step: Callable[[], object]) -> None:
    with tenant(organization.pk):
        step()


def _month_of(code: str, entries: int, customers: int) -> Organization:
    organization = found_organization(code)
    found_customers(organization, customers)
    with tenant(organization.pk), connection.cursor() as cursor:
        accounts = dict(Account.objects.exclude(purpose="").values_list("purpose", "pk"))
        cursor.execute("SELECT uuidv7()")
        parameters = {
            "organization": organization.pk,
            "act": cursor.fetchone()[0],
            "entries": entries,
            "customers": customers,
            "month": MONTH,
            **{name: accounts[name] for name in ("receivable", "revenue", "output_vat")},
        }
        for statement in FILL_MONTH:
            cursor.execute(statement, parameters)
    return organization


FILL_MONTH = (
    f"CREATE TEMP TABLE IF NOT EXISTS bench_invoice ({INVOICE_COLUMNS}) ON COMMIT DELETE ROWS",
    f"""
    INSERT INTO bench_invoice
    SELECT {INVOICE_KEYS}, 'LS' || to_char(%(month)s::date, 'YYYYMM') || lpad((n + 1)::text, 6, '0'),
        {key_sql("c0", "mod(n, %(customers)s)")}, %(month)s::date + mod(n, 28), %(month)s::date + mod(n, 28) + 30,
        round(113 * (100 + mod(n, 900)) / 100.0, 2), round(13 * (100 + mod(n, 900)) / 100.0, 2)
    FROM generate_series(0, %(entries)s - 1) n
    """,
    OPEN_ACT,
    *WRITE_INVOICES,
    RECORD_ACT,
)


def _close_by_sql(organization_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7()")
        parameters = {"organization": organization_id, "act": cursor.fetchone()[0], "month": MONTH}
        for statement in CLOSE_BY_SQL:
            cursor.execute(statement, parameters)


_EVENT = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, '{{action}}', 'voucher', v.id, v.word, {VOUCHER_CONTENT}
    FROM books_voucher v WHERE v.organization_id = %(organization)s
"""

CLOSE_BY_SQL = (
    OPEN_ACT,
    """
    CREATE TEMP TABLE bench_voucher ON COMMIT DROP AS
    SELECT uuidv7() AS id, e.*, row_number() OVER (ORDER BY on_day, entry_id) AS number
    FROM (
        SELECT e.id AS entry_id, e.effective_on AS on_day, l.debit, '赊销 ' || c.name || ' ' || d.number AS summary
        FROM ledger_journal_entry e
        JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
        JOIN customers_customer c ON c.organization_id = e.organization_id AND c.id = d.customer_id
        JOIN ledger_journal_line l ON l.organization_id = e.organization_id AND l.entry_id = e.id AND l.debit <> 0
        WHERE e.organization_id = %(organization)s
    ) e
    """,
    """
    INSERT INTO books_voucher (organization_id, id, act_id, word, month, voucher_on, attachments, summary, source,
        state, amount, entry_count, prepared_by_name, reviewed_act_id, reviewed_by_name, posted_by_name)
    SELECT %(organization)s, id, %(act)s, '记', %(month)s, on_day, 0, summary, 'entry', 'reviewed', debit, 1,
        'bench', %(act)s, 'bench', '' FROM bench_voucher
    """,
    """
    INSERT INTO books_voucher_entry (organization_id, entry_id, voucher_id)
    SELECT %(organization)s, entry_id, id FROM bench_voucher
    """,
    """
    INSERT INTO books_voucher_counter (organization_id, id, word, month, last)
    SELECT %(organization)s, uuidv7(), '记', %(month)s, count(*) FROM bench_voucher
    """,
    """
    UPDATE books_voucher v SET state = 'posted', number = b.number, posted_act_id = %(act)s, posted_by_name = 'bench'
    FROM bench_voucher b WHERE v.organization_id = %(organization)s AND v.id = b.id
    """,
    _EVENT.format(action="recorded"),
    _EVENT.format(action="reviewed"),
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'posted', 'voucher', v.id, v.word || '-' || v.number,
        jsonb_build_object('word', v.word, 'on', v.voucher_on, 'summary', v.summary, 'source', v.source,
            'amount', v.amount, 'attachments', v.attachments, 'number', v.number)
    FROM books_voucher v WHERE v.organization_id = %(organization)s
    """,
    """
    UPDATE ledger_period SET closed_at = now() WHERE organization_id = %(organization)s AND month = %(month)s
    """,
    """
    INSERT INTO books_account_month (organization_id, month, account_id, debit, credit, closed_at)
    SELECT %(organization)s::uuid, %(month)s::date, account_id, sum(debit), sum(credit), now()
    FROM ledger_journal_line WHERE organization_id = %(organization)s GROUP BY account_id
    """,
    RECORD_ACT,
)

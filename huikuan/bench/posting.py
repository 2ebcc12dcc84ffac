"""issue_invoices: invoices through the ledger's operation, beside bare set-based SQL of the same shape."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from huikuan.bench.company import TODAY, customer_key, found_customers, found_organization, key_sql
from huikuan.bench.measures import Result, Stopwatch, server_process
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.ledger.operations import NewDocument, record_invoices
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

BATCH = 1_000
PRICES = 9_973  # different amounts, of n × 1.00 net and n × 0.13 tax
DAYS = 28


class Issuer(Protocol):
    """A way to issue a batch of invoices, numbered from 0."""

    def prepare(self, number: int, size: int) -> None:
        """What a caller has at hand before he issues; not timed."""

    def issue(self) -> None: ...


def measure_issue_invoices(*, invoices: int, customers: int, code: str = "issue") -> Result:
    """Invoices per second in batches of 1,000, one transaction each: documents, items, entries, numbers, audit.

    The limit is bare set-based SQL (`IssuedBySql`) by the same role over the same connection, under the same
    row-level security, keys and triggers, in the same batches. Batches alternate, so that a busy moment of
    the machine meets both.
    """
    size = min(BATCH, invoices)
    batches = max(1, invoices // size)
    watches = [Stopwatch(server_process()) for _issuer in range(2)]
    issuers: list[Issuer] = []
    for kind, suffix in ((IssuedByOperation, "ours"), (IssuedBySql, "limit")):
        organization = found_organization(f"{code}-{suffix}")
        found_customers(organization, customers)
        issuers.append(kind(organization, customers))
    for number in range(-1, batches):
        for issuer, watch in zip(issuers, watches, strict=True):
            issuer.prepare(number + 1, size)
            if number < 0:
                issuer.issue()  # connection, plans and caches are warm from here on, as in a server
            else:
                with watch:
                    issuer.issue()
    ours, limit = watches
    return Result(
        name="issue_invoices",
        size=batches * size,
        seconds=ours.seconds,
        limit_seconds=limit.seconds,
        detail={
            "limit_rate_per_s": batches * size / limit.seconds,
            "python_cpu_s": ours.python_cpu,
            "server_cpu_s": ours.server_cpu,
            "limit_server_cpu_s": limit.server_cpu,
        },
    )


class IssuedByOperation:
    """Batches through `record_invoices`; the list of what to issue is the caller's."""

    def __init__(self, organization: Organization, customers: int) -> None:
        self._organization = organization
        self._customers = [customer_key(position) for position in range(customers)]
        self._documents: list[NewDocument] = []

    def prepare(self, number: int, size: int) -> None:
        self._documents = [self._document(position) for position in range(number * size, (number + 1) * size)]

    def issue(self) -> None:
        with tenant(self._organization.pk):
            record_invoices(self._documents, actor=local_operator())

    def _document(self, position: int) -> NewDocument:
        on = TODAY - timedelta(days=position % DAYS)
        price = 100 + position % PRICES
        return NewDocument(
            customer_id=self._customers[position % len(self._customers)],
            document_on=on,
            amount=Decimal(113 * price).scaleb(-2),
            tax=Decimal(13 * price).scaleb(-2),
            due_on=on + timedelta(days=30),
        )


class IssuedBySql:
    """The same rows from `generate_series` by eight statements a batch, with nothing made in Python.

    Kept: the act and its tick of the ledger clock; document, item, entry with three lines and audit event of
    each invoice, through one temporary table; every key, constraint, trigger and policy. Left out: what the
    operation does besides, which is to bring the caller's rows to the server, to take numbers from their
    counter, to look up salespeople and posting rules, and to refuse what is wrong with words.
    """

    def __init__(self, organization: Organization, customers: int) -> None:
        self._organization_id: UUID = organization.pk
        with tenant(organization.pk):
            accounts = dict(Account.objects.exclude(purpose="").values_list("purpose", "pk"))
        self._parameters: dict[str, Any] = {
            "organization": organization.pk,
            "customers": customers,
            "today": TODAY,
            **{name: accounts[name] for name in ("receivable", "revenue", "output_vat")},
        }

    def prepare(self, number: int, size: int) -> None:
        self._parameters |= {"first": number * size, "last": (number + 1) * size - 1}

    def issue(self) -> None:
        with tenant(self._organization_id), connection.cursor() as cursor:
            cursor.execute("SELECT uuidv7()")
            parameters = {**self._parameters, "act": cursor.fetchone()[0]}
            for statement in ISSUE:
                cursor.execute(statement, parameters)


OPEN_ACT = """
    INSERT INTO audit_act (organization_id, id, kind, actor_name, roles, address, reason)
    VALUES (%(organization)s, %(act)s, 'record_invoice', 'bench', '', '', '')
"""

WRITE_INVOICES = (
    """
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT %(organization)s, id, %(act)s, 'invoice', 'sale', number, customer_id,
        document_on, 'CNY', 1, amount, amount - tax, tax, amount, '', '', ''
    FROM bench_invoice
    """,
    """
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id,
        side, currency, document_on, due_on, effective_due_on, amount, base_amount, open_amount, open_base)
    SELECT %(organization)s, item_id, %(act)s, id, 1, %(receivable)s, customer_id,
        1, 'CNY', document_on, due_on, due_on, amount, amount, amount, amount
    FROM bench_invoice
    """,
    """
    INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, document_id)
    SELECT %(organization)s, entry_id, %(act)s, 'sale', document_on, id FROM bench_invoice
    """,
    """
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, entry_id, line.*
    FROM bench_invoice
    CROSS JOIN LATERAL (VALUES
        (101, %(receivable)s::uuid, amount, 0, item_id),
        (200, %(revenue)s::uuid, 0, amount - tax, NULL),
        (300, %(output_vat)s::uuid, 0, tax, NULL)
    ) line
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, event_id, %(act)s, 'recorded', 'invoice', id, number, jsonb_build_object(
        'customer', customer_id, 'on', document_on, 'currency', 'CNY', 'rate', 1,
        'amount', amount, 'net', amount - tax, 'tax', tax, 'base', amount, 'event', 'sale',
        'reference', '', 'product', '', 'memo', '', 'salesperson', NULL,
        'items', jsonb_build_array(jsonb_build_array(amount, due_on, due_on)))
    FROM bench_invoice
    """,
)

RECORD_ACT = """
    WITH tick AS (
        UPDATE audit_clock SET ticked_at = greatest(clock_timestamp(), ticked_at + interval '1 microsecond')
        WHERE organization_id = %(organization)s RETURNING ticked_at
    )
    UPDATE audit_act SET recorded_at = tick.ticked_at FROM tick
    WHERE organization_id = %(organization)s AND id = %(act)s
"""

INVOICE_COLUMNS = """id uuid, item_id uuid, entry_id uuid, event_id uuid, number text, customer_id uuid, document_on date, due_on date,
    amount numeric, tax numeric"""

# Counted rather than uuidv7(), of which PostgreSQL makes fewer than 250,000 a second on some machines.
INVOICE_KEYS = ", ".join(key_sql(kind, "n") for kind in ("d0", "01", "e0", "e7"))

ISSUE = (
    f"CREATE TEMP TABLE IF NOT EXISTS bench_invoice ({INVOICE_COLUMNS}) ON COMMIT DELETE ROWS",
    f"""
    INSERT INTO bench_invoice
    SELECT {INVOICE_KEYS}, 'LS' || to_char(on_day, 'YYYYMM') || lpad((n + 1)::text, 6, '0'),
        {key_sql("c0", "mod(n, %(customers)s)")}, on_day, on_day + 30,
        round(113 * price, 2), round(13 * price, 2)
    FROM (
        SELECT n, %(today)s::date - mod(n, {DAYS}) AS on_day, (100 + mod(n, {PRICES})) / 100.0 AS price
        FROM generate_series(%(first)s, %(last)s) n
    ) invoice
    """,
    OPEN_ACT,
    *WRITE_INVOICES,
    RECORD_ACT,
)

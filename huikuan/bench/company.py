"""A company of any size, the same every time, built by set-based SQL.

Items come in blocks of four of one customer: three invoices and a receipt that has settled a part of each in
four allocations. Everything is open in part, so that a company of N items has N open ones, and (with
allocations) three allocations for every item. The journal is left out: nothing measured here reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg import sql

from huikuan.bench.scratch import superuser_connection
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.ledger.operations import open_books
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.operations import create_organization, create_roles

TODAY = date(2026, 6, 30)
PAST = date(2025, 12, 31)
"""Half a year before TODAY: the day that the aging of the past is asked for."""

BLOCK = 4
DAYS = 3 * 365
SETTLED_WITHIN = 120  # days after the receipt
LEFT_OF_RECEIPT = 50
SALESPEOPLE = 50
ROWS_PER_ACT = 1_000
SETTLED_PARTS = 4  # allocations per invoice: with three invoices in a block of four, three for every item
MANY_PARTS = 7  # five and a quarter for every item


@dataclass(frozen=True)
class Company:
    """A built company and what is in it."""

    organization: Organization
    customers: int
    items: int
    allocations: int


def found_organization(code: str) -> Organization:
    """An organization with roles and books, and nobody who owes."""
    organization = create_organization(code=code, name=f"基准测试 {code}")
    with tenant(organization.pk):
        create_roles()
        open_books(actor=local_operator())
    return organization


def build_company(
    *, code: str, items: int, customers: int, allocated: bool, parts: int = SETTLED_PARTS
) -> Company:
    """Build `items` open items (a multiple of four, at least four) of `customers` customers.

    `allocated`: with the allocations that made them what they are: of every invoice `parts` tenths.
    """
    blocks = max(1, items // BLOCK)
    organization = found_organization(code)
    with tenant(organization.pk):
        account = Account.objects.get(purpose="receivable").pk
    parameters = {
        "organization": organization.pk,
        "account": account,
        "blocks": blocks,
        "customers": min(customers, blocks),
        "today": TODAY,
        "allocated": allocated,
        "parts": parts,
    }
    allocations = 3 * parts * blocks if allocated else 0
    with superuser_connection() as superuser:
        # Sorting for the indexes in memory; nothing else runs beside the build.
        superuser.execute("SET LOCAL work_mem = '128MB'")
        for statement in BUILD:
            superuser.execute(statement, parameters)
    settle_tables()
    return Company(organization, parameters["customers"], BLOCK * blocks, allocations)


def found_customers(organization: Organization, count: int) -> None:
    """Customers to sell to, in order of their codes under `customer_key`, without salespeople or groups."""
    with superuser_connection() as superuser:
        superuser.execute(FOUND_CUSTOMERS, {"organization": organization.pk, "count": count})
        superuser.execute("SELECT ledger_make_totals(%s, %s)", [organization.pk, TODAY])
        superuser.execute("ANALYZE customers_customer")


def settle_tables() -> None:
    """Statistics and hint bits as a table has them after a night: no reader pays for the building."""
    with superuser_connection() as superuser:
        superuser.commit()
        superuser.autocommit = True
        for table in TABLES:
            superuser.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


TABLES = (
    "audit_act",
    "customers_salesperson",
    "customers_customer",
    "ledger_document",
    "ledger_open_item",
    "ledger_allocation",
    "ledger_day_total",
    "ledger_customer_total",
)


def key_sql(kind: str, position: str) -> str:
    """SQL for the key of the row of a kind (two hex digits) at a position: rows find each other by counting."""
    return f"('{kind}000000-0000-7000-8000-' || lpad(to_hex({position}), 12, '0'))::uuid"


def customer_key(position: int) -> UUID:
    """The key of the customer at a position, from 0."""
    return UUID(f"c0000000-0000-7000-8000-{position:012x}")


def _cents(item: str) -> str:
    """SQL for the amount of the invoice at a position, in cents: 100.00 to 100,098.98, scattered."""
    return f"(10000 + mod(({item})::bigint * 104729, 9999899))"


def _part(item: str) -> str:
    """SQL for what one allocation settles of the invoice: a tenth."""
    return f"round({_cents(item)} / 1000.0, 2)"


def _paid_on(block: str) -> str:
    """SQL for the day of a block's receipt: any of the last three years. Its invoices are up to 30 days older."""
    return f"(%(today)s::date - 20 - mod(({block})::bigint * 7919, {DAYS})::int)"


FOUND_CUSTOMERS = f"""
    INSERT INTO customers_customer (organization_id, id, code, name, sort_key, initials, uscc, country, region, sector,
        size, segment)
    SELECT %(organization)s, {key_sql("c0", "n")}, 'C' || lpad(n::text, 7, '0'), '客户' || n,
        'kh' || lpad(n::text, 7, '0'), 'kh', '', 'CN', '', '', '', ''
    FROM generate_series(0, %(count)s - 1) n
"""


BUILD = (
    f"""
    INSERT INTO customers_salesperson (organization_id, id, code, name, team)
    SELECT %(organization)s, {key_sql("5a", "n")}, 'S' || n, 'S' || n, 'T' || mod(n, 5)
    FROM generate_series(0, {SALESPEOPLE - 1}) n
    """,
    f"""
    INSERT INTO customers_customer (organization_id, id, code, name, sort_key, initials, uscc, country, parent_id,
        salesperson_id, region, sector, size, segment)
    SELECT %(organization)s, {key_sql("c0", "n")}, 'C' || lpad(n::text, 7, '0'), '客户' || n,
        'kh' || lpad(n::text, 7, '0'), 'kh', '', 'CN',
        CASE WHEN mod(n, 20) IN (3, 6, 9) THEN {key_sql("c0", "n - mod(n, 20)")} END,
        {key_sql("5a", f"mod(n, {SALESPEOPLE})")}, 'R' || mod(n, 8), '', '', ''
    FROM generate_series(0, %(customers)s - 1) n
    """,
    f"""
    INSERT INTO audit_act (organization_id, id, kind, recorded_at, actor_name, roles, address, reason)
    SELECT %(organization)s, {key_sql("ac", "n")}, 'record_invoice',
        (%(today)s::date - 1)::timestamptz + n * interval '1 second', 'bench', '', '', ''
    FROM generate_series(0, %(blocks)s * {BLOCK} / {ROWS_PER_ACT}) n
    """,
    f"""
    CREATE TEMP TABLE bench_item ON COMMIT DROP AS
    SELECT i, place, mod(i / {BLOCK}, %(customers)s) AS customer, paid_on, paid_on - 10 * (3 - place) AS document_on,
        CASE WHEN place < 3 THEN paid_on + 30 + 30 * place ELSE paid_on END AS due_on,
        CASE WHEN place < 3 THEN {_cents("i")} / 100.0
             ELSE {LEFT_OF_RECEIPT} + %(parts)s * ({" + ".join(_part(f"i - {back}") for back in (1, 2, 3))})
        END::numeric(19, 4) AS amount,
        CASE WHEN place < 3 THEN {_cents("i")} / 100.0 - %(parts)s * {_part("i")}
             ELSE {LEFT_OF_RECEIPT} END::numeric(19, 4) AS open_amount
    FROM (
        SELECT i, mod(i, {BLOCK}) AS place, {_paid_on(f"i / {BLOCK}")} AS paid_on
        FROM generate_series(0, %(blocks)s * {BLOCK} - 1) i
    ) item
    """,
    f"""
    INSERT INTO ledger_document (organization_id, id, act_id, kind, event, number, customer_id, salesperson_id,
        document_on, currency, rate, amount, net, tax, base_amount, reference, product, memo)
    SELECT %(organization)s, {key_sql("d0", "i")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")},
        CASE WHEN place < 3 THEN 'invoice' ELSE 'receipt' END, CASE WHEN place < 3 THEN 'sale' ELSE 'receipt' END,
        'B' || lpad(i::text, 9, '0'), {key_sql("c0", "customer")}, {key_sql("5a", f"mod(customer, {SALESPEOPLE})")},
        document_on, 'CNY', 1, amount, amount, 0, amount, '', '', ''
    FROM bench_item
    """,
    f"""
    INSERT INTO ledger_open_item (organization_id, id, act_id, document_id, line, account_id, customer_id,
        salesperson_id, side, currency, document_on, due_on, effective_due_on,
        amount, base_amount, open_amount, open_base)
    SELECT %(organization)s, {key_sql("01", "i")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")}, {key_sql("d0", "i")}, 1,
        %(account)s, {key_sql("c0", "customer")}, {key_sql("5a", f"mod(customer, {SALESPEOPLE})")},
        CASE WHEN place < 3 THEN 1 ELSE -1 END, 'CNY', document_on,
        due_on, due_on,
        amount, amount,
        CASE WHEN %(allocated)s THEN open_amount ELSE amount END,
        CASE WHEN %(allocated)s THEN open_amount ELSE amount END
    FROM bench_item
    """,
    f"""
    INSERT INTO ledger_allocation (organization_id, id, act_id, debit_item_id, credit_item_id, amount,
        debit_base, credit_base, effective_on)
    SELECT %(organization)s, {key_sql("a0", "i * %(parts)s + part")}, {key_sql("ac", f"i / {ROWS_PER_ACT}")},
        {key_sql("01", "i")}, {key_sql("01", f"i - place + {BLOCK - 1}")}, {_part("i")}, {_part("i")}, {_part("i")},
        paid_on + mod(i * 31 + part * 17, least({SETTLED_WITHIN}, %(today)s::date - paid_on + 1))
    FROM bench_item
    CROSS JOIN generate_series(0, %(parts)s - 1) part
    WHERE place < 3 AND %(allocated)s
    """,
    """
    UPDATE audit_clock SET ticked_at = (
        SELECT max(recorded_at) FROM audit_act WHERE organization_id = %(organization)s
    )
    WHERE organization_id = %(organization)s
    """,
    "SELECT ledger_make_totals(%(organization)s, %(today)s)",
    """
    INSERT INTO collection_touched (organization_id, customer_id)
    SELECT DISTINCT organization_id, customer_id FROM ledger_open_item WHERE organization_id = %(organization)s
    """,
)

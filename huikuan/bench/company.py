"""A company of any size, the same every time, built by set-based SQL.

Items come in blocks of four of one customer: three invoices and a receipt that has settled a part of each in
four allocations. Everything is open in part, so that a company of N items has N open ones, and (with
allocations) three allocations for every item. The journal is left out: nothing measured here reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

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
SETTLED_PARTS = 4  # allocations per invoice: with three invoices in a block of four, three for every item


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


def build_company(*, code: str, items: int, customers: int, allocated: bool) -> Company:
    """Build `items` open items (a multiple of four, at least four) of `customers` customers.

    `allocated`: with the allocations that made them what they are, three for every item.
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
        "parts": SETTLED_PARTS,
    }
    allocations = 3 * SETTLED_PARTS * blocks if allocated else 0
    with superuser_connection() as superuser:
        # Sorting for the indexes in memory; nothing else runs beside the build.
        superuser.execute("SET LOCAL work_mem = '128MB'")
        for statement in (*BUILD, *(BUILD_ALLOCATIONS if allocated else ())):
            superuser.execute(statement, parameters)
    settle_tables()
    return Company(organization, parameters["customers"], BLOCK * blocks, allocations)


def settle_tables() -> None:
    """Statistics and hint bits as a table has them after a night: no reader pays for the building."""
    with superuser_connection() as superuser:
        superuser.autocommit = False
        superuser.commit()
        superuser.autocommit = True
        for table in TABLES:
            superuser.execute(f"VACUUM (ANALYZE) {table}")


TABLES = (
    "audit_act",
    "customers_salesperson",
    "customers_customer",
    "ledger_document",
    "ledger_open_item",
    "ledger_allocation",
)


def _key(kind: str, position: str) -> str:
    """SQL for the key of the row of a kind (two hex digits) at a position: rows find each other by counting."""
    return f"('{kind}000000-0000-7000-8000-' || lpad(to_hex({position}), 12, '0'))::uuid"


def customer_key(position: int) -> UUID:
    """The key of the customer at a position, from 0."""
    return UUID(f"c0000000-0000-7000-8000-{position:012x}")


def _cents(item: str) -> str:
    """SQL for the amount of the invoice at a position, in cents: 100.00 to 100,098.99, scattered."""
    return f"(10000 + ({item})::bigint * 104729 % 9999899)"


def _part(item: str) -> str:
    """SQL for what one allocation settles of the invoice: a tenth."""
    return f"round({_cents(item)} / 1000.0, 2)"


def _day(item: str) -> str:
    """SQL for the date of an item: invoices in the last two years, receipts in the last one."""
    return (
        f"(CASE WHEN ({item}) % 4 < 3 THEN %(today)s::date - 30 - (({item})::bigint * 7919 % 700)::int"
        f" ELSE %(today)s::date - 20 - (({item})::bigint * 104729 % 340)::int END)"
    )


SALESPEOPLE, ROWS_PER_ACT = 50, 1_000
_RECEIPT = "i - i % 4 + 3"

BUILD = (
    f"""
    INSERT INTO customers_salesperson (organization_id, id, code, name, team)
    SELECT %(organization)s, {_key("5a", "n")}, 'S' || n, 'S' || n, 'T' || n % 5
    FROM generate_series(0, {SALESPEOPLE} - 1) n
    """,
    f"""
    INSERT INTO customers_customer (organization_id, id, code, name, sort_key, initials, uscc, country, parent_id,
        salesperson_id, region, sector, size, segment)
    SELECT %(organization)s, {_key("c0", "n")}, 'C' || lpad(n::text, 7, '0'), '客户' || n, 'kh' || lpad(n::text, 7, '0'),
        'kh', '', 'CN', CASE WHEN n % 20 IN (3, 6, 9) THEN {_key("c0", "n - n % 20")} END,
        {_key("5a", f"n % {SALESPEOPLE}")}, 'R' || n % 8, '', '', ''
    FROM generate_series(0, %(customers)s - 1) n
    """,
    f"""
    INSERT INTO audit_act (organization_id, id, kind, recorded_at, actor_name, roles, address, reason)
    SELECT %(organization)s, {_key("ac", "n")}, 'record_invoice',
        (%(today)s::date - 1)::timestamptz + n * interval '1 second', 'bench', '', '', ''
    FROM generate_series(0, %(blocks)s * {BLOCK} / {ROWS_PER_ACT}) n
    """,
    """
    UPDATE audit_clock SET ticked_at = (SELECT max(recorded_at) FROM audit_act WHERE organization_id = %(organization)s)
    WHERE organization_id = %(organization)s
    """,
    f"""
    CREATE TEMP TABLE bench_item ON COMMIT DROP AS
    SELECT i, i / {BLOCK} %% %(customers)s AS customer, {_day("i").replace("%", "%%").replace("%%(", "%(")} AS document_on,
        CASE WHEN i %% 4 < 3 THEN 1 ELSE -1 END AS side,
        CASE WHEN i %% 4 < 3 THEN {_cents("i").replace("%", "%%")} / 100.0
             ELSE 50 + %(parts)s * ({" + ".join(_part(f"i - {back}") for back in (1, 2, 3)).replace("%", "%%")}) END AS amount,
        CASE WHEN i %% 4 < 3 THEN {_cents("i").replace("%", "%%")} / 100.0 - %(parts)s * {_part("i").replace("%", "%%")}
             ELSE 50 END AS open_amount
    FROM generate_series(0, %(blocks)s * {BLOCK} - 1) i
    """,
)

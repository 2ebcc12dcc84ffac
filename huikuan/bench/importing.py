"""import_invoices: a file of invoices through the import, beside COPY and bare set-based SQL of the same shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from huikuan.bench.company import found_organization
from huikuan.bench.measures import Result, Stopwatch, server_process
from huikuan.bench.posting import INVOICE_COLUMNS, INVOICE_KEYS, OPEN_ACT, RECORD_ACT, WRITE_INVOICES
from huikuan.bench.scratch import BenchRefused, superuser_connection
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.operations.batches import CHUNK_ROWS
from huikuan.ledger.models import Account
from huikuan.organizations.models import Organization

BLOCK_BYTES = 1024 * 1024


def measure_import_invoices(*, invoices: int, customers: int, code: str = "import") -> Result:
    """Rows per second and memory of importing a CSV file, every row with a number, a customer and a due date.

    The import runs in a process of its own, so that the memory is the import's alone; its start is not timed.
    The limit is `import_by_sql`, afterwards, into another organization of the same tables.
    """
    with tempfile.TemporaryDirectory(prefix="huikuan-bench-") as folder:
        file = Path(folder) / "invoices.csv"
        write_file(file, invoices=invoices, customers=customers)
        ours = import_in_child(file, found_organization(f"{code}-ours"))
        if ours["imported"] != invoices:
            raise RuntimeError(f"{ours['imported']} of {invoices} rows were imported")
        organization, limit = found_organization(f"{code}-limit"), Stopwatch(server_process())
        with limit:
            import_by_sql(file, organization)
    return Result(
        name="import_invoices",
        size=invoices,
        seconds=ours["seconds"],
        limit_seconds=limit.seconds,
        peak_mb=ours["peak_mb"],
        detail={
            "limit_rate_per_s": invoices / limit.seconds,
            "python_cpu_s": ours["python_cpu"],
            "server_cpu_s": ours["server_cpu"],
            "limit_server_cpu_s": limit.server_cpu,
        },
    )


def write_file(file: Path, *, invoices: int, customers: int) -> None:
    """An ordinary export: comma-separated, UTF-8, Chinese headers, days as 2025-12-31, amounts with two decimals."""
    with (
        superuser_connection() as superuser,
        superuser.cursor() as cursor,
        cursor.copy(FILE, {"invoices": invoices, "customers": customers}) as copy,
        file.open("wb") as out,
    ):
        for block in copy:
            out.write(block)


# One million rows are 70 MB. The amounts are scattered, net of 13 % VAT.
FILE = """
    COPY (
        SELECT 'C' || lpad(mod(n, %(customers)s)::text, 6, '0') AS "客户编码",
               '测试客户' || lpad(mod(n, %(customers)s)::text, 6, '0') || '有限公司' AS "客户名称",
               'FP' || lpad(n::text, 10, '0') AS "单据编号",
               issued_on AS "开票日期",
               issued_on + 30 * (1 + mod(n, 3)) AS "到期日",
               round(1.13 * net, 2) AS "含税金额",
               round(1.13 * net, 2) - net AS "税额"
        FROM (
            SELECT n, date '2024-07-01' + mod(n * 7919::bigint, 700)::int AS issued_on,
                   round((10000 + mod(n * 104729::bigint, 9999899)) / 100.0, 2) AS net
            FROM generate_series(1, %(invoices)s) n
        ) invoice
    ) TO STDOUT (FORMAT csv, HEADER)
"""


def import_in_child(file: Path, organization: Organization) -> dict[str, Any]:
    """Import the file in a new process; what it says of itself (see `import_child`)."""
    environment = {
        **os.environ,
        "HUIKUAN_DATABASE": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": str(settings.SETTINGS_MODULE),
    }
    done = subprocess.run(
        [sys.executable, "-m", "huikuan.bench.import_child", str(file), organization.code],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise BenchRefused(done.stderr.strip().rpartition("\n")[2])
    return dict(json.loads(done.stdout))


def import_by_sql(file: Path, organization: Organization) -> None:
    """The same rows by the same role under the same keys, triggers and policies, with nothing made in Python.

    The file goes through COPY into one temporary table; its customers become customers; then the rows become
    invoices by the statements of `posting.WRITE_INVOICES`, in transactions of as many rows as the import
    takes at once. Left out: everything that makes it an import. No cell is examined, no row recognised, no
    refusal prepared, no name turned into pinyin.
    """
    with tenant(organization.pk):
        accounts = dict(Account.objects.exclude(purpose="").values_list("purpose", "pk"))
    parameters: dict[str, Any] = {"organization": organization.pk, **accounts}
    with tenant(organization.pk), connection.cursor() as cursor:
        for statement in TAKE_FILE:
            cursor.execute(statement)
        with file.open("rb") as source, cursor.copy(COPY_FILE) as copy:
            while block := source.read(BLOCK_BYTES):
                copy.write(block)
        cursor.execute("SELECT max(n), uuidv7() FROM bench_row")
        rows, act = cursor.fetchone()
        for statement in (OPEN_ACT, *FOUND_ITS_CUSTOMERS, RECORD_ACT):
            cursor.execute(statement, {**parameters, "act": act})
    for first in range(1, rows + 1, CHUNK_ROWS):
        with tenant(organization.pk), connection.cursor() as cursor:
            cursor.execute("SELECT uuidv7()")
            chunk = {
                **parameters,
                "act": cursor.fetchone()[0],
                "first": first,
                "last": first + CHUNK_ROWS - 1,
            }
            for statement in (OPEN_ACT, *TAKE_ROWS, *WRITE_INVOICES, RECORD_ACT):
                cursor.execute(statement, chunk)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_row")


TAKE_FILE = (
    "DROP TABLE IF EXISTS bench_row",
    """
    CREATE TEMP TABLE bench_row (
        n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_code text, customer_name text, number text, document_on date, due_on date, amount numeric, tax numeric
    )
    """,
)

COPY_FILE = """
    COPY bench_row (customer_code, customer_name, number, document_on, due_on, amount, tax) FROM STDIN
    (FORMAT csv, HEADER)
"""

FOUND_ITS_CUSTOMERS = (
    "ANALYZE bench_row",
    """
    INSERT INTO customers_customer (organization_id, id, code, name, sort_key, initials, uscc, country, region, sector,
        size, segment, created_act_id)
    SELECT %(organization)s, uuidv7(), customer_code, customer_name, '', '', '', 'CN', '', '', '', '', %(act)s
    FROM (SELECT customer_code, min(customer_name) AS customer_name FROM bench_row GROUP BY customer_code) row
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'created', 'customer', id, code, jsonb_build_object('name', name)
    FROM customers_customer WHERE organization_id = %(organization)s
    """,
)

TAKE_ROWS = (
    f"CREATE TEMP TABLE IF NOT EXISTS bench_invoice ({INVOICE_COLUMNS}) ON COMMIT DELETE ROWS",
    f"""
    INSERT INTO bench_invoice
    SELECT {INVOICE_KEYS}, row.number, c.id, row.document_on, row.due_on, row.amount, row.tax
    FROM bench_row row
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.code = row.customer_code
    WHERE row.n BETWEEN %(first)s AND %(last)s
    """,
)

"""Bringing the schema up to date: migrations, then row-level security and grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from huikuan.core.postgres.fields import is_tenant
from huikuan.core.postgres.security import secure

_MIGRATION_LOCK = 0x4855494B  # "HUIK": one process migrates, the others wait

# To the planner a table that was never analysed, or analysed while it was empty, stays nearly empty for a while.
# Statements planned at such a moment may pick an index that only narrows down to the organization, and foreign-key
# checks keep it: the first import would crawl. Such tables are therefore taken to be full.
ASSUME_FULL_TABLES = """
    SELECT pg_restore_relation_stats(
        'schemaname', n.nspname::text, 'relname', c.relname::text, 'relpages', 10, 'reltuples', 10000::real)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.reltuples < 1
"""


def update_schema(alias: str = "admin") -> bool:
    """Apply what is missing, as the owner of the tables; returns whether anything was. Quick when nothing is."""
    connection = connections[alias]
    _resume_autovacuum(alias)
    _assume_full_tables(alias)
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
            secure(alias)
            _assume_full_tables(alias)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
    return True


@contextmanager
def autovacuum_paused(alias: str = "admin") -> Iterator[None]:
    """Keep autovacuum from tenant tables while one long transaction fills them; analyse them afterwards.

    It cannot see the rows of an open transaction, would note that the tables are empty, and the planner would
    from then on take any index for as good as another. A command that was killed in between leaves the tables
    paused; the next command sets them going again.
    """
    tables = [model._meta.db_table for model in apps.get_models() if is_tenant(model)]
    _alter(alias, tables, "SET (autovacuum_enabled = false)")
    _assume_full_tables(alias)
    try:
        yield
    finally:
        _alter(alias, tables, "RESET (autovacuum_enabled)")
        with connections[alias].cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(tables))
        _assume_full_tables(alias)


def _assume_full_tables(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(ASSUME_FULL_TABLES)


def _resume_autovacuum(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT relname::text FROM pg_class"
            " WHERE relkind = 'r' AND 'autovacuum_enabled=false' = ANY (reloptions)"
        )
        _alter(alias, [name for (name,) in cursor.fetchall()], "RESET (autovacuum_enabled)")


def _alter(alias: str, tables: list[str], change: str) -> None:
    with connections[alias].cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} {change}")

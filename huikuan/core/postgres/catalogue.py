"""Bringing the schema up to date: migrations, then row-level security and grants."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from huikuan.core.postgres.security import secure

_MIGRATION_LOCK = 0x4855494B  # "HUIK": one process migrates, the others wait

# A table that was never analysed looks nearly empty to the planner. Foreign-key checks planned at such a moment
# may pick an index that only narrows down to the organization, and keep it: the first import would crawl.
# Until the first ANALYZE, tables are therefore taken to be full.
ASSUME_FULL_TABLES = """
    SELECT pg_restore_relation_stats(
        'schemaname', n.nspname::text, 'relname', c.relname::text, 'relpages', 10, 'reltuples', 10000::real)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.reltuples = -1
"""


def update_schema(alias: str = "admin") -> bool:
    """Apply what is missing, as the owner of the tables; returns whether anything was. Quick when nothing is."""
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
            secure(alias)
            cursor.execute(ASSUME_FULL_TABLES)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
    return True

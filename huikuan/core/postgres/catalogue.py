"""Bringing the schema up to date: migrations, then row-level security and grants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from huikuan.core.postgres.fields import is_tenant
from huikuan.core.postgres.migrating import apply_migrations
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

# ANALYZE would note which organizations there are and how large each is; one that is new would count as having
# no rows, with the same crawl. So the organization's column is told only how many different ones there are.
UNTOLD_TABLES = """
    SELECT c.relname::text FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
    WHERE c.relkind = 'r' AND c.relname = ANY (%(tables)s) AND a.attstattarget IS DISTINCT FROM 0
"""
WRONG_STATISTICS = """
    SELECT c.relname::text, greatest(1, (SELECT count(*) FROM organizations_organization))::real
    FROM pg_class c
    LEFT JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = c.relname AND s.attname = 'organization_id'
    WHERE c.relkind = 'r' AND c.relname = ANY (%(tables)s)
      AND (s.most_common_vals IS NOT NULL OR s.n_distinct IS DISTINCT FROM
           greatest(1, (SELECT count(*) FROM organizations_organization))::real)
"""
# One long transaction that fills tables plans by what was known before it; autovacuum cannot see its rows. The web role
# may have tables analysed that have grown fourfold since they were last looked at, and only those. What grew by rows that
# were taken back is left alone: ANALYZE notes for good, whatever becomes of its transaction, how few are left.
ANALYSE_GROWN_TABLES = """
    CREATE OR REPLACE FUNCTION public.analyse_grown_tables() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET default_statistics_target = 10 AS $$
    DECLARE
        name text;
        seen integer;
    BEGIN
        FOR name IN
            SELECT c.relname FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relowner = current_user::regrole
              AND pg_relation_size(c.oid) > 4 * greatest(c.relpages, 10)::bigint * current_setting('block_size')::int
        LOOP
            EXECUTE format('SELECT count(*) FROM (SELECT FROM public.%%I LIMIT 1000) row', name) INTO seen;
            IF seen = 1000 THEN
                EXECUTE format('ANALYZE public.%%I', name);
            END IF;
        END LOOP;
    END $$
"""
FORGET = """
    SELECT pg_clear_attribute_stats('public', wrong.name, 'organization_id', false) FROM unnest(%(tables)s::text[]) wrong (name)
"""
TELL = """
    SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', wrong.name, 'attname', 'organization_id',
        'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', wrong.count)
    FROM unnest(%(tables)s::text[], %(counts)s::real[]) wrong (name, count)
"""


def update_schema(alias: str = "admin") -> bool:
    """Apply what is missing, as the owner of the tables; returns whether anything was. Quick when nothing is."""
    connection = connections[alias]
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _resume_autovacuum(alias)
        _steady_statistics(alias)
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        # Hundreds of small transactions need not wait for the disk one by one: a power cut may take their tail, which
        # the next command applies again; whatever waits for the disk afterwards waits for all of them.
        cursor.execute("SET synchronous_commit = off")
        try:
            apply_migrations(connection)
            secure(alias)
            cursor.execute(ANALYSE_GROWN_TABLES, [])
            _steady_statistics(alias)
        finally:
            cursor.execute("RESET synchronous_commit")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
    return True


@contextmanager
def autovacuum_paused(alias: str = "admin") -> Iterator[None]:
    """Keep autovacuum from tenant tables while one long transaction fills them; analyse them afterwards.

    It cannot see the rows of an open transaction, would note that the tables are empty, and the planner would
    from then on take any index for as good as another. A command that was killed in between leaves the tables
    paused; the next command sets them going again.
    """
    tables = _tenant_tables()
    _alter(alias, tables, "SET (autovacuum_enabled = false)")
    _steady_statistics(alias)
    try:
        yield
    finally:
        _alter(alias, tables, "RESET (autovacuum_enabled)")
        analyse_tables(alias)


def analyse_tables(alias: str = "admin") -> None:
    """Tell the planner about many new rows at once instead of in a minute; needs the owner of the tables."""
    with connections[alias].cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(_tenant_tables()))
    _steady_statistics(alias)


def _steady_statistics(alias: str) -> None:
    """Give the planner statistics under which every plan goes by the primary key; quick when they stand."""
    tables = {"tables": _tenant_tables()}
    with connections[alias].cursor() as cursor:
        cursor.execute(ASSUME_FULL_TABLES)
        cursor.execute(UNTOLD_TABLES, tables)
        untold = [table for (table,) in cursor.fetchall()]
        _alter(alias, untold, "ALTER COLUMN organization_id SET STATISTICS 0")
        cursor.execute(WRONG_STATISTICS, tables)
        if wrong := cursor.fetchall():
            names, counts = zip(*wrong, strict=True)
            cursor.execute(FORGET, {"tables": list(names)})
            cursor.execute(TELL, {"tables": list(names), "counts": list(counts)})


def _tenant_tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_models() if is_tenant(model)]


def _resume_autovacuum(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT relname::text FROM pg_class"
            " WHERE relkind = 'r' AND 'autovacuum_enabled=false' = ANY (reloptions)"
        )
        _alter(alias, [name for (name,) in cursor.fetchall()], "RESET (autovacuum_enabled)")


def _alter(alias: str, tables: list[str], change: str) -> None:
    """The same change of several tables, all or none."""
    if tables:
        with connections[alias].cursor() as cursor:
            cursor.execute("; ".join(f"ALTER TABLE {table} {change}" for table in tables))

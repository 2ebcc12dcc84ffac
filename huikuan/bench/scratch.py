"""A database of its own for measurements: made for the occasion, dropped afterwards, never a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import sql

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres import embedded
from huikuan.core.postgres.catalogue import update_schema

ALIASES = ("default", "admin")
MARK = "scratch database of huikuan bench: dropped without asking"


class BenchRefused(HuikuanError):
    """The measurements cannot be taken here; nothing was changed."""

    code = "bench_refused"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Both connections work in a new database beside the real one, with the schema and nothing else in it.

    Raises BenchRefused with a server other than the embedded one, whose databases are not ours to create;
    while another bench is running; and where a database has the name of ours but not our mark.
    """
    require_embedded()
    cluster = embedded.ensure_running()
    real = str(connections["default"].settings_dict["NAME"])
    name = f"{real}_bench"
    with psycopg.connect(
        cluster.dsn(dbname="postgres", user=cluster.superuser), autocommit=True
    ) as superuser:
        # Held by this connection: a bench that was killed leaves a database, but no lock.
        row = superuser.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name]).fetchone()
        if row is None or not row[0]:
            raise BenchRefused(_("另一个 bench 正在运行，请等它结束。"), code="bench_running")
        _drop(superuser, name)
        try:
            embedded.ensure_roles_and_database(cluster, database=name)
            superuser.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(MARK))
            )
            _switch_to(name)
            update_schema()
            yield
        finally:
            _switch_to(real)
            _drop(superuser, name)


def require_embedded() -> None:
    """Raise BenchRefused unless the server is the embedded one."""
    if not all(connections[alias].settings_dict.get("EMBEDDED") for alias in ALIASES):
        raise BenchRefused(
            _("bench 只在内置数据库中运行：请取消 DATABASE_URL,它会在一个临时数据库里工作，不碰您的数据。"),
            code="bench_needs_embedded",
        )


@contextmanager
def superuser_connection() -> Iterator[psycopg.Connection[Any]]:
    """The current database as its superuser, in one transaction; triggers and keys are off (replica role).

    Only for building a company faster than the ledger's guards allow.
    """
    require_embedded()
    cluster = embedded.ensure_running()
    name = str(connections["default"].settings_dict["NAME"])
    with psycopg.connect(cluster.dsn(dbname=name, user=cluster.superuser)) as superuser:
        superuser.execute("SET session_replication_role = replica")
        yield superuser


def _switch_to(name: str) -> None:
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _drop(superuser: psycopg.Connection[Any], name: str) -> None:
    """Drop the scratch database if it is there: this run's, or one that a killed run left."""
    row = superuser.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if row is None:
        return
    if row[0] != MARK:
        raise BenchRefused(_("数据库 %s 不是 bench 建立的，没有动它。") % name, code="bench_foreign_database")
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

"""Roles, database and sizes of the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from huikuan.core.postgres import embedded
from huikuan.core.postgres.embedded.settings import GB, MB, Machine, sized_settings


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Cluster]:
    home = tmp_path_factory.mktemp("roles") / "home"
    yield embedded.ensure_running(home)
    embedded.release(home)


def connect(
    cluster: embedded.Cluster, user: str, dbname: str = "huikuan"
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.dsn(dbname=dbname, user=user), autocommit=True)


def test_roles_and_database_are_made_and_mended(cluster: embedded.Cluster) -> None:
    for _ in range(2):
        embedded.ensure_roles_and_database(cluster)
    with connect(cluster, "postgres") as connection:
        roles = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'huikuan%' ORDER BY 1"
        ).fetchall()
        database = connection.execute(
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datlocprovider::text, datlocale"
            " FROM pg_database WHERE datname = 'huikuan'"
        ).fetchall()
        connection.execute("ALTER ROLE huikuan_web BYPASSRLS CREATEDB")
        connection.execute("ALTER DATABASE huikuan OWNER TO postgres")
        connection.execute("ALTER FUNCTION numeric_lt(numeric, numeric) NOT LEAKPROOF")
    assert roles == [("huikuan_owner", True, False, False, False), ("huikuan_web", True, False, False, False)]
    assert database == [("huikuan_owner", "UTF8", "b", "C.UTF-8")]

    embedded.ensure_roles_and_database(cluster)
    with connect(cluster, "postgres") as connection:
        mended = connection.execute(
            "SELECT w.rolbypassrls, w.rolcreatedb, pg_get_userbyid(d.datdba) FROM pg_roles w, pg_database d"
            " WHERE w.rolname = 'huikuan_web' AND d.datname = 'huikuan'"
        ).fetchone()
        comparing = connection.execute(
            "SELECT proname::text, proleakproof FROM pg_proc WHERE proname IN ('numeric_lt', 'numeric_ge') ORDER BY 1"
        ).fetchall()
    assert mended == (False, False, "huikuan_owner")
    assert comparing == [("numeric_ge", True), ("numeric_lt", True)]


def test_owner_creates_and_web_only_uses(cluster: embedded.Cluster) -> None:
    embedded.ensure_roles_and_database(cluster, database="test_rights")
    with connect(cluster, "huikuan_owner", "test_rights") as owner:
        owner.execute("CREATE SCHEMA own")
        owner.execute("CREATE TABLE public.invoice (number text)")
        owner.execute("CREATE EXTENSION pg_trgm")
        owner.execute("GRANT SELECT ON public.invoice TO huikuan_web")
    with connect(cluster, "huikuan_web", "test_rights") as web:
        assert web.execute("SELECT * FROM public.invoice").fetchall() == []
        web.execute("CREATE TEMPORARY TABLE incoming (number text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("CREATE TABLE public.mine (x int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("CREATE SCHEMA mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("DROP TABLE public.invoice")


def test_nobody_else_may_connect(cluster: embedded.Cluster) -> None:
    embedded.ensure_roles_and_database(cluster)
    with connect(cluster, "postgres") as connection:
        connection.execute("CREATE ROLE passer_by LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(cluster, "passer_by")


def test_dsn_survives_names_with_spaces_and_quotes() -> None:
    cluster = embedded.Cluster(home=Path("/h"), data=Path("/h/d"), socket_dir=Path("/h/it's here"))
    parsed = psycopg.conninfo.conninfo_to_dict(cluster.dsn(dbname="a b", user="u"))
    assert parsed == {"host": "/h/it's here", "port": "5432", "dbname": "a b", "user": "u"}


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (
            Machine(memory=1 * GB, cores=1, disk=20 * GB, shared_memory=64 * MB),
            {
                "shared_buffers": "256MB",
                "work_mem": "4MB",
                "max_wal_size": "2048MB",
                "max_parallel_workers_per_gather": "0",
                "dynamic_shared_memory_type": "sysv",
            },
        ),
        (
            Machine(memory=64 * GB, cores=16, disk=1000 * GB, shared_memory=32 * GB),
            {
                "shared_buffers": "2048MB",
                "work_mem": "64MB",
                "max_wal_size": "4096MB",
                "max_parallel_workers": "16",
                "max_parallel_workers_per_gather": "4",
            },
        ),
    ],
    ids=["small container", "large machine"],
)
def test_sizes_follow_the_machine(machine: Machine, expected: dict[str, str]) -> None:
    sized = sized_settings(machine)
    assert {name: sized[name] for name in expected} == expected
    assert ("dynamic_shared_memory_type" in sized) == ("dynamic_shared_memory_type" in expected)

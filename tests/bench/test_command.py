"""huikuan bench: works in a scratch database, prints JSON, refuses where it could touch real data."""

import json
import os
from typing import Any

import psycopg
import pytest
from django.db import connections
from typer.testing import CliRunner

from huikuan.bench.scratch import BenchRefused, scratch_database
from huikuan.cli.commands import app
from huikuan.core.postgres import embedded
from huikuan.organizations.models import Organization

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def databases() -> set[str]:
    cluster = embedded.ensure_running()
    with psycopg.connect(cluster.dsn(dbname="postgres", user=cluster.superuser)) as superuser:
        return {row[0] for row in superuser.execute("SELECT datname FROM pg_database")}


def test_it_measures_in_a_database_of_its_own_and_leaves_nothing() -> None:
    before = set(Organization.objects.values_list("pk", flat=True)), databases()
    done = CliRunner().invoke(
        app,
        ["bench", "aging_now", "customer_balance", "--open", "40", "--customers", "5", "--format", "json"],
    )
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    assert {"cpus", "cpu", "memory_mb", "python", "postgres", "load"} == said["machine"].keys()
    assert [result["name"] for result in said["results"]] == ["aging_now", "customer_balance"]
    for result in said["results"]:
        assert {"name", "size", "seconds", "rate_per_s", "limit_seconds", "ratio", "peak_mb"} <= result.keys()
    assert "aging_now" in done.stderr
    assert (set(Organization.objects.values_list("pk", flat=True)), databases()) == before


def test_an_unknown_name_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["bench", "nonsense"]).exit_code == 2


def test_a_database_that_is_not_the_embedded_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "EMBEDDED", False)
    done = CliRunner().invoke(app, ["bench"])
    assert isinstance(done.exception, BenchRefused)
    assert done.exception.code == "bench_needs_embedded"


def test_two_at_once_are_refused_and_the_first_goes_on() -> None:
    name = f"{os.environ['HUIKUAN_DATABASE']}_bench"
    cluster = embedded.ensure_running()
    with psycopg.connect(cluster.dsn(dbname="postgres", user=cluster.superuser)) as first:
        first.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        with pytest.raises(BenchRefused) as refused, scratch_database():
            pass
    assert refused.value.code == "bench_running"


def test_a_database_of_the_same_name_that_is_not_ours_is_left_alone() -> None:
    name = f"{os.environ['HUIKUAN_DATABASE']}_bench"
    cluster = embedded.ensure_running()
    with psycopg.connect(
        cluster.dsn(dbname="postgres", user=cluster.superuser), autocommit=True
    ) as superuser:
        superuser.execute(f"CREATE DATABASE {name}")
        try:
            with pytest.raises(BenchRefused) as refused, scratch_database():
                pass
            assert refused.value.code == "bench_foreign_database"
            assert name in databases()
        finally:
            superuser.execute(f"DROP DATABASE {name}")


def test_a_failure_inside_returns_to_the_real_database() -> None:
    with pytest.raises(ZeroDivisionError), scratch_database():
        assert not Organization.objects.exists()
        raise ZeroDivisionError
    assert connections["default"].settings_dict["NAME"] == os.environ["HUIKUAN_DATABASE"]
    assert f"{os.environ['HUIKUAN_DATABASE']}_bench" not in databases()

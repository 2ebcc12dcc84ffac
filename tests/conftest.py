"""One PostgreSQL server for the run, one database per worker, one organization per test.

The web role may not truncate, so nothing is cleaned between tests that commit: each works in an
organization of its own. Tests that are rolled back share one, in its state of the first day.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.middleware import csrf
from django.utils.crypto import get_random_string

TODAY = date(2026, 11, 21)
TEMPLATE = "huikuan_template"


def pytest_configure(config: pytest.Config) -> None:
    """Remove the data folder that `tests/settings.py` made, at the end of the whole run."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        home = os.environ["HUIKUAN_HOME"]
        config.add_cleanup(lambda: _remove(home))


def _remove(home: str) -> None:
    from huikuan.core.postgres import embedded

    embedded.release()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def tokens_of_few_letters() -> Iterator[None]:
    """Form tokens of letters a to k, so that no number a test looks for (I1) is found in one by chance."""
    with pytest.MonkeyPatch.context() as patch:
        length = csrf.CSRF_SECRET_LENGTH
        patch.setattr(csrf, "_get_new_csrf_string", lambda: get_random_string(length, "abcdef"))
        yield


# The data of a run is thrown away after it: nothing has to survive a power cut.
CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # it cannot see what tests leave uncommitted, and would note that tables are empty
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@contextmanager
def _careless_server() -> Iterator[None]:
    """Whoever starts the run's server starts it without care for its disk; the tests' own servers have it."""
    from huikuan.core.postgres.embedded import settings

    binding = settings.binding_settings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "binding_settings", lambda socket: binding(socket) | CARELESS)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Migrate a template database once for the run and copy it for this worker."""
    from django.db import connections

    from huikuan.core.postgres import embedded
    from huikuan.core.postgres.catalogue import update_schema

    with _careless_server():
        cluster = embedded.ensure_running()
    lock = Path(os.environ["HUIKUAN_HOME"]) / "template.lock"
    name = os.environ["HUIKUAN_DATABASE"]
    with lock.open("w") as held, django_db_blocker.unblock():
        fcntl.flock(held, fcntl.LOCK_EX)
        with psycopg.connect(
            cluster.dsn(dbname="postgres", user=cluster.superuser), autocommit=True
        ) as superuser:
            if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
                for alias in ("default", "admin"):
                    connections[alias].settings_dict["NAME"] = TEMPLATE
                update_schema()
                connections.close_all()
            superuser.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} OWNER huikuan_owner')
    for alias in ("default", "admin"):
        connections[alias].settings_dict["NAME"] = name
    yield
    connections.close_all()


@pytest.fixture(autouse=True, scope="session")
def _no_flush() -> Iterator[None]:
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: None)
        yield


@pytest.fixture(autouse=True)
def _tenant_sql_names_its_organization(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on SQL over a tenant's table that does not filter by organization (marker `raw_sql` exempts)."""
    if "raw_sql" in request.keywords or not _uses_database(request):
        yield
        return
    from django.apps import apps
    from django.db import connection

    from huikuan.core.postgres.fields import is_tenant

    tables = "|".join(model._meta.db_table for model in apps.get_models() if is_tenant(model))
    tenant_table = re.compile(rf"\b({tables})\b")

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        assert "organization_id" in sql or not tenant_table.search(sql), f"no organization in: {sql}"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def _uses_database(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("django_db") is not None or bool(
        {"db", "transactional_db", "organization", "live_server"} & set(request.fixturenames)
    )


@pytest.fixture
def actor() -> Any:
    """The local operator, who may do everything."""
    from huikuan.organizations.actors import local_operator

    return local_operator()


@pytest.fixture(scope="session")
def _kept_organization(django_db_setup: None, django_db_blocker: Any) -> UUID:
    """An organization as it is on its first day, made once: what tests do to it is rolled back."""
    from huikuan.organizations.actors import local_operator

    with django_db_blocker.unblock():
        return make_organization(local_operator()).pk


@pytest.fixture
def organization(request: pytest.FixtureRequest, _kept_organization: UUID, db: None, actor: Any) -> Any:
    """A new organization in CNY with books and roles; work on it inside `tenant(organization.id)`."""
    from huikuan.organizations.models import Organization

    if _commits(request):
        return make_organization(actor)
    return Organization.objects.get(pk=_kept_organization)


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(request.fixturenames)
    )


def make_organization(actor: Any, *, currency: str = "CNY", **options: Any) -> Any:
    """Create an organization under a code of its own, with books and roles."""
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.ledger.operations import open_books
    from huikuan.organizations.operations import create_organization, create_roles

    organization = create_organization(
        code=f"o{uuid4().hex[:12]}", name="测试公司", currency=currency, **options
    )
    with tenant(organization.id):
        create_roles()
        open_books(actor=actor)
    return organization


@pytest.fixture
def books(organization: Any, actor: Any) -> Iterator[Any]:
    """The words of the trade over one organization, inside its tenant: see `tests/trade.py`."""
    from huikuan.core.postgres.tenancy import tenant
    from tests.trade import Books

    with tenant(organization.id):
        yield Books(organization=organization, actor=actor, today=TODAY)

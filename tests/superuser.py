"""What an intruder with all rights on the server can do: change rows past triggers, keys and row security."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


@contextmanager
def superuser() -> Iterator[psycopg.Connection[Any]]:
    """A connection to this worker's database as its superuser, with triggers and foreign keys switched off."""
    from huikuan.core.postgres import embedded

    cluster = embedded.ensure_running()
    dsn = cluster.dsn(dbname=os.environ["HUIKUAN_DATABASE"], user=cluster.superuser)
    with psycopg.connect(dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.commit()
        yield connection

"""What keeps one heavy report from hurting everybody: a limit of time, and of size before it is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from huikuan.core.errors import HuikuanError

SECONDS = 60
"""How long one statement of a report may take where somebody waits for it."""
MOST_CELLS = 10_000_000
"""More cells than this nobody reads, and they would not fit into the memory of a small machine."""
COLUMNS = 12
"""How wide a table of levels is taken to be."""


class ReportTooSlow(HuikuanError):
    """A statement of the report took longer than is allowed; nothing was shown."""

    code = "report_too_slow"


class ReportTooLarge(HuikuanError):
    """The report would have more cells than anybody can use; none of them was read."""

    code = "report_too_large"


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Let no statement inside take longer. Raises ReportTooSlow; the transaction around stays usable."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            _set_timeout(f"{seconds * 1000}")
            yield
            _set_timeout(before)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise ReportTooSlow(
            _("这张报表 %d 秒内没有算完，已停止。请缩短期间、减少分层或加筛选条件。") % seconds
        ) from error


def _set_timeout(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [value])


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for cycles only afterwards: hundreds of thousands of new rows would be looked through again and again.

    Measured on 100,000 rows: a third of the time that making them takes. Rows hold no cycles.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def most_rows() -> int:
    """How many rows a table of levels may have."""
    return MOST_CELLS // COLUMNS


def too_many_rows() -> ReportTooLarge:
    """What is raised where there are more."""
    return ReportTooLarge(
        _("这样分层超过 %(rows)s 行（%(cells)s 个单元格），没有读取。请少分一层或加筛选条件。")
        % {"rows": f"{most_rows():,}", "cells": f"{MOST_CELLS:,}"}
    )

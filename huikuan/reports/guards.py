"""What keeps one heavy report from hurting everybody: a limit of time, and of size before it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.asking import Question

SECONDS = 60
"""How long one statement of a report may take where somebody waits for it."""
MOST_CELLS = 10_000_000
"""More cells than this nobody reads, and they would not fit into the memory of a small machine."""
COLUMNS = 12
"""How wide a table is taken to be before it is read."""


class ReportTooSlow(HuikuanError):
    """A statement of the report took longer than is allowed; nothing was shown."""

    code = "report_too_slow"


class ReportTooLarge(HuikuanError):
    """The report would have more cells than anybody can use; it was not read."""

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


def refuse_too_large(question: Question) -> None:
    """Refuse a question of which the answer may have more than MOST_CELLS cells. Raises ReportTooLarge."""
    if len(question.by) < 2:
        return
    rows = _most_rows(question)
    if rows * COLUMNS > MOST_CELLS:
        raise ReportTooLarge(
            _("这样分层最多有 %(rows)s 行，超过 %(cells)s 个单元格的上限。请少分一层或加筛选条件。")
            % {"rows": f"{rows:,}", "cells": f"{MOST_CELLS:,}"}
        )


def _most_rows(question: Question) -> int:
    """At most so many rows: at each level not more keys than the dimensions make, nor than there are items."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, {"organization": current_organization_id(), "most": MOST_CELLS // COLUMNS})
        customers, sellers, items = cursor.fetchone()
    sizes = {
        "customer": customers,
        "group": customers,
        "salesperson": sellers + 1,
        "team": sellers + 1,
        "region": min(customers, 500),
        "segment": min(customers, 500),
        "currency": 20,
        "month": 60,
        "quarter": 20,
        "year": 5,
    }
    keys, rows = 1, 0
    for name in question.by:
        keys = min(keys * max(sizes.get(name, items), 1), items)
        rows += keys
    return rows


# Beyond the most rows it does not matter how many items there are.
SIZES = """
    SELECT (SELECT count(*) FROM customers_customer WHERE organization_id = %(organization)s),
           (SELECT count(*) FROM customers_salesperson WHERE organization_id = %(organization)s),
           (SELECT count(*) FROM (
               SELECT 1 FROM ledger_open_item
               WHERE organization_id = %(organization)s AND open_amount > 0 LIMIT %(most)s + 1
           ) few)
"""

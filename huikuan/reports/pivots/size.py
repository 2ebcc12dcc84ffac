"""How large a pivot can become, counted before it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.dimensions import DIMENSIONS, TIMES
from huikuan.reports.guards import ReportTooLarge

MOST_CELLS = 1_000_000
"""More cells nobody reads, and they would fill the memory of a small machine."""
MOST_POSSIBLE = 10_000_000
"""More than this is not even tried behind the page; of as many as may be, at most MOST_CELLS are kept."""
MOST_COLUMNS = 200
"""More columns than this are no longer a table."""


def too_many(cells: int | None, most: int) -> str:
    """What is said of a pivot that may have so many cells; None: of one that was read and has more than `most`."""
    if cells is None:
        return (
            _(
                "这张透视表超过 %s 个单元格，没有算完，也没有保留一部分。请少选一个行维度或指标，或者加筛选、缩短期间。"
            )
            % f"{most:,}"
        )
    return _(
        "这张透视表最多会有 %(cells)s 个单元格，超过 %(most)s 的上限。请少选一个行维度或指标，或者加筛选、缩短期间。"
    ) % {"cells": f"{cells:,}", "most": f"{most:,}"}


def refuse_too_large(
    by: Sequence[str], column: str, where: Mapping[str, str], *, periods: int, figures: int, most: int
) -> None:
    """Refuse what may have more than `most` cells. `figures`: columns of each key. Raises ReportTooLarge."""
    sizes = _sizes([name for name in (*by, column) if name and name not in TIMES], where, most)
    sizes |= dict.fromkeys(TIMES, periods)
    columns = sizes[column] if column else 1
    if columns > MOST_COLUMNS:
        raise ReportTooLarge(
            _("“%(column)s”有 %(number)s 个，最多 %(most)d 列。请把它放到行上，或者加筛选。")
            % {"column": DIMENSIONS[column].label, "number": f"{columns:,}", "most": MOST_COLUMNS}
        )
    timed = periods if any(name in TIMES for name in by) else 1
    rows = 0
    for depth in range(len(by) + 1):
        # No more keys than the dimensions make, nor, in a period, than there are documents.
        rows += min(prod(sizes[name] for name in by[:depth]), sizes[""] * timed)
    cells = rows * (columns + 1 if column else 1) * figures
    if cells > most:
        raise ReportTooLarge(too_many(cells, most))


def _sizes(names: Sequence[str], where: Mapping[str, str], most: int) -> dict[str, int]:
    """How many keys each dimension has (one where it is filtered by), and under "" how many documents there are."""
    wanted = [name for name in dict.fromkeys(names) if name not in where]
    chosen = ", ".join(f"({COUNTS[name]})" for name in wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({DOCUMENTS}){', ' if chosen else ''}{chosen}",
            {"organization": current_organization_id(), "most": most},
        )
        documents, *counts = cursor.fetchone()
    return {"": documents, **dict.fromkeys(names, 1), **dict(zip(wanted, counts, strict=True))}


# Beyond the most cells it does not matter how many there are. One more each: what has none.
DOCUMENTS = """
    SELECT count(*) + 1 FROM (
        SELECT 1 FROM ledger_document WHERE organization_id = %(organization)s LIMIT %(most)s
    ) few"""
_CUSTOMERS = "SELECT count({}) + 1 FROM customers_customer WHERE organization_id = %(organization)s"
_SELLERS = "SELECT count({}) + 1 FROM customers_salesperson WHERE organization_id = %(organization)s"
_DOCUMENTS = "SELECT count({}) + 1 FROM ledger_document WHERE organization_id = %(organization)s"
COUNTS = {
    "customer": _CUSTOMERS.format("*"),
    "group": _CUSTOMERS.format("DISTINCT coalesce(parent_id, id)"),
    "region": _CUSTOMERS.format("DISTINCT region"),
    "segment": _CUSTOMERS.format("DISTINCT segment"),
    "salesperson": _SELLERS.format("*"),
    "team": _SELLERS.format("DISTINCT team"),
    "currency": _DOCUMENTS.format("DISTINCT currency"),
    "product": _DOCUMENTS.format("DISTINCT product"),
    "contract": "SELECT count(*) + 1 FROM sales_contract WHERE organization_id = %(organization)s",
}

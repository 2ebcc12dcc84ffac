"""reports: the reports that people wait for at the size of a great company, beside the plain SQL of each.

all open items as a workbook, aging by three levels now and half a year back, the company's key figures of 24 months
and the flows they are kept in, the ranking of debtors, a year's pivot by region, salesperson and month, and 1,000
statements as PDF. SQL runs as the web role under
row-level security and is told, as the reports are, to read tables in the order of their pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.urls import reverse

from huikuan.bench.company import PAST, TODAY, Company, customer_key
from huikuan.bench.measures import Result, Stopwatch, medians_of, peak_memory_mb, seconds_of, server_process
from huikuan.bench.pages import PageFailed, finance_manager
from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.asking import Result as Answer
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.kpi.inputs import months_until
from huikuan.reports.operations import fold_flows
from huikuan.reports.state import reading_whole_tables
from huikuan.statements.documents import statement_pdfs

RUNS = 3
STATEMENTS = 1_000
MADE_AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
LEVELS = "region,salesperson,customer"


def measure_reports(company: Company) -> Iterator[Result]:
    """One line for each report; `limit_seconds` is plain SQL that reads the same rows, for files the rows alone.

    The workbook comes first: the most memory of the process is then its own.
    """
    yield _workbook(company)
    for name, day, sql in (("now", TODAY, LEVELS_NOW), ("as of", PAST, LEVELS_PAST)):
        yield _beside(
            company,
            f"reports: aging by three levels, {name}",
            lambda day=day: ask(company, "aging", as_of=day.isoformat(), by=LEVELS),  # type: ignore[misc]
            sql,
            {"as_of": day},
        )
    yield _folded(company)
    ends = months_until(TODAY, 24)
    yield _beside(
        company,
        "reports: key figures of 24 months",
        lambda: ask(
            company, "kpi", **{"from": _day(ends[0] + timedelta(days=1)), "to": _day(TODAY), "months": "24"}
        ),
        MONTHS,
        {"first": ends[0], "until": TODAY},
    )
    yield _beside(
        company,
        "reports: ranking of debtors",
        lambda: ask(company, "debtor-ranking", as_of=_day(TODAY), most="100"),
        RANKING,
        {},
    )
    since = ends[12] + timedelta(days=1)
    yield _beside(
        company,
        "reports: pivot of regions and salespeople by month",
        lambda: ask(
            company,
            "pivot",
            **{"from": _day(since), "to": _day(TODAY), "by": "region,salesperson", "column": "month"},
            measures="receivable,overdue,sold,collected,in_time",
        ),
        PIVOT,
        {"since": since, "until": TODAY},
    )
    yield _statements(company)


def _folded(company: Company) -> Result:
    """All flows counted for the first time, as the worker does behind an import; the plain SQL is that of the months."""

    def ours() -> None:
        with tenant(company.organization.pk):
            fold_flows(anew=True)

    seconds = seconds_of(ours)
    values = {"first": date.min, "until": TODAY}
    limit = seconds_of(lambda: read_plain(company, MONTHS, values))
    return Result("reports: flows by day from nothing", company.allocations, seconds, limit)


def _day(day: date) -> str:
    return day.isoformat()


def ask(company: Company, name: str, **words: str) -> Answer:
    """A report as people get it."""
    report = report_named(name)
    with tenant(company.organization.pk, snapshot=True):
        return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def _beside(
    company: Company, name: str, ours: Callable[[], object], sql: str, values: Mapping[str, Any]
) -> Result:
    seconds, limit = medians_of(ours, lambda: read_plain(company, sql, values), runs=RUNS)
    watch = Stopwatch(_server(company))
    with watch:
        ours()
    return Result(
        name,
        company.items,
        seconds,
        limit,
        detail={"python_cpu_s": watch.python_cpu, "server_cpu_s": watch.server_cpu},
    )


def _server(company: Company) -> int:
    with tenant(company.organization.pk):
        return server_process()


def read_plain(company: Company, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Plain SQL over the same rows, all of its own rows fetched."""
    with (
        tenant(company.organization.pk, snapshot=True),
        reading_whole_tables(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, {"organization": company.organization.pk, **values})
        return list(cursor.fetchall())


def _statements(company: Company) -> Result:
    """Statements of half a year for the first customers as one file."""
    count = min(STATEMENTS, company.customers)
    keys = [customer_key(position) for position in range(count)]
    made: list[Any] = []

    def ours() -> None:
        with tenant(company.organization.pk, snapshot=True):
            made.append(
                statement_pdfs(keys, starts_on=PAST + timedelta(days=1), ends_on=TODAY, made_at=MADE_AT)
            )

    seconds, peak = seconds_of(ours), peak_memory_mb()
    limit = seconds_of(lambda: read_plain(company, MOVEMENTS, {"customers": keys, "until": TODAY}))
    detail = {
        "pages": float(sum(count for _first, count in made[0].pages)),
        "megabytes": round(len(made[0].content) / 1024**2, 1),
    }
    return Result("reports: statements as PDF", count, seconds, limit, peak_mb=peak, detail=detail)


def _workbook(company: Company) -> Result:
    """The list of open items through the whole of Django, as it streams to the browser."""
    client = finance_manager(company)
    address = f"{reverse('items', args=[company.organization.code])}file"
    taken = [0]

    def ours() -> None:
        answered: Any = client.post(address, {"form": "xlsx", "query": f"as_of={TODAY.isoformat()}"})
        if answered.status_code != 200:
            raise PageFailed(f"{address}: {answered.status_code}")
        taken[0] = sum(len(part) for part in answered.streaming_content)

    watch = Stopwatch(_server(company))
    with watch:
        ours()
    peak = peak_memory_mb()  # the plain rows beside it are all held at once
    limit = seconds_of(lambda: read_plain(company, ITEMS, {}))
    detail = {"megabytes": round(taken[0] / 1024**2, 1), "python_cpu_s": watch.python_cpu}
    return Result(
        "reports: open items as a workbook", company.items, watch.seconds, limit, peak_mb=peak, detail=detail
    )


BUCKETS = """
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due >= %(as_of)s),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due BETWEEN %(as_of)s::date - 30 AND %(as_of)s::date - 1),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due BETWEEN %(as_of)s::date - 60 AND %(as_of)s::date - 31),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due BETWEEN %(as_of)s::date - 90 AND %(as_of)s::date - 61),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due BETWEEN %(as_of)s::date - 180 AND %(as_of)s::date - 91),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due BETWEEN %(as_of)s::date - 365 AND %(as_of)s::date - 181),
    sum(s.open) FILTER (WHERE s.side = 1 AND s.due < %(as_of)s::date - 365),
    -sum(s.open) FILTER (WHERE s.side = -1)"""


def _levels(open_now: str) -> str:
    return f"""
        SELECT c.region, p.code, c.code, {BUCKETS}
        FROM ({open_now}) s
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.customer_id
        LEFT JOIN customers_salesperson p ON p.organization_id = %(organization)s AND p.id = s.salesperson_id
        GROUP BY ROLLUP (c.region, p.code, c.code)
    """


LEVELS_NOW = _levels("""
    SELECT customer_id, salesperson_id, side, effective_due_on AS due, open_base AS open
    FROM ledger_open_item
    WHERE organization_id = %(organization)s AND open_amount > 0 AND document_on <= %(as_of)s
""")
LEVELS_PAST = _levels("""
    SELECT i.customer_id, i.salesperson_id, i.side, i.effective_due_on AS due, i.amount - coalesce(a.settled, 0) AS open
    FROM ledger_open_item i
    LEFT JOIN (
        SELECT item_id, sum(amount) AS settled
        FROM (
            SELECT debit_item_id AS item_id, amount FROM ledger_allocation
            WHERE organization_id = %(organization)s AND effective_on <= %(as_of)s
            UNION ALL
            SELECT credit_item_id, amount FROM ledger_allocation
            WHERE organization_id = %(organization)s AND effective_on <= %(as_of)s
        ) x GROUP BY item_id
    ) a ON a.item_id = i.id
    WHERE i.organization_id = %(organization)s AND i.document_on <= %(as_of)s
""")

# By month: what was sold and received, what was settled in time, late and how late; balances are running sums of it.
MONTHS = """
    SELECT month, sum(sold), sum(received), sum(sum(sold - settled)) OVER (ORDER BY month), sum(in_time), sum(late)
    FROM (
        SELECT date_trunc('month', document_on) AS month,
               CASE kind WHEN 'invoice' THEN base_amount ELSE 0 END AS sold,
               CASE kind WHEN 'receipt' THEN base_amount ELSE 0 END AS received,
               0 AS settled, 0 AS in_time, 0 AS late
        FROM ledger_document WHERE organization_id = %(organization)s AND document_on <= %(until)s
        UNION ALL
        SELECT date_trunc('month', a.effective_on), 0, 0, a.debit_base,
               CASE WHEN a.effective_on <= i.effective_due_on THEN a.debit_base ELSE 0 END,
               a.debit_base * (a.effective_on - i.effective_due_on)
        FROM ledger_allocation a
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(until)s
    ) x
    GROUP BY month HAVING month > %(first)s - interval '1 month' ORDER BY month
"""

# What was sold and received of each region and salesperson by month; balances are running sums of what was open and moved.
PIVOT = """
    SELECT c.region, x.salesperson_id, x.month, sum(x.sold), sum(x.received), sum(x.in_time),
           sum(sum(x.moved)) OVER (PARTITION BY c.region, x.salesperson_id ORDER BY x.month),
           sum(sum(x.overdue)) OVER (PARTITION BY c.region, x.salesperson_id ORDER BY x.month)
    FROM (
        SELECT customer_id, salesperson_id, greatest(date_trunc('month', document_on), %(since)s) AS month,
               CASE WHEN kind = 'invoice' AND document_on >= %(since)s THEN base_amount ELSE 0 END AS sold,
               CASE WHEN kind = 'receipt' AND document_on >= %(since)s THEN base_amount ELSE 0 END AS received,
               0 AS in_time, CASE kind WHEN 'invoice' THEN base_amount ELSE 0 END AS moved, 0 AS overdue
        FROM ledger_document WHERE organization_id = %(organization)s AND document_on <= %(until)s
        UNION ALL
        SELECT i.customer_id, i.salesperson_id, greatest(date_trunc('month', i.effective_due_on + 1), %(since)s),
               0, 0, 0, 0, i.base_amount
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.effective_due_on < %(until)s
        UNION ALL
        SELECT i.customer_id, i.salesperson_id, greatest(date_trunc('month', a.effective_on), %(since)s), 0, 0,
               CASE WHEN a.effective_on <= i.effective_due_on AND i.effective_due_on >= %(since)s
                    THEN a.debit_base ELSE 0 END, -a.debit_base,
               CASE WHEN i.effective_due_on < %(until)s THEN -a.debit_base ELSE 0 END
        FROM ledger_allocation a
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(until)s
    ) x
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = x.customer_id
    GROUP BY c.region, x.salesperson_id, x.month ORDER BY 1, 2, 3
"""

RANKING = """
    SELECT c.code, c.name, s.owed, s.owed / sum(s.owed) OVER (), sum(s.owed) OVER (ORDER BY s.owed DESC, c.code)
    FROM (
        SELECT customer_id, sum(open_base) AS owed FROM ledger_open_item
        WHERE organization_id = %(organization)s AND side = 1 AND open_amount > 0 GROUP BY customer_id
    ) s
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.customer_id
    ORDER BY s.owed DESC, c.code LIMIT 100
"""

MOVEMENTS = """
    SELECT i.customer_id, i.document_on, d.number, d.kind, i.side * i.amount, i.open_amount
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(customers)s::uuid[])
      AND i.document_on <= %(until)s
"""

ITEMS = """
    SELECT d.number, d.kind, c.code, c.name, i.document_on, i.effective_due_on, i.currency, i.side * i.open_amount,
           i.side * i.open_base
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = i.customer_id
    WHERE i.organization_id = %(organization)s AND i.open_amount > 0 ORDER BY i.effective_due_on, i.id
"""

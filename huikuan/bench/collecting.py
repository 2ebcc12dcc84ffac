"""collection: a night's run over everybody who owes, and the worklist, beside the plain reads that they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.bench.company import TODAY, Company
from huikuan.bench.measures import Result, percentile, seconds_of
from huikuan.bench.scratch import superuser_connection
from huikuan.collection.operations import create_policy, fold_standings, put_in_force, run_collection
from huikuan.collection.points import FULL_AMOUNT, SHIPPED, Weights
from huikuan.collection.reaching import Clock
from huikuan.collection.shipped_policy import CONTENT
from huikuan.collection.stepping import Means, Step
from huikuan.collection.worklist import WorkFilter, work_counts, work_lines
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator

PAGES = 5
WORKLIST_SECONDS = 0.15
EVERY_DAYS, TIMES = 30, 60

# What any run has to read at least: what is open and overdue, by customer.
OVERDUE = """
    SELECT customer_id, sum(open_base), min(effective_due_on) FROM ledger_open_item
    WHERE organization_id = %(organization)s AND side = 1 AND open_amount > 0 AND effective_due_on < %(today)s
    GROUP BY customer_id
"""


def measure_collection(company: Company) -> Iterator[Result]:
    """Seconds of the first run, which plans for everybody, of the same day again, and of a page of the worklist."""
    key = company.organization.pk
    _write_policy(company)
    day = TODAY
    now = datetime.combine(day, time(5), tzinfo=ZoneInfo(company.organization.time_zone))
    planned: list[int] = []

    def run() -> None:
        with tenant(key):
            planned.append(run_collection(actor=local_operator(), day=day, now=now).planned)

    first = seconds_of(run)
    again = seconds_of(run)
    yield Result(
        "collection: run",
        company.customers,
        first,
        seconds_of(lambda: _sum(company)),
        detail={
            "planned": float(planned[0]),
            "again_s": again,
            "again_planned": float(planned[1]),
            "open_items": float(company.items),
        },
    )
    weights = Weights(SHIPPED, FULL_AMOUNT)

    def fold() -> None:
        with tenant(key):
            fold_standings(today=day)

    _foresee(company)
    _hear(company)
    counting = seconds_of(fold)
    with superuser_connection() as superuser:
        superuser.execute("ANALYZE collection_standing, collection_touched")

    def page() -> None:
        with tenant(key, snapshot=True):
            work_lines(WorkFilter(), weights, today=day, clock=Clock(time(10)))

    def counts() -> None:  # fetched by the page behind its lines
        with tenant(key, snapshot=True):
            work_counts(WorkFilter(), today=day)

    times = sorted(seconds_of(page) for _each in range(PAGES))
    behind = sorted(seconds_of(counts) for _each in range(PAGES))
    yield Result(
        "collection: worklist",
        company.customers,
        percentile(times, 50),
        WORKLIST_SECONDS,
        detail={
            "p50_ms": 1000 * percentile(times, 50),
            "p95_ms": 1000 * percentile(times, 95),
            "parts_ms": 1000 * percentile(behind, 50),
            "counting_s": counting,
        },
    )


def _foresee(company: Company) -> None:
    """An outlook of every customer, as a night's predictions leave it: a tenth of them pays by itself."""
    with superuser_connection() as superuser:
        superuser.execute(
            """
            INSERT INTO risk_customer_outlook
                (id, organization_id, customer_id, as_of_on, overdue, slow, late, late_share, likely_on)
            SELECT uuidv7(), %(organization)s, id, %(today)s, 1, abs(hashtext(id::text)) %% 1000, 0, 0, %(today)s
            FROM customers_customer WHERE organization_id = %(organization)s
            """,
            {"organization": company.organization.pk, "today": TODAY},
        )
        superuser.execute("ANALYZE risk_customer_outlook")


def _hear(company: Company) -> None:
    """Five calls to every fifth customer, at hours of their own, and what every tenth told us of when it can be called."""
    values = {"organization": company.organization.pk, "today": TODAY}
    with superuser_connection() as superuser:
        superuser.execute(
            """
            INSERT INTO collection_contact (id, organization_id, act_id, customer_id, person_name, member_name, channel,
                                            direction, result, made_at, made_on, text, next_step, proof, recording,
                                            agreement, claimed, digest)
            SELECT uuidv7(), %(organization)s, uuidv7(), k.id, '', '', 'phone', 'out',
                   CASE WHEN abs(hashtext(k.id::text)) %% 3 = 0 THEN 'not_reached' ELSE 'reached' END,
                   %(today)s::date - d + make_interval(hours => 1 + abs(hashtext(k.code)) %% 9), %(today)s::date - d,
                   '', '', '', '', false, 0, ''
            FROM customers_customer k CROSS JOIN generate_series(40, 44) d
            WHERE k.organization_id = %(organization)s AND abs(hashtext(k.id::text)) %% 5 = 0
            """,
            values,
        )
        superuser.execute(
            """
            INSERT INTO collection_hours (id, organization_id, called_from, called_until, note)
            SELECT id, %(organization)s, '09:00', '11:30', '' FROM customers_customer
            WHERE organization_id = %(organization)s AND abs(hashtext(code)) %% 10 = 0
            """,
            values,
        )
        superuser.execute("ANALYZE collection_contact, collection_hours")


def _write_policy(company: Company) -> None:
    """The shipped steps, and a call every month: so that there is something to do for everybody."""
    monthly = Step(name="bench", days=2, channels=(Means.PHONE,), repeat_days=EVERY_DAYS, repeats=TIMES)
    content = replace(CONTENT, steps=(*CONTENT.steps, monthly), window=30, workdays_only=False)
    began = date(2020, 1, 1)
    with tenant(company.organization.pk):
        made = create_policy(code="bench", name="bench", content=content, actor=local_operator())
        put_in_force(made.pk, starts_on=began, actor=local_operator(), today=began)


def _sum(company: Company) -> None:
    with tenant(company.organization.pk), connection.cursor() as cursor:
        cursor.execute(OVERDUE, {"organization": company.organization.pk, "today": TODAY})
        cursor.fetchall()

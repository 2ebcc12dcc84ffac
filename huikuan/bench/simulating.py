"""simulation: the demo company's policy run on every day of the last twelve months, beside one simulation of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from huikuan.bench.company import TODAY
from huikuan.bench.measures import Result, seconds_of
from huikuan.bench.scratch import superuser_connection
from huikuan.collection.models import CollectionAction, PolicyVersion
from huikuan.collection.operations import run_collection, set_hold_out
from huikuan.collection.policy_queries import steps_of, versions_on
from huikuan.collection.simulation import simulate
from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

MONTHS = 12
HELD_OUT_STEP, HELD_OUT_PERCENT = 3, 20
SAID_EVERY = 60
Planned = tuple[date, UUID, UUID, int, Decimal]
# The company has been collected from already; here nothing has been done yet.
DONE = (
    "collection_charge_line",
    "collection_charge",
    "collection_action_item",
    "collection_action",
    "collection_run_skip",
    "collection_run",
)


def measure_simulation(organization: Organization, *, announce: Callable[[str], None]) -> Result:
    """Seconds of the simulation, beside those of the runs; what they planned, and how much of it differs, in the detail.

    `organization`: with the policy that is run, as of `company.TODAY`. From the middle of the time on a fifth of the customers is held out at a step.
    """
    with superuser_connection() as superuser:
        for table in DONE:
            superuser.execute(f"DELETE FROM {table}")
        superuser.execute("ANALYZE")
    first, last = add_months(TODAY, -MONTHS) + timedelta(days=1), TODAY
    with tenant(organization.pk):
        [version] = versions_on(TODAY)
    runs = seconds_of(lambda: _run_every_day(organization, version, first, last, announce))
    found: Counter[Planned] = Counter()

    def at_once() -> None:
        with tenant(organization.pk):
            planned = simulate(version, first=first, last=last, today=TODAY).planned
        found.update((each.on, each.customer_id, each.step_id, each.items, each.asked) for each in planned)

    seconds = seconds_of(at_once)
    with tenant(organization.pk):
        leading = CollectionAction.objects.filter(lead=None)
        made = Counter(leading.values_list("on", "customer_id", "step_id", "items", "amount"))
    detail = {
        "days": float((last - first).days + 1),
        "planned_by_runs": float(made.total()),
        "planned_at_once": float(found.total()),
        "only_by_runs": float((made - found).total()),
        "only_at_once": float((found - made).total()),
    }
    return Result("simulation", found.total(), seconds, runs, detail=detail)


def _run_every_day(
    organization: Organization,
    version: PolicyVersion,
    first: date,
    last: date,
    announce: Callable[[str], None],
) -> None:
    zone, actor = ZoneInfo(organization.time_zone), local_operator()
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    for place, day in enumerate(days):
        with tenant(organization.pk):
            if place == len(days) // 2:
                step = steps_of([version.pk])[version.pk][HELD_OUT_STEP]
                set_hold_out(step.key, percent=HELD_OUT_PERCENT, actor=actor, today=day)
            run_collection(actor=actor, day=day, now=datetime.combine(day, time(5), zone))
        if place % SAID_EVERY == 0:
            announce(day.isoformat())

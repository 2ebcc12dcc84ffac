"""Judging repayment plans by what was paid: a few statements for all of them, the decision is in instalments.progress."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import OpenAct, act
from huikuan.collection.chased import PAYING
from huikuan.collection.instalments import (
    BreachRule,
    Instalment,
    Payment,
    PlanState,
    Progress,
    progress,
)
from huikuan.collection.models import PlanInstalment, PlannedItem, RepaymentPlan
from huikuan.collection.operations.trail import PLAN, Told, record_events
from huikuan.collection.rules import JUDGED_ANEW_DAYS
from huikuan.core.money import amount_text
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import PLAN_BROKEN, PLAN_KEPT
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

ZERO = Decimal(0)
FAILED = (PlanState.BROKEN.value, PlanState.PARTLY.value)
HOLDING = (PlanState.OPEN.value, PlanState.KEPT.value)
JUDGED = (*HOLDING, *FAILED)


@dataclass(frozen=True, slots=True)
class JudgedPlan:
    """A plan whose state changed."""

    plan: RepaymentPlan
    before: str
    state: str


@dataclass(frozen=True, slots=True)
class PlanJudgement:
    """What judging changed, and how many plans were looked at."""

    looked_at: int
    changed: tuple[JudgedPlan, ...]

    def count(self, state: PlanState) -> int:
        """How many plans came to this state."""
        return sum(each.state == state.value != each.before for each in self.changed)


@dataclass(frozen=True, slots=True)
class _Paid:
    """What was paid of the items of a plan, and what is left of them."""

    payments: tuple[Payment, ...]
    left: Decimal
    billed: Decimal


def judge_plans(*, actor: Actor, day: date) -> PlanJudgement:
    """判断还款计划: what plans in force have come to as of the end of a day, by allocations effective up to then.

    A broken plan lets its items go: they are asked for again. What ended of late is judged anew, for money of then
    that was allocated since; where its items are free still, it is in force again. Collector and salesperson are
    told of what was broken, once. The same day gives the same again.
    """
    actor.require("collection.write")
    with act("judge_plans", actor=actor) as opened:
        Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())
        plans = _candidates(day)
        found = _progress(plans, day)
        judged = [_judged(plan, found[plan.pk], day) for plan in plans]
        _write(plans, found)
        changed = [each for each in judged if each.state != each.before]
        record_events([_told(each) for each in changed], opened)
        _tell(changed, opened)
    return PlanJudgement(len(plans), tuple(changed))


def _candidates(day: date) -> list[RepaymentPlan]:
    found = RepaymentPlan.objects.filter(state__in=JUDGED, signed_on__lte=day)
    found = found.filter(
        Q(state=PlanState.OPEN.value) | Q(ended_on__gte=day - timedelta(days=JUDGED_ANEW_DAYS))
    )
    found = found.filter(Q(judged_on__isnull=True) | Q(judged_on__lte=day))
    elsewhere = PlannedItem.objects.filter(live=True).exclude(plan_id=OuterRef("plan_id"))
    taken = PlannedItem.objects.filter(plan_id=OuterRef("pk"), live=False).filter(
        Exists(elsewhere.filter(item_id=OuterRef("item_id")))
    )
    found = found.filter(Q(state=PlanState.OPEN.value) | ~Exists(taken))
    return list(found.select_related("customer__salesperson").order_by("pk"))


def _progress(plans: Sequence[RepaymentPlan], day: date) -> dict[UUID, Progress]:
    parts: dict[UUID, list[Instalment]] = defaultdict(list)
    rows = PlanInstalment.objects.filter(plan__in=plans).order_by("plan_id", "position")
    for key, due_on, amount in rows.values_list("plan_id", "due_on", "amount"):
        parts[key].append(Instalment(due_on, amount))
    paid = _paid([plan.pk for plan in plans], day)
    found = {}
    for plan in plans:
        of_plan = paid.get(plan.pk, _Paid((), ZERO, ZERO))
        found[plan.pk] = progress(
            parts[plan.pk],
            of_plan.payments,
            BreachRule(plan.breach_days, plan.breach_instalments),
            day=day,
            left=of_plan.left,
            unbilled=max(plan.interest - of_plan.billed, ZERO),
        )
    return found


def _paid(keys: Sequence[UUID], day: date) -> Mapping[UUID, _Paid]:
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "plans": list(keys),
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAYMENTS, values)
        payments: dict[UUID, list[Payment]] = defaultdict(list)
        for key, on, amount in cursor.fetchall():
            payments[key].append(Payment(on, amount))
        cursor.execute(LEFT, values)
        return {key: _Paid(tuple(payments[key]), left, billed) for key, left, billed in cursor.fetchall()}


def _judged(plan: RepaymentPlan, now: Progress, day: date) -> JudgedPlan:
    before = plan.state
    plan.state, plan.paid = now.state.value, max(now.paid, ZERO)
    plan.judged_on, plan.ended_on = day, now.ended_on
    return JudgedPlan(plan, before, plan.state)


def _write(plans: Sequence[RepaymentPlan], found: Mapping[UUID, Progress]) -> None:
    """Plans, their instalments, and which items they hold: one that was kept holds what it waived."""
    holding = {plan.pk for plan in plans if plan.state in HOLDING}
    turned = []
    for row in PlannedItem.objects.filter(plan__in=plans):
        live = row.plan_id in holding
        if row.live != live:
            row.live = live
            turned.append(row)
    RepaymentPlan.objects.bulk_update(plans, ["state", "paid", "judged_on", "ended_on"], batch_size=500)
    PlannedItem.objects.bulk_update(turned, ["live"], batch_size=500)
    parts = list(PlanInstalment.objects.filter(plan__in=plans))
    for part in parts:
        part.paid = found[part.plan_id].parts[part.position - 1]
    PlanInstalment.objects.bulk_update(parts, ["paid"], batch_size=500)


def _told(each: JudgedPlan) -> Told:
    content = {
        "customer": str(each.plan.customer_id),
        "amount": amount_text(each.plan.total, each.plan.currency),
        "paid": amount_text(each.plan.paid, each.plan.currency),
        "currency": each.plan.currency,
        "state": each.state,
        "before": each.before,
    }
    return Told("judged", PLAN, each.plan.pk, content)


def _tell(changed: Sequence[JudgedPlan], opened: OpenAct) -> None:
    """Tell collector and salesperson what was broken, and what may be let go of now that the rest is paid."""
    code = Organization.objects.values_list("code", flat=True).get(pk=opened.organization_id)
    now = transaction_time()
    for each in changed:
        plan = each.plan
        broken = each.state in FAILED and each.before not in FAILED
        if not broken and not (each.state == PlanState.KEPT and plan.waived):
            continue
        seller = plan.customer.salesperson
        people = {plan.collector_id, seller.membership_id if seller else None}
        rest = plan.total - plan.paid if broken else plan.waived
        send_notices(
            [person for person in people if person],
            kind=PLAN_BROKEN if broken else PLAN_KEPT,
            parameters={"customer": plan.customer.name, "amount": f"{plan.currency} {rest:,.2f}"},
            path=reverse("collection-plan", args=[code, plan.pk]),
            now=now,
        )


# What was paid of the items of plans, by day: what had been paid when a plan was made is not its payment.
PAYMENTS = f"""
    SELECT q.plan_id, greatest(a.effective_on, p.made_on) AS on_day,
           sum(a.amount) - CASE WHEN bool_or(a.effective_on <= p.made_on) THEN (
               SELECT sum(b.paid_before) FROM collection_planned_item b
               WHERE b.organization_id = %(organization)s AND b.plan_id = q.plan_id) ELSE 0 END
    FROM collection_planned_item q
    JOIN collection_plan p ON p.organization_id = %(organization)s AND p.id = q.plan_id
    JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = q.item_id
    JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
    WHERE q.organization_id = %(organization)s AND q.plan_id = ANY(%(plans)s::uuid[])
      AND a.effective_on <= %(day)s AND d.kind IN {PAYING}
    GROUP BY q.plan_id, greatest(a.effective_on, p.made_on)
"""
# What the items of plans were open with at the end of the day, written-off debts included, and the interest billed.
LEFT = """
    SELECT q.plan_id, sum(i.amount - coalesce(m.settled, 0)), coalesce(sum(i.amount) FILTER (WHERE q.interest), 0)
    FROM collection_planned_item q
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = q.item_id
    LEFT JOIN LATERAL (
        SELECT sum(a.amount) AS settled
        FROM ledger_allocation a
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        WHERE a.organization_id = %(organization)s AND a.debit_item_id = q.item_id AND a.effective_on <= %(day)s
          AND d.kind <> 'write_off'
    ) m ON true
    WHERE q.organization_id = %(organization)s AND q.plan_id = ANY(%(plans)s::uuid[])
    GROUP BY q.plan_id
"""

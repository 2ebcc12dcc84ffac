"""The demo company agrees on repayment plans (one kept, one broken, one in force) and goes to court once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.collection.chased import PAYING, Asked, OpenClaim, open_claims
from huikuan.collection.instalments import even_instalments
from huikuan.collection.operations import (
    CaseStep,
    NewCase,
    NewPlan,
    approve_case,
    ask_colleague,
    hand_over,
    judge_plans,
    lead_case,
    make_plan,
    propose_cases,
    sign_plan,
)
from huikuan.collection.operations.trail import PLAN
from huikuan.collection.points import SHIPPED, Weights
from huikuan.collection.rules import Proof
from huikuan.collection.sharing import Hands
from huikuan.collection.stages import CaseKind, Stage
from huikuan.collection.worklist import WorkFilter, work_lines
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.files.operations import attach_file
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

KEPT_AGO, BROKEN_AGO, MADE_AGO, PROPOSED_AGO = 75, 60, 12, 25
CHOSEN = slice(40, 60)
"""Plans are made with customers whom nobody called first."""


def agree_on_plans(collector: Actor, *, today: date) -> None:
    """A plan that was paid off, one that was broken, and one whose first instalment is still to come."""
    wanted = (
        (today - timedelta(days=KEPT_AGO), _paid_off(today), 15),
        (today - timedelta(days=BROKEN_AGO), _owing(today, BROKEN_AGO), 20),
        (today - timedelta(days=MADE_AGO), _owing(today, MADE_AGO), 30),
    )
    for made, found, first in wanted:
        for customer, items in found:
            claims = [each for each in _claims(customer, made, items) if each.currency == "CNY"]
            if claims:
                _agree(customer, claims, made, made + timedelta(days=first), collector, today)
                judge_plans(actor=collector, day=today)
                break


def _agree(
    customer: UUID, claims: Sequence[OpenClaim], made: date, first: date, collector: Actor, today: date
) -> None:
    total = sum((each.open_amount for each in claims), Decimal(0))
    plan = make_plan(
        NewPlan(
            customer_id=customer,
            made_on=made,
            instalments=even_instalments(total, count=3, first_on=first),
            item_ids=[each.item_id for each in claims],
            breach_instalments=2,
            terms="分三期付清，逾期按合同约定计违约金。",
        ),
        actor=collector,
        today=today,
    )
    zone = Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id())
    now = datetime.combine(made, datetime.min.time(), tzinfo=ZoneInfo(zone)) + timedelta(hours=15)
    paper = f"还款计划（示例，代替对方盖章的扫描件）\n合计 {total:,.2f} 元，分三期。\n".encode()
    attach_file(
        record_kind=PLAN, record_id=plan.pk, name="还款计划.txt", content=paper, actor=collector, now=now
    )
    sign_plan(plan.pk, signed_on=made, signer="财务总监", actor=collector, today=today, now=now)


def _claims(customer: UUID, day: date, items: Sequence[UUID] | None) -> list[OpenClaim]:
    [found] = open_claims([Asked(customer, day, items)])
    return found[:4]


def _owing(today: date, ago: int) -> Iterator[tuple[UUID, None]]:
    lines = work_lines(WorkFilter(), Weights(SHIPPED), today=today, limit=CHOSEN.stop)
    for line in lines[CHOSEN]:
        if line.oldest_on < today - timedelta(days=ago):
            yield line.customer_id, None


def _paid_off(today: date) -> list[tuple[UUID, list[UUID]]]:
    """Customers with items that were overdue when the plan was made and paid in full within the days after it."""
    made = today - timedelta(days=KEPT_AGO)
    with connection.cursor() as cursor:
        cursor.execute(PAID_OFF, {"organization": current_organization_id(), "made": made})
        return [(row[0], list(row[1])) for row in cursor.fetchall()]


def go_to_court(keys: Sequence[UUID], collector: Actor, manager: Actor, *, today: date) -> None:
    """A lawyer's letter that was sent and a suit that waits for its approval; two customers handed over, a question."""
    day = today - timedelta(days=PROPOSED_AGO)
    news = [
        NewCase(customer_id=keys[0], kind=CaseKind.LETTER, reason="多次催收，承诺均未兑现", lawyer="王律师"),
        NewCase(
            customer_id=keys[1],
            kind=CaseKind.SUIT,
            reason="经营异常，准备诉前保全",
            court="某区人民法院",
        ),
    ]
    cases = propose_cases(news, actor=collector, today=day)
    for case in (each for each in cases if each.kind == CaseKind.LETTER):
        approve_case(case.pk, actor=manager, today=day + timedelta(days=1))
        sent = CaseStep(
            on=day + timedelta(days=5),
            stage=Stage.LETTER_SENT,
            text="EMS 寄出律师函，附未付清单",
            fee=Decimal(1500),
            next_on=today + timedelta(days=4),
            next_what="对方答复期限",
            proof=Proof.DELIVERED,
            proof_on=day + timedelta(days=7),
        )
        lead_case(case.pk, sent, actor=manager, today=today)
    for key, hands, reason in (
        (keys[0], Hands.LEGAL, "已发律师函，由法务跟进"),
        (keys[2], Hands.JOINT, "逾期超过 30 天，销售与财务一起跟进"),
    ):
        hand_over(key, hands=hands, to_id=None, reason=reason, actor=manager, today=day)
    seller = Customer.objects.filter(pk=keys[2], salesperson__membership__isnull=False)
    for member in seller.values_list("salesperson__membership_id", flat=True):
        ask_colleague(
            keys[2],
            to_id=member,
            text="对方说货款等验收，验收单什么时候能签？",
            due_on=today + timedelta(days=2),
            actor=collector,
            today=today,
        )


PAID_OFF = f"""
    SELECT i.customer_id, array_agg(i.id ORDER BY i.effective_due_on, i.id)
    FROM ledger_open_item i
    WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount = 0 AND i.currency = 'CNY'
      AND i.effective_due_on < %(made)s
      AND NOT EXISTS (
          SELECT FROM ledger_allocation a
          JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
          JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
          WHERE a.organization_id = %(organization)s AND a.debit_item_id = i.id
            AND (a.effective_on > %(made)s::date + 15 OR a.effective_on <= %(made)s OR d.kind NOT IN {PAYING}
                 OR a.reverses_id IS NOT NULL))
    GROUP BY i.customer_id
    ORDER BY i.customer_id
    LIMIT 5
"""

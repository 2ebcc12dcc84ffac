"""Contracts of the demo company: machines with milestones and retentions, a yearly service, parts as delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from huikuan.core.dates import add_months
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, PlanLine, Trigger
from huikuan.sales.operations import (
    NewContract,
    bill_due,
    confirm_milestone,
    release_retentions,
    report_delivery,
    sign_contracts,
)
from huikuan.sales.plan_rules import NewPlanLine

_MACHINES = (
    ("五轴加工中心 2 台", "2486000.00", 14, True),
    ("压铸机技术改造", "1130000.00", 5, True),
    ("数控车床 4 台", "1695000.00", 3, False),
    ("自动上料线", "867500.00", 1, False),
)


def sign_demo_contracts(customer_ids: Sequence[UUID], *, actor: Actor, today: date) -> None:
    """Six contracts of the last year, with what happened of them, billed up to today."""
    machines = [
        _machine(customer, name, amount, add_months(today, -months))
        for customer, (name, amount, months, _accepted) in zip(customer_ids, _MACHINES, strict=False)
    ]
    start = add_months(today, -4).replace(day=1)
    others = [
        NewContract(
            customer_id=customer_ids[4],
            name="年度维护保养",
            amount=Decimal("120000.00"),
            tax_code="6",
            signed_on=start,
            plan=[
                NewPlanLine(
                    name="维护费",
                    trigger=Trigger.MONTH.value,
                    percent=Decimal(100),
                    bill_on=start,
                    until=add_months(start, 11),
                    days=15,
                )
            ],
        ),
        NewContract(
            customer_id=customer_ids[5],
            name="齿轮箱毛坯年度供货",
            amount=Decimal("565000.00"),
            signed_on=start,
            plan=[
                NewPlanLine(
                    name="毛坯",
                    trigger=Trigger.QUANTITY.value,
                    percent=Decimal(100),
                    quantity=Decimal(1000),
                    unit="件",
                    days=30,
                )
            ],
        ),
    ]
    keys = sign_contracts([*machines, *others], actor=actor)
    _let_happen(keys, actor, today)
    release_retentions(None, on=today, actor=actor, today=today)


def _machine(customer_id: UUID, name: str, amount: str, signed_on: date) -> NewContract:
    return NewContract(
        customer_id=customer_id,
        name=name,
        amount=Decimal(amount),
        signed_on=signed_on,
        plan=[
            NewPlanLine(
                name="预付款", trigger=Trigger.DATE.value, percent=Decimal(30), bill_on=signed_on, days=10
            ),
            NewPlanLine(
                name="发货款", trigger=Trigger.MILESTONE.value, percent=Decimal(30), milestone="到货", days=15
            ),
            NewPlanLine(
                name="验收款", trigger=Trigger.MILESTONE.value, percent=Decimal(35), milestone="验收", days=30
            ),
            NewPlanLine(
                name="质保金",
                trigger=Trigger.RETENTION.value,
                percent=Decimal(5),
                milestone="验收",
                months=12,
            ),
        ],
    )


def _let_happen(keys: Sequence[UUID], actor: Actor, today: date) -> None:
    """What was confirmed and delivered, billed on its own days."""
    contracts = {contract.pk: contract for contract in Contract.objects.filter(pk__in=keys)}
    for key, (_name, _amount, _months, accepted) in zip(keys, _MACHINES, strict=False):
        contract = contracts[key]
        bill_due(on=contract.signed_on, actor=actor, today=today, contract_ids=[key])
        arrived = min(contract.signed_on + timedelta(days=21), today)
        _confirm(contract, "到货", arrived, "送货单已签收", actor, today)
        if accepted:
            _confirm(contract, "验收", add_months(contract.signed_on, 1), "验收报告已签字", actor, today)
    parts = PlanLine.objects.get(contract_id=keys[-1])
    for month, quantity in enumerate((120, 180, 90)):
        on = min(add_months(contracts[keys[-1]].signed_on, month) + timedelta(days=9), today)
        report_delivery(
            parts.pk,
            quantity=Decimal(quantity),
            happened_on=on,
            note="送货单已签收",
            actor=actor,
            today=today,
        )
        bill_due(on=on, actor=actor, today=today, contract_ids=[keys[-1]])
    bill_due(on=today, actor=actor, today=today, contract_ids=[keys[-2]])


def _confirm(contract: Contract, milestone: str, on: date, note: str, actor: Actor, today: date) -> None:
    confirm_milestone(contract.pk, milestone=milestone, happened_on=on, note=note, actor=actor, today=today)
    bill_due(on=on, actor=actor, today=today, contract_ids=[contract.pk])

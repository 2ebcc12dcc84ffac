"""Reads of contracts and their plans: what is billed, what happened, what is to be billed on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.sales.contracts import Contract, ContractState, PlanLine
from huikuan.sales.plan_rules import PlanState, billable

ZERO = Decimal(0)


@dataclass(frozen=True)
class LineFacts:
    """A line of a plan in force: what invoices billed of it, what credit notes took back, what happened of it."""

    line: PlanLine
    billed: Decimal
    credited: Decimal
    delivered: Decimal
    happened_on: date | None

    @property
    def kept(self) -> Decimal:
        """What is billed and was not credited."""
        return self.billed - self.credited

    @property
    def state(self) -> PlanState:
        """As the rules take it."""
        return PlanState(
            self.line.trigger,
            self.line.amount,
            self.billed,
            self.line.bill_on,
            self.happened_on,
            self.line.quantity,
            self.delivered,
        )


def line_facts(contract_ids: Collection[UUID], *, until: date | None = None) -> list[LineFacts]:
    """The lines in force of contracts, by contract and position, with what happened of them up to a day."""
    lines = PlanLine.objects.filter(contract_id__in=contract_ids, ended_act=None)
    ordered = list(lines.order_by("contract", "position"))
    if not ordered:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            FACTS,
            {"organization": current_organization_id(), "contracts": list(contract_ids), "until": until},
        )
        facts = {row[0]: row[1:] for row in cursor.fetchall()}
    return [LineFacts(line, *facts[line.pk]) for line in ordered]


FACTS = """
    SELECT l.id, coalesce(b.amount, 0), coalesce(b.credited, 0), coalesce(q.quantity, 0),
           coalesce(m.happened_on, q.last_on)
    FROM sales_plan_line l
    LEFT JOIN (
        SELECT b.line_id, sum(b.amount) AS amount, sum(n.credited_gross) AS credited
        FROM sales_plan_line l
        JOIN sales_plan_billing b ON b.organization_id = %(organization)s AND b.line_id = l.id
        JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = b.invoice_id AND i.state <> 'void'
        JOIN sales_invoice_line n ON n.organization_id = %(organization)s AND n.invoice_id = b.invoice_id
            AND n.position = b.position
        WHERE l.organization_id = %(organization)s AND l.contract_id = ANY(%(contracts)s)
        GROUP BY b.line_id
    ) b ON b.line_id = l.id
    LEFT JOIN (
        SELECT e.line_id, sum(e.quantity) AS quantity, max(e.happened_on) AS last_on
        FROM sales_plan_event e
        WHERE e.organization_id = %(organization)s AND e.contract_id = ANY(%(contracts)s) AND e.line_id IS NOT NULL
          AND (%(until)s::date IS NULL OR e.happened_on <= %(until)s::date)
        GROUP BY e.line_id
    ) q ON q.line_id = l.id
    LEFT JOIN sales_plan_event m ON m.organization_id = %(organization)s AND m.contract_id = l.contract_id
        AND m.milestone = l.milestone AND l.milestone <> ''
        AND (%(until)s::date IS NULL OR m.happened_on <= %(until)s::date)
    WHERE l.organization_id = %(organization)s AND l.contract_id = ANY(%(contracts)s) AND l.ended_act_id IS NULL
"""


@dataclass(frozen=True)
class DueLine:
    """What of a line is to be billed."""

    facts: LineFacts
    amount: Decimal


@dataclass(frozen=True)
class DueContract:
    """A contract and what of it is to be billed on a day."""

    contract: Contract
    lines: tuple[DueLine, ...]

    @property
    def amount(self) -> Decimal:
        return sum((each.amount for each in self.lines), ZERO)


def due_contracts(
    on: date, *, contract_ids: Collection[UUID] | None = None, salespeople: Collection[UUID] | None = None
) -> list[DueContract]:
    """What the plans of contracts have to be billed on a day: of all active ones, or of some; in order of their keys.

    `salespeople`: only of their customers, where it is not None.
    """
    wanted = Contract.objects.filter(state=ContractState.ACTIVE).select_related("customer")
    if contract_ids is not None:
        wanted = wanted.filter(pk__in=contract_ids)
    if salespeople is not None:
        wanted = wanted.filter(customer__salesperson_id__in=salespeople)
    contracts = {contract.pk: contract for contract in wanted.order_by("pk")}
    by_contract: dict[UUID, list[DueLine]] = defaultdict(list)
    for facts in line_facts(list(contracts), until=on):
        contract = contracts[facts.line.contract_id]
        amount = billable(facts.state, on=on, currency=contract.currency)
        if amount > 0:
            by_contract[contract.pk].append(DueLine(facts, amount))
    return [
        DueContract(contract, tuple(by_contract[key]))
        for key, contract in contracts.items()
        if key in by_contract
    ]


def contract_sums() -> list[tuple[Contract, Decimal]]:
    """All contracts, the latest first, with what is billed of them and was not credited."""
    contracts = list(Contract.objects.select_related("customer").order_by("-signed_on", "-number"))
    billed: dict[UUID, Decimal] = defaultdict(Decimal)
    for facts in line_facts([contract.pk for contract in contracts]):
        billed[facts.line.contract_id] += facts.kept
    return [(contract, billed[contract.pk]) for contract in contracts]

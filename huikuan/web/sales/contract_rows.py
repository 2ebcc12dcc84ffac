"""What pages show of contracts and their plans: who sees them, what state a line is in, where things are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.customers.rules import TermKind, TermRule
from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, ContractState, PlanBilling, Trigger
from huikuan.sales.plan_queries import LineFacts, line_facts
from huikuan.sales.plan_rules import billable
from huikuan.web.ledger.states import state_of
from huikuan.web.pages import Work
from huikuan.web.scopes import visible

Row = dict[str, Any]
ZERO = Decimal(0)
TRIGGERS: dict[str, str | Promise] = {
    Trigger.DATE: gettext_lazy("按日期"),
    Trigger.MILESTONE: gettext_lazy("里程碑"),
    Trigger.MONTH: gettext_lazy("按月"),
    Trigger.QUANTITY: gettext_lazy("按交付数量"),
    Trigger.RETENTION: gettext_lazy("质保金"),
}


def visible_contracts(actor: Actor) -> QuerySet[Contract]:
    """Contracts with the customers whom the actor sees."""
    found = Contract.objects.select_related("customer", "salesperson", "order")
    seen = visible(actor)
    return found if seen is None else found.filter(customer__salesperson_id__in=seen)


def contract_for(work: Work, key: UUID) -> Contract:
    """The contract; one beyond the actor's customers does not exist."""
    work.actor.require("ledger.read")
    found = visible_contracts(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def contract_url(work: Work, key: UUID) -> str:
    """Where a contract is; nothing for those who may not read the ledger."""
    return reverse("contract", args=[work.organization.code, key]) if work.actor.may("ledger.read") else ""


@dataclass(frozen=True)
class ContractRow:
    """A contract with what is billed of it, and what its plan has to be billed today."""

    contract: Contract
    billed: Decimal
    due: Decimal


def contract_rows(contracts: Collection[Contract], today: date) -> list[ContractRow]:
    """The rows of a list, in the order of `contracts`; two queries for any number."""
    by_contract: dict[UUID, list[LineFacts]] = defaultdict(list)
    for facts in line_facts([contract.pk for contract in contracts]):
        by_contract[facts.line.contract_id].append(facts)
    return [
        ContractRow(
            contract,
            sum((facts.kept for facts in by_contract[contract.pk]), ZERO),
            due_today(contract, by_contract[contract.pk], today),
        )
        for contract in contracts
    ]


def due_today(contract: Contract, facts: Collection[LineFacts], today: date) -> Decimal:
    """What of a contract is to be billed today."""
    if contract.state != ContractState.ACTIVE:
        return ZERO
    return sum((billable(each.state, on=today, currency=contract.currency) for each in facts), ZERO)


def contract_state(row: ContractRow) -> Row:
    """The badge of a contract."""
    if row.contract.state == ContractState.CANCELLED:
        return {"label": _("已终止"), "tone": "plain"}
    if row.due:
        return {"label": _("待开票"), "tone": "warn"}
    if row.billed >= row.contract.amount:
        return {"label": _("已开完"), "tone": "good"}
    return {"label": _("执行中"), "tone": "notice"}


@dataclass(frozen=True)
class Billed:
    """An invoice of a line, with what is still open of its instalment."""

    number: str
    document_id: UUID | None
    due_on: date | None
    amount: Decimal
    open_amount: Decimal


def billed_of(line_ids: Collection[UUID]) -> dict[UUID, list[Billed]]:
    """What was billed of lines by invoices that are not void, the earliest first."""
    rows = list(
        PlanBilling.objects.filter(line_id__in=line_ids)
        .exclude(invoice__state="void")
        .select_related("invoice")
        .order_by("pk")
    )
    items = {
        (item.document_id, item.line): item
        for item in OpenItem.objects.filter(document_id__in={row.invoice.document_id for row in rows})
    }
    found: dict[UUID, list[Billed]] = defaultdict(list)
    for row in rows:
        item = items.get((row.invoice.document_id, row.position))
        found[row.line_id].append(
            Billed(
                row.invoice.number,
                row.invoice.document_id,
                item.effective_due_on if item else None,
                row.amount,
                item.open_amount if item else ZERO,
            )
        )
    return found


def line_state(contract: Contract, facts: LineFacts, billed: Collection[Billed], today: date) -> Row:
    """The badge of a line of a plan: not triggered, to be billed, or how what was billed stands."""
    if contract.state == ContractState.ACTIVE and billable(facts.state, on=today, currency=contract.currency):
        return {"label": _("待开票"), "tone": "warn"}
    if not billed:
        if facts.line.trigger in (Trigger.DATE, Trigger.MONTH):
            return {"label": _("未到开票日"), "tone": "plain"}
        return {"label": _("未触发"), "tone": "plain"}
    due = [each.due_on for each in billed if each.open_amount and each.due_on]
    return state_of(
        side=1,
        amount=sum((each.amount for each in billed), ZERO),
        open_amount=sum((each.open_amount for each in billed), ZERO),
        due_on=min(due, default=None),
        today=today,
    )


def when_text(facts: LineFacts) -> str:
    """When a line is billed, in words."""
    line = facts.line
    if line.bill_on is not None:
        return line.bill_on.isoformat()
    if line.quantity is not None:
        return _("已交付 %(delivered)s / %(planned)s %(unit)s") % {
            "delivered": f"{facts.delivered.normalize():f}",
            "planned": f"{line.quantity.normalize():f}",
            "unit": line.unit,
        }
    return str(line.milestone)


def term_text(facts: LineFacts) -> str:
    """When a line is due once it is billed, in words."""
    rule = TermRule.from_data(facts.line.rule)
    if rule.kind is TermKind.RETENTION:
        return _("验收后 %d 个月") % (rule.months or 0)
    if rule.kind is TermKind.MILESTONE:
        return _("达成后 %d 天") % (rule.days or 0)
    return _("开票后 %d 天") % (rule.days or 0)

"""Billing by plan: what is due of all contracts becomes invoices in one run; advances settle them; retentions expire."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.core.money import amount_text, gross_to_net, quantize
from huikuan.credit.errors import CreditRefused
from huikuan.customers.rules import TermRule
from huikuan.ledger.models import OpenItem, Side
from huikuan.ledger.operations import NewAllocation
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.ledger.operations.documents import ADVANCE_EVENTS
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, PlanBilling, Trigger
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import InvoiceKind
from huikuan.sales.operations.credit import without_room
from huikuan.sales.operations.drafts import SALE, write_drafts
from huikuan.sales.operations.line_rows import ComputedLine, row_of
from huikuan.sales.operations.posting import PostedInvoice, post_invoices
from huikuan.sales.plan_queries import DueContract, DueLine, due_contracts
from huikuan.sales.plan_rules import due_on

ZERO = Decimal(0)
CONTRACT_ASSETS = "contract_assets"


@dataclass(frozen=True)
class PlanRun:
    """What a run billed: an invoice for each contract, and what advances settled of it.

    `held`: contracts that were left out because their credit limits have no room, each with the reason.
    """

    contracts: tuple[DueContract, ...]
    invoices: tuple[PostedInvoice, ...]
    advances_applied: Decimal = ZERO
    held: Mapping[str, str] = field(default_factory=dict)


def bill_due(*, on: date, actor: Actor, today: date, contract_ids: Collection[UUID] | None = None) -> PlanRun:
    """按计划开票: invoice everything that the plans have due on a day, of all contracts or of some.

    One invoice for each contract, an instalment for each line with its own due date; retentions stand among the
    contract assets. Contract advances received until then settle what is owed. A second run finds nothing. A contract
    beyond its own credit limit is left out, and refused where it alone is asked for.
    Preview: `due_contracts`.
    """
    actor.require("invoice.record")
    if on > today:
        raise SalesRefused(_("开票日期不能晚于今天。"), code="invoice_in_future")
    with act("bill_due", actor=actor) as opened:
        candidates = [due.contract.pk for due in due_contracts(on, contract_ids=contract_ids)]
        # Held in the order of their keys; what another run billed meanwhile is not found again.
        held = Contract.objects.filter(pk__in=candidates).order_by("pk").select_for_update(no_key=True)
        every = due_contracts(on, contract_ids=[contract.pk for contract in held])
        beyond = without_room(every, today=today)
        for reason in beyond.values():
            if contract_ids is not None and len(contract_ids) == 1:
                raise CreditRefused(reason, code="contract_limit")
        left_out = {
            each.contract.number: beyond[each.contract.pk] for each in every if each.contract.pk in beyond
        }
        due = [each for each in every if each.contract.pk not in beyond]
        if not due:
            return PlanRun((), (), held=left_out)
        _require_after_signing(due, on)
        keys = [uuid7() for _contract in due]
        _draft(keys, due, on, opened)
        posted = post_invoices(keys, actor=actor, today=today, settle_credits=False)
        PlanBilling.objects.bulk_create(
            [
                PlanBilling(
                    organization_id=opened.organization_id,
                    line=line.facts.line,
                    invoice_id=key,
                    position=position,
                    amount=line.amount,
                    act_id=opened.id,
                )
                for key, contract in zip(keys, due, strict=True)
                for position, line in enumerate(contract.lines, start=1)
            ],
            batch_size=2000,
        )
        applied = _apply_advances(due, posted, on=on, today=today, opened=opened)
    return PlanRun(tuple(due), tuple(posted), applied, left_out)


def _require_after_signing(due: Sequence[DueContract], on: date) -> None:
    early = next((each.contract for each in due if each.contract.signed_on > on), None)
    if early is not None:
        raise SalesRefused(_("开票日期早于合同 %s 的签订日期。") % early.number, code="before_contract")


def _draft(keys: Sequence[UUID], due: Sequence[DueContract], on: date, opened: OpenAct) -> None:
    heads: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    for key, each in zip(keys, due, strict=True):
        contract = each.contract
        computed = [_line(contract, line, position) for position, line in enumerate(each.lines, start=1)]
        net = sum((line.net for line in computed), ZERO)
        tax = sum((line.tax for line in computed), ZERO)
        instalments = json.dumps([_instalment(contract, line, on) for line in each.lines])
        heads.append(
            (
                key,
                InvoiceKind.INVOICE.value,
                SALE,
                contract.customer_id,
                contract.salesperson_id,
                None,
                None,
                on,
                contract.signed_on,
                None,
                contract.currency,
                contract.rate,
                True,
                net + tax,
                net,
                tax,
                instalments,
                contract.number,
                contract.name,
            )
        )
        lines.extend((key, None, *row_of(line)) for line in computed)
    write_drafts(heads, lines, opened)


def _line(contract: Contract, line: DueLine, position: int) -> ComputedLine:
    net, tax = gross_to_net(line.amount, contract.tax_rate, contract.currency)
    return ComputedLine(
        position,
        None,
        f"{contract.name} {line.facts.line.name}"[:200],
        "",
        Decimal(1),
        line.amount,
        ZERO,
        ZERO,
        contract.tax_code,
        contract.tax_rate,
        net,
        tax,
        line.amount,
    )


def _instalment(contract: Contract, line: DueLine, on: date) -> dict[str, str]:
    due, effective = due_on(
        TermRule.from_data(line.facts.line.rule),
        signed_on=contract.signed_on,
        billed_on=on,
        happened_on=line.facts.happened_on,
    )
    return {
        "amount": amount_text(line.amount, contract.currency),
        "due_on": due.isoformat(),
        "effective_due_on": effective.isoformat(),
        "account": CONTRACT_ASSETS if _is_retention(line) else "",
    }


def _is_retention(line: DueLine) -> bool:
    return line.facts.line.trigger == Trigger.RETENTION


def _apply_advances(
    due: Sequence[DueContract], posted: Sequence[PostedInvoice], *, on: date, today: date, opened: OpenAct
) -> Decimal:
    """预收冲应收: advances that name the contract settle what was billed of it, but not its retention.

    The part without VAT and the VAT of an advance are used up in the same proportion.
    """
    parts: dict[tuple[UUID, str], list[list[OpenItem]]] = _advances([each.contract for each in due], on)
    planned: list[NewAllocation] = []
    for each, invoice in zip(due, posted, strict=True):
        contract = each.contract
        owed = [
            [item_id, line.amount]
            for item_id, line in zip(invoice.item_ids, each.lines, strict=True)
            if not _is_retention(line)
        ]
        for advance in parts.get((contract.customer_id, contract.number), []):
            planned += _allocations(owed, advance, contract.currency, on)
    if planned:
        post_allocations(planned, today=today, opened=opened)
    return sum((each.amount for each in planned), ZERO)


def _advances(contracts: Sequence[Contract], on: date) -> dict[tuple[UUID, str], list[list[OpenItem]]]:
    """The open parts of the advances of contracts, by customer and number, the earliest first."""
    items = (
        OpenItem.objects.filter(
            document__event__in=ADVANCE_EVENTS,
            document__reference__in={each.number for each in contracts},
            document__voided_by=None,
            customer_id__in={each.customer_id for each in contracts},
            side=Side.CREDIT,
            open_amount__gt=0,
            document_on__lte=on,
        )
        .select_related("document")
        .order_by("document_on", "document", "line")
    )
    by_document: dict[UUID, list[OpenItem]] = defaultdict(list)
    for item in items:
        by_document[item.document_id].append(item)
    found: dict[tuple[UUID, str], list[list[OpenItem]]] = defaultdict(list)
    for parts in by_document.values():
        found[parts[0].customer_id, parts[0].document.reference].append(parts)
    return found


def _allocations(
    owed: list[list[Any]], advance: Sequence[OpenItem], currency: str, on: date
) -> list[NewAllocation]:
    """What of an advance settles what is owed, which is lowered by it."""
    open_amount = sum((part.open_amount for part in advance), ZERO)
    wanted = min(sum((each[1] for each in owed), ZERO), open_amount)
    if wanted <= 0 or any(part.currency != currency for part in advance):
        return []
    others = [quantize(part.open_amount * wanted / open_amount, currency) for part in advance[1:]]
    shares = [wanted - sum(others, ZERO), *others]
    planned = []
    for part, share in zip(advance, shares, strict=True):
        rest = share
        for each in owed:
            taken = min(rest, each[1])
            if taken > 0:
                planned.append(NewAllocation(each[0], part.pk, taken, on))
                each[1] -= taken
                rest -= taken
    return planned

"""Importing allocations: which receipt settled which invoice, when and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce

from huikuan.core.said import said as _
from huikuan.integrations.operations.recognition import recognise_fingerprints, remember_fingerprints
from huikuan.integrations.operations.run import Rows, check_period
from huikuan.ledger.models import OpenItem, Side
from huikuan.ledger.operations import AllocationRefused, NewAllocation, allocate

FINGERPRINT = ("invoice", "receipt", "amount", "on")


@dataclass
class _Item:
    """An open item while rows of the chunk are planned against it."""

    id: UUID
    group: UUID
    currency: str
    document_on: date
    left: Decimal


def import_allocations(rows: Rows) -> None:
    """Import the live rows of a chunk, in order; several instalments are settled earliest due first."""
    columns = rows.columns
    for index, (on, amount) in enumerate(zip(columns["on"], columns["amount"], strict=True)):
        if amount <= 0:
            rows.reject(index, "amount", "amount_not_positive", _("核销金额必须大于零"))
        elif on > rows.run.today:
            rows.reject(index, "on", "allocated_in_future", _("核销日期 %s 晚于今天") % on)
        else:
            check_period(rows, index, "on", on)
    prints = recognise_fingerprints(rows, fields=FINGERPRINT, customers={})
    debits = _items({columns["invoice"][index] for index in rows.live}, Side.DEBIT)
    credits = _items({columns["receipt"][index] for index in rows.live}, Side.CREDIT)
    planned = {index: _plan(rows, index, debits, credits) for index in list(rows.live)}
    _write(rows, [(index, found) for index in rows.live if (found := planned[index])])
    remember_fingerprints(rows, prints, {})
    rows.run.imported += len(rows.live)


def _items(numbers: set[str], side: Side) -> dict[str, list[_Item]]:
    items: dict[str, list[_Item]] = {}
    found = (
        OpenItem.objects.filter(document__number__in=numbers, document__voided_by__isnull=True, side=side)
        .order_by("effective_due_on", "line")
        .values_list(
            "document__number",
            "pk",
            Coalesce("customer__parent_id", "customer_id"),
            "currency",
            "document_on",
            "open_amount",
        )
    )
    for number, *values in found:
        items.setdefault(number, []).append(_Item(*values))
    return items


def _plan(
    rows: Rows, index: int, debits: dict[str, list[_Item]], credits: dict[str, list[_Item]]
) -> list[NewAllocation]:
    """What the row allocates; it is left out where its documents do not allow it."""
    columns = rows.columns
    sides: dict[str, list[_Item]] = {}
    amount, on = columns["amount"][index], columns["on"][index]
    for name, known in (("invoice", debits), ("receipt", credits)):
        number = columns[name][index]
        items = known.get(number)
        if not items:
            rows.reject(index, name, f"unknown_{name}", _("没有单号为 %s 的单据") % number)
            return []
        if on < items[0].document_on:
            rows.reject(index, "on", "before_document", _("核销日期早于单据 %s 的日期") % number)
            return []
        left = sum((item.left for item in items), Decimal(0))
        if amount > left:
            message = _("核销金额 %(amount)s 超过单据 %(number)s 的未核销余额 %(left)s") % {
                "amount": amount,
                "number": number,
                "left": left.normalize() if left else 0,
            }
            rows.reject(index, "amount", f"beyond_{name}", message)
            return []
        sides[name] = items
    debit, credit = sides["invoice"][0], sides["receipt"][0]
    if debit.group != credit.group:
        rows.reject(index, "receipt", "other_customer", _("发票与收款不属于同一客户或同一集团"))
        return []
    if debit.currency != credit.currency:
        rows.reject(index, "receipt", "other_currency", _("发票与收款的币种不同"))
        return []
    return _spread(sides["invoice"], sides["receipt"], amount, on)


def _spread(debits: list[_Item], credits: list[_Item], amount: Decimal, on: date) -> list[NewAllocation]:
    allocations = []
    for debit in debits:
        for credit in credits:
            part = min(amount, debit.left, credit.left)
            if part > 0:
                allocations.append(NewAllocation(debit.id, credit.id, part, on))
                debit.left -= part
                credit.left -= part
                amount -= part
    return allocations


def _write(rows: Rows, planned: list[tuple[int, list[NewAllocation]]]) -> None:
    """Write the whole set; where the ledger refuses, halve it until the refused rows stand alone."""
    if not planned:
        return
    try:
        with transaction.atomic():
            allocate(
                [allocation for _index, allocations in planned for allocation in allocations],
                actor=rows.run.actor,
                today=rows.run.today,
            )
    except AllocationRefused as error:
        if len(planned) == 1:
            rows.reject(planned[0][0], "amount", error.code, error.message)
            return
        middle = len(planned) // 2
        _write(rows, planned[:middle])
        _write(rows, planned[middle:])

"""What was done with lines is undone: the books are as before, on every date, and the lines wait again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.banking import LineUse, UseKind
from huikuan.cash.errors import LineRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.line_uses import locked_lines, undoing, write_uses
from huikuan.cash.operations.payers import forget_payers, payers_of
from huikuan.cash.operations.remittance import free_advices
from huikuan.cash.proposals import DISPUTED
from huikuan.cash.queries import standing_uses
from huikuan.disputes.operations import withdraw_disputes
from huikuan.ledger.models import Allocation, Document, JournalEntry, JournalLine, Kind
from huikuan.ledger.operations import EntryLine, NewAllocation, NewEntry, post_entries
from huikuan.ledger.operations.allocations import post_allocations, post_reversals
from huikuan.ledger.operations.settlements import post_voids
from huikuan.organizations.actors import Actor

PAID_BACK = (Kind.REFUND, Kind.DISHONOUR)


def undo_uses(use_ids: Sequence[UUID], *, actor: Actor, today: date, reason: str = "") -> list[LineUse]:
    """撤销: receipts, refunds, entries and money in the pool are taken back with all that rests on them.

    What stood in the books before its line came stays there. Lines that were settled together are undone
    together. What was learned about the payer is forgotten. Raises LineRefused where money was paid back or bounced since, and a refusal of the ledger where the month is closed.
    """
    actor.require("receipt.record")
    with act("undo_uses", actor=actor, reason=reason) as opened:
        uses = _locked_uses(use_ids)
        if any(use.kind in (UseKind.RECEIPT, UseKind.BOUNCE) for use in uses):
            actor.require("allocation.write")
        rows = [undoing(use, opened, reason.strip()) for use in uses]
        write_uses(rows)
        made = [use for use in uses if not use.settled_with.get("linked")]
        _undo_bounces([use for use in made if use.kind == UseKind.BOUNCE], today, opened)
        _undo_documents([use for use in made if use.kind in (UseKind.RECEIPT, UseKind.REFUND)], today, opened)
        _undo_claims([use for use in made if use.kind == UseKind.POOL], today, opened)
        _undo_entries([use for use in made if use.entry_id], opened)
        _end_disputes(
            [use for use in made if use.settled_with.get("short_reason") == DISPUTED], today, opened
        )
        forget_payers(payers_of(uses))
        free_advices([use.line_id for use in uses])
    return rows


def _locked_uses(use_ids: Sequence[UUID]) -> list[LineUse]:
    """The uses with those of the lines settled with them, their lines locked; none of them undone yet."""
    asked = list(LineUse.objects.filter(pk__in=use_ids))
    if len(asked) != len(set(use_ids)):
        raise LineRefused(_("要撤销的处理不存在，或不属于本组织。"), code="unknown_use")
    together = {(use.act_id, UUID(key)) for use in asked for key in use.settled_with.get("lines", ())}
    locked_lines({use.line_id for use in asked} | {line for _act, line in together})
    keys = {use.pk for use in asked}
    if together:
        others = LineUse.objects.filter(
            act_id__in={key for key, _line in together}, line_id__in={line for _act, line in together}
        )
        shared = {tuple(use.settled_with.get("lines", ())) for use in asked}
        keys |= {use.pk for use in others if tuple(use.settled_with.get("lines", ())) in shared}
    found = list(standing_uses().filter(pk__in=keys).select_related("line", "document").order_by("pk"))
    if len(found) != len(keys):
        raise LineRefused(_("这次处理已经撤销过。"), code="nothing_to_undo")
    return found


def _undo_documents(uses: Sequence[LineUse], today: date, opened: OpenAct) -> None:
    """Unsettle what was settled, from the days it was settled on, and void receipts, refunds and differences."""
    if not uses:
        return
    documents = {use.document_id for use in uses if use.document_id} | made_beside(uses)
    void_settled(documents, _with_credits(uses), today, opened)


def _end_disputes(uses: Sequence[LineUse], today: date, opened: OpenAct) -> None:
    """A dispute opened over what a payment lacked ends with the payment."""
    withdraw_disputes(
        {UUID(key) for use in uses for key in use.settled_with.get("items", ())},
        opened_in={use.act_id for use in uses},
        outcome=_("付款的核销已撤销。"),
        today=today,
        opened=opened,
    )


def _undo_claims(uses: Sequence[LineUse], today: date, opened: OpenAct) -> None:
    """Money in the pool that was claimed meanwhile is taken back from the customer, too."""
    rows = UnidentifiedReceipt.objects.filter(pk__in=[use.unidentified_id for use in uses])
    claimed = {
        row.document_id
        for row in rows.order_by("pk").select_for_update(no_key=True)
        if row.document_id is not None
    }
    standing = Document.objects.filter(pk__in=claimed, voided_by=None).values_list("pk", flat=True)
    void_settled(set(standing), (), today, opened)


def void_settled(
    document_ids: Collection[UUID], besides: Iterable[UUID], today: date, opened: OpenAct
) -> None:
    """Void documents with the allocations of their items, and undo the allocations `besides`."""
    if not document_ids:
        return
    active = list(
        active_allocations(document_ids).values_list(
            "pk", "debit_item__document_id", "debit_item__document__kind", "credit_item__document_id"
        )
    )
    for _key, debit, kind, _credit in active:
        if kind in PAID_BACK and debit not in document_ids:
            raise LineRefused(_("这笔款项已经退款或退票，请先撤销退款或退票。"), code="paid_back")
    keys = {row[0] for row in active} | set(besides)
    post_reversals(sorted(keys), effective_on=None, today=today, opened=opened)
    post_voids(sorted(document_ids), today=today, opened=opened)


def active_allocations(document_ids: Collection[UUID]) -> Any:
    """Allocations of the items of documents that are not undone."""
    undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
    of_documents = Q(debit_item__document_id__in=document_ids) | Q(credit_item__document_id__in=document_ids)
    return Allocation.objects.filter(of_documents, reverses=None).exclude(pk__in=undone)


def _with_credits(uses: Sequence[LineUse]) -> list[UUID]:
    """The allocations of credit notes and advances that were used up together with lines."""
    found: list[UUID] = []
    undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
    wanted = Q(pk__in=())
    for use in uses:
        if use.settled_with.get("credits"):
            wanted |= Q(
                act_id=use.act_id,
                credit_item_id__in=use.settled_with["credits"],
                debit_item_id__in=use.settled_with["items"],
            )
    if len(wanted):
        rows = Allocation.objects.filter(wanted, reverses=None).exclude(pk__in=undone)
        found = list(rows.values_list("pk", flat=True))
    return found


def made_beside(uses: Iterable[LineUse]) -> set[UUID]:
    """The documents that were made beside receipts, of differences or of what a bounce owes again."""
    return {UUID(key) for use in uses for key in use.settled_with.get("documents", ())}


def _undo_entries(uses: Sequence[LineUse], opened: OpenAct) -> None:
    """Entries of lines are taken back by the same entries in red, on their own dates."""
    if not uses:
        return
    entries = {
        entry.pk: entry for entry in JournalEntry.objects.filter(pk__in=[use.entry_id for use in uses])
    }
    lines: dict[UUID, list[EntryLine]] = {key: [] for key in entries}
    for line in JournalLine.objects.filter(entry_id__in=entries).order_by("entry_id", "position"):
        lines[line.entry_id].append(EntryLine(line.account_id, debit=-line.debit, credit=-line.credit))
    post_entries(
        [
            NewEntry(entry.event, entry.effective_on, tuple(lines[key]), _("撤销 %s") % entry.memo)
            for key, entry in sorted(entries.items())
        ],
        opened=opened,
    )


def _undo_bounces(uses: Sequence[LineUse], today: date, opened: OpenAct) -> None:
    """What bounced was paid after all: it settles again what it had settled, from the day it bounced on."""
    if not uses:
        return
    void_settled(made_beside(uses), (), today, opened)
    post_allocations(
        [
            NewAllocation(UUID(debit), UUID(credit), Decimal(amount), date.fromisoformat(on))
            for use in uses
            for debit, credit, amount, on in use.settled_with.get("reopened", ())
        ],
        today=today,
        opened=opened,
    )

"""After an import: lay rows to rest that were left out, undo a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from huikuan.audit.models import Event
from huikuan.audit.operations import act, record_event
from huikuan.customers.models import Customer
from huikuan.customers.operations import remove_customers
from huikuan.files.models import AttachedFile
from huikuan.integrations.models import Batch, ImportedRow, Kind, Problem, State
from huikuan.integrations.operations.batches import ImportRefused
from huikuan.ledger.models import Allocation, Document
from huikuan.ledger.models import Kind as DocumentKind
from huikuan.ledger.operations import remove_rates, reverse_allocations, void_documents
from huikuan.notices.models import Note
from huikuan.organizations.actors import Actor

NOT_UNDOABLE = (Kind.PRODUCTS, Kind.ORDERS, Kind.DELIVERIES)


def dismiss_problems(problem_ids: Sequence[UUID], *, actor: Actor) -> int:
    """Lay rows to rest that will not be imported; returns how many."""
    actor.require("import.run")
    with act("dismiss_problems", actor=actor):
        waiting = Problem.objects.filter(
            pk__in=problem_ids, status__in=(Problem.Status.SET_ASIDE, Problem.Status.REJECTED)
        )
        return waiting.update(status=Problem.Status.DISMISSED)


def undo_batch(batch_id: UUID, *, actor: Actor, today: date) -> int:
    """Undo an import as if it had never been, while nothing else rests on it; returns documents undone.

    Its documents are voided on their own dates and its allocations reversed; their numbers may be imported
    again. Customers that they opened stay. An import of customers takes those it opened out of the lists again,
    and returns how many; it is refused where it changed customers that were there before. Called inside `tenant()`.
    """
    actor.require("import.run")
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in (State.DONE, State.FAILED):
        raise ImportRefused(_("这次导入还在进行，或已经撤销。"), code="not_undoable")
    if batch.kind in NOT_UNDOABLE:
        raise ImportRefused(
            _("产品、订单和发货的导入不能整批撤销；请在各自的页面取消订单或作废发货单。"), code="not_undoable"
        )
    with act("undo_import", actor=actor, reason=batch.file_name):
        if batch.kind == Kind.ALLOCATIONS:
            undone = _reverse_allocations_of(batch, actor, today)
        elif batch.kind == Kind.CUSTOMERS:
            undone = _remove_customers_of(batch, actor)
        elif batch.kind == Kind.RATES:
            recorded = Event.objects.filter(act__origin_id=batch.pk, record_kind="rate", action="recorded")
            undone = remove_rates(recorded.values_list("record_id", flat=True), actor=actor)
        else:
            documents = Document.objects.filter(act__origin_id=batch.pk, voided_by__isnull=True)
            undone = void_documents(
                list(documents.values_list("pk", flat=True)),
                actor=actor,
                reason=_("撤销导入 %s") % batch.file_name,
                today=today,
            )
        ImportedRow.objects.filter(batch=batch).delete()
        batch.state = State.UNDONE
        batch.save(update_fields=["state"])
        record_event(
            action="undone", record_kind="import", record_id=batch.pk, content={"file": batch.file_name}
        )
    return undone


def _reverse_allocations_of(batch: Batch, actor: Actor, today: date) -> int:
    reversed_ids = Allocation.objects.filter(reverses__isnull=False).values("reverses_id")
    active = Allocation.objects.filter(act__origin_id=batch.pk, reverses__isnull=True).exclude(
        pk__in=reversed_ids
    )
    return reverse_allocations(
        list(active.values_list("pk", flat=True)), effective_on=None, actor=actor, today=today
    )


def _remove_customers_of(batch: Batch, actor: Actor) -> int:
    """Remove the customers that an import opened. Locked, they get no new documents meanwhile."""
    opened = list(
        Customer.objects.filter(created_act__origin_id=batch.pk)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    keys = [customer.pk for customer in opened]
    changes = Event.objects.filter(record_kind="customer", action="changed")
    others = changes.filter(act__origin_id=batch.pk).exclude(record_id__in=keys)
    if number := others.values("record_id").distinct().count():
        raise ImportRefused(
            _("这次导入还更改了 %d 个原有客户的资料，不能撤销：请再次导入正确的档案。") % number,
            code="changed_others",
        )
    # Acts are numbered by time; before the first of these the customers may have come and gone once already.
    began = min((customer.created_act_id for customer in opened if customer.created_act_id), default=batch.pk)
    later = changes.filter(record_id__in=keys, act_id__gt=began).exclude(act__origin_id=batch.pk)
    resting: tuple[tuple[str, QuerySet[Any], str], ...] = (
        (
            _("有单据"),
            Document.objects.filter(voided_by__isnull=True).exclude(kind=DocumentKind.REVERSAL),
            "customer_id",
        ),
        (_("资料后来又改过"), later, "record_id"),
        (_("有下级客户"), Customer.objects.exclude(pk__in=keys), "parent_id"),
        (_("有备注"), _notes(), "record_id"),
        (_("有附件"), AttachedFile.objects.filter(record_kind="customer", removed_at=None), "record_id"),
    )
    for why, rows, column in resting:
        found = rows.filter(**{f"{column}__in": keys}).order_by().values_list(column, flat=True).first()
        if found is not None:
            code = next(customer.code for customer in opened if customer.pk == found)
            raise ImportRefused(
                _("客户 %(code)s %(why)s,这次导入不能撤销。") % {"code": code, "why": why}, code="rests_on_it"
            )
    remove_customers(opened, actor=actor)
    return len(opened)


def _notes() -> QuerySet[Note]:
    """What stands written on customers."""
    later = Note.objects.filter(replaces_id=OuterRef("pk"))
    return Note.objects.filter(~Exists(later), record_kind="customer", removed=False)

"""After an import: lay rows to rest that were left out, undo a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.integrations.models import Batch, ImportedRow, Kind, Problem, State
from huikuan.integrations.operations.batches import ImportRefused
from huikuan.ledger.models import Allocation, Document
from huikuan.ledger.operations import reverse_allocations, void_documents
from huikuan.organizations.actors import Actor


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
    again. Customers that it opened stay. Called inside `tenant()`.
    """
    actor.require("import.run")
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in (State.DONE, State.FAILED):
        raise ImportRefused(_("这次导入还在进行,或已经撤销。"), code="not_undoable")
    if batch.kind == Kind.CUSTOMERS:
        raise ImportRefused(_("客户档案的导入不能撤销:请再次导入正确的档案。"), code="not_undoable")
    with act("undo_import", actor=actor, reason=batch.file_name):
        if batch.kind == Kind.ALLOCATIONS:
            undone = _reverse_allocations_of(batch, actor, today)
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

"""After an import: accept rows that were set aside, try corrected rows again, undo a whole batch."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch, ImportedRow, Kind, Problem, State
from huikuan.integrations.operations.batches import ImportRefused, Report, import_file
from huikuan.integrations.operations.run import SUSPICIONS, ImportOptions
from huikuan.ledger.models import Allocation, Document
from huikuan.ledger.operations import reverse_allocations, void_documents
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization


def accept_problems(
    problem_ids: Sequence[UUID], *, organization: Organization, actor: Actor, today: date
) -> Report:
    """Import rows that were set aside as they are; each is taken once. Called outside `tenant()`."""
    return _again({key: {} for key in problem_ids}, True, organization, actor, today)


def retry_problems(
    corrected: Mapping[UUID, Mapping[str, str]], *, organization: Organization, actor: Actor, today: date
) -> Report:
    """Import rows again with corrected values (field → text), as a batch of their own."""
    return _again(corrected, False, organization, actor, today)


def dismiss_problems(problem_ids: Sequence[UUID], *, actor: Actor) -> int:
    """Lay rows to rest that will not be imported; returns how many."""
    actor.require("import.run")
    with act("dismiss_problems", actor=actor):
        waiting = Problem.objects.filter(
            pk__in=problem_ids, status__in=(Problem.Status.SET_ASIDE, Problem.Status.REJECTED)
        )
        return waiting.update(status=Problem.Status.DISMISSED)


def _again(
    corrected: Mapping[UUID, Mapping[str, str]],
    accepting: bool,
    organization: Organization,
    actor: Actor,
    today: date,
) -> Report:
    actor.require("import.run")
    waiting = (
        (Problem.Status.SET_ASIDE,) if accepting else (Problem.Status.SET_ASIDE, Problem.Status.REJECTED)
    )
    with tenant(organization.pk):
        problems = list(
            Problem.objects.filter(pk__in=corrected, status__in=waiting).select_for_update().order_by("row")
        )
        batches = {problem.batch_id for problem in problems}
        if len(batches) != 1:
            raise ImportRefused(_("这些行已经处理过,或不属于同一次导入。"), code="nothing_waiting")
        batch = Batch.objects.get(pk=batches.pop())
        # Marked first: a second click finds nothing waiting, and an interrupted try can be seen and repeated.
        rows = {(batch.pk, problem.row) for problem in problems}
        Problem.objects.filter(batch=batch, row__in=[row for _batch, row in rows]).update(
            status=Problem.Status.ACCEPTED
        )
    options = replace(
        _options_of(batch),
        accept=frozenset(SUSPICIONS) if accepting else frozenset(),
        continue_occurrences=accepting,
    )
    values = {problem.row: {**problem.values, **corrected[problem.pk]} for problem in problems}
    try:
        return _import_values(list(values.values()), batch, options, organization, actor, today)
    except BaseException:
        with tenant(organization.pk):
            for problem in problems:
                Problem.objects.filter(batch=batch, row=problem.row).update(status=problem.status)
        raise


def _options_of(batch: Batch) -> ImportOptions:
    kept = {"currency", "terms", "existing_customers_only", "opening"}
    values = {item.name: batch.options.get(item.name) for item in fields(ImportOptions) if item.name in kept}
    rate = batch.options.get("rate")
    return ImportOptions(**values, rate=Decimal(rate) if rate else None, date_format="YMD")


def _import_values(
    values: list[dict[str, str]],
    batch: Batch,
    options: ImportOptions,
    organization: Organization,
    actor: Actor,
    today: date,
) -> Report:
    names = sorted({name for row in values for name in row})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corrected.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(values)
        return import_file(
            path,
            kind=batch.kind,
            organization=organization,
            actor=actor,
            today=today,
            options=replace(options, mapping={name: name for name in names}, encoding="utf-8", delimiter=","),
            file_name=_("%s(更正)") % batch.file_name[:240],
        )


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

"""Settling the rows that an import left out, where they stand: what is still wrong stays with its row.

`retry_problems` and `accept_problems` import rows as a batch of their own. Here the findings of that batch
return to the rows of the file they came from, so that a person goes on correcting in the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.integrations.models import Batch, Problem
from huikuan.integrations.operations.batches import ImportRefused, Report
from huikuan.integrations.operations.corrections import accept_problems, retry_problems
from huikuan.integrations.tables import KINDS, Role
from huikuan.integrations.tables.amounts import AmountColumn
from huikuan.integrations.tables.dates import DateColumn
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

WAITING = (Problem.Status.SET_ASIDE, Problem.Status.REJECTED)


@dataclass(frozen=True)
class Settled:
    """What became of rows that were tried again: rows taken, rows already in the books, rows that still wait."""

    imported: int
    unchanged: int
    left: int
    report: Report


def correct_rows(
    batch_id: UUID,
    corrected: Mapping[UUID, Mapping[str, str]],
    *,
    organization: Organization,
    actor: Actor,
    today: date,
) -> Settled:
    """Import rows of a batch again with corrected values (problem → field → text). Called outside `tenant()`.

    Dates and amounts may be written as in the file or plainly (2026-11-21, 1234.50).
    """
    rows, batch = _rows(batch_id, corrected, organization)
    values = {
        key: {
            name: plain_text(batch, name, text) for name, text in {**rows[key][1], **corrected[key]}.items()
        }
        for key in rows
    }
    if any(not any(text for text in fields.values()) for fields in values.values()):
        raise ImportRefused(_("这一行是空的；不需要的行请放弃。"), code="row_empty")
    report = retry_problems(values, organization=organization, actor=actor, today=today)
    return _settled(report, batch, rows, values, organization)


def accept_rows(
    batch_id: UUID, problem_ids: Sequence[UUID], *, organization: Organization, actor: Actor, today: date
) -> Settled:
    """Import rows that were set aside as they are. Called outside `tenant()`."""
    rows, batch = _rows(batch_id, problem_ids, organization)
    report = accept_problems(list(rows), organization=organization, actor=actor, today=today)
    return _settled(report, batch, rows, {key: values for key, (_row, values) in rows.items()}, organization)


def _rows(
    batch_id: UUID, problem_ids: Mapping[UUID, Any] | Sequence[UUID], organization: Organization
) -> tuple[dict[UUID, tuple[int, dict[str, str]]], Batch]:
    """The rows meant by these problems, once each and in order: problem → (line, texts by field)."""
    with tenant(organization.pk):
        batch = Batch.objects.get(pk=batch_id)
        chosen = Problem.objects.filter(batch=batch, pk__in=list(problem_ids), status__in=WAITING)
        found: dict[UUID, tuple[int, dict[str, str]]] = {}
        for row, group in groupby(chosen.order_by("row", "pk"), key=lambda problem: problem.row):
            problems = list(group)
            values = {name: text for problem in problems for name, text in problem.values.items()}
            found[problems[0].pk] = (row, values)
    if not found:
        raise ImportRefused(_("这些行已经处理过，或不属于这次导入。"), code="nothing_waiting")
    return found, batch


def plain_text(batch: Batch, name: str, text: str) -> str:
    """A date or an amount as the file writes it, in the form that reads only one way; other text cleaned."""
    text = " ".join(text.split())
    field = KINDS[batch.kind].by_name.get(name)
    if not text or field is None:
        return text
    if field.role == Role.DATE:
        orders = (batch.layout.get("date_formats", {}).get(name, "YMD"), "YMD")
        readings = (DateColumn(order).convert(text) for order in orders)
        return next((day.isoformat() for day in readings if isinstance(day, date)), text)
    if field.role == Role.AMOUNT:
        amount = AmountColumn(batch.layout.get("decimal", {}).get(name, ".")).convert(text)
        return f"{amount:f}" if isinstance(amount, Decimal) else text
    return text


def _settled(
    report: Report,
    batch: Batch,
    rows: Mapping[UUID, tuple[int, dict[str, str]]],
    values: Mapping[UUID, Mapping[str, str]],
    organization: Organization,
) -> Settled:
    """Bring the findings of the new batch back to the rows they concern; it keeps what it imported."""
    lines = sorted((row, key) for key, (row, _values) in rows.items())
    assert report.batch_id is not None
    left = {problem.row for problem in report.problems}
    with tenant(organization.pk):
        again = []
        for problem in report.problems:
            row, key = lines[problem.row - 2]  # the corrected file: a header, then the rows in order
            again.append(_moved(problem, batch, row, values[key]))
        Problem.objects.filter(batch=batch, row__in=[lines[line - 2][0] for line in left]).delete()
        Problem.objects.bulk_create(again, batch_size=2000)
        Problem.objects.filter(batch_id=report.batch_id).delete()
        taken = report.imported + report.unchanged
        new = Batch.objects.get(pk=report.batch_id)
        new.options = {**new.options, "corrects": str(batch.pk)}
        new.rows_total = new.rows_read = taken
        new.set_aside = new.rejected = 0
        new.save(update_fields=["options", "rows_total", "rows_read", "set_aside", "rejected"])
    return Settled(report.imported, report.unchanged, len(left), report)


def _moved(problem: Problem, batch: Batch, row: int, values: Mapping[str, str]) -> Problem:
    columns: list[str] = list(batch.layout.get("columns", ()))
    mapping: dict[str, int] = batch.layout.get("mapping", {})
    cells = [""] * len(columns)
    for name, text in values.items():
        if name in mapping:
            cells[mapping[name]] = text
    kind = KINDS[batch.kind]
    # The corrected file's headers are field names: back to the header that the person knows.
    title = problem.column
    if title in mapping:
        title = columns[mapping[title]]
    elif title in kind.by_name:
        title = kind.label(title)
    return Problem(
        organization_id=current_organization_id(),
        batch=batch,
        row=row,
        column=title[:200],
        code=problem.code,
        message=problem.message,
        status=problem.status,
        cells=cells,
        values=dict(values),
    )

"""Settling the rows that an import left out, where they stand: what is still wrong stays with its row.

Rows are imported again as a batch of their own, whose findings return to the rows of the file they came from, so
that a person goes on correcting in the same place.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.integrations.models import Batch, Problem
from huikuan.integrations.operations.batches import ImportRefused, Report, import_file
from huikuan.integrations.operations.run import SUSPICIONS, ImportOptions
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.tables import KINDS, Role
from huikuan.tables.amounts import AmountColumn
from huikuan.tables.dates import DateColumn

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
    if any(not any(text for text in texts.values()) for texts in values.values()):
        raise ImportRefused(_("这一行是空的；不需要的行请放弃。"), code="row_empty")
    report = _import_again(values, batch, _options_of(batch), organization, actor, today)
    return _settled(report, batch, rows, values, organization)


def accept_rows(
    batch_id: UUID, problem_ids: Sequence[UUID], *, organization: Organization, actor: Actor, today: date
) -> Settled:
    """Import rows that were set aside as they are. Called outside `tenant()`."""
    rows, batch = _rows(batch_id, problem_ids, organization, waiting=(Problem.Status.SET_ASIDE,))
    values = {key: texts for key, (_row, texts) in rows.items()}
    options = replace(_options_of(batch), accept=frozenset(SUSPICIONS), continue_occurrences=True)
    report = _import_again(values, batch, options, organization, actor, today)
    return _settled(report, batch, rows, values, organization)


def _rows(
    batch_id: UUID,
    problem_ids: Mapping[UUID, Any] | Sequence[UUID],
    organization: Organization,
    *,
    waiting: Sequence[Problem.Status] = WAITING,
) -> tuple[dict[UUID, tuple[int, dict[str, str]]], Batch]:
    """The rows meant by these problems, once each and in order: problem → (line, texts by field)."""
    with tenant(organization.pk):
        batch = Batch.objects.get(pk=batch_id)
        chosen = Problem.objects.filter(batch=batch, pk__in=list(problem_ids), status__in=waiting)
        found: dict[UUID, tuple[int, dict[str, str]]] = {}
        for row, group in groupby(chosen.order_by("row", "pk"), key=lambda problem: problem.row):
            problems = list(group)
            values = {name: text for problem in problems for name, text in problem.values.items()}
            found[problems[0].pk] = (row, values)
    if not found:
        raise ImportRefused(_("这些行已经处理过，或不属于这次导入。"), code="nothing_waiting")
    return found, batch


def _options_of(batch: Batch) -> ImportOptions:
    kept = {"currency", "terms", "existing_customers_only", "opening"}
    values = {item.name: batch.options.get(item.name) for item in fields(ImportOptions) if item.name in kept}
    rate = batch.options.get("rate")
    values["currency"] = values["currency"] or batch.layout.get("currency")  # its headers are field names now
    return ImportOptions(**values, rate=Decimal(rate) if rate else None, date_format="YMD")


def _import_again(
    values: Mapping[UUID, Mapping[str, str]],
    batch: Batch,
    options: ImportOptions,
    organization: Organization,
    actor: Actor,
    today: date,
) -> Report:
    """Import the rows of these problems in order; where that fails, they wait as before."""
    actor.require("import.run")
    with tenant(organization.pk):
        problems = list(
            Problem.objects.filter(pk__in=values, status__in=WAITING).select_for_update().order_by("row")
        )
        if len(problems) != len(values):
            raise ImportRefused(_("这些行已经处理过，或不属于这次导入。"), code="nothing_waiting")
        # Marked first: a second click finds nothing waiting, and an interrupted try can be seen and repeated.
        rows = [problem.row for problem in problems]
        Problem.objects.filter(batch=batch, row__in=rows).update(status=Problem.Status.ACCEPTED)
    try:
        return _import_texts(
            [values[problem.pk] for problem in problems], batch, options, organization, actor, today
        )
    except BaseException:
        with tenant(organization.pk):
            for problem in problems:
                Problem.objects.filter(batch=batch, row=problem.row).update(status=problem.status)
        raise


def _import_texts(
    rows: Sequence[Mapping[str, str]],
    batch: Batch,
    options: ImportOptions,
    organization: Organization,
    actor: Actor,
    today: date,
) -> Report:
    names = sorted({name for row in rows for name in row})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corrected.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return import_file(
            path,
            kind=batch.kind,
            organization=organization,
            actor=actor,
            today=today,
            options=replace(options, mapping={name: name for name in names}, encoding="utf-8", delimiter=","),
            file_name=_("%s（更正）") % batch.file_name[:240],
        )


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
        said=problem.said,
        field=problem.field,
        status=problem.status,
        cells=cells,
        values=dict(values),
    )

"""Reads about imports: the history, what a batch put into the books, and the rows it left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from huikuan.customers.models import Customer
from huikuan.integrations.models import Batch, Mapping, Problem, State
from huikuan.ledger.models import Allocation, Document
from huikuan.tables import KINDS
from huikuan.tables import Problem as RowProblem

OPEN = (Problem.Status.SET_ASIDE, Problem.Status.REJECTED)


def batches() -> QuerySet[Batch]:
    """The imports of the organization; corrections that took nothing in are left out."""
    return Batch.objects.exclude(options__has_key="corrects", imported=0)


def batch_by_id(batch_id: UUID) -> Batch | None:
    """An import of the current organization."""
    return Batch.objects.filter(pk=batch_id).first()


def is_abandoned(stored_path: str) -> bool:
    """Whether the last import of a waiting file was stopped or broke off, so that it may be tried again."""
    last = Batch.objects.filter(stored_path=stored_path).order_by("-started_at", "-pk").first()
    return last is not None and last.state == State.FAILED


def remembered_columns(kind: str, header_signature: str) -> dict[str, str]:
    """How a file with these headers was read last time: field → header text; empty for a new one."""
    mapping = Mapping.objects.filter(kind=kind, header_signature=header_signature).first()
    return dict(mapping.columns) if mapping else {}


@dataclass(frozen=True)
class BookedDocuments:
    """Documents of one kind and currency that a batch recorded and that still stand."""

    kind: str
    currency: str
    count: int
    amount: Decimal


def booked_documents(batch_id: UUID) -> list[BookedDocuments]:
    """What a batch put into the ledger, by kind and currency."""
    sums = (
        Document.objects.filter(act__origin_id=batch_id, voided_by__isnull=True)
        .values("kind", "currency")
        .annotate(count=Count("pk"), total=Sum("amount"))
        .order_by("kind", "currency")
    )
    return [BookedDocuments(row["kind"], row["currency"], row["count"], row["total"]) for row in sums]


def made_documents(batch_id: UUID, *, limit: int = 10) -> dict[str, list[Document]]:
    """The first documents that a batch recorded and that still stand, by kind, in the order of their numbers."""
    standing = Document.objects.filter(act__origin_id=batch_id, voided_by__isnull=True)
    kinds = standing.order_by("kind").values_list("kind", flat=True).distinct()
    return {
        kind: list(
            standing.filter(kind=kind)
            .select_related("customer")
            .only("id", "number", "currency", "amount", "customer_id", "customer__name")
            .order_by("number")[:limit]
        )
        for kind in kinds
    }


def allocation_count(batch_id: UUID) -> int:
    """Allocations that a batch wrote and that were not reversed."""
    reversed_ids = Allocation.objects.filter(reverses__isnull=False).values("reverses_id")
    written = Allocation.objects.filter(act__origin_id=batch_id, reverses__isnull=True)
    return written.exclude(pk__in=reversed_ids).count()


def opened_customers(batch_id: UUID, *, limit: int = 12) -> list[Customer]:
    """The first customers that a batch opened, by code."""
    return list(Customer.objects.filter(created_act__origin_id=batch_id).order_by("code")[:limit])


@dataclass(frozen=True)
class ProblemCode:
    """Rows left out for one reason: `message` is that of one of them."""

    code: str
    status: str
    message: str
    rows: int


def problem_codes(batch_id: UUID) -> list[ProblemCode]:
    """Why rows of a batch still wait, the most frequent reason first."""
    found = (
        Problem.objects.filter(batch_id=batch_id, status__in=OPEN)
        .values("code", "status")
        .annotate(rows=Count("row", distinct=True))
        .order_by("-rows", "code")
    )
    return [ProblemCode(row["code"], row["status"], "", row["rows"]) for row in found]


def waiting_rows(batch_id: UUID) -> dict[str, int]:
    """How many rows of a batch still wait, by status."""
    found = (
        Problem.objects.filter(batch_id=batch_id)
        .values("status")
        .annotate(rows=Count("row", distinct=True))
        .values_list("status", "rows")
    )
    return dict(found)


@dataclass(frozen=True)
class ProblemRow:
    """A row of a file that was left out, with everything that is wrong with it.

    `id` stands for the row in operations; `values` are its texts by field, `bad` the fields concerned.
    """

    id: UUID
    row: int
    status: str
    problems: tuple[Problem, ...]
    values: dict[str, str]
    bad: frozenset[str]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


def problem_rows(
    batch: Batch, *, statuses: Sequence[str] = OPEN, code: str = "", offset: int = 0, limit: int = 25
) -> tuple[list[ProblemRow], int]:
    """A page of the rows left out, in the order of the file, and how many there are."""
    chosen = Problem.objects.filter(batch=batch, status__in=statuses)
    if code:
        chosen = chosen.filter(code=code)
    numbers = chosen.values_list("row", flat=True).distinct().order_by("row")
    page = list(numbers[offset : offset + limit])
    problems = Problem.objects.filter(batch=batch, row__in=page).order_by("row", "pk")
    return grouped(batch, problems), numbers.count()


def grouped(batch: Batch, problems: Iterable[Problem]) -> list[ProblemRow]:
    """Problems, ordered by row, as one entry per row."""
    rows = []
    for number, group in groupby(problems, key=lambda problem: problem.row):
        found = tuple(group)
        values: dict[str, str] = {}
        for problem in found:
            values |= problem.values
        bad = frozenset(name for problem in found if (name := field_of(batch, problem)))
        rows.append(ProblemRow(found[0].pk, number, found[0].status, found, values, bad))
    return rows


def field_of(batch: Batch, problem: Problem) -> str:
    """The field that a problem concerns; of older ones, what their column means: a header of the file, else the label."""
    title = problem.column
    if problem.field or not title:
        return problem.field
    columns = batch.layout.get("columns", [])
    for name, index in batch.layout.get("mapping", {}).items():
        if index < len(columns) and columns[index] == title:
            return str(name)
    kind = KINDS[batch.kind]
    return next((item.name for item in kind.fields if kind.label(item.name) == title), "")


def title_of(batch: Batch, problem: Problem) -> str:
    """The column that a problem concerns: the file's header, else the field's label in the reader's language."""
    if problem.field and problem.column not in batch.layout.get("columns", []):
        return KINDS[batch.kind].label(problem.field)
    return problem.column


def problems_for_sheet(batch_id: UUID, statuses: Sequence[str] = OPEN) -> Iterator[RowProblem]:
    """The problems of a batch as `write_problems_xlsx` takes them, read as they are written."""
    problems = Problem.objects.filter(batch_id=batch_id, status__in=statuses).order_by("row", "pk")
    for problem in problems.iterator(chunk_size=2000):
        yield RowProblem(
            problem.row, problem.column, problem.field, problem.code, problem.sentence, list(problem.cells)
        )

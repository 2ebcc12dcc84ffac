"""What the importers of all kinds share: the options, the running counts and the rows that were not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Min

from huikuan.core.money import currency_exponent, is_currency, quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.said import as_kept
from huikuan.core.said import said as _
from huikuan.integrations.models import Problem
from huikuan.ledger.models import Period, Rate
from huikuan.organizations.actors import Actor
from huikuan.tables import KINDS, Chunk, Layout
from huikuan.tables import Problem as RowProblem

SUSPICIONS = ("due_before_issue", "paid_before_issue", "duplicate", "unknown_customer", "group_too_deep")
"""Codes of rows that are set aside: a person may accept them."""


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be imported. `accept` names the suspicions that are not to be set aside.

    `terms`: days from the document to its due date where the file names none. `rate`: base currency per unit
    of every foreign currency met, in place of the table of rates. `opening`: balances brought in, posted against the opening account.
    `continue_occurrences`: rows equal to imported ones are further ones, not the same (accepted duplicates).
    `retyped`, `skipped`: cells typed over and lines left out before the import, as in `Layout`; `accept_lines`:
    lines that are imported whatever is suspicious about them.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    currency: str | None = None
    terms: int | None = None
    accept: frozenset[str] = frozenset()
    existing_customers_only: bool = False
    opening: bool = False
    rate: Decimal | None = None
    continue_occurrences: bool = False
    retyped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()
    accept_lines: frozenset[int] = frozenset()


@dataclass
class Run:
    """One run over one file; the importers of its chunks keep their counts and findings here."""

    batch_id: UUID
    layout: Layout
    options: ImportOptions
    actor: Actor
    today: date
    base_currency: str
    read: int = 0
    imported: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    customers_created: int = 0
    rounded: int = 0
    problems: list[Problem] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """The currency of rows that name none: as given, else as the file's signs or headers show."""
        return self.options.currency or self.layout.currency or self.base_currency

    def take_over(self, chunk: Chunk) -> None:
        """Count a chunk and keep the rows its reading already rejected."""
        self.read += chunk.read
        self.rejected += chunk.rejected
        fields = {column: name for name, column in self.layout.mapping.items()}
        for found in chunk.problems:
            values = {fields[index]: cell for index, cell in enumerate(found.raw) if index in fields}
            self.problems.append(self._problem(found, Problem.Status.REJECTED, values))

    def leave_out(
        self, line: int, name: str, code: str, message: str, values: dict[str, str], *, status: str
    ) -> None:
        """Keep a row that was not taken, by its texts, with what is wrong with its field `name`."""
        layout = self.layout
        cells = [""] * len(layout.columns)
        for key, text in values.items():
            cells[layout.mapping[key]] = text
        column = layout.mapping.get(name)
        if column is not None:
            title = layout.columns[column]
        else:
            title = KINDS[layout.kind].label(name) if name else ""
        found = RowProblem(line, title, name, code, message, cells)
        self.problems.append(self._problem(found, status, values))

    def _problem(self, found: RowProblem, status: str, values: dict[str, str]) -> Problem:
        return Problem(
            organization_id=current_organization_id(),
            batch_id=self.batch_id,
            row=found.row,
            column=found.column[:200],
            code=found.code,
            message=found.message[:500],
            said=as_kept(found.message),
            field=found.field,
            status=status,
            cells=found.raw,
            values=values,
        )


class Rows:
    """The usable rows of one chunk, and which of them are still to be imported."""

    def __init__(self, chunk: Chunk, run: Run) -> None:
        self.chunk = chunk
        self.columns = chunk.columns
        self.run = run
        self.live = dict.fromkeys(range(len(chunk)))

    def values(self, index: int) -> dict[str, str]:
        """The row as plain text by field, as it can be imported again."""
        return {
            name: str(column[index])
            for name, column in self.columns.items()
            if name in self.run.layout.mapping and column[index] is not None
        }

    def unchanged(self, index: int) -> None:
        """The row is already in the books."""
        del self.live[index]
        self.run.unchanged += 1

    def reject(self, index: int, name: str, code: str, message: str) -> None:
        """The row cannot be imported as it is."""
        self._leave_out(index, name, code, message, Problem.Status.REJECTED)
        self.run.rejected += 1

    def suspect(self, index: int, name: str, code: str, message: str) -> bool:
        """Set the row aside, unless the suspicion is accepted; returns whether it was set aside."""
        options = self.run.options
        if code in options.accept or self.chunk.line[index] in options.accept_lines:
            return False
        self._leave_out(index, name, code, message, Problem.Status.SET_ASIDE)
        self.run.set_aside += 1
        return True

    def _leave_out(self, index: int, name: str, code: str, message: str, status: str) -> None:
        self.live.pop(index, None)
        self.run.leave_out(self.chunk.line[index], name, code, message, self.values(index), status=status)


def check_currency(rows: Rows, index: int, amounts: Sequence[str], *, on: date) -> str | None:
    """The row's currency, or None when it is unknown or has no rate on `on` (the row is rejected then).

    The rate is the one given for the run, else the latest of the table up to the day.
    The row's amounts (fields named by `amounts`) are rounded to the currency, half up, and counted for a notice.
    """
    run = rows.run
    currency = rows.columns["currency"][index] or run.currency
    if not is_currency(currency):
        rows.reject(index, "currency", "currency_unknown", _("不认识的币种 %s") % currency)
        return None
    if currency != run.base_currency and run.options.rate is None and not _rated(run, currency, on):
        rows.reject(index, "currency", "rate_missing", _("外币 %s 需要汇率") % currency)
        return None
    unit = run.memory.setdefault(f"unit {currency}", Decimal(1).scaleb(-currency_exponent(currency)))
    for name in amounts:
        amount = rows.columns[name][index]
        if amount is not None and not amount.same_quantum(unit):
            rounded = quantize(amount, currency)
            if rounded != amount:
                run.rounded += name == "amount"
            rows.columns[name][index] = rounded
    return str(currency)


def _rated(run: Run, currency: str, on: date) -> bool:
    """Whether the table of rates tells the rate of a currency on a day; its first days are read once a run."""
    if "first_rated" not in run.memory:
        first = Rate.objects.values_list("currency").annotate(first=Min("rated_on"))
        run.memory["first_rated"] = dict(first)
    return bool(run.memory["first_rated"].get(currency, date.max) <= on)


def closed_months(run: Run) -> frozenset[date]:
    """First days of the closed periods, read once a run."""
    if "closed" not in run.memory:
        closed = Period.objects.filter(closed_at__isnull=False).values_list("month", flat=True)
        run.memory["closed"] = frozenset(closed)
    return run.memory["closed"]  # type: ignore[no-any-return]


def check_period(rows: Rows, index: int, name: str, on: date | None) -> bool:
    """Whether the period of `on` is open; else the row is rejected."""
    if on is None or on.replace(day=1) not in closed_months(rows.run):
        return True
    rows.reject(index, name, "period_closed", _("期间 %s 已关闭") % f"{on:%Y-%m}")
    return False

"""The second pass over a file: typed rows in chunks, the unusable ones set apart with their reasons."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress
from operator import add
from pathlib import Path
from typing import Any

from huikuan.tables import limits
from huikuan.tables.amounts import AmountColumn
from huikuan.tables.cells import Bad, Converter
from huikuan.tables.columns import cell_text, turned
from huikuan.tables.currencies import CurrencyColumn
from huikuan.tables.dates import DateColumn
from huikuan.tables.encoding import Encoding
from huikuan.tables.errors import TableError, _
from huikuan.tables.headers import column_title
from huikuan.tables.kinds import KINDS, Field, Kind, Role
from huikuan.tables.layout import Layout
from huikuan.tables.problems import Problem, sentence
from huikuan.tables.retyping import Retyping
from huikuan.tables.sheets import SheetTable, Workbook
from huikuan.tables.text import Block, TextTable
from huikuan.tables.texts import CodeColumn, TextColumn

_ZERO = Decimal(0)
_MISSING = {
    "customer_code": "customer_missing",
    "document_on": "date_missing",
    "received_on": "date_missing",
    "on": "date_missing",
    "amount": "amount_missing",
    "invoice": "invoice_missing",
    "receipt": "receipt_missing",
    "order_number": "order_missing",
    "ordered_on": "date_missing",
    "delivered_on": "date_missing",
    "quantity": "quantity_missing",
    "unit_price": "price_missing",
    "product_code": "product_missing",
    "line": "product_missing",
}
_TOTAL = re.compile(
    r"\s*(?:合\s*计|总\s*计|小\s*计|累\s*计|本页合计|(?:grand\s+|sub)?totals?\b)", re.IGNORECASE
)


@dataclass(slots=True)
class Chunk:
    """Consecutive rows of a file.

    `columns` holds every field of the kind, one value per usable row (None where the file says nothing);
    `line` the line each of those rows starts on. `problems` names everything wrong with the rows that are
    left out; `rejected` counts these. `problems` of one row stand together.
    """

    columns: dict[str, list[Any]]
    line: list[int]
    problems: list[Problem] = field(default_factory=list)
    rejected: int = 0

    def __len__(self) -> int:
        return len(self.line)

    @property
    def read(self) -> int:
        """Rows looked at: the usable and the rejected."""
        return len(self.line) + self.rejected

    def append(self, following: "Chunk") -> None:
        """Take in the rows that follow."""
        for name, values in following.columns.items():
            self.columns[name].extend(values)
        self.line.extend(following.line)
        self.problems.extend(following.problems)
        self.rejected += following.rejected


def read(path: str | Path, layout: Layout, *, chunk_rows: int = 5_000) -> Iterator[Chunk]:
    """The rows of a file as `inspect` laid it out: codes and texts as str, dates as date, amounts as Decimal.

    Invoices always carry amount, net and tax: a missing one follows from the others, without a tax column
    tax is 0. Raises TableError `file_changed` when the file is no longer the one inspected.
    """
    path = Path(path)
    if path.stat().st_size != layout.file_size:
        raise TableError(_("文件在检查之后被改动过，请重新导入。"), code="file_changed")
    rows = _Rows(layout)
    table = _table(path, layout)
    retyping = Retyping(layout)
    gathered: Chunk | None = None
    for block in table.blocks(after=layout.first_line, size=min(chunk_rows, limits.BLOCK_ROWS)):
        if retyping:
            block = retyping.applied(block)
        if not block.rows:
            continue
        chunk = rows.chunk(block)
        if gathered is None:
            gathered = chunk
        elif gathered.read + chunk.read > chunk_rows:
            yield gathered
            gathered = chunk
        else:
            gathered.append(chunk)
    if gathered is not None:
        yield gathered


def _table(path: Path, layout: Layout) -> TextTable | SheetTable:
    if layout.format == "text":
        return TextTable(path, Encoding(layout.encoding), layout.delimiter)
    return Workbook(path, layout.format).table(layout.sheet or "1")


def _converter(item: Field, layout: Layout) -> Converter:
    if item.role == Role.DATE:
        return DateColumn(layout.date_formats[item.name], date1904=layout.date1904)
    if item.role == Role.AMOUNT:
        return AmountColumn(layout.decimal[item.name])
    if item.role == Role.CURRENCY:
        return CurrencyColumn()
    if item.role == Role.CODE:
        return CodeColumn(item.limit, rounded=item.name in layout.rounded)
    return TextColumn(item.limit)


class _Rows:
    """Turns blocks of raw rows into chunks; one converter per mapped column."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._kind: Kind = KINDS[layout.kind]
        self._converters = {name: _converter(self._kind.by_name[name], layout) for name in layout.mapping}
        self._width = len(layout.columns)
        self._required = [
            [name for choice in needed for name in sorted(choice)]
            for needed in self._kind.required
            if all(len(choice) == 1 for choice in needed)
        ]

    def chunk(self, block: Block) -> Chunk:
        raw = turned(block.rows, self._width, typed=self._layout.format != "text")
        count = len(block.rows)
        values: dict[str, list[Any]] = {
            item.name: self._converters[item.name].column(raw[self._layout.mapping[item.name]])
            if item.name in self._converters
            else [None] * count
            for item in self._kind.fields
        }
        found = _Findings(self._layout, self._kind, block)
        self._find_bad(values, found)
        self._find_missing(values, found)
        if self._layout.kind == "invoices":
            self._complete_amounts(values, found)
        if len(raw) > self._width:
            self._find_wide(block, found)
        return self._assembled(values, block, found)

    def _find_bad(self, values: dict[str, list[Any]], found: "_Findings") -> None:
        for name, converter in self._converters.items():
            if converter.bad:
                for index, value in enumerate(values[name]):
                    if value.__class__ is Bad:
                        found.add(index, name, value.code, value.details)

    def _find_missing(self, values: dict[str, list[Any]], found: "_Findings") -> None:
        for names in self._required:
            mapped = [name for name in names if name in self._converters]
            columns = [values[name] for name in mapped]
            if any(all(column) for column in columns):
                continue
            for index, cells in enumerate(zip(*columns, strict=True)):
                if all(cell is None for cell in cells):
                    found.add(index, mapped[0], _MISSING[names[0]], {})

    def _complete_amounts(self, values: dict[str, list[Any]], found: "_Findings") -> None:
        """Amount, net and tax from those of them that the row has."""
        amounts = values["amount"]
        if "net" not in self._converters and "tax" not in self._converters and all(amounts):
            values["net"], values["tax"] = list(amounts), [_ZERO] * len(amounts)
            return
        if _add_up(values["net"], values["tax"], amounts):
            return
        triples = zip(amounts, values["net"], values["tax"], strict=True)
        completed = [self._completed(index, *triple, found) for index, triple in enumerate(triples)]
        values["amount"], values["net"], values["tax"] = map(list, zip(*completed, strict=True))

    @staticmethod
    def _completed(index: int, amount: Any, net: Any, tax: Any, found: "_Findings") -> tuple[Any, Any, Any]:
        if amount.__class__ is Bad or net.__class__ is Bad or tax.__class__ is Bad:
            return amount, net, tax
        if amount is None:
            if net is None or tax is None:
                found.add(index, "amount", "amount_missing", {})
                return amount, net, tax
            return net + tax, net, tax
        if net is None:
            tax = _ZERO if tax is None else tax
            return amount, amount - tax, tax
        if tax is None:
            return amount, net, amount - net
        if amount != net + tax:
            found.add(index, "amount", "tax_mismatch", {"amount": amount, "net": net, "tax": tax})
        return amount, net, tax

    def _find_wide(self, block: Block, found: "_Findings") -> None:
        for index, row in enumerate(block.rows):
            if len(row) > self._width and any(str(cell).strip() for cell in row[self._width :]):
                found.add(index, "", "row_too_wide", {"width": len(row)})

    def _assembled(self, values: dict[str, list[Any]], block: Block, found: "_Findings") -> Chunk:
        if not found.by_row:
            return Chunk(values, list(block.lines))
        usable = [True] * len(block.rows)
        for index in found.by_row:
            usable[index] = False
        problems, rejected = found.problems()
        return Chunk(
            {name: list(compress(column, usable)) for name, column in values.items()},
            list(compress(block.lines, usable)),
            problems,
            rejected,
        )


class _Findings:
    """What is wrong with which row of a block, put into words at the end."""

    def __init__(self, layout: Layout, kind: Kind, block: Block) -> None:
        self._layout, self._kind, self._block = layout, kind, block
        self.by_row: dict[int, list[tuple[str, str, dict[str, Any]]]] = {}

    def add(self, index: int, name: str, code: str, details: dict[str, Any]) -> None:
        self.by_row.setdefault(index, []).append((name, code, details))

    def problems(self) -> tuple[list[Problem], int]:
        """All problems in the order of the rows, and how many rows they are; white rows are no rows."""
        problems, rejected = [], 0
        for index in sorted(self.by_row):
            raw = [cell_text(cell) for cell in self._block.rows[index]]
            if not any(cell.strip() for cell in raw):
                continue
            rejected += 1
            line = self._block.lines[index]
            for name, code, details in self._relevant(self.by_row[index], raw):
                problems.append(Problem(line, self._title(name), name, code, sentence(code, details), raw))
        return problems, rejected

    def _relevant(
        self, found: list[tuple[str, str, dict[str, Any]]], raw: Sequence[str]
    ) -> list[tuple[str, str, dict[str, Any]]]:
        """A total at the foot of a report is one problem, not several."""
        first = next(cell for cell in raw if cell.strip())
        if _TOTAL.match(first) and any(code.endswith("_missing") for _name, code, _details in found):
            return [("", "total_row", {})]
        return found

    def _title(self, name: str) -> str:
        column = self._layout.mapping.get(name)
        if column is not None:
            return column_title(self._layout.columns, column)
        return self._kind.label(name) if name else ""


def _add_up(net: list[Any], tax: list[Any], amounts: list[Any]) -> bool:
    """Whether net and tax make the amount in every row; not so where one is missing or unusable."""
    try:
        return list(map(add, net, tax)) == amounts
    except TypeError:
        return False

"""Cells that a person typed over before the import, put into the rows of the file as they are read."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from huikuan.tables.kinds import KINDS, Role
from huikuan.tables.layout import Layout
from huikuan.tables.text import Block

_PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLAIN_AMOUNT = re.compile(r"-?\d+\.\d{1,4}")


class Retyping:
    """What was typed over which cells of a file, and which of its lines are left out."""

    def __init__(self, layout: Layout) -> None:
        self._skipped = frozenset(layout.skipped)
        fields = {column: name for name, column in layout.mapping.items()}
        self._cells = {
            int(line): {
                int(column): _typed(layout, fields.get(int(column), ""), text)
                for column, text in cells.items()
            }
            for line, cells in layout.retyped.items()
        }

    def __bool__(self) -> bool:
        return bool(self._skipped or self._cells)

    def applied(self, block: Block) -> Block:
        """The block as the person wants it read."""
        kept = [
            (line, self._row(line, row))
            for line, row in zip(block.lines, block.rows, strict=True)
            if line not in self._skipped
        ]
        return Block([line for line, _row in kept], [row for _line, row in kept])

    def _row(self, line: int, row: list[Any]) -> list[Any]:
        typed = self._cells.get(line)
        if not typed:
            return row
        changed = [*row, *[""] * (max(typed) + 1 - len(row))]
        for column, cell in typed.items():
            changed[column] = cell
        return changed


def _typed(layout: Layout, name: str, text: str) -> Any:
    """A text as a cell: plain dates and amounts are meant as they stand, whatever the file's own way."""
    if not name:
        return text
    role = KINDS[layout.kind].by_name[name].role
    if role == Role.DATE and _PLAIN_DATE.fullmatch(text.strip()):
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            return text
    if role == Role.AMOUNT and layout.decimal.get(name) == "," and _PLAIN_AMOUNT.fullmatch(text.strip()):
        return text.strip().replace(".", ",")
    return text

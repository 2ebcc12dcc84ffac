"""What a file holds, told from its headers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huikuan.tables.encoding import detect_encoding
from huikuan.tables.errors import TableError
from huikuan.tables.headers import likeness
from huikuan.tables.inspection import Peek, peek
from huikuan.tables.kinds import KINDS
from huikuan.tables.source import open_source

_SHEETS_LOOKED_AT = 10
_WEIGHTS = (0, 4, 1, 3)  # by `likeness`


def kind_of_file(path: str | Path, kinds: Sequence[str]) -> tuple[str, bool]:
    """The kind of `kinds` whose fields the headers name best, and whether they name all it needs.

    Of several that would do, the one that explains most columns: every list of invoices also names customers.
    Raises TableError for files that cannot be read at all.
    """
    source = open_source(path)
    encoding = detect_encoding(source.path, None).name if source.format == "text" else None
    found: list[tuple[bool, int, str]] = []
    for kind in kinds:
        weight, complete = _best(path, kind, encoding)
        found.append((complete, weight, kind))
    complete, weight, kind = max(found, key=lambda item: item[:2])
    return kind, complete and weight > 0


def _best(path: str | Path, kind: str, encoding: str | None) -> tuple[int, bool]:
    first = peek(path, kind=kind, encoding=encoding)
    seen = [first]
    if first.missing:
        for sheet in first.sheets[:_SHEETS_LOOKED_AT]:
            try:
                seen.append(peek(path, kind=kind, sheet=sheet))
            except TableError:
                continue  # an empty sheet
    complete, weight = max((not found.missing, _weight(kind, found)) for found in seen)
    return weight, complete


def _weight(kind: str, found: Peek) -> int:
    fields = KINDS[kind].by_name
    return sum(
        _WEIGHTS[likeness(fields[name], found.columns[index])] for name, index in found.mapping.items()
    ) + sum(1 for _name in found.unclear)

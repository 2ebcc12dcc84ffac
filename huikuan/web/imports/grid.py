"""The rows of a waiting file as a grid: problems marked cell by cell, typed over before anything is imported."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from huikuan.core.sentences import in_succession
from huikuan.integrations.models import Batch
from huikuan.integrations.operations import Report
from huikuan.integrations.queries import ProblemRow, grouped
from huikuan.integrations.uploads import Upload
from huikuan.tables import KINDS, Layout, Peek
from huikuan.tables.headers import column_title

SHOWN_ROWS = 50
_PLAIN_ROWS = 3  # beside rows with problems; alone as many as were looked at
_LONGEST_TEXT = 1_000
_MOST_CHANGES = 2_000


@dataclass(frozen=True)
class Cell:
    """A cell of a mapped column: its text now and as the file has it."""

    index: int
    title: str
    text: str
    was: str
    bad: bool = False

    @property
    def changed(self) -> bool:
        """Whether a person typed over it."""
        return self.text != self.was


@dataclass(frozen=True)
class Row:
    """A row of the file: `state` is wrong, doubtful, fixed, skipped or plain (read only)."""

    line: int
    state: str
    reason: str
    cells: tuple[Cell, ...]
    accepted: bool = False

    @property
    def was(self) -> str:
        """The row as the file has it, for the form."""
        return json.dumps({str(cell.index): cell.was for cell in self.cells}, ensure_ascii=False)


@dataclass(frozen=True)
class Grid:
    """The rows shown: those with problems or changes, among the first rows of the file."""

    titles: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0

    @property
    def editable(self) -> bool:
        """Whether there is anything to type over."""
        return any(row.state != "plain" for row in self.rows)


def grid_of(upload: Upload, found: Peek | None, layout: Layout, report: Report | None) -> Grid:
    """The grid of a file that was tried out; without a report only its first rows."""
    columns = sorted(layout.mapping.values())
    fields = {index: name for name, index in layout.mapping.items()}
    kind = KINDS[layout.kind]
    titles = tuple((column_title(layout.columns, index), kind.label(fields[index])) for index in columns)
    batch = Batch(kind=upload.kind, layout={"columns": layout.columns, "mapping": layout.mapping})
    problems = grouped(batch, report.problems) if report else []
    rows = {row.row: _problem_row(row, upload, layout) for row in problems[:SHOWN_ROWS]}
    with_problems = {row.row for row in problems}
    touched = {int(line) for line in upload.shown} | set(upload.skipped)
    for line in sorted(touched - with_problems)[:SHOWN_ROWS]:
        state = "skipped" if line in upload.skipped else "fixed"
        rows[line] = _touched_row(line, state, upload, layout)
    if found is not None:
        first = list(zip(found.sample_lines, found.sample, strict=False))
        for line, texts in first[:_PLAIN_ROWS] if rows else first:
            if line > layout.first_line and line not in rows and line not in with_problems:
                cells = tuple(_cell(index, texts, layout) for index in columns)
                rows[line] = Row(line, "plain", "", cells)
    return Grid(titles, tuple(rows[line] for line in sorted(rows)), max(0, len(problems) - SHOWN_ROWS))


def _cell(index: int, texts: list[str], layout: Layout) -> Cell:
    text = texts[index] if index < len(texts) else ""
    return Cell(index, column_title(layout.columns, index), text, text)


def _problem_row(row: ProblemRow, upload: Upload, layout: Layout) -> Row:
    bad = {layout.mapping[name] for name in row.bad if name in layout.mapping}
    cells = list(row.problems[0].cells)
    shown = _touched_row(row.row, "", upload, layout) if str(row.row) in upload.shown else None
    plain = [_cell(index, cells, layout) for index in sorted(layout.mapping.values())]
    return Row(
        line=row.row,
        state="doubtful" if row.status == "set_aside" else "wrong",
        reason=in_succession(problem.sentence for problem in row.problems),
        cells=tuple(replace(cell, bad=cell.index in bad) for cell in (shown.cells if shown else plain)),
    )


def _touched_row(line: int, state: str, upload: Upload, layout: Layout) -> Row:
    was = upload.shown.get(str(line), {})
    typed = upload.retyped.get(str(line), {})
    cells = tuple(
        Cell(
            index,
            column_title(layout.columns, index),
            typed.get(str(index), was.get(str(index), "")),
            was.get(str(index), ""),
        )
        for index in sorted(layout.mapping.values())
    )
    accepted = line in upload.accepted
    reason = _("已接受，照样导入") if accepted else _("已更正") if state == "fixed" else _("不导入")
    return Row(line, state, reason, cells, accepted)


def changed_by(upload: Upload, data: QueryDict) -> Upload:
    """The file with what the grid's form says: cells `cell-<line>-<column>`, lines to accept and to skip."""
    retyped, shown = dict(upload.retyped), dict(upload.shown)
    accepted, skipped = set(upload.accepted), set(upload.skipped)
    wanted = {name: set(data.getlist(name)) for name in ("accept", "skip")}
    for line in data.getlist("row")[: 2 * SHOWN_ROWS]:
        if not (line.isascii() and line.isdigit() and len(line) < 9):
            continue
        was = _texts(data.get(f"was-{line}", ""))
        typed = {
            index: str(data[f"cell-{line}-{index}"])[:_LONGEST_TEXT]
            for index, text in was.items()
            if str(data.get(f"cell-{line}-{index}", text)).strip() != text.strip()
        }
        for lines, name in ((accepted, "accept"), (skipped, "skip")):
            (lines.add if line in wanted[name] else lines.discard)(int(line))
        retyped.pop(line, None)
        shown.pop(line, None)
        if (typed or int(line) in accepted | skipped) and len(shown) < _MOST_CHANGES:
            shown[line] = was
            if typed:
                retyped[line] = typed
    return replace(upload, retyped=retyped, shown=shown, accepted=sorted(accepted), skipped=sorted(skipped))


def _texts(text: str) -> dict[str, str]:
    """The row as the form remembers it: column → text."""
    try:
        known = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        index: str(value)[:_LONGEST_TEXT]
        for index, value in known.items()
        if index.isascii() and index.isdigit() and len(index) < 5
    }

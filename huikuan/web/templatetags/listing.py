"""What a list page needs in its header cells: the next sort order and the state to announce."""

from collections.abc import Iterable, Mapping

from django import template

register = template.Library()

# Figures stand at the right and are sorted from the largest; words and days from the first.
FIGURES = {"num", "money", "count", "percent"}
DAYS = {"date", "moment"}
# On a phone these stand without their label: a name on a line of its own, a state at the end of the last.
_CARD_LINES = {"name": "cell-own", "badge": "cell-badge"}


@register.filter
def sort_after_click(sort: str | None, column: Mapping[str, object]) -> str:
    """The `sort` parameter that a click on `column` asks for: "amount" or "-amount"."""
    key = str(column["sort"])
    if sort == key:
        return f"-{key}"
    if sort == f"-{key}":
        return key
    return f"-{key}" if column.get("kind") in FIGURES else key


@register.filter
def sort_direction(sort: str | None, column: Mapping[str, object]) -> str:
    """The value of `aria-sort` for `column`: "ascending", "descending", or "" when sorted by another."""
    key = str(column.get("sort") or "")
    if not key or sort not in (key, f"-{key}"):
        return ""
    return "descending" if sort == f"-{key}" else "ascending"


@register.filter
def cell_class(column: Mapping[str, object]) -> str:
    """The classes of a column's head and cells: figures to the right, days unbroken, the card's head on phones."""
    kind = str(column.get("kind") or "")
    classes = ["num"] if kind in FIGURES else ["date"] if kind in DAYS else []
    if kind == "actions":
        classes.append("cell-actions")
    if column.get("wide"):
        classes.append("cell-wide")
    if column.get("whole"):
        classes.append("cell-whole")
    if column.get("lead"):
        classes.append("cell-lead")
    if column.get("minor"):
        classes.append("cell-minor")
    if column.get("figure"):
        classes.append("cell-figure")
    if kind in _CARD_LINES and not column.get("lead") and not column.get("figure"):
        classes.append(_CARD_LINES[kind])
    return " ".join(classes)


@register.filter
def with_cells(
    columns: Iterable[Mapping[str, object]], cells: Iterable[object]
) -> list[tuple[Mapping[str, object], Mapping[str, object]]]:
    """`{% for column, cell in columns|with_cells:row.cells %}`: each cell, as a mapping, beside its column.

    Raises:
        ValueError: a row with more or fewer cells than columns, which would shift figures under wrong heads.
    """
    return [
        (column, {"value": None, **cell} if isinstance(cell, Mapping) else {"value": cell})
        for column, cell in zip(columns, cells, strict=True)
    ]

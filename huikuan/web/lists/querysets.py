"""Rows of a list that a queryset gives, read by key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from huikuan.core.keyset import Key, read_mark, segments, write_mark
from huikuan.web.lists.declaration import Slice, Total

M = TypeVar("M", bound=Model)
R = TypeVar("R")

BY_ID = Key("pk", UUID)


@dataclass(frozen=True)
class Order:
    """An order: keys, made unique by the id, over the rows that `prepared` annotates."""

    keys: tuple[Key, ...]
    prepared: Callable[[QuerySet[Any]], QuerySet[Any]] = field(default=lambda found: found)


@dataclass(frozen=True)
class QueryRows(Generic[M, R]):
    """A source over a queryset. `dressed` turns the models of a page into rows, with what goes with them."""

    found: QuerySet[M]
    orders: Mapping[str, Order]
    dressed: Callable[[Sequence[M]], list[R]]
    summed: Callable[[QuerySet[M]], Total]

    def slice(self, sort: str, *, after: str = "", before: str = "", limit: int) -> Slice[R]:
        """The page behind or before a mark, else the first. Raises MarkUnknown."""
        order = self.orders[sort.removeprefix("-")]
        keys = (*order.keys, BY_ID)
        mark = read_mark(before or after, keys) if before or after else None
        backwards = bool(before)
        descending = sort.startswith("-") != backwards
        models = self._read(order, keys, descending, mark, limit + 1)
        more = len(models) > limit
        models = models[:limit]
        if backwards:
            models.reverse()
        if not models:
            return Slice([])
        has_before, has_after = (more, True) if backwards else (mark is not None, more)
        return Slice(
            self.dressed(models),
            before=_mark_of(models[0], keys) if has_before else "",
            after=_mark_of(models[-1], keys) if has_after else "",
        )

    def _read(
        self, order: Order, keys: Sequence[Key], descending: bool, mark: tuple[Any, ...] | None, limit: int
    ) -> list[M]:
        found = order.prepared(self.found)
        found = found.annotate(**{f"key_{place}": F(key.expression) for place, key in enumerate(keys)})
        models: list[M] = []
        nullable = keys[0].nullable
        for missing, begun in segments(nullable=nullable, descending=descending, mark=mark):
            part, first = found, 0
            if missing is not None:
                part = part.filter(**{f"{keys[0].expression}__isnull": missing})
                first = 1 if missing else 0
            if begun is not None:
                part = part.filter(*_beyond(keys, begun, first, descending))
            names = [F(f"key_{place}") for place in range(first, len(keys))]
            ordered = part.order_by(*(name.desc() if descending else name.asc() for name in names))
            models += ordered[: limit - len(models)]
            if len(models) >= limit:
                break
        return models

    def total(self) -> Total:
        """What all rows come to."""
        return self.summed(self.found)

    def only(self, keys: Collection[UUID]) -> QueryRows[M, R]:
        """The same rows, as far as they are among `keys`."""
        return replace(self, found=self.found.filter(pk__in=keys))


def _beyond(keys: Sequence[Key], mark: Sequence[Any], first: int, descending: bool) -> list[Any]:
    """The conditions that a row comes behind the mark.

    The comparison of whole rows follows an index of these keys. That of the first key alone says nothing new;
    it lets the planner begin in the middle where the keys come from two tables.
    """
    places = range(first, len(keys))
    row = Func(*(F(f"key_{place}") for place in places), function="ROW", output_field=BooleanField())
    values = Func(*(Value(mark[place]) for place in places), function="ROW", output_field=BooleanField())
    beyond, from_on = (LessThan, LessThanOrEqual) if descending else (GreaterThan, GreaterThanOrEqual)
    return [beyond(row, values), from_on(F(f"key_{first}"), Value(mark[first]))]


def _mark_of(model: Model, keys: Sequence[Key]) -> str:
    return write_mark([getattr(model, f"key_{place}") for place in range(len(keys))])

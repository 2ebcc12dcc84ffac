"""What waits on the workbench, sorted by how sure the matching is of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Abs, Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from huikuan.cash.banking import StatementLine
from huikuan.cash.proposals import Proposal
from huikuan.cash.queries import waiting_lines
from huikuan.web.lists import with_query
from huikuan.web.pages import Work

SHOWN = 60

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("review", _l("待确认")),
    ("weak", _l("可能")),
    ("none", _l("未找到")),
    ("asked", _l("已询问")),
    ("out", _l("付出")),
)
_OF_TAB: dict[str, Q] = {
    "review": Q(waits_for=None, tier__in=["sure", "likely"]),
    "weak": Q(waits_for=None, tier="weak"),
    "none": Q(waits_for=None, tier__in=["none", ""], amount__gt=0),
    "asked": Q(waits_for__isnull=False),
    "out": Q(waits_for=None, tier__in=["none", ""], amount__lt=0),
}


@dataclass(frozen=True)
class Queue:
    """The lines of one tab in order of day, and the one that is looked at."""

    tab: str
    lines: list[Any]
    current: Any | None
    more: bool

    @property
    def after(self) -> UUID | None:
        """The line that follows the current one, or the first where it is the last."""
        keys = [line.pk for line in self.lines]
        if self.current is None or self.current.pk not in keys or len(keys) < 2:
            return None
        found: UUID = keys[(keys.index(self.current.pk) + 1) % len(keys)]
        return found


def lines_of(tab: str = "") -> QuerySet[Any]:
    """Waiting lines with the tier of their proposal ("" where none was made), of one tab or all."""
    tiers = Proposal.objects.filter(line_id=OuterRef("pk")).values("tier")[:1]
    found = waiting_lines().annotate(tier=Coalesce(Subquery(tiers), Value("")))
    return found.filter(_OF_TAB[tab]) if tab in _OF_TAB else found


def queue_of(tab: str, wanted: UUID | None) -> Queue:
    """The queue around the line `wanted`; where it is not waiting any more, from its start."""
    found = lines_of(tab).select_related("bank_account", "waits_for")
    at = StatementLine.objects.filter(pk=wanted).first() if wanted else None
    lines = list(found[: SHOWN + 1])
    current = next((line for line in lines if line.pk == wanted), None)
    if current is None and at is not None:
        later = Q(booked_on__gt=at.booked_on) | Q(booked_on=at.booked_on, pk__gte=at.pk)
        rest = list(found.filter(later)[: SHOWN + 1])
        if rest and rest[0].pk not in {line.pk for line in lines}:
            lines = rest
        current = rest[0] if rest else None
    if current is None:
        current = lines[0] if lines else None
    return Queue(tab, lines[:SHOWN], current, len(lines) > SHOWN)


def next_line(tab: str, after: StatementLine) -> UUID | None:
    """The first line of the tab behind one that is done, else the first of all."""
    later = Q(booked_on__gt=after.booked_on) | Q(booked_on=after.booked_on, pk__gt=after.pk)
    found = lines_of(tab)
    line = found.filter(later).exclude(pk=after.pk).first() or found.exclude(pk=after.pk).first()
    return line.pk if line else None


def tabs_of(work: Work, tab: str, url: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The tabs with how much waits in each, and the total of money that came in and is left."""
    base = work.organization.currency
    incoming = Q(amount__gt=0, bank_account__currency=base)
    left = Sum(Abs(F("amount")) - F("used"), filter=incoming)
    sums = lines_of().aggregate(
        all=Count("pk"), left=left, **{name: Count("pk", filter=asked) for name, asked in _OF_TAB.items()}
    )
    tabs = [
        {
            "label": label,
            "count": sums[name],
            "active": name == tab,
            "urgent": name == "review" and sums[name],
            "url": with_query(url, {"tab": name}),
        }
        for name, label in TABS
    ]
    return tabs, {"count": sums["all"], "amount": sums["left"] or Decimal(0)}


def first_tab(wanted: UUID | None = None) -> str:
    """The tab to begin with: that of the line `wanted`, else the first in which something waits."""
    names = [name for name, _label in TABS]
    own = (name for name in names if wanted and lines_of(name).filter(pk=wanted).exists())
    filled = (name for name in names if lines_of(name).exists())
    return next(own, None) or next(filled, "review")

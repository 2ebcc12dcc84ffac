"""Targets of key figures: which one is in force for whom on a day, and whether a value meets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from huikuan.customers.models import Salesperson
from huikuan.reports.filters import ItemFilter
from huikuan.reports.kpi.figures import FIGURES, Figure
from huikuan.reports.kpi.models import FigureTarget
from huikuan.reports.moments import Moment


class Whose(NamedTuple):
    """Of whom a target is: a salesperson's code, a team, or, both empty, the whole company."""

    salesperson: str = ""
    team: str = ""


COMPANY = Whose()


class Target(NamedTuple):
    """A target in force: its value as the figure itself is, since when, and of whom it is."""

    value: Decimal
    starts_on: date
    whose: Whose


@dataclass(frozen=True)
class Targets:
    """All targets of the organization: by figure and by whom, what came into force when, the latest first."""

    steps: Mapping[tuple[str, Whose], tuple[tuple[date, Decimal | None], ...]] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)

    def of(self, figure: str, whose: Whose, day: date) -> Target | None:
        """The target of exactly these people on a day."""
        for starts_on, value in self.steps.get((figure, whose), ()):
            if starts_on <= day:
                return None if value is None else Target(value, starts_on, whose)
        return None

    def for_whom(self, figure: str, whose: Whose | None, day: date) -> Target | None:
        """The target that they are measured by: their own, else that of their team, else the company's; None for None."""
        if whose is None:
            return None
        team = self.teams.get(whose.salesperson, whose.team)
        chain = (whose, *((Whose(team=team),) if team else ()), COMPANY)
        return next((found for each in chain if (found := self.of(figure, each, day))), None)

    @property
    def figures(self) -> frozenset[str]:
        """The figures that have targets at all."""
        return frozenset(figure for figure, _whose in self.steps)


def read_targets(at: Moment | None = None) -> Targets:
    """The targets of the current organization; with a moment as they had been set by then."""
    steps: dict[tuple[str, Whose], dict[date, Decimal | None]] = {}
    rows = FigureTarget.objects.order_by("starts_on", "set_at", "pk")
    if at is not None and at.known_at is not None and not at.all_known:
        rows = rows.filter(
            Q(starts_on__lt=at.live_on, starts_on__lte=at.known_at.date())
            | Q(starts_on__gte=at.live_on, act__recorded_at__lte=at.known_at)
        )
    for figure, code, team, starts_on, value in rows.values_list(
        "figure", "salesperson__code", "team", "starts_on", "value"
    ):
        steps.setdefault((figure, Whose(code or "", team)), {})[starts_on] = value
    if not steps:
        return Targets()
    return Targets(
        {key: tuple(sorted(found.items(), reverse=True)) for key, found in steps.items()},
        dict(Salesperson.objects.exclude(team="").values_list("code", "team")),
    )


class SetTarget(NamedTuple):
    """A target as it was set; `name`: of whom, empty for the company; `state`: in_force, coming or over."""

    figure: str
    name: str
    whose: Whose
    starts_on: date
    value: Decimal | None
    state: str
    set_by: str


def targets_set(today: date) -> list[SetTarget]:
    """Every target that counts for some month, the latest of each figure and people first."""
    rows = FigureTarget.objects.select_related("salesperson").order_by("starts_on", "set_at", "pk")
    kept = {(row.figure, row.salesperson_id, row.team, row.starts_on): row for row in rows}
    order = list(FIGURES)
    found = []
    newest: dict[tuple[str, UUID | None, str], bool] = {}
    for row in sorted(kept.values(), key=lambda each: each.starts_on, reverse=True):
        people = (row.figure, row.salesperson_id, row.team)
        state = "coming" if row.starts_on > today else "over" if newest.get(people) else "in_force"
        newest[people] = newest.get(people, False) or state == "in_force"
        seller = row.salesperson
        whose = Whose(seller.code if seller else "", row.team)
        name = f"{seller.code} {seller.name}" if seller else row.team
        found.append(SetTarget(row.figure, name, whose, row.starts_on, row.value, state, row.set_by))
    known = [each for each in found if each.figure in FIGURES]
    return sorted(known, key=lambda each: (order.index(each.figure), each.whose))


def whose_figures(where: ItemFilter, salesperson_ids: frozenset[UUID] | None) -> Whose | None:
    """Whose targets the figures of a filter are measured by; None where they are of some customers only.

    `salesperson_ids`: whose customers the reader sees; who sees only one salesperson's is measured as that one.
    """
    others = set(where.as_parameters()) - {"salesperson", "team", "basis"}
    if others:
        return None
    if where.salesperson:
        return Whose(salesperson=where.salesperson)
    if where.salesperson == "" or where.team == "":
        return None
    if salesperson_ids is None:
        return Whose(team=where.team) if where.team else COMPANY
    own = list(Salesperson.objects.filter(pk__in=salesperson_ids).values_list("code", flat=True)[:2])
    return Whose(salesperson=own[0]) if len(own) == 1 and where.team is None else None


def meets(figure: Figure, value: Decimal | None, target: Target | None) -> bool | None:
    """Whether a value is at least as good as its target; None where there is no value or no target."""
    if value is None or target is None:
        return None
    return (value - target.value) * figure.better >= 0

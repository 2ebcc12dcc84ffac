"""Saved pivots as reports: found by their code or name, seen by their member and the roles they are shared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from huikuan.core.sentences import in_succession
from huikuan.organizations.actors import Actor
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.models import SavedPivot
from huikuan.reports.output.heading import filter_words, option_words
from huikuan.reports.pivots.cells import Reader, cells_on_page
from huikuan.reports.pivots.report import PIVOT, read_pivot
from huikuan.reports.questions import asked

PREFIX = "pivot-"


def report_name(key: UUID) -> str:
    """What a saved pivot is called in addresses and schedules."""
    return f"{PREFIX}{key.hex}"


def is_pivot(report: Report) -> bool:
    """Whether a report is the pivot, or one that was saved."""
    return report.name == PIVOT.name or report.name.startswith(PREFIX)


def with_cells(report: Report, read: Reader) -> Report:
    """The same pivot with its cells from `read`."""
    return replace(report, read=partial(cast("Callable[..., Result]", report.read), read=read))


def saved_pivots(actor: Actor) -> list[SavedPivot]:
    """The saved pivots that an actor sees, by name."""
    found = (
        SavedPivot.objects.filter(removed_act=None).select_related("membership__user").order_by("name", "id")
    )
    return [each for each in found if sees(each, actor)]


def sees(saved: SavedPivot, actor: Actor) -> bool:
    """Whether a pivot is the actor's own or shared with a role of theirs; who works at the machine itself sees all."""
    if actor.membership_id is None:
        return True
    return saved.membership_id == actor.membership_id or not set(saved.roles).isdisjoint(actor.roles)


def saved_report_named(name: str) -> Report | None:
    """The report of a saved pivot by its code, or by its name where only one is called so."""
    found = SavedPivot.objects.filter(removed_act=None).select_related("membership__user")
    key = _key_in(name)
    rows = list(found.filter(pk=key) if key else found.filter(name=name)[:2])
    return report_of(rows[0]) if len(rows) == 1 else None


def _key_in(name: str) -> UUID | None:
    if not name.startswith(PREFIX):
        return None
    try:
        return UUID(hex=name.removeprefix(PREFIX))
    except ValueError:
        return None


def report_of(saved: SavedPivot) -> Report:
    """The report that a saved pivot is: nothing to choose but its days."""
    words: Mapping[str, str] = saved.words
    by = tuple(part for part in words.get("by", "").split(",") if part and part != "none")
    return replace(
        PIVOT,
        name=report_name(saved.pk),
        title=saved.name,
        definition=_("%(name)s 保存的透视表。") % {"name": saved.membership.user.name},
        read=partial(_read, words),
        seen_by=partial(sees, saved),
        inner=partial(question_in, words),
        options=(),
        dimensions=(),
        by=by if "by" in words else PIVOT.by,
        filters=(),
        usual_period=words.get("period", PIVOT.usual_period),
    )


def question_in(words: Mapping[str, str], outer: Question) -> Question:
    """What saved words ask at the days, the knowledge date and for the reader of another question."""
    inner = asked(PIVOT, words, today=outer.as_of, zone=ZoneInfo("UTC"))
    return replace(
        inner,
        as_of=outer.as_of,
        known_at=outer.known_at,
        since=outer.since,
        until=outer.until,
        sort=outer.sort or inner.sort,
        salesperson_ids=outer.salesperson_ids,
    )


def _read(words: Mapping[str, str], outer: Question, read: Reader = cells_on_page) -> Result:
    inner = question_in(words, outer)
    result = read_pivot(inner, read)
    said: list[Any] = [*option_words(PIVOT, inner), *filter_words(inner)]
    remarks = (in_succession(map(str, said)), *result.remarks) if said else result.remarks
    return replace(result, question=outer, remarks=remarks)

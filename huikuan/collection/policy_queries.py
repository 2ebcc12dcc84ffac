"""Reads of policies: what versions say, which count on a day, and how two differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.models import Act, Event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CalendarDay, CollectionPolicy, PolicyScope, PolicyStep, PolicyVersion
from huikuan.collection.stepping import (
    GROUPS,
    Content,
    Effect,
    Means,
    Our,
    Scope,
    Sender,
    Step,
    Their,
    Trigger,
    changed_steps,
)
from huikuan.core.calendar import WorkCalendar
from huikuan.messaging.models import Sender as Robot

CALENDAR, CHANGE_CALENDAR = "collection_calendar", "change_collection_calendar"


def work_calendar(recorded_by: datetime | None = None) -> WorkCalendar:
    """Working days of the organization: the public calendar, and above it the days it decided itself.

    `recorded_by`: as they stood at that moment, told by the trail where they were changed since.
    """
    changed_since = recorded_by is not None and Act.objects.filter(
        kind=CHANGE_CALENDAR, recorded_at__gt=recorded_by
    )
    if not changed_since or not changed_since.exists():
        return WorkCalendar(overrides=dict(CalendarDay.objects.values_list("on", "worked")))
    own: dict[date, bool] = {}
    changes = Event.objects.filter(record_kind=CALENDAR, act__recorded_at__lte=recorded_by)
    for said in changes.order_by("act__recorded_at", "pk").values_list("content", flat=True):
        first = date.fromisoformat(said["on"])
        if "dropped" in said:
            own.pop(first, None)
        else:
            last = date.fromisoformat(said["until"])
            own |= {first + timedelta(days=each): said["worked"] for each in range((last - first).days + 1)}
    return WorkCalendar(overrides=own)


def groups_set_up() -> frozenset[str]:
    """The channels of groups of ours that somebody set up: a message to any other would reach nobody."""
    return frozenset(group_senders())


def group_senders() -> dict[str, str]:
    """The sender that speaks into the group of each channel, by its code: the standard one, else the first."""
    found: dict[str, str] = {}
    rows = Robot.objects.filter(active=True, channel__in=[each.value for each in GROUPS])
    for channel, code in rows.order_by("-standard", "code").values_list("channel", "code"):
        found.setdefault(channel, code)
    return found


def policy_by_code(code: str) -> CollectionPolicy:
    """The policy of that code. Raises CollectionRefused."""
    found = CollectionPolicy.objects.filter(code=code.strip()).first()
    if found is None:
        raise CollectionRefused(_("没有代码为 %s 的催收策略。") % code, code="unknown_policy")
    return found


def version_of(version_id: UUID) -> PolicyVersion:
    """The version with its policy. Raises CollectionRefused."""
    found = PolicyVersion.objects.select_related("policy").filter(pk=version_id).first()
    if found is None:
        raise CollectionRefused(_("没有这个版本。"), code="unknown_version")
    return found


def draft_of(policy_id: UUID) -> PolicyVersion | None:
    """The version that is not in force yet and has no day; None without one."""
    return PolicyVersion.objects.filter(policy_id=policy_id, starts_on=None).first()


def versions_on(day: date) -> list[PolicyVersion]:
    """The versions in force on a day, those that decide first in front."""
    found = PolicyVersion.objects.select_related("policy").filter(
        Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day
    )
    return list(found.order_by("priority", "policy__code"))


def latest_version(policy_id: UUID, day: date) -> PolicyVersion | None:
    """What is looked at of a policy: its version in force, else its draft, else the last one."""
    versions = list(PolicyVersion.objects.select_related("policy").filter(policy_id=policy_id))
    versions.sort(key=lambda each: (_stands(each, day), each.number))
    return versions[-1] if versions else None


def _stands(version: PolicyVersion, day: date) -> int:
    if version.starts_on is None:
        return 1
    in_force = version.starts_on <= day and (version.ends_on is None or version.ends_on > day)
    return 2 if in_force else 0


def steps_of(version_ids: Collection[UUID]) -> dict[UUID, list[PolicyStep]]:
    """The steps of versions, the shallowest first."""
    found: dict[UUID, list[PolicyStep]] = {key: [] for key in version_ids}
    for row in PolicyStep.objects.filter(version_id__in=version_ids).order_by("position", "pk"):
        found[row.version_id].append(row)
    return found


def scopes_of(version_ids: Collection[UUID]) -> dict[UUID, list[tuple[Scope, str]]]:
    """Whom versions take in."""
    found: dict[UUID, list[tuple[Scope, str]]] = {key: [] for key in version_ids}
    for row in PolicyScope.objects.filter(version_id__in=version_ids).order_by("kind", "value"):
        found[row.version_id].append((Scope(row.kind), row.value))
    return found


def content_of(version: PolicyVersion) -> Content:
    """What a version says."""
    steps = [step_from(row) for row in steps_of([version.pk])[version.pk]]
    return Content(
        steps=tuple(steps),
        scopes=tuple(scopes_of([version.pk])[version.pk]),
        priority=version.priority,
        minimum=version.minimum,
        window=version.window,
        weekdays=version.weekdays,
        workdays_only=version.workdays_only,
        quiet_from=version.quiet_from,
        quiet_to=version.quiet_to,
        note=version.note,
    )


def step_from(row: PolicyStep) -> Step:
    """A step as it is decided."""
    return Step(
        name=row.name,
        trigger=Trigger(row.trigger),
        days=row.days,
        channels=tuple(Means(each) for each in row.channels),
        template=row.template,
        sender=Sender(row.sender),
        theirs=tuple(Their(each) for each in row.theirs),
        ours=tuple(Our(each) for each in row.ours),
        repeat_days=row.repeat_days,
        repeats=row.repeats,
        minimum=row.minimum,
        fee=row.fee,
        with_interest=row.with_interest,
        effects=tuple(Effect(each) for each in row.effects),
        needs_approval=row.needs_approval,
        script=row.script,
        key=row.key,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How a step differs: None where it is not in a version; `fields`: name → (before, after)."""

    before: Step | None
    after: Step | None
    fields: Mapping[str, tuple[Any, Any]]

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return bool(self.fields) or self.before is None or self.after is None


SHOWN = (
    "name", "trigger", "days", "channels", "template", "sender", "theirs", "ours", "repeat_days", "repeats",
    "minimum", "fee", "with_interest", "effects", "needs_approval", "script",
)  # fmt: skip
GENERAL = (
    "scopes", "priority", "minimum", "window", "weekdays", "workdays_only", "quiet_from", "quiet_to",
)  # fmt: skip


def differences(
    before: Content, after: Content
) -> tuple[Mapping[str, tuple[Any, Any]], Sequence[Difference]]:
    """How two versions differ: in general, and step by step in the order of the later one."""
    general = _fields(before, after, GENERAL)
    steps = [
        Difference(old, new, _fields(old, new, SHOWN) if old is not None and new is not None else {})
        for old, new in changed_steps(before.steps, after.steps)
    ]
    return general, steps


def _fields(before: Any, after: Any, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

"""Deciding policies: drafts, which version counts from when, copies, and days that are worked or not."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act, record_event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CalendarDay, CollectionPolicy, PolicyScope, PolicyStep, PolicyVersion
from huikuan.collection.operations.policy_limits import require_content
from huikuan.collection.policy_queries import CALENDAR, CHANGE_CALENDAR, content_of, draft_of, version_of
from huikuan.collection.shipped_policy import CODE, CONTENT, NAME
from huikuan.collection.stepping import Content, Step
from huikuan.core.postgres.fields import new_id
from huikuan.organizations.actors import Actor

POLICY = "collection_policy"
MOST_CALENDAR_DAYS = 62
FROM_THE_BEGINNING = date(2000, 1, 1)


def create_policy(*, code: str, name: str, content: Content, actor: Actor) -> PolicyVersion:
    """新建催收策略: a policy with its first draft. Raises CollectionRefused for a code that is taken."""
    actor.require("collection.manage")
    said, called = code.strip(), " ".join(name.split())
    if not said or len(said) > 40 or not called or len(called) > 100:
        raise CollectionRefused(_("请填写代码（最多 40 个字）和名称（最多 100 个字）。"), code="name_missing")
    require_content(content)
    with act("create_collection_policy", actor=actor) as opened:
        try:
            with transaction.atomic():
                policy = CollectionPolicy.objects.create(
                    organization_id=opened.organization_id, act_id=opened.id, code=said, name=called
                )
        except IntegrityError as error:
            raise CollectionRefused(_("代码 %s 已经有了。") % said, code="code_taken") from error
        version = _new_version(policy, content, opened)
        _record("created", version, content)
    return version


def save_draft(policy_id: UUID, content: Content, *, actor: Actor) -> PolicyVersion:
    """存草稿: the draft of a policy from now on; what is in force stays as it is. Raises CollectionRefused."""
    actor.require("collection.manage")
    require_content(content)
    with act("change_collection_policy", actor=actor) as opened:
        policy = _locked(policy_id)
        draft = draft_of(policy_id)
        if draft is None:
            version = _new_version(policy, content, opened)
        else:
            _drop(draft)
            version = _new_version(policy, content, opened, number=draft.number)
        _record("changed", version, content)
    return version


def discard_draft(policy_id: UUID, *, actor: Actor) -> None:
    """放弃草稿: what was drafted and never counted goes. Raises CollectionRefused without a draft."""
    actor.require("collection.manage")
    with act("discard_policy_draft", actor=actor):
        policy = _locked(policy_id)
        draft = draft_of(policy_id)
        if draft is None or not PolicyVersion.objects.filter(policy=policy).exclude(pk=draft.pk).exists():
            raise CollectionRefused(_("没有可以放弃的草稿。"), code="no_draft")
        content = {"number": draft.number}
        _drop(draft)
        record_event(
            action="discarded", record_kind=POLICY, record_id=policy.pk, number=policy.code, content=content
        )


def put_in_force(version_id: UUID, *, starts_on: date, actor: Actor, today: date) -> PolicyVersion:
    """启用: a draft counts from a day on, today at the earliest; the version before it ends on that day.

    Raises CollectionRefused for a day that has passed, or a version that was in force already.
    """
    actor.require("collection.manage")
    if starts_on < today:
        raise CollectionRefused(_("启用日期不能早于今天。"), code="day_has_passed")
    return _put_in_force(version_id, starts_on=starts_on, actor=actor)


def _put_in_force(version_id: UUID, *, starts_on: date, actor: Actor) -> PolicyVersion:
    with act("activate_collection_policy", actor=actor):
        policy = _locked(version_of(version_id).policy_id)
        version = version_of(version_id)
        if version.starts_on is not None:
            raise CollectionRefused(_("这个版本已经启用过。"), code="version_not_a_draft")
        if not PolicyStep.objects.filter(version=version).exists():
            raise CollectionRefused(_("请至少写一个步骤。"), code="steps_missing")
        for other in PolicyVersion.objects.filter(policy=policy, starts_on__isnull=False):
            if other.ends_on is None or other.ends_on > starts_on:
                assert other.starts_on is not None
                other.ends_on = max(other.starts_on, starts_on)
                other.save(update_fields=["ends_on"])
        version.starts_on = starts_on
        version.save(update_fields=["starts_on"])
        content = {"number": version.number, "on": starts_on.isoformat()}
        record_event(
            action="activated", record_kind=POLICY, record_id=policy.pk, number=policy.code, content=content
        )
    return version


def end_policy(policy_id: UUID, *, ends_on: date, actor: Actor, today: date) -> None:
    """停用: from a day on, today at the earliest, the policy does nothing any more. Raises CollectionRefused."""
    actor.require("collection.manage")
    if ends_on < today:
        raise CollectionRefused(_("停用日期不能早于今天。"), code="day_has_passed")
    with act("end_collection_policy", actor=actor):
        policy = _locked(policy_id)
        found = [
            each
            for each in PolicyVersion.objects.filter(policy=policy, starts_on__isnull=False)
            if each.ends_on is None or each.ends_on > ends_on
        ]
        if not found:
            raise CollectionRefused(_("这个策略没有启用。"), code="policy_not_in_force")
        for each in found:
            assert each.starts_on is not None
            each.ends_on = max(each.starts_on, ends_on)
            each.save(update_fields=["ends_on"])
        content = {"on": ends_on.isoformat()}
        record_event(
            action="ended", record_kind=POLICY, record_id=policy.pk, number=policy.code, content=content
        )


def copy_policy(version_id: UUID, *, code: str, name: str, actor: Actor) -> PolicyVersion:
    """复制: another policy whose draft says the same; its steps are its own."""
    actor.require("collection.manage")
    content = content_of(version_of(version_id))
    steps = tuple(replace(step, key=None) for step in content.steps)
    return create_policy(code=code, name=name, content=replace(content, steps=steps), actor=actor)


def complete_policies(*, actor: Actor, in_force: bool = False) -> bool:
    """Give the current organization the shipped policy where it has none: as a draft, or in force from the beginning."""
    if CollectionPolicy.objects.exists():
        return False
    with act("create_collection_policy", actor=actor):
        steps = tuple(
            replace(step, name=_(step.name), script=_(step.script) if step.script else "")
            for step in CONTENT.steps
        )
        version = create_policy(code=CODE, name=_(NAME), content=replace(CONTENT, steps=steps), actor=actor)
        if in_force:
            _put_in_force(version.pk, starts_on=FROM_THE_BEGINNING, actor=actor)
    return True


def save_calendar_day(*, on: date, worked: bool, name: str = "", actor: Actor) -> CalendarDay:
    """工作日历: this organization works, or rests, on a day, whatever the public calendar says."""
    [row] = save_calendar_days(first=on, last=on, worked=worked, name=name, actor=actor)
    return row


def save_calendar_days(
    *, first: date, last: date, worked: bool, name: str = "", actor: Actor
) -> list[CalendarDay]:
    """The same for the days from one to another. Raises CollectionRefused for days out of order or too many."""
    actor.require("collection.manage")
    if not 0 <= (last - first).days < MOST_CALENDAR_DAYS:
        raise CollectionRefused(
            _("起止日期应先后有序，最多 %d 天。") % MOST_CALENDAR_DAYS, code="days_out_of_range"
        )
    said = name.replace("\x00", "").strip()[:60]
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    with act(CHANGE_CALENDAR, actor=actor) as opened:
        CalendarDay.objects.filter(on__in=days).delete()
        rows = CalendarDay.objects.bulk_create(
            CalendarDay(
                organization_id=opened.organization_id, act_id=opened.id, on=on, worked=worked, name=said
            )
            for on in days
        )
        content = {"on": first.isoformat(), "until": last.isoformat(), "worked": worked, "name": said}
        record_event(action="changed", record_kind=CALENDAR, record_id=rows[0].pk, content=content)
    return rows


def drop_calendar_day(day_id: UUID, *, actor: Actor) -> None:
    """The public calendar decides over the day again. Raises CollectionRefused."""
    actor.require("collection.manage")
    with act(CHANGE_CALENDAR, actor=actor):
        row = CalendarDay.objects.filter(pk=day_id).first()
        if row is None:
            raise CollectionRefused(_("没有这一天。"), code="unknown_day")
        content = {"on": row.on.isoformat(), "dropped": True}
        record_event(action="dropped", record_kind=CALENDAR, record_id=row.pk, content=content)
        CalendarDay.objects.filter(pk=row.pk).delete()


def _locked(policy_id: UUID) -> CollectionPolicy:
    found = CollectionPolicy.objects.filter(pk=policy_id).select_for_update(no_key=True).first()
    if found is None:
        raise CollectionRefused(_("没有这个催收策略。"), code="unknown_policy")
    return found


def _new_version(
    policy: CollectionPolicy, content: Content, opened: OpenAct, *, number: int = 0
) -> PolicyVersion:
    last = PolicyVersion.objects.filter(policy=policy).aggregate(last=Max("number"))["last"] or 0
    version = PolicyVersion.objects.create(
        organization_id=opened.organization_id,
        act_id=opened.id,
        policy=policy,
        number=number or last + 1,
        note=content.note,
        priority=content.priority,
        minimum=content.minimum,
        window=content.window,
        weekdays=content.weekdays,
        workdays_only=content.workdays_only,
        quiet_from=content.quiet_from,
        quiet_to=content.quiet_to,
    )
    PolicyScope.objects.bulk_create(
        PolicyScope(organization_id=opened.organization_id, version=version, kind=kind.value, value=value)
        for kind, value in dict.fromkeys(content.scopes)
    )
    PolicyStep.objects.bulk_create(
        _step(step, place, version) for place, step in enumerate(content.steps, start=1)
    )
    return version


def _step(step: Step, place: int, version: PolicyVersion) -> PolicyStep:
    return PolicyStep(
        organization_id=version.organization_id,
        version=version,
        key=step.key or new_id(),
        position=place,
        name=step.name.strip(),
        trigger=step.trigger.value,
        days=step.days,
        repeat_days=step.repeat_days,
        repeats=step.repeats,
        channels=[each.value for each in step.channels],
        template=step.template,
        sender=step.sender.value,
        theirs=[each.value for each in step.theirs],
        ours=[each.value for each in step.ours],
        minimum=step.minimum,
        fee=step.fee,
        with_interest=step.with_interest,
        effects=[each.value for each in step.effects],
        needs_approval=step.needs_approval,
        script=step.script.strip(),
    )


def _drop(draft: PolicyVersion) -> None:
    values = {"organization": draft.organization_id, "version": draft.pk}
    with connection.cursor() as cursor:
        for table, key in DRAFTED:
            cursor.execute(
                f"DELETE FROM {table} WHERE organization_id = %(organization)s AND {key} = %(version)s",
                values,
            )


DRAFTED = (
    ("collection_policy_step", "version_id"),
    ("collection_policy_scope", "version_id"),
    ("collection_policy_version", "id"),
)


def _record(action: str, version: PolicyVersion, content: Content) -> None:
    said = {
        "number": version.number,
        "name": version.policy.name,
        "steps": [_said(step) for step in content.steps],
        "scopes": [[kind.value, value] for kind, value in content.scopes],
        "priority": content.priority,
        "minimum": f"{content.minimum:.2f}",
    }
    record_event(
        action=action,
        record_kind=POLICY,
        record_id=version.policy_id,
        number=version.policy.code,
        content=said,
    )


def _said(step: Step) -> dict[str, Any]:
    said = asdict(step)
    said.pop("key")
    return {name: f"{value:.2f}" if name in ("minimum", "fee") else value for name, value in said.items()}
